"""Callers for a service that is closed: told so, and led on."""

from __future__ import annotations

import pytest

from dialogue.manager import DialogueManager, Plan
from dialogue.ports import Closed, Errands, Heard
from tests.dialogue.fakes import (
    NOW,
    FakeCallBacks,
    FakeEngine,
    FakeFacts,
    FakeIntents,
    FakeReply,
    phrases,
    settings,
)

RANKINGS = {
    "un agent de l'urbanisme": [("demander_agent", 0.9)],
    "au feu": [("urgence", 0.9)],
    "grblx": [("encombrants", 0.1), ("hors_sujet", 0.1)],
    "oui": [("affirmer", 0.9)],
    "non": [("refuser", 0.9)],
    "un agent de la piscine samedi": [("demander_agent", 0.9)],
    "un trou dans ma clôture": [("hors_sujet", 0.2)],
}
NOTICE = FakeReply(
    "L'urbanisme est fermé. Il rouvre lundi.", ("services/urbanisme#horaires",), None
)


class Hall:
    """A conversation with a town hall where some services are closed."""

    def __init__(self, *closed: str, rings: bool, called_back: bool = True) -> None:
        self.facts = facts = FakeFacts()
        facts.closed = {service: Closed(NOTICE, rings) for service in closed}
        errands = Errands(callbacks=FakeCallBacks() if called_back else None)
        self.manager = DialogueManager(
            "c1",
            FakeEngine(RANKINGS),
            facts,
            FakeIntents(),
            phrases(),
            settings(),
            errands,
            "0612345678",
        )

    async def say(self, text: str) -> Plan:
        return await self.manager.turn(Heard(text, 0.9), NOW)


async def test_a_telephone_that_rings_at_any_hour_is_tried_after_the_notice() -> None:
    plan = await Hall("urbanisme", rings=True).say("un agent de l'urbanisme")
    assert plan.text == (
        "L'urbanisme est fermé. Il rouvre lundi. "
        "J'essaie tout de même de vous passer le service urbanisme. Ne quittez pas."
    )
    assert (plan.then, plan.decision, plan.service) == ("transfer", "transfer", "urbanisme")
    assert "services/urbanisme#horaires" in plan.sources


async def test_an_empty_office_is_not_rung_and_a_call_back_is_offered() -> None:
    hall = Hall("urbanisme", rings=False)
    plan = await hall.say("un agent de l'urbanisme")
    assert plan.text.startswith("L'urbanisme est fermé. Il rouvre lundi.")
    assert "rappel" in plan.text
    assert (plan.then, plan.decision, plan.service) == ("listen", "transfer", "urbanisme")
    await hall.say("oui")
    await hall.say("oui")
    assert hall.manager.promised


async def test_what_was_to_be_said_before_the_transfer_is_still_said() -> None:
    hall, text = Hall("urbanisme", rings=False), "un trou dans ma clôture"
    said = FakeReply("Une clôture se déclare.", ("reponses/cloture",), "urbanisme", "transfer")
    hall.facts.found[text] = said
    plan = await hall.say(text)
    assert plan.text.startswith(f"{said.text} {NOTICE.text}")
    assert plan.then == "listen"


async def test_the_record_keeps_which_place_and_day_were_named() -> None:
    hall = Hall("sports", "accueil", rings=False)
    plan = await hall.say("un agent de la piscine samedi")
    assert plan.text.startswith(NOTICE.text)
    assert (plan.lieu, plan.jour) == ("piscine", "samedi")


async def test_where_nobody_calls_back_the_direct_number_is_told() -> None:
    plan = await Hall("urbanisme", rings=False, called_back=False).say("un agent de l'urbanisme")
    assert plan.then == "listen"
    assert plan.text.startswith("L'urbanisme est fermé. Il rouvre lundi.")


async def test_an_open_service_is_rung_as_ever() -> None:
    plan = await Hall("accueil", rings=False).say("un agent de l'urbanisme")
    assert plan.then == "transfer"
    assert "fermé" not in plan.text


@pytest.mark.parametrize("rings", [True, False])
async def test_key_zero_and_silence_tell_the_same(rings: bool) -> None:
    hall = Hall("accueil", rings=rings)
    expected = "transfer" if rings else "listen"
    assert hall.manager.agent(NOW).then == expected
    hall.manager.silence(NOW)
    plan = hall.manager.silence(NOW)
    assert plan.then == expected
    assert plan.text.startswith(NOTICE.text)


async def test_an_emergency_is_put_through_at_any_hour() -> None:
    hall = Hall("accueil", rings=False)
    await hall.say("au feu")
    plan = await hall.say("oui")
    assert plan.then == "transfer"
    assert "fermé" not in plan.text


async def test_a_caller_who_was_not_understood_hears_the_notice_too() -> None:
    hall = Hall("accueil", "proprete", rings=False)
    await hall.say("grblx")
    plan = await hall.say("grblx")
    assert plan.then == "listen"
    assert plan.text.startswith(NOTICE.text)
