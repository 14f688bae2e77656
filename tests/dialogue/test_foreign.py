"""Callers who do not speak French, and what our questions ask for."""

from typing import Any

import pytest

from dialogue import expecting, foreign
from dialogue.ports import FIRST, NUMBER, OPEN, STREET, YES_NO, Heard
from dialogue.state import Asked, State
from tests.dialogue.fakes import NOW
from tests.dialogue.test_manager import manager, say


@pytest.mark.parametrize(
    ("language", "said", "told"),
    [
        ("en", "Please hold on. A colleague will help you.", "parle probablement anglais"),
        ("es", "Je vous passe", "parle probablement espagnol"),
        ("haw", "Je vous passe", "ne parle probablement pas français"),
    ],
)
async def test_a_person_takes_over_and_is_told_the_language(
    language: str, said: str, told: str
) -> None:
    bot, _ = manager()
    events: list[tuple[str, dict[str, Any]]] = []
    bot.report_to(lambda kind, **details: events.append((kind, details)))
    plan = await bot.turn(Heard("do you speak english", 0.4, language=language), NOW)
    assert (plan.then, plan.service, plan.decision) == ("transfer", "accueil", "transfer")
    assert plan.text.startswith(said)
    assert events == [("details", {"langue": told})]
    assert told in bot.whisper()
    assert bot.struggling


@pytest.mark.parametrize("language", ["", "fr"])
async def test_french_is_answered(language: str) -> None:
    bot, _ = manager()
    plan = await bot.turn(Heard("la piscine samedi", 0.9, language=language), NOW)
    assert plan.decision == "answer"
    assert bot.whisper() == "Un habitant demande à vous parler."


async def test_the_language_is_asked_for_once() -> None:
    bot, _ = manager()
    assert bot.expectation == FIRST
    await say(bot, "grblx")
    assert bot.expectation == OPEN


def test_what_a_question_asks_for() -> None:
    street = Asked("collecte_dechets", "les poubelles", "proprete", open=True)
    assert expecting.expectation(State(begun=True, street_for=street)) == STREET
    assert expecting.expectation(State(pending="confirmation", street_for=street)) == YES_NO
    assert expecting.expectation(State(pending="autre_chose", begun=True)) == OPEN
    assert expecting.keys(State(pending="autre_chose")) == "yes_no"
    assert NUMBER not in (expecting.expectation(State()), expecting.expectation(State(begun=True)))


def test_french_and_the_unknown_need_no_word() -> None:
    assert foreign.told("") == foreign.told("fr") == ""
