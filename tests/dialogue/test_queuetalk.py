"""Callers who wait for a person: what they are told, and what comes of what they say."""

from __future__ import annotations

import pytest

from dialogue.manager import Plan
from dialogue.ports import Errands, Heard
from tests.dialogue.bots import Bot, phrase
from tests.dialogue.fakes import FakeCallBacks, settings

SURE = settings().seuils.accepter
RANKINGS = {
    "au revoir": [("au_revoir", SURE)],
    "laissez tomber": [("refuser", SURE)],
    "rappelez-moi": [("demander_rappel", SURE)],
    "tu as vu le match": [("hors_sujet", 0.9)],
    "bon allez au revoir toi": [("au_revoir", SURE - 0.01)],
    "oui": [("affirmer", 0.9)],
}


def waiting(*, called_back: bool = True) -> Bot:
    return Bot(RANKINGS, Errands(callbacks=FakeCallBacks() if called_back else None), "0612345678")


async def says(bot: Bot, text: str) -> Plan | None:
    return await bot.manager.turn_in_queue(Heard(text, 0.9), "etat_civil")


@pytest.mark.parametrize(
    ("position", "minutes", "more", "told"),
    [
        (1, None, False, [phrase("file_prochain")]),
        (1, 1, False, [phrase("file_prochain")]),
        (2, 2, False, [phrase("file_un_devant"), phrase("file_duree", minutes="2")]),
        (3, 30, True, [phrase("file_devant", devant="2"), phrase("file_duree_plus", minutes="30")]),
    ],
)
def test_a_place_is_told_with_the_wait_where_it_is_worth_telling(
    position: int, minutes: int | None, more: bool, told: list[str]
) -> None:
    plan = waiting().manager.queue_place(position, minutes, more, "etat_civil")
    assert plan.then == "wait"
    assert [said.text for said in plan.say] == [*told, phrase("file_patience_rappel")]


@pytest.mark.parametrize("service", ["sports", None])
def test_a_call_back_is_only_told_of_where_somebody_calls_back(service: str | None) -> None:
    plan = waiting().manager.queue_place(1, None, False, service)
    assert plan.say[-1].text == phrase("file_patience")


async def test_who_says_goodbye_is_let_go() -> None:
    plan = await says(waiting(), "au revoir")
    assert plan is not None
    assert (plan.then, plan.text) == ("hang_up", phrase("au_revoir"))


async def test_who_gives_up_waiting_may_ask_for_something_else() -> None:
    bot = waiting()
    plan = await says(bot, "laissez tomber")
    assert plan is not None
    assert (plan.then, plan.text) == ("listen", phrase("file_quittee"))
    await bot.say("oui")
    assert bot.engine.steps[-1][1]["attente"] == "autre_chose"


async def test_who_would_rather_be_called_back_is_asked_on_which_number() -> None:
    plan = await says(waiting(), "rappelez-moi")
    assert plan is not None
    assert (plan.then, plan.decision, plan.service) == ("listen", "confirm", "etat_civil")


async def test_without_call_backs_who_asks_for_one_goes_on_waiting() -> None:
    assert await says(waiting(called_back=False), "rappelez-moi") is None


@pytest.mark.parametrize("text", ["tu as vu le match", "bon allez au revoir toi", "", " "])
async def test_what_is_said_to_somebody_else_changes_nothing(text: str) -> None:
    assert await says(waiting(), text) is None


async def test_a_caller_goes_on_waiting_while_nothing_can_be_understood() -> None:
    bot = waiting()
    bot.engine.down = True
    assert await says(bot, "au revoir") is None
