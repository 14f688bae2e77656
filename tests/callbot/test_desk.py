"""The desk with telephones that are events: what is dialled, whispered, connected."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from callbot.desk import CallHandover, Desk, Guest
from callbot.lines import OnLegEvent
from dialogue import events as ev
from telephony import protocol as tp
from telephony.presence import Presence
from telephony.reception import Agent, Direct, QueueRules, Reception, TransferMode
from tests.dialogue.fakes import FakeSpeaker, phrases

ANNE = Agent("anne", "Anne", "sip:101@127.0.0.1", ("accueil",))
MARC = Agent("marc", "Marc", "sip:102@127.0.0.1", ("accueil",))


class Line:
    """What the desk asks of the caller's worker."""

    def __init__(self) -> None:
        self.dialled: dict[str, str] = {}
        self.follow: dict[str, OnLegEvent] = {}
        self.transfers: list[str] = []
        self.connected: list[tuple[str, bool]] = []
        self.disconnected: list[str] = []
        self.said = b""

    def dial(
        self,
        leg: str,
        target: str,
        timeout_s: float,
        on_event: OnLegEvent,
        *,
        caller: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.dialled[leg] = target
        self.follow[leg] = on_event

    def transfer(self, target: str, timeout_s: float) -> None:
        self.transfers.append(target)

    def play_to(self, leg: str, playback: str, pcm: bytes) -> None:
        self.said += pcm
        done = tp.PlaybackFinished(call=leg, playback=playback, played_s=1, complete=True, at=0)
        asyncio.get_running_loop().call_soon(self.follow[leg], done)

    def connect(self, leg: str, *, replaces: bool) -> None:
        self.connected.append((leg, replaces))

    def disconnect(self, leg: str) -> None:
        self.disconnected.append(leg)

    def answer(self, leg: str) -> None:
        self.follow[leg](tp.LegAnswered(leg=leg, codec="PCMA", at=0))

    def end(self, leg: str, code: int, answered: bool = False) -> None:
        gone = tp.LegEnded(leg=leg, answered=answered, code=code, reason="", at=0)
        self.follow[leg](gone)


class Scene:
    """One caller at a desk."""

    def __init__(self, reception: Reception) -> None:
        self.desk = Desk(reception, FakeSpeaker(), phrases(), 20.0, {})
        self.line = Line()
        self.events: list[ev.Event] = []
        guest = Guest("appel", self.line, "0612345678")  # type: ignore[arg-type]
        self.handover = CallHandover(self.desk, guest)
        self.handover.post = self.events.append

    def start(self, **how: Any) -> None:
        said = "Un habitant, pour un passeport."
        self.handover.start("accueil", said, **({"urgent": False, "struggling": False} | how))

    @property
    def leg(self) -> str:
        return list(self.line.dialled)[-1]

    def results(self) -> list[tuple[bool, int]]:
        return [(e.ok, e.code) for e in self.events if isinstance(e, ev.TransferFinished)]


def direct(mode: TransferMode, *, confirm: bool = False) -> Reception:
    route = Direct("accueil", "sip:accueil@127.0.0.1", mode, confirm)
    return Reception((), {}, {"accueil": route})


def queued(*agents: Agent) -> Reception:
    return Reception(agents, {"accueil": QueueRules("accueil")}, {})


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0.06)


async def test_a_blind_transfer_is_left_to_the_line() -> None:
    scene = Scene(direct(TransferMode.BLIND))
    scene.start()
    assert scene.line.transfers == ["sip:accueil@127.0.0.1"]
    assert not scene.line.dialled


async def test_an_attended_transfer_whispers_before_it_connects() -> None:
    scene = Scene(direct(TransferMode.ATTENDED))
    scene.start()
    scene.line.answer(scene.leg)
    assert not scene.line.connected
    await settle()
    assert scene.line.said.decode() == "Un habitant, pour un passeport."
    assert scene.line.connected == [(scene.leg, True)]
    done = tp.Connected(call="c", leg=scene.leg, mode="replaces", at=0)
    scene.line.follow[scene.leg](done)
    assert scene.results() == [(True, 200)]


async def test_an_answering_machine_does_not_press_1() -> None:
    scene = Scene(direct(TransferMode.BRIDGE, confirm=True))
    scene.start()
    scene.line.answer(scene.leg)
    await settle()
    assert not scene.line.connected
    scene.line.follow[scene.leg](tp.Digit(call=scene.leg, digit="1", at=0))
    await settle()
    assert scene.line.connected == [(scene.leg, False)]


async def test_an_answering_machine_is_left_and_the_caller_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("callbot.desk.CONFIRM_S", 0.05)
    scene = Scene(direct(TransferMode.BRIDGE, confirm=True))
    scene.start()
    scene.line.answer(scene.leg)
    await settle()
    assert scene.line.disconnected == [scene.leg]
    scene.line.end(scene.leg, 487)
    assert scene.results() == [(False, 487)]


async def test_a_telephone_that_is_busy_sends_the_caller_back() -> None:
    scene = Scene(direct(TransferMode.BRIDGE))
    scene.start()
    scene.line.end(scene.leg, 486)
    assert scene.results() == [(False, 486)]


async def test_the_next_member_of_staff_is_rung_when_one_is_busy() -> None:
    scene = Scene(queued(ANNE, MARC))
    scene.start()
    first = scene.leg
    scene.line.end(first, 486)
    assert [*scene.line.dialled.values()] == [ANNE.target, MARC.target]
    scene.line.answer(scene.leg)
    await settle()
    assert scene.line.connected == [(scene.leg, False)]
    assert not scene.results()


async def test_a_caller_who_hangs_up_stops_the_ringing() -> None:
    scene = Scene(queued(ANNE))
    scene.start()
    scene.handover.leave()
    assert scene.line.disconnected == [scene.leg]
    assert scene.desk.waiting() == ()


async def test_with_nobody_present_the_caller_comes_back_to_the_bot() -> None:
    scene = Scene(queued(ANNE))
    scene.desk.set_presence("anne", Presence.OFFLINE)
    scene.start()
    assert [ok for ok, _ in scene.results()] == [False]


async def test_two_colleagues_cannot_take_the_same_caller() -> None:
    scene = Scene(queued(ANNE, MARC))
    scene.start()
    ringing = next(place.ringing[0] for place in scene.desk.waiting())
    other = "marc" if ringing == "anne" else "anne"
    scene.line.answer(scene.leg)
    refused = scene.desk.take(other, "appel")
    assert refused is not None
    assert refused.why == "already_taken"
