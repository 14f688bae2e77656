"""When the other side speaks and when it has finished, from the energy of what is heard. Pure.

What a callbot sends is clean synthetic speech with digital silence around it, so a fixed level is
enough; a staff member's microphone noise stays below it too.
"""

from __future__ import annotations

import numpy as np

from common.audio import duration_s

SPEECH_LEVEL = 200.0
"""Root mean square of a frame (of 32768) from which it counts as speech: about -44 dBFS."""
ONSET_S = 0.04
"""Speech shorter than this (a click) is ignored."""
LONG_S = 20.0
BREATH_S = 0.2
"""A segment longer than LONG_S is cut at the next pause of this length."""
LEAD_S = 0.3
"""Kept before the first sound and after the last one of a segment."""


def level(pcm: bytes) -> float:
    """Return the root mean square of a PCM buffer, 0 when it is empty."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32)
    return float(np.sqrt(np.mean(samples * samples))) if samples.size else 0.0


class Listener:
    """Follows one stretch of the other side's speech.

    Frames must be fed in order. Instants are seconds of one monotonic clock; ``at`` is the end
    of the frame.
    """

    def __init__(self, patience_s: float = 0.9, split_s: float | None = None) -> None:
        """``patience_s`` of silence after speech means that the other side has finished.

        ``split_s`` is the silence at which the kept audio is cut into segments; the whole
        patience when not given.
        """
        self._patience_s = patience_s
        self._split_s = patience_s if split_s is None else split_s
        self._onset: float | None = None
        self._frames: list[tuple[bytes, float, bool]] = []
        self.first_voice: float | None = None
        """Start of the first speech."""
        self.last_voice: float | None = None
        """End of the last frame with speech."""

    def feed(self, pcm: bytes, at: float) -> None:
        """Take one frame."""
        voiced = level(pcm) >= SPEECH_LEVEL
        self._frames.append((pcm, at, voiced))
        if not voiced:
            self._onset = None
            return
        start = at - duration_s(pcm)
        if self._onset is None:
            self._onset = start
        if at - self._onset >= ONSET_S - 1e-6:
            if self.first_voice is None:
                self.first_voice = self._onset
            self.last_voice = at

    def since(self, instant: float) -> Listener:
        """Return a listener that has heard only the frames that began after ``instant``."""
        later = Listener(self._patience_s, self._split_s)
        for pcm, at, _ in self._frames:
            if at - duration_s(pcm) >= instant:
                later.feed(pcm, at)
        return later

    def finished(self, now: float) -> bool:
        """Tell whether speech came and has been over for the patience."""
        return self.last_voice is not None and now - self.last_voice >= self._patience_s

    def segments(self) -> list[bytes]:
        """Return the speech heard, cut at long silences, without the silence around it."""
        if self.first_voice is None:
            return []
        groups: list[tuple[int, int]] = []
        for index, (_, at, voiced) in enumerate(self._frames):
            if not voiced:
                continue
            if groups and not self._is_break(groups[-1], at):
                groups[-1] = (groups[-1][0], index)
            else:
                groups.append((index, index))
        return [self._cut(first, last) for first, last in groups]

    def _is_break(self, group: tuple[int, int], at: float) -> bool:
        first, last = self._frames[group[0]][1], self._frames[group[1]][1]
        long = last - first > LONG_S
        return at - last >= (BREATH_S if long else self._split_s)

    def _cut(self, first: int, last: int) -> bytes:
        begin, end = self._frames[first][1] - LEAD_S, self._frames[last][1] + LEAD_S
        return b"".join(pcm for pcm, at, _ in self._frames if begin <= at <= end)
