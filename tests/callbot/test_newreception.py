"""Staff, services and queues change while callers wait and telephones ring."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callbot.desk import CallHandover, Guest
from console.ports import ActionRefusedError
from telephony.reception import Agent, CallbackRules, Direct, QueueRules, Reception, TransferMode
from tests.callbot.deskscene import ANNE, LUC, SPORTS, Line, Scene, direct, queued

pytestmark = pytest.mark.virtual_time


async def test_a_service_that_is_added_can_be_reached_while_others_wait() -> None:
    before = queued(ANNE)
    scene = Scene(before)
    scene.start()
    queues = {**before.queues, "ccas": QueueRules("ccas")}
    route = Direct("ccas", "sip:ccas@127.0.0.1", TransferMode.BLIND)
    phone = Agent.for_service("ccas", route.target)
    after = Reception((ANNE, phone), queues, {"ccas": route})
    assert before.takes_over(after)
    scene.renew(after)
    assert [place.call for place in scene.desk.waiting()] == ["appel"]
    assert scene.desk.agents().keys() == {"anne", "poste:ccas"}
    assert await scene.front.transfer("appel", "ccas", "anne")
    scene.handover.leave()
    other = Line()
    CallHandover(scene.desk, Guest("autre", other, "0612345679")).start(
        "ccas", "Un habitant.", urgent=False, struggling=False
    )
    assert other.transfers == ["sip:ccas@127.0.0.1"]


async def test_a_caller_of_a_service_that_is_gone_waits_for_the_main_one() -> None:
    scene = Scene(SPORTS)
    scene.start("sports")
    assert scene.line.dialled[scene.leg] == LUC.target
    scene.renew(queued(ANNE))
    assert scene.line.disconnected
    assert scene.line.dialled[scene.leg] == ANNE.target
    assert [(place.call, place.service) for place in scene.queue] == [("appel", "accueil")]
    assert [person.id for person in scene.board.snapshot().people] == ["anne"]
    await scene.talk()
    assert scene.results() == [(True, 200)]


async def test_a_conversation_that_began_before_hands_over_to_the_main_service() -> None:
    scene = Scene(SPORTS)
    scene.renew(queued(ANNE))
    scene.start("sports")
    assert scene.line.dialled[scene.leg] == ANNE.target
    with pytest.raises(ActionRefusedError, match="n'existe pas"):
        await scene.front.transfer("appel", "sports", "anne")


async def test_a_service_that_staff_are_new_to_is_theirs_at_once() -> None:
    scene = Scene(queued(ANNE))
    scene.renew(SPORTS)
    scene.start("sports")
    assert scene.line.dialled[scene.leg] == LUC.target
    assert {person.id for person in scene.board.snapshot().people} == {"anne", "luc"}


async def test_a_single_telephone_that_rings_goes_on_when_its_service_gets_a_queue() -> None:
    scene = Scene(direct(TransferMode.BRIDGE))
    scene.start()
    scene.renew(queued(ANNE))
    await scene.talk()
    assert scene.line.connected == [(scene.leg, False)]


async def test_who_waits_for_staff_that_a_service_has_no_more_goes_to_its_telephone() -> None:
    scene = Scene(queued(ANNE))
    scene.start()
    scene.renew(direct(TransferMode.BLIND))
    assert scene.line.transfers == ["sip:accueil@127.0.0.1"]


def test_lines_and_pages_for_people_are_made_at_a_start() -> None:
    blind = direct(TransferMode.BLIND)
    assert not blind.takes_over(queued(ANNE))
    assert not blind.takes_over(direct(TransferMode.BRIDGE))
    assert queued(ANNE).takes_over(blind)
    off = replace(blind, callbacks=CallbackRules(enabled=False))
    assert blind.takes_over(off)
    assert not off.takes_over(blind)
