"""The desk with telephones that are events: what is dialled, whispered, connected."""

import asyncio

import pytest

from callbot.handover import SENTENCE_S
from console.ports import ActionRefusedError
from dialogue import events as ev
from telephony import protocol as tp
from telephony.presence import Presence
from telephony.queueing import CONFIRM_S
from telephony.reception import Overflow, Priority, QueueRules, Reception, TransferMode
from tests.callbot.deskscene import ANNE, MARC, Scene, direct, queued, settle

pytestmark = pytest.mark.virtual_time


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


async def test_a_telephone_that_holds_during_the_whisper_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene(direct(TransferMode.BRIDGE))
    monkeypatch.setattr(scene.line, "play_to", lambda leg, playback, pcm: None)
    scene.start()
    scene.line.answer(scene.leg)
    await settle()
    assert not scene.line.connected
    await asyncio.sleep(SENTENCE_S)
    assert scene.line.connected == [(scene.leg, False)]


async def test_a_whisper_that_fails_costs_the_telephone_and_not_the_caller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(leg: str, playback: str, pcm: bytes) -> None:
        raise RuntimeError("a defect")

    scene = Scene(direct(TransferMode.BRIDGE))
    monkeypatch.setattr(scene.line, "play_to", fails)
    scene.start()
    scene.line.answer(scene.leg)
    await settle()
    assert scene.line.disconnected == [scene.leg]
    scene.line.end(scene.leg, 200, answered=True)
    assert scene.results() == [(False, 480)]


async def test_an_answering_machine_does_not_press_1() -> None:
    scene = Scene(direct(TransferMode.BRIDGE, confirm=True))
    scene.start()
    scene.line.answer(scene.leg)
    await settle()
    assert not scene.line.connected
    scene.line.follow[scene.leg](tp.Digit(call=scene.leg, digit="1", at=0))
    await settle()
    assert scene.line.connected == [(scene.leg, False)]


async def test_an_answering_machine_is_left_and_the_caller_comes_back() -> None:
    scene = Scene(direct(TransferMode.BRIDGE, confirm=True))
    scene.start()
    scene.line.answer(scene.leg)
    await settle()
    assert not scene.line.disconnected
    await asyncio.sleep(CONFIRM_S)
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


async def test_an_agent_whose_telephone_vanishes_after_minutes_is_lost() -> None:
    scene = Scene(queued(ANNE, MARC))
    scene.start()
    leg = await scene.talk()
    await asyncio.sleep(300)
    scene.line.end(leg, 481, answered=True)
    assert isinstance(scene.last, ev.BackInQueue)
    assert scene.last.lost


async def test_a_talk_that_has_lasted_is_over_when_the_agent_hangs_up() -> None:
    scene = Scene(queued(ANNE, MARC))
    scene.start()
    leg = await scene.talk()
    await asyncio.sleep(300)
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
    assert not scene.desk.waiting()
    assert not scene.desk.talks()


async def test_a_worker_that_dies_in_mid_call_rings_nobody_else() -> None:
    scene = Scene(queued(ANNE, MARC))
    scene.start()
    leg = await scene.talk()
    scene.line.end(leg, 503)
    assert not scene.desk.waiting()
    assert not scene.desk.talks()
    assert list(scene.line.dialled.values()) == [ANNE.target]


async def test_a_caller_who_hangs_up_during_the_whisper_frees_the_agent_at_once() -> None:
    scene = Scene(queued(ANNE))
    scene.start()
    scene.line.answer(scene.leg)
    scene.handover.leave()
    assert scene.line.disconnected == [scene.leg]
    scene.line.end(scene.leg, 200, answered=True)
    assert not scene.desk.waiting()
    assert not scene.desk.talks()


async def test_no_free_slot_keeps_the_caller_in_line() -> None:
    scene = Scene(queued(ANNE))
    scene.start()
    scene.line.end(scene.leg, 503)
    assert [place.call for place in scene.desk.waiting()] == ["appel"]
    assert not scene.results()
    assert scene.desk.agents()["anne"].missed == 0


@pytest.mark.parametrize(("code", "after_s"), [(200, 1.0), (481, 300.0)])
async def test_a_single_telephone_that_is_gone_sends_the_caller_back(
    code: int, after_s: float
) -> None:
    scene = Scene(direct(TransferMode.BRIDGE))
    scene.start()
    leg = await scene.talk()
    await asyncio.sleep(after_s)
    scene.line.end(leg, code, answered=True)
    assert scene.results() == [(True, 200), (False, 480 if code == 200 else code)]
    assert scene.desk.out_of_reach("appel") is None


async def test_a_talk_on_a_single_telephone_ends_the_call() -> None:
    scene = Scene(direct(TransferMode.BRIDGE))
    scene.start()
    leg = await scene.talk()
    assert scene.desk.out_of_reach("appel") == "talking"
    await asyncio.sleep(60)
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
