"""The desk with telephones that are events: what is dialled, whispered, connected."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from callbot.desk import CallHandover, Desk, Guest
from callbot.frontdesk import FrontDesk
from callbot.lines import OnLegEvent
from console.live import LiveBoard
from console.ports import ActionRefusedError
from dialogue import events as ev
from telephony import protocol as tp
from telephony.presence import Presence
from telephony.reception import (
    Agent,
    Direct,
    Overflow,
    Priority,
    QueueRules,
    Reception,
    TransferMode,
)
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
        self.kept: list[bool] = []
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

    def connect(self, leg: str, *, replaces: bool, keep_caller: bool = False) -> None:
        self.connected.append((leg, replaces))
        self.kept.append(keep_caller)

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
        self.front = FrontDesk(
            reception,
            self.desk,
            None,  # type: ignore[arg-type]
            LiveBoard(zone=UTC),
            None,  # type: ignore[arg-type]
            datetime.now,
            "accueil",
        )
        self.front.follow("appel", self.events.append)

    def start(self, **how: Any) -> None:
        said = "Un habitant, pour un passeport."
        self.handover.start("accueil", said, **({"urgent": False, "struggling": False} | how))

    @property
    def leg(self) -> str:
        return list(self.line.dialled)[-1]

    async def talk(self, mode: Literal["bridge", "replaces"] = "bridge") -> str:
        """Pick up, hear the whisper, and talk; return the leg."""
        leg = self.leg
        self.line.answer(leg)
        await settle()
        self.line.follow[leg](tp.Connected(call="c", leg=leg, mode=mode, at=0))
        return leg

    @property
    def last(self) -> ev.Event:
        return self.events[-1]

    def results(self) -> list[tuple[bool, int]]:
        return [(e.ok, e.code) for e in self.events if isinstance(e, ev.TransferFinished)]


def direct(mode: TransferMode, *, confirm: bool = False) -> Reception:
    route = Direct("accueil", "sip:accueil@127.0.0.1", mode, confirm)
    return Reception((), {}, {"accueil": route})


def queued(*agents: Agent) -> Reception:
    return Reception(agents, {"accueil": QueueRules("accueil")}, {})


class Clock:
    """The loop's clock, set forward."""

    ahead_s = 0.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock, now = Clock(), Desk._now
    monkeypatch.setattr(Desk, "_now", lambda desk: now(desk) + clock.ahead_s)
    return clock


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0.06)


async def test_a_service_that_is_added_can_be_reached_while_others_wait() -> None:
    before = queued(ANNE)
    scene = Scene(before)
    scene.start()
    queues = {**before.queues, "ccas": QueueRules("ccas")}
    route = Direct("ccas", "sip:ccas@127.0.0.1", TransferMode.BLIND)
    new = Reception((MARC,), queues, {"ccas": route})
    assert before.takes_over(new)
    after = before.following(new)
    scene.desk.renew(after, phrases(), 20.0)
    scene.front.renew(after, "accueil")
    assert [place.call for place in scene.desk.waiting()] == ["appel"]
    assert scene.desk.agents().keys() == {"anne", "poste:ccas"}
    assert await scene.front.transfer("appel", "ccas", "anne")
    scene.handover.leave()
    other = Line()
    CallHandover(scene.desk, Guest("autre", other, "0612345679")).start(  # type: ignore[arg-type]
        "ccas", "Un habitant.", urgent=False, struggling=False
    )
    assert other.transfers == ["sip:ccas@127.0.0.1"]


def test_a_desk_that_runs_keeps_staff_and_rules_and_takes_new_telephones() -> None:
    before = direct(TransferMode.BRIDGE, confirm=True)
    moved = Direct("accueil", "sip:autre@127.0.0.1", TransferMode.BLIND)
    (route,) = before.following(Reception((), {}, {"accueil": moved})).direct.values()
    assert (route.target, route.mode) == ("sip:autre@127.0.0.1", TransferMode.BRIDGE)
    assert not queued(ANNE).takes_over(Reception((), {}, {}))
    with_staff = Agent("luc", "Luc", "sip:103@127.0.0.1", ("sports",))
    queues = {"accueil": QueueRules("accueil"), "sports": QueueRules("sports")}
    assert not queued(ANNE).takes_over(Reception((ANNE, with_staff), queues, {}))


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
    assert scene.line.said.replace(b"\0", b"").decode() == "Un habitant, pour un passeport."
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


# Hand-overs that are cut off


async def test_an_agent_who_hangs_up_at_once_sends_the_caller_first_in_line_to_another() -> None:
    scene = Scene(queued(ANNE, MARC))
    scene.start()
    leg = await scene.talk()
    assert scene.line.kept == [True]
    scene.line.end(leg, 200, answered=True)
    assert isinstance(scene.last, ev.BackInQueue)
    assert not scene.last.lost
    assert [*scene.line.dialled.values()] == [ANNE.target, MARC.target]
    (place,) = scene.desk.waiting()
    assert (place.position, place.rank) == (1, Priority.URGENT)
    await scene.talk()
    assert scene.results() == [(True, 200), (True, 200)]


