"""How far a sentence has been heard, and where it is taken up again after a stop."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from common.audio import FRAME_BYTES, FRAME_MS, duration_s
from dialogue.plan import Sentence

_FRAME_S = FRAME_MS / 1000
_QUIET_DB = -32.0
_GAP_FRAMES = 3
_RESAID_S = 0.3
"""At least so much of what was heard is said again."""
_LETTERS_PER_S = 14.0


@dataclass(eq=False)
class Piece:
    """Audio of a sentence. Durations in seconds; instants of the event loop's clock."""

    pcm: bytes = field(repr=False)
    heard_s: float = 0.0
    begins_s: float = 0.0
    """Where in the piece the playback began."""
    started_at: float | None = None

    @property
    def length_s(self) -> float:
        return duration_s(self.pcm)

    @property
    def done(self) -> bool:
        """True when it was heard to its end."""
        return self.heard_s >= self.length_s

    def stopped(self, now: float) -> None:
        """Note how far it got, as far as the clock tells."""
        if self.started_at is not None:
            self.finished(now - self.started_at, complete=False)

    def finished(self, played_s: float, *, complete: bool) -> None:
        """Note how much of it was played from where the playback began."""
        reached = min(self.begins_s + max(0.0, played_s), self.length_s - _FRAME_S)
        self.heard_s = self.length_s if complete else max(0.0, reached)
        self.started_at = None


@dataclass(eq=False)
class Saying:
    """One sentence while it is being said."""

    sentence: Sentence
    pieces: list[Piece] = field(default_factory=list)
    rendered: bool = False
    """Whether all its pieces are there."""

    @property
    def done(self) -> bool:
        """True when it was heard to its end."""
        return self.rendered and all(piece.done for piece in self.pieces)

    @property
    def heard(self) -> str:
        """Return what was heard of it, as it may be kept: « La piscine est… »."""
        shown = self.sentence.shown
        if self.done:
            return shown
        heard_s = sum(piece.heard_s for piece in self.pieces)
        length_s = sum(piece.length_s for piece in self.pieces)
        if not self.rendered:
            length_s = max(length_s, len(self.sentence.text) / _LETTERS_PER_S)
        words = shown.split()
        count = int(len(words) * heard_s / length_s) if length_s else 0
        return " ".join(words[:count]).rstrip(",;:.") + "…" if count else ""


def clause_start(pcm: bytes, heard_s: float) -> float:
    """Return where the clause begins in which the playback was stopped, in seconds.

    It begins after the last pause that lies well before ``heard_s``, or with the audio.
    """
    size = len(pcm) // FRAME_BYTES
    until = min(size, int((heard_s - _RESAID_S) / _FRAME_S))
    if until <= _GAP_FRAMES:
        return 0.0
    samples = np.frombuffer(pcm[: size * FRAME_BYTES], dtype="<i2").astype(np.float64)
    levels = np.sqrt(np.mean(samples.reshape(size, -1) ** 2, axis=1))
    quiet = levels < np.percentile(levels, 90) * 10 ** (_QUIET_DB / 20)
    for end in range(until, _GAP_FRAMES - 1, -1):
        if quiet[end - _GAP_FRAMES : end].all():
            return (end - 1) * _FRAME_S
    return 0.0
