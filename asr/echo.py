"""Our own voice, coming back from the caller's telephone.

What is heard is compared with what was played shortly before: an echo has its very shape, however
soft, a person who speaks over us has not. Pure; frames are passed in.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from common.audio import FRAME_BYTES, FRAME_MS

_FRAME_S = FRAME_MS / 1000
LONGEST_DELAY_S = 0.4
"""Of the way to the caller's telephone and back."""
_LIKENESS = 0.35
"""An echo reaches 0.4 to 0.9, other speech 0.4 once in a hundred times."""
_LIKENESS_AGAIN = 0.25
"""For a line that has just shown that it echoes."""
_EMPHASIS = 0.9
_HALF = 2
"""Every other sample is enough for the shape of telephone speech."""


class Played:
    """What was played lately on one leg."""

    def __init__(self, compared_s: float) -> None:
        """``compared_s`` is how much of what was heard is compared at a time."""
        size = round((compared_s + LONGEST_DELAY_S) / _FRAME_S)
        self._frames: deque[bytes] = deque(maxlen=size)
        self._silent = size

    def add(self, frame: bytes) -> None:
        """Take the frame that was played while one was heard; empty when none was."""
        self._silent = 0 if frame else self._silent + 1
        self._frames.append(frame or bytes(FRAME_BYTES))

    @property
    def silent(self) -> bool:
        """Whether nothing was played for so long that no echo can be on its way."""
        return self._silent >= (self._frames.maxlen or 0)

    def echoes_in(self, heard: bytes, *, again: bool = False) -> bool:
        """Tell whether ``heard``, which ends now, is an echo of what was played.

        ``again``: there was an echo just before.
        """
        if self.silent:
            return False
        played, sound = _shape(b"".join(self._frames)), _shape(heard)
        if sound.size == 0 or played.size < sound.size:
            return False
        energy = float(np.dot(sound, sound))
        if energy <= 0.0:
            return False
        return _likeness(played, sound, energy) >= (_LIKENESS_AGAIN if again else _LIKENESS)


def _shape(pcm: bytes) -> NDArray[np.float64]:
    """Return half the samples, their spectrum flattened."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    if samples.size < _HALF * 2:
        return np.zeros(0)
    halved = samples[: samples.size // _HALF * _HALF].reshape(-1, _HALF).mean(axis=1)
    return np.asarray(np.diff(halved, prepend=0.0) + (1 - _EMPHASIS) * halved)


def _likeness(played: NDArray[np.float64], sound: NDArray[np.float64], energy: float) -> float:
    """Return the highest correlation of ``sound`` with any stretch of ``played``, 0 to 1."""
    size = 1 << (played.size + sound.size - 1).bit_length()
    spectrum = np.fft.rfft(played, size) * np.conj(np.fft.rfft(sound, size))
    products = np.fft.irfft(spectrum, size)[: played.size - sound.size + 1]
    sums = np.concatenate(([0.0], np.cumsum(played**2)))
    energies = sums[sound.size :] - sums[: -sound.size]
    return float(np.max(np.abs(products) / np.sqrt(np.maximum(energies, 1.0) * energy)))
