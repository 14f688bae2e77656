"""Audio between the conference bridge and Python.

The bridge calls an :class:`AudioPort` from its own clock thread every 20 ms: there, bytes are
copied and nothing else. The owner of the port empties and fills the queues from its loop.
"""

from __future__ import annotations

import ctypes
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import pjsua2 as pj

from common.audio import FRAME_BYTES, FRAME_MS, SAMPLE_RATE

FRAME_S = FRAME_MS / 1000
HEARD_FRAMES = 500
"""Frames kept for a loop that is late (10 s)."""
REST_S = 0.2
"""Ten turns of the bridge, in each of which it works off all that it was told."""

_SILENCE = bytes(FRAME_BYTES)
_POINTER = ctypes.POINTER(ctypes.c_void_p)


def _data_address(vector: Any) -> int:
    """Return where the bytes of a ``ByteVector`` lie (first word of a ``std::vector``)."""
    return int(ctypes.cast(int(vector.this), _POINTER)[0])


class Playback:
    """Progress of one Play. The clock thread writes ``sent`` and the two instants."""

    __slots__ = ("finished_at", "frames", "name", "sent", "started_at", "started_told")

    def __init__(self, name: str, frames: int) -> None:
        self.name = name
        self.frames = frames
        self.sent = 0
        self.started_at = 0.0
        self.finished_at = 0.0
        self.started_told = False

    @property
    def played_s(self) -> float:
        """Seconds that have left."""
        return self.sent * FRAME_S


class AudioPort(pj.AudioMediaPort):  # type: ignore[misc]
    """Ear and mouth of one leg, connected both ways with the leg's media."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.heard: deque[tuple[bytes, float, bytes]] = deque(maxlen=HEARD_FRAMES)
        """Frames, when each came, and what was sent meanwhile (empty: silence)."""
        self.listening = False
        self.paused = False
        self._thread_kept = False
        self._queue: deque[tuple[Playback, bytes]] = deque()
        self._sent = b""
        self._out = pj.ByteVector(_SILENCE)
        self._out_address = _data_address(self._out)
        self._silence = pj.ByteVector(_SILENCE)
        audio = pj.MediaFormatAudio()
        audio.init(pj.PJMEDIA_FORMAT_PCM, SAMPLE_RATE, 1, FRAME_MS * 1000, 16)
        self.createPort(name, audio)

    def onFrameReceived(self, frame: Any) -> None:  # noqa: N802
        """Clock thread: copy one frame out."""
        if not self._thread_kept:
            self._thread_kept = True
            _keep_thread_state()
        if not self.listening:
            return
        vector = frame.buf
        size = vector.size()
        data = ctypes.string_at(_data_address(vector), size) if size == FRAME_BYTES else _SILENCE
        self.heard.append((data, time.monotonic(), self._sent))

    def onFrameRequested(self, frame: Any) -> None:  # noqa: N802
        """Clock thread: copy one frame in, silence when nothing is queued."""
        frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
        frame.size = FRAME_BYTES
        self._sent = b""
        if self.paused or not self._queue:
            frame.buf = self._silence
            return
        try:
            playback, data = self._queue.popleft()
        except IndexError:
            frame.buf = self._silence
            return
        ctypes.memmove(self._out_address, data, FRAME_BYTES)
        self._sent = data
        frame.buf = self._out
        playback.sent += 1
        if playback.sent == 1:
            playback.started_at = time.monotonic()
        if playback.sent == playback.frames:
            playback.finished_at = time.monotonic() + FRAME_S

    def append(self, name: str, pcm: bytes) -> Playback:
        """Queue audio behind what is queued; the last frame is filled up with silence."""
        starts = range(0, len(pcm), FRAME_BYTES)
        playback = Playback(name, len(starts))
        self._queue.extend(
            (playback, pcm[start : start + FRAME_BYTES].ljust(FRAME_BYTES, b"\0"))
            for start in starts
        )
        return playback

    def flush(self) -> None:
        """Drop everything that is queued, at once."""
        self._queue.clear()

    def reset(self) -> None:
        """Forget the call that used this port."""
        self.listening = False
        self.paused = False
        self.flush()
        self.heard.clear()


class PortPool:
    """Ports removed from the bridge only when the stack stops.

    Since pjsip 2.15 the bridge removes ports asynchronously, on its clock thread: a port that
    lives as long as the process cannot be freed under it. A port that was given back rests until
    the bridge has forgotten its last call. The bridge calls each port 50 times a second, in use or
    not: there are no more than were needed at once.
    """

    def __init__(self, most: int, make: Callable[[str], AudioPort] = AudioPort) -> None:
        """From ``most`` ports on, the one that has rested longest is taken however short that was,
        so that a flood makes no more of them."""
        self._most = most
        self._make = make
        self._made = 0
        self._free: deque[tuple[AudioPort, float]] = deque()

    def clear(self) -> None:
        """Drop the ports; the stack must still be running and all calls dropped."""
        self._free.clear()

    def take(self, now: float) -> AudioPort:
        """Return a port; the stack must be running.

        Raises:
            pj.Error: the bridge is full.
        """
        rested = bool(self._free) and now - self._free[0][1] >= REST_S
        if rested or (self._free and self._made >= self._most):
            return self._free.popleft()[0]
        self._made += 1
        return self._make(f"line{self._made}")

    def give_back(self, port: AudioPort, now: float) -> None:
        """Return a port that its call no longer uses."""
        port.reset()
        self._free.append((port, now))


def _keep_thread_state() -> None:
    """Let Python keep what it knows of this native thread as long as the thread lives.

    Otherwise it makes that in each callback and drops it again, which maps and unmaps memory.
    """
    ctypes.pythonapi.PyGILState_Ensure()