async def test_an_agent_whose_telephone_vanishes_after_minutes_is_lost(clock: Clock) -> None:
    scene = Scene(queued(ANNE, MARC))
    scene.start()
    leg = await scene.talk()
    clock.ahead_s = 300
    scene.line.end(leg, 481, answered=True)
    assert isinstance(scene.last, ev.BackInQueue)
    assert scene.last.lost


async def test_a_talk_that_has_lasted_is_over_when_the_agent_hangs_up(clock: Clock) -> None:
    scene = Scene(queued(ANNE, MARC))
    scene.start()
    leg = await scene.talk()
    clock.ahead_s = 300
    scene.line.end(leg, 200, answered=True)
    assert isinstance(scene.last, ev.TalkOver)
    assert scene.desk.talks() == ()
    assert list(scene.line.dialled.values()) == [ANNE.target]


async def test_an_agent_who_hangs_up_during_the_whisper_leaves_the_caller_in_line() -> None:
    scene = Scene(queued(ANNE, MARC))
    scene.start()
    leg = scene.leg
    scene.line.answer(leg)
    scene.line.end(leg, 200, answered=True)
    assert scene.desk.talks() == ()
    assert list(scene.line.dialled.values()) == [ANNE.target, MARC.target]
    await scene.talk()
    assert scene.results() == [(True, 200)]


async def test_a_call_that_was_replaced_is_over_for_the_desk() -> None:
    scene = Scene(queued(ANNE, MARC))
    scene.start()
    leg = await scene.talk("replaces")
    scene.line.end(leg, 200, answered=True)
    assert not isinstance(scene.last, ev.BackInQueue | ev.TalkOver)
    assert scene.desk.waiting() == scene.desk.talks() == ()


async def test_a_worker_that_dies_in_mid_call_rings_nobody_else() -> None:
    scene = Scene(queued(ANNE, MARC))
    scene.start()
    leg = await scene.talk()
    scene.line.end(leg, 503)
    assert scene.desk.waiting() == scene.desk.talks() == ()
    assert list(scene.line.dialled.values()) == [ANNE.target]


async def test_a_caller_who_hangs_up_during_the_whisper_frees_the_agent_at_once() -> None:
    scene = Scene(queued(ANNE))
    scene.start()
    scene.line.answer(scene.leg)
    scene.handover.leave()
    assert scene.line.disconnected == [scene.leg]
    scene.line.end(scene.leg, 200, answered=True)
    assert scene.desk.waiting() == scene.desk.talks() == ()


async def test_no_free_slot_keeps_the_caller_in_line() -> None:
    scene = Scene(queued(ANNE))
    scene.start()
    scene.line.end(scene.leg, 503)
    assert [place.call for place in scene.desk.waiting()] == ["appel"]
    assert not scene.results()
    assert scene.desk.agents()["anne"].missed == 0


@pytest.mark.parametrize(("code", "after_s"), [(200, 1.0), (481, 300.0)])
async def test_a_single_telephone_that_is_gone_sends_the_caller_back(
    clock: Clock, code: int, after_s: float
) -> None:
    scene = Scene(direct(TransferMode.BRIDGE))
    scene.start()
    leg = await scene.talk()
    clock.ahead_s = after_s
    scene.line.end(leg, code, answered=True)
    assert scene.results() == [(True, 200), (False, 480 if code == 200 else code)]
    assert scene.desk.out_of_reach("appel") is None


async def test_a_talk_on_a_single_telephone_ends_the_call(clock: Clock) -> None:
    scene = Scene(direct(TransferMode.BRIDGE))
    scene.start()
    leg = await scene.talk()
    assert scene.desk.out_of_reach("appel") == "talking"
    clock.ahead_s = 60
    scene.line.end(leg, 200, answered=True)
    assert isinstance(scene.last, ev.TalkOver)


async def test_a_replaced_caller_of_a_single_telephone_is_left_alone() -> None:
    scene = Scene(direct(TransferMode.ATTENDED))
    scene.start()
    leg = await scene.talk("replaces")
    scene.handover.leave()
    assert not scene.line.disconnected
    scene.line.end(leg, 200, answered=True)
    assert scene.results() == [(True, 200)]


# What staff cannot undo


async def test_a_blind_transfer_cannot_be_taken_back_until_it_has_failed() -> None:
    scene = Scene(direct(TransferMode.BLIND))
    scene.start()
    front = scene.front
    for asked in (front.take("appel", "anne"), front.transfer("appel", "accueil", "anne")):
        with pytest.raises(ActionRefusedError, match="en cours de transfert"):
            await asked
    scene.handover.leave()
    await front.transfer("appel", "accueil", "anne")
    assert isinstance(scene.last, ev.HandOver)


async def test_an_overflow_to_an_address_cannot_be_taken_back_and_the_caller_is_told() -> None:
    rules = QueueRules("accueil", overflow=Overflow("sip", "sip:astreinte@127.0.0.1"))
    scene = Scene(Reception((ANNE,), {"accueil": rules}, {}))
    scene.desk.set_presence("anne", Presence.OFFLINE)
    scene.start()
    assert scene.line.transfers == ["sip:astreinte@127.0.0.1"]
    assert isinstance(scene.last, ev.Referred)
    assert scene.desk.out_of_reach("appel") == "referred"
