"""One call of the test phone: dial, listen, speak each turn, follow a transfer, hang up.

Nothing is synthesised or recognised during the call, so that the phone takes no computing time
from the callbot it measures.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from callbot.testphone.listening import Listener
from common.audio import duration_s
from telephony.phone_protocol import (
    Connected,
    Ended,
    Heard,
    PhoneEvent,
    PlayedOut,
    TransferLeg,
    Transferred,
)

TICK_S = 0.1
NO_ANSWER = 408
PLAY_MARGIN_S = 10.0
HANG_UP_S = 5.0
ANNOUNCEMENT_TAIL_S = 0.5


class Phone(Protocol):
    """The part of ``telephony.phone_client.PhoneClient`` that a call needs."""

    def dial(self, uri: str) -> None: ...
    def play(self, pcm: bytes) -> int: ...
    def hangup(self) -> None: ...
    def __aiter__(self) -> AsyncIterator[PhoneEvent]: ...


@dataclass(frozen=True)
class Patience:
    """How long the phone waits, in seconds."""

    answer: float = 30.0
    """For the callbot to take the call."""
    silence: float = 0.9
    """After its last word, before the phone takes its turn."""
    reply: float = 20.0
    """For the first word of an answer."""
    speech: float = 45.0
    """For the end of an answer."""
    transfer: float = 60.0
    """For the service to answer after a transfer."""
    agent: float = 3.0
    """For an agent to answer a sentence, once transferred."""
    goodbye: float = 2.5
    """After the last turn, for a transfer or the other side's hanging up."""
    think: float = 0.0
    """Of the caller, after each answer."""
    turn_every: float = 0.0
    """A sentence begins no sooner than this after the one before."""


@dataclass(frozen=True)
class Turn:
    """One sentence to say, already spoken as PCM."""

    text: str
    pcm: bytes = field(repr=False)


@dataclass(frozen=True)
class Reception:
    """RTP packets of one call as the phone got them."""

    received: int
    lost: int
    late: int
    jitter_ms: float


@dataclass
class Exchange:
    """What was sent (nothing for the greeting) and the audio that answered it."""

    sent: str = ""
    latency_ms: float | None = None
    segments: list[bytes] = field(default_factory=list, repr=False)


@dataclass
class CallResult:
    """What happened on the phone's side of one call."""

    connected: bool = False
    sip_call_id: str = ""
    greeting: Exchange = field(default_factory=Exchange)
    turns: list[Exchange] = field(default_factory=list)
    agent: list[Exchange] = field(default_factory=list)
    """Said to the service after a transfer."""
    transferred_to: str | None = None
    """Target that answered; None when no transfer succeeded."""
    transfer_code: int | None = None
    """Last final SIP answer of a transfer target."""
    code: int = 0
    reason: str = ""
    by_us: bool = False
    rtp: Reception | None = None
    """Known once the call is over."""


