"""The course of one call, against a phone whose other side follows a script."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator, Callable, Iterable

from callbot.testphone.session import CallSession, Patience, Turn
from telephony.phone_protocol import (
    Connected,
    Ended,
    Heard,
    PhoneEvent,
    PlayedOut,
    TransferLeg,
    Transferred,
)

QUICK = Patience(
    answer=0.2, silence=0.06, reply=0.3, speech=1.0, transfer=0.5, agent=0.1, goodbye=0.1
)
LOUD = (b"\x00\x10" + b"\x00\xf0") * 160
QUIET = bytes(640)
PCM = bytes(3200)


def ended(code: int = 200, *, by_us: bool = False) -> Ended:
    return Ended(
        code=code,
        reason="x",
        by_us=by_us,
        rtp_received=0,
        rtp_lost=0,
        rtp_late=0,
        jitter_ms=0.0,
        at=time.monotonic(),
    )


class ScriptedPhone:
    """Answers each ``dial`` and ``play`` with events; instants are made when they are sent."""

    def __init__(
        self,
        on_dial: Callable[[], Iterable[PhoneEvent]],
        *on_play: Callable[[], Iterable[PhoneEvent]],
    ) -> None:
        self.on_dial = on_dial
        self.on_play = list(on_play)
        self.played: list[bytes] = []
        self.hung_up = False
        self._queue: asyncio.Queue[PhoneEvent] = asyncio.Queue()

    def hear(self, events: Iterable[PhoneEvent]) -> None:
        """The other side does something by itself."""
        self._put(events)

    def _put(self, events: Iterable[PhoneEvent]) -> None:
        for event in events:
            self._queue.put_nowait(event)

    def dial(self, uri: str) -> None:
        self._put(self.on_dial())

    def play(self, pcm: bytes) -> int:
        self.played.append(pcm)
        number, now = len(self.played), time.monotonic()
        self._put([PlayedOut(play=number, at=now, speech_at=now - 0.01)])
        if number <= len(self.on_play):
            self._put(self.on_play[number - 1]())
        return number

    def hangup(self) -> None:
        self.hung_up = True
        self._put([ended(by_us=True)])

    async def __aiter__(self) -> AsyncIterator[PhoneEvent]:
        while True:
            yield await self._queue.get()


def connected(call_id: str = "bot-1") -> Connected:
    return Connected(sip_call_id=call_id, codec="PCMA", at=time.monotonic())


def speaks(after_s: float = 0.0, frames: int = 5) -> list[PhoneEvent]:
    start = time.monotonic() + after_s
    return [Heard(pcm=LOUD, at=start + 0.02 * (n + 1)) for n in range(frames)]


async def test_greeting_and_two_turns_with_their_latencies():
    phone = ScriptedPhone(
        lambda: [connected(), *speaks()], lambda: speaks(0.2), lambda: [*speaks(0.1), ended()]
    )
    result = await CallSession(phone, QUICK).run("sip:x", [Turn("un", PCM), Turn("deux", PCM)])
    assert (result.connected, result.sip_call_id) == (True, "bot-1")
    assert result.greeting.segments
    assert [turn.sent for turn in result.turns] == ["un", "deux"]
    assert result.turns[0].latency_ms is not None
    assert 150 <= result.turns[0].latency_ms <= 260
    assert not phone.hung_up
    assert (result.code, result.by_us) == (200, False)


async def test_a_refused_call_says_its_code():
    phone = ScriptedPhone(lambda: [ended(486)])
    result = await CallSession(phone, QUICK).run("sip:x", [Turn("un", PCM)])
    assert not result.connected
    assert result.code == 486
    assert phone.played == []


async def test_nobody_answers():
    phone = ScriptedPhone(list)
    result = await CallSession(phone, QUICK).run("sip:x", [])
    assert (result.connected, phone.hung_up) == (False, True)
    assert result.code == 408


async def test_a_silent_callbot_does_not_stop_the_call():
    phone = ScriptedPhone(lambda: [connected()])
    result = await CallSession(phone, QUICK).run("sip:x", [Turn("un", PCM)])
    assert result.turns[0].latency_ms is None
    assert result.turns[0].segments == []
    assert phone.hung_up


async def test_after_a_transfer_the_service_is_told_the_request_again():
    target = "sip:urbanisme@127.0.0.1:5070"
    phone = ScriptedPhone(
        lambda: [connected(), *speaks()],
        lambda: [
            *speaks(0.1),
            Transferred(target=target, followed=True, at=time.monotonic()),
            TransferLeg(code=200, reason="OK", at=time.monotonic()),
            connected("agent-1"),
        ],
    )
    result = await CallSession(phone, QUICK).run("sip:x", [Turn("urbanisme", PCM)])
    assert result.transferred_to == target
    assert result.sip_call_id == "bot-1"
    assert [exchange.sent for exchange in result.agent] == ["urbanisme"]
    assert len(phone.played) == 2


async def test_after_a_failed_transfer_the_callbot_is_heard_again():
    phone = ScriptedPhone(
        lambda: [connected(), *speaks()],
        lambda: [
            *speaks(0.1),
            Transferred(target="sip:t", followed=True, at=time.monotonic()),
            TransferLeg(code=486, reason="Busy", at=time.monotonic()),
            *speaks(0.0),
        ],
    )
    result = await CallSession(phone, QUICK).run("sip:x", [Turn("urbanisme", PCM)])
    assert (result.transferred_to, result.transfer_code) == (None, 486)
    assert len(result.turns[0].segments) >= 1
    assert result.agent == []


async def test_a_callbot_that_gives_up_waiting_is_heard_while_the_target_still_rings():
    phone = ScriptedPhone(
        lambda: [connected(), *speaks()],
        lambda: [
            *speaks(0.1),
            Transferred(target="sip:t", followed=True, at=time.monotonic()),
            TransferLeg(code=180, reason="Ringing", at=time.monotonic()),
        ],
    )
    asyncio.get_running_loop().call_later(0.9, lambda: phone.hear(speaks()))
    result = await CallSession(phone, QUICK).run("sip:x", [Turn("urbanisme", PCM)])
    assert result.transferred_to is None
    assert len(result.turns[0].segments) == 2


async def test_a_caller_who_thinks_speaks_no_sooner():
    phone = ScriptedPhone(lambda: [connected(), *speaks()], speaks, speaks)
    spoken: list[float] = []
    play = phone.play

    def noted(pcm: bytes) -> int:
        spoken.append(time.monotonic())
        return play(pcm)

    phone.play = noted  # type: ignore[method-assign]
    patience = dataclasses.replace(QUICK, turn_every=0.6)
    await CallSession(phone, patience).run("sip:x", [Turn("un", PCM), Turn("deux", PCM)])
    assert len(spoken) == 2
    assert spoken[1] - spoken[0] >= 0.6


async def test_what_the_phone_received_is_kept():
    phone = ScriptedPhone(lambda: [connected(), *speaks()])
    result = await CallSession(phone, QUICK).run("sip:x", [])
    assert result.rtp is not None
    assert result.rtp.lost == 0


async def test_one_phone_holds_one_call_after_the_other():
    phone = ScriptedPhone(lambda: [connected(), *speaks()], speaks, speaks)
    first = await CallSession(phone, QUICK).run("sip:x", [Turn("un", PCM)])
    second = await CallSession(phone, QUICK).run("sip:x", [Turn("deux", PCM)])
    assert first.connected
    assert second.connected
    assert second.turns[0].latency_ms is not None
