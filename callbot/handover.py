"""One telephone rung for one caller: dial, ask for key 1, whisper, connect.

The telephone's events come in through :meth:`Approach.handle`; what has happened goes out through
the callbacks of :class:`Watcher`. Nothing here decides who is rung: see :mod:`callbot.desk`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol

from callbot.lines import CallLine
from dialogue.ports import ServiceUnavailableError, Speaker
from telephony import protocol as tp
from telephony.reception import TransferMode

TAKE_KEY = "1"


@dataclass(frozen=True)
class Caller:
    """A call that wants a human."""

    call: str
    line: CallLine
    whisper: str
    """Said to whoever picks up: « Un habitant, pour un passeport. »"""
    number: str
    """Shown by the telephone that rings."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """For a PBX screen pop."""


class Watcher(Protocol):
    """What an approach tells its owner."""

    def picked_up(self, leg: str) -> None: ...
    def accepted(self, leg: str) -> None: ...
    def connected(self, leg: str) -> None: ...
    def ended(self, leg: str, code: int, was_connected: bool) -> None: ...


class _Stage(Enum):
    RINGING = auto()
    ANSWERED = auto()
    CONNECTING = auto()
    CONNECTED = auto()
    OVER = auto()


class Approach:
    """One leg towards a person."""

    def __init__(self, leg: str, caller: Caller, speaker: Speaker, watcher: Watcher) -> None:
        self.leg = leg
        self.caller = caller
        self._speaker = speaker
        self._watcher = watcher
        self.replaced = False
        """Whether the two talk by themselves, and the box has nothing to keep."""
        self._stage = _Stage.RINGING
        self._task: asyncio.Task[None] | None = None
        self._playing: set[str] = set()
        self._played = asyncio.Event()
        self._pieces = 0

    def ring(self, target: str, ring_s: float) -> None:
        """Dial an address of the configuration."""
        caller = self.caller
        caller.line.dial(
            self.leg, target, ring_s, self.handle, caller=caller.number, headers=caller.headers
        )

    def handle(self, event: tp.Event) -> None:
        """Take in one event of the leg."""
        match event:
            case tp.LegAnswered() if self._stage is _Stage.RINGING:
                self._stage = _Stage.ANSWERED
                self._watcher.picked_up(self.leg)
            case tp.Digit() if self._stage is _Stage.ANSWERED and event.digit == TAKE_KEY:
                self._watcher.accepted(self.leg)
            case tp.PlaybackFinished():
                self._playing.discard(event.playback)
                if not self._playing:
                    self._played.set()
            case tp.Connected():
                self.replaced = event.mode == "replaces"
                self._stage = _Stage.CONNECTED
                self._watcher.connected(self.leg)
            case tp.ConnectFailed():
                self.cancel()
            case tp.LegEnded():
                self._end(event.code)

    def ask(self, text: str, limit_s: float) -> None:
        """Ask whoever picked up for key 1, and hang up when it does not come in time."""
        self._start(self._ask(text, limit_s))

    def connect(self, mode: TransferMode, *, whisper: bool) -> None:
        """Join caller and person, after the whisper if it is wanted."""
        self._stage = _Stage.CONNECTING
        self._start(self._connect(mode, self.caller.whisper if whisper else ""))

    def cancel(self) -> None:
        """Stop ringing, or hang up."""
        if self._stage is not _Stage.OVER:
            self.caller.line.disconnect(self.leg)

    def caller_left(self) -> None:
        """Hang up whoever is not talking to the caller yet; two who talk are the worker's."""
        if self._stage is not _Stage.CONNECTED:
            self.cancel()

    def close(self) -> None:
        """Stop what still runs here; the leg itself is left alone."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _end(self, code: int) -> None:
        connected = self._stage is _Stage.CONNECTED
        self._stage = _Stage.OVER
        self.close()
        self._watcher.ended(self.leg, code, connected)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        self.close()
        self._task = asyncio.create_task(work)

    async def _ask(self, text: str, limit_s: float) -> None:
        await self._speak(text)
        await asyncio.sleep(limit_s)
        self.cancel()

    async def _connect(self, mode: TransferMode, whisper: str) -> None:
        if whisper:
            await self._speak(whisper)
        replaces = mode is not TransferMode.BRIDGE
        self.caller.line.connect(self.leg, replaces=replaces, keep_caller=True)

    async def _speak(self, text: str) -> None:
        """Play a text to the leg and wait until it was heard; silence when speech is down."""
        try:
            async for pcm in self._speaker.pieces(text):
                self._pieces += 1
                playback = f"{self.leg}-{self._pieces}"
                self._playing.add(playback)
                self._played.clear()
                self.caller.line.play_to(self.leg, playback, pcm)
        except ServiceUnavailableError:
            return
        if self._playing:
            await self._played.wait()