class CallSession:
    """Holds one call. Use each session once."""

    def __init__(self, phone: Phone, patience: Patience | None = None) -> None:
        self._phone = phone
        self._patience = patience or Patience()
        self._events: asyncio.Queue[PhoneEvent | None] = asyncio.Queue()
        self._listener = self._fresh()
        self._result = CallResult()
        self._ended = False
        self._target: str | None = None
        """Where a transfer under way leads."""
        self._asked: str | None = None
        """Where the last transfer led, even when it was given up: it may still be answered."""
        self._played: PlayedOut | None = None
        self._answered_at: float | None = None
        self._spoke_at: float | None = None
        """When the last sentence began."""

    async def run(self, uri: str, turns: Sequence[Turn]) -> CallResult:
        """Place the call and return when it is over."""
        pump = asyncio.create_task(self._pump())
        try:
            self._phone.dial(uri)
            await self._until(lambda: self._result.connected, self._patience.answer)
            if self._result.connected:
                await self._converse(turns)
            unanswered = not self._result.connected and not self._ended
            await self._hang_up()
            if unanswered:
                self._result.code, self._result.reason = NO_ANSWER, "Request Timeout"
            return self._result
        finally:
            pump.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await pump

    async def _pump(self) -> None:
        async for event in self._phone:
            self._events.put_nowait(event)
        self._events.put_nowait(None)

    def _fresh(self) -> Listener:
        return Listener(self._patience.silence)

    # Events

    async def _step(self, deadline: float) -> bool:
        """Handle one event; False when the deadline passed or the call is over."""
        if self._ended:
            return False
        try:
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                event = await self._events.get()
        except TimeoutError:
            return False
        self._take(event)
        return True

    def _take(self, event: PhoneEvent | None) -> None:
        match event:
            case Heard(pcm=pcm, at=at):
                self._listener.feed(pcm, at)
            case Connected(sip_call_id=sip_call_id, at=at):
                if self._result.connected:
                    self._result.transferred_to, self._target = self._asked, None
                else:
                    self._answered_at = at
                    self._result.connected, self._result.sip_call_id = True, sip_call_id
                self._listener = self._fresh()
            case PlayedOut():
                self._played = event
            case Transferred(target=target, followed=True):
                self._target = self._asked = target
            case TransferLeg(code=code) if code >= 200:
                self._result.transfer_code = code
                if code >= 300:
                    self._target = None
            case Ended(code=code, reason=reason, by_us=by_us):
                self._result.code, self._result.reason = code, reason
                self._result.by_us = by_us
                self._result.rtp = Reception(
                    event.rtp_received, event.rtp_lost, event.rtp_late, event.jitter_ms
                )
                self._ended = True
            case None:
                self._result.code, self._result.reason = 500, "Phone process ended"
                self._ended = True

    async def _until(self, condition: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not condition() and await self._step(deadline):
            pass

    # The conversation

    async def _converse(self, turns: Sequence[Turn]) -> None:
        await self._listen(self._result.greeting, self._answered_at)
        for number, turn in enumerate(turns, start=1):
            if self._ended:
                return
            if self._result.transferred_to is not None:
                await self._tell_agent(turn)
            else:
                await self._exchange(turn, last=number == len(turns))
        if turns and self._result.transferred_to is not None and not self._result.agent:
            # As people do: the service is told again what the callbot was told.
            await self._tell_agent(turns[-1])

    async def _exchange(self, turn: Turn, last: bool) -> None:
        await self._think()
        if self._ended:
            return
        exchange = Exchange(turn.text)
        self._result.turns.append(exchange)
        speech_end = await self._say(turn)
        await self._listen(exchange, speech_end)
        if last:
            await self._until(lambda: self._target is not None, self._patience.goodbye)
        if self._target is not None:
            await self._follow(exchange)

    async def _think(self) -> None:
        """Take the time that people take before they speak."""
        now = time.monotonic()
        since = now if self._spoke_at is None else self._spoke_at
        pause = max(self._patience.think, since + self._patience.turn_every - now)
        if self._spoke_at is not None and pause > 0:
            await self._until(lambda: False, pause)
        self._spoke_at = time.monotonic()

    async def _say(self, turn: Turn) -> float:
        """Speak one turn; return the instant of its last sounding sample."""
        self._listener = self._fresh()
        self._played = None
        number = self._phone.play(turn.pcm)
        await self._until(lambda: self._has_played(number), duration_s(turn.pcm) + PLAY_MARGIN_S)
        speech_end = self._played.speech_at if self._played is not None else time.monotonic()
        self._listener = self._listener.since(speech_end)
        return speech_end

    def _hears(self) -> bool:
        return self._listener.first_voice is not None

    def _has_played(self, number: int) -> bool:
        return self._played is not None and self._played.play == number

    async def _listen(self, exchange: Exchange, speech_end: float | None) -> None:
        """Hear the answer out, or until a transfer begins."""
        listener = self._listener
        agent = self._result.transferred_to is not None
        reply = self._patience.agent if agent else self._patience.reply
        start = time.monotonic()
        while not self._ended and self._target is None:
            now = time.monotonic()
            limit = reply if listener.first_voice is None else self._patience.speech
            if listener.finished(now) or now >= start + limit:
                break
            await self._step(now + TICK_S)
        self._keep(exchange, listener, speech_end)

    def _keep(self, exchange: Exchange, listener: Listener, speech_end: float | None) -> None:
        heard = listener.first_voice
        if heard is not None and speech_end is not None and exchange.latency_ms is None:
            exchange.latency_ms = round((heard - speech_end) * 1000, 1)
        exchange.segments += listener.segments()

    async def _follow(self, exchange: Exchange) -> None:
        """Wait for the transfer target; when it fails, hear what the callbot then says."""
        await self._until(lambda: self._target is None, ANNOUNCEMENT_TAIL_S)
        self._listener = self._fresh()
        # A callbot that gives up waiting speaks again while the target still rings.
        await self._until(lambda: self._target is None or self._hears(), self._patience.transfer)
        if self._result.transferred_to is None and not self._ended:
            self._target = None
            await self._listen(exchange, None)

    async def _tell_agent(self, turn: Turn) -> None:
        exchange = Exchange(turn.text)
        self._result.agent.append(exchange)
        await self._listen(exchange, await self._say(turn))

    async def _hang_up(self) -> None:
        if not self._ended:
            self._phone.hangup()
            await self._until(lambda: self._ended, HANG_UP_S)
