"""Words that ask for nothing but a moment, and questions that an open offer does not hold up."""

from __future__ import annotations

import pytest

from dialogue.ports import Errands
from dialogue.smalltalk import WAIT, phrase_for
from tests.dialogue.bots import Bot, phrase
from tests.dialogue.fakes import FakeTexts

RANKINGS = {
    "ma carte d'identité": [("carte_identite_passeport", 0.9)],
    "attendez je note": [("hors_sujet", 0.6)],
    "c'est anonyme": [("hors_sujet", 0.2)],
    "la même chose": [("hors_sujet", 0.2)],
    "oui": [("affirmer", 0.9)],
}


async def offered_a_text() -> tuple[Bot, FakeTexts]:
    texts = FakeTexts()
    bot = Bot(RANKINGS, Errands(texts), "+33612345678")
    plan = await bot.say("ma carte d'identité")
    assert plan.text.endswith(phrase("sms_proposer"))
    return bot, texts


@pytest.mark.parametrize(
    "text",
    [
        "Attendez.",
        "Attendez, je note.",
        "Un petit instant, s'il vous plaît.",
        "Oui, ne quittez pas.",
        "Je cherche un stylo.",
        "Que je prenne de quoi noter.",
    ],
)
def test_a_moment_is_asked_for(text: str) -> None:
    assert phrase_for(text) == WAIT


@pytest.mark.parametrize(
    "text",
    ["Attendez, c'est combien ?", "Je cherche une crèche.", "Il y a deux minutes d'attente ?"],
)
def test_more_than_a_moment_is_asked_for(text: str) -> None:
    assert phrase_for(text) != WAIT


async def test_who_asks_for_a_moment_is_asked_nothing() -> None:
    plan = await Bot(RANKINGS).say("attendez je note")
    assert (plan.then, plan.text) == ("listen", phrase(WAIT))


async def test_an_offer_stays_open_meanwhile() -> None:
    bot, texts = await offered_a_text()
    assert (await bot.say("attendez je note")).text == phrase(WAIT)
    await bot.say("oui")
    await bot.say("oui")
    assert texts.sent


async def test_a_question_that_was_not_understood_goes_before_an_offer() -> None:
    bot, _ = await offered_a_text()
    assert (await bot.say("c'est anonyme")).text == phrase("incompris")


async def test_an_offer_is_repeated_for_what_is_no_question_or_was_hardly_heard() -> None:
    for text, heard in (("la même chose", 0.9), ("c'est anonyme", 0.1)):
        bot, _ = await offered_a_text()
        plan = await bot.say(text, heard)
        assert plan.text not in (phrase("incompris"), phrase("mal_entendu")), text
