"""The town's music while a caller waits, in pieces that follow each other without a gap."""

from __future__ import annotations

from common.audio import SAMPLE_BYTES, SAMPLE_RATE
from dialogue.events import PlaybackFinished, PlaybackStarted
from dialogue.ports import Line

PIECE_S = 5
PIECE_BYTES = PIECE_S * SAMPLE_RATE * SAMPLE_BYTES
_PREFIX = "musique-"


class HoldMusic:
    """Plays one loop over and over; after a stop it goes on where it was.

    One piece is always queued behind the one being heard, so that the line never falls silent.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._pcm = b""
        self._at = 0
        self._number = 0
        self._queued: dict[str, int] = {}
        """Where each piece that was sent begins, in bytes."""

    @property
    def playing(self) -> bool:
        """True while pieces are queued."""
        return bool(self._queued)

    def start(self, pcm: bytes) -> None:
        """Play ``pcm`` (at the box's sample rate) from where it stopped; silence when empty."""
        if self._queued or not pcm:
            return
        if pcm is not self._pcm:
            self._pcm, self._at = pcm, 0
        self._send()

    def stop(self) -> None:
        """Flush the music."""
        if self._queued:
            self._at = next(iter(self._queued.values()))
            self._queued.clear()
            self._line.stop_playback()

    def playback_started(self, event: PlaybackStarted) -> None:
        """Queue the next piece behind the one that is now heard."""
        if event.playback in self._queued:
            self._send()

    def playback_finished(self, event: PlaybackFinished) -> None:
        """Forget a piece that was heard."""
        self._queued.pop(event.playback, None)

    def _send(self) -> None:
        self._number += 1
        playback = f"{_PREFIX}{self._number}"
        self._queued[playback] = self._at
        piece = self._pcm[self._at : self._at + PIECE_BYTES]
        self._at = (self._at + len(piece)) % len(self._pcm)
        self._line.play(playback, piece)
