"""Playback queue of one call: what was asked, what has really left."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from common.wire import Message
from telephony.media import AudioPort, Playback
from telephony.protocol import PlaybackFinished, PlaybackStarted


class Player:
    """Feeds an audio port and reports its progress as events."""

    def __init__(self, call: str, port: AudioPort) -> None:
        self._call = call
        self._port = port
        self._pending: deque[Playback] = deque()

    def play(self, name: str, pcm: bytes, now: float) -> None:
        """Append audio."""
        playback = self._port.append(name, pcm)
        if not pcm:
            playback.started_at = playback.finished_at = now
        self._pending.append(playback)

    def progress(self) -> Iterator[Message]:
        """Yield what has happened since the last time, in order."""
        while self._pending:
            playback = self._pending[0]
            yield from self._start(playback)
            if not playback.finished_at:
                return
            self._pending.popleft()
            yield self._finish(playback, complete=True, at=playback.finished_at)

    def stop(self, now: float) -> Iterator[Message]:
        """Flush everything; yield the end of each playback with what was really sent."""
        self._port.flush()
        while self._pending:
            playback = self._pending.popleft()
            yield from self._start(playback)
            complete = bool(playback.finished_at)
            yield self._finish(playback, complete=complete, at=now)

    def _start(self, playback: Playback) -> Iterator[Message]:
        if playback.started_at and not playback.started_told:
            playback.started_told = True
            yield PlaybackStarted(call=self._call, playback=playback.name, at=playback.started_at)

    def _finish(self, playback: Playback, *, complete: bool, at: float) -> PlaybackFinished:
        return PlaybackFinished(
            call=self._call,
            playback=playback.name,
            played_s=playback.played_s,
            complete=complete,
            at=at,
        )
