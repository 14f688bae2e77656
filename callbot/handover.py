"""One telephone rung for one caller: dial, ask for key 1, whisper, connect.

The telephone's events come in through :meth:`Approach.handle`; what has happened goes out through
the callbacks of :class:`Watcher`. Nothing here decides who is rung: see :mod:`callbot.desk`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol

from callbot.lines import OnLegEvent
from common import logs
from dialogue.ports import ServiceUnavailableError, Speaker
from telephony import protocol as tp
from telephony.reception import TransferMode

TAKE_KEY = "1"

SENTENCE_S = 20.0
"""Nobody waits longer for a sentence to be heard: a telephone that holds hears none."""


class LegLine(Protocol):
    """Places legs and joins them to whoever they are placed for, which it knows itself."""

    def dial(self, order: tp.Dial, on_event: OnLegEvent) -> None: ...
    def play_to(self, leg: str, playback: str, pcm: bytes) -> None: ...
    def silence(self, leg: str) -> None: ...
    def connect(self, leg: str, *, replaces: bool, keep_caller: bool = False) -> None: ...
    def disconnect(self, leg: str) -> None: ...


class CallerLine(LegLine, Protocol):
    """That of a caller, who can also be passed on without a second leg."""

    def transfer(self, target: str, timeout_s: float) -> None: ...


@dataclass(frozen=True)
class Party:
    """Who is to be joined to the person behind a telephone."""

    call: str
    line: LegLine
    whisper: str
    """Said to whoever picks up: « Un habitant, pour un passeport. »"""
    number: str
    """Shown by the telephone that rings."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """For a PBX screen pop."""


@dataclass(frozen=True)
class Caller(Party):
    """A call that wants a human."""

    line: CallerLine


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

    def __init__(self, leg: str, caller: Party, speaker: Speaker, watcher: Watcher) -> None:
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

    @property
    def over(self) -> bool:
        """Whether the leg has ended."""
        return self._stage is _Stage.OVER

    @property
    def answered(self) -> bool:
        """Whether somebody has picked up and is still there."""
        return self._stage not in (_Stage.RINGING, _Stage.OVER)

    def watch(self, watcher: Watcher) -> None:
        """Tell somebody else from now on."""
        self._watcher = watcher

    def ring(self, target: str, ring_s: float) -> None:
        """Dial an address of the configuration."""
        caller = self.caller
        order = tp.Dial(
            leg=self.leg,
            call=None,
            target=target,
            timeout_s=ring_s,
            caller=caller.number,
            headers=dict(caller.headers),
        )
        caller.line.dial(order, self.handle)

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

    def say(self, text: str) -> None:
        """Tell whoever picked up something, instead of what they hear now."""
        if self.answered:
            self.caller.line.silence(self.leg)
            self._start(self._speak(text))

    def dismiss(self, text: str) -> None:
        """Say a last sentence, then hang up; a telephone that only rings stops at once."""
        if not self.answered:
            self.cancel()
            return
        self.caller.line.silence(self.leg)
        self._start(self._dismiss(text))

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
        self._task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        """A defect of ours costs this telephone, and not the caller who waits for it."""
        if not task.cancelled() and (error := task.exception()) is not None:
            logs.get(part="handover").error("approach_failed", error=repr(error))
            self.cancel()

    async def _ask(self, text: str, limit_s: float) -> None:
        await self._speak(text)
        await asyncio.sleep(limit_s)
        self.cancel()

    async def _dismiss(self, text: str) -> None:
        await self._speak(text)
        self.cancel()

    async def _connect(self, mode: TransferMode, whisper: str) -> None:
        if whisper:
            await self._speak(whisper)
        replaces = mode is not TransferMode.BRIDGE
        self.caller.line.connect(self.leg, replaces=replaces, keep_caller=True)

    async def _speak(self, text: str) -> None:
        """Play a text to the leg and wait until it was heard; silence when speech is down."""
        with contextlib.suppress(ServiceUnavailableError, TimeoutError):
            async with asyncio.timeout(SENTENCE_S):
                async for pcm in self._speaker.pieces(text):
                    self._pieces += 1
                    playback = f"{self.leg}-{self._pieces}"
                    self._playing.add(playback)
                    self._played.clear()
                    self.caller.line.play_to(self.leg, playback, pcm)
                if self._playing:
                    await self._played.wait()
