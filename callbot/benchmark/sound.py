"""Faults that a caller hears in the bot's speech: clipping, gaps, holes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from callbot.testphone.listening import SPEECH_LEVEL
from common.audio import FRAME_BYTES, FRAME_MS

LOUDEST = 32767
GAP_S = 0.5
"""The pauses between the sentences of an answer are about 0.2 s; this one is waited for."""
HOLE_FRAMES = 3
DIGITAL_SILENCE = 12.0
"""Root mean square. G.711 has no zero: its smallest value is 8."""
LOUD = 1500.0


@dataclass(frozen=True)
class Faults:
    """Counted in the speech of one bot or of many."""

    clipped: int = 0
    """Samples at the ceiling."""
    gaps: int = 0
    """Silences inside an answer of :data:`GAP_S` and more."""
    holes: int = 0
    """Frames that are missing in the middle of loud speech."""

    def plus(self, other: Faults) -> Faults:
        """Return both together."""
        return Faults(
            self.clipped + other.clipped, self.gaps + other.gaps, self.holes + other.holes
        )


def faults(segments: Iterable[bytes]) -> Faults:
    """Return the faults of one answer, heard as ``segments`` of 16-bit PCM."""
    heard = list(segments)
    # Segments are what a long silence parted.
    found = Faults(gaps=max(0, len(heard) - 1))
    for pcm in heard:
        levels = _levels(pcm)
        clipped = int((np.abs(_samples(pcm)) >= LOUDEST).sum())
        found = found.plus(Faults(clipped, _gaps(levels), _holes(levels)))
    return found


def _samples(pcm: bytes) -> npt.NDArray[np.int32]:
    return np.frombuffer(pcm, dtype="<i2").astype(np.int32)


def _levels(pcm: bytes) -> npt.NDArray[np.float64]:
    """Return the root mean square of each whole frame."""
    whole = pcm[: len(pcm) // FRAME_BYTES * FRAME_BYTES]
    frames = _samples(whole).reshape(-1, FRAME_BYTES // 2).astype(np.float64)
    levels: npt.NDArray[np.float64] = np.sqrt(np.mean(frames**2, axis=1))
    return levels


def _gaps(levels: npt.NDArray[np.float64]) -> int:
    voiced = np.flatnonzero(levels >= SPEECH_LEVEL)
    longest = GAP_S * 1000 / FRAME_MS
    return sum(int(after - before - 1 >= longest) for before, after in pairwise(voiced))


def _holes(levels: npt.NDArray[np.float64]) -> int:
    """Count runs of a few silent frames with loud speech on both sides."""
    sounding = np.flatnonzero(levels > DIGITAL_SILENCE)
    return sum(
        int(1 <= after - before - 1 <= HOLE_FRAMES and min(levels[before], levels[after]) > LOUD)
        for before, after in pairwise(sounding)
    )
