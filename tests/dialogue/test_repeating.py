"""Saying it again: the same, then the essential, then a person."""

import pytest

from dialogue.plan import Sentence
from dialogue.ports import Errands
from dialogue.repeating import SLOW_PACE, simpler
from tests.dialogue.bots import Bot, phrase
from tests.dialogue.fakes import FakeReply, FakeTexts

RANKINGS = {
    "la piscine samedi": [("horaires_lieu", 0.9)],
    "une carte": [("carte_identite_passeport", 0.9)],
    "au feu": [("urgence", 0.9)],
    "hein": [("repeter", 0.9)],
    "moins vite": [("ralentir", 0.9)],
    "oui": [("affirmer", 0.9)],
    "non": [("refuser", 0.9)],
}
HOURS, ESSENTIAL = "piscine ouverte. De 9 h à 12 h.", "piscine ouverte."


async def test_the_answer_is_said_again_as_it_was() -> None:
    bot = Bot(RANKINGS)
    answer = (await bot.say("la piscine samedi")).say[0]
    assert (await bot.say("hein")).say == (answer,)


async def test_the_answer_is_said_slower_when_that_is_asked() -> None:
    bot = Bot(RANKINGS)
    await bot.say("la piscine samedi")
    begins, again = (await bot.say("moins vite")).say
    assert begins.text == phrase("ralentir")
    assert (again.text, again.pace) == (HOURS, SLOW_PACE)


@pytest.mark.parametrize("second", ["hein", "moins vite"])
async def test_the_second_time_only_the_essential_is_said_slowly(second: str) -> None:
    bot = Bot(RANKINGS)
    await bot.say("la piscine samedi")
    await bot.say("hein")
    begins, again = (await bot.say(second)).say
    assert begins.text == phrase("plus_simplement")
    assert (again.text, again.pace) == (ESSENTIAL, SLOW_PACE)
    assert again.sources == ("lieux/piscine#horaires",)


async def test_the_third_time_a_person_of_the_service_is_offered() -> None:
    bot = Bot(RANKINGS)
    await bot.say("la piscine samedi")
    for _ in range(2):
        await bot.say("hein")
    plan = await bot.say("hein")
    assert plan.text == phrase("repete_agent", service="le service sports")
    plan = await bot.say("oui")
    assert (plan.then, plan.service) == ("transfer", "sports")


async def test_another_question_begins_the_count_anew() -> None:
    bot = Bot(RANKINGS)
    for _ in range(3):
        await bot.say("la piscine samedi")
        await bot.say("hein")
        assert ESSENTIAL in (await bot.say("hein")).text


async def test_what_an_emergency_needs_is_never_shortened() -> None:
    bot = Bot(RANKINGS)
    await bot.say("au feu")
    for _ in range(4):
        assert phrase("urgence") in (await bot.say("hein")).text


async def test_before_anything_was_said_there_is_nothing_to_say_again() -> None:
    bot = Bot(RANKINGS)
    assert (await bot.say("hein")).text == phrase("rien_a_repeter")


async def test_an_offered_text_is_repeated_with_its_question_and_then_a_person_is_offered() -> None:
    bot = Bot(RANKINGS, Errands(FakeTexts()), "+33612345678")
    offer = (await bot.say("une carte")).say[-1]
    assert (await bot.say("hein")).say[-1] == offer
    assert (await bot.say("hein")).say[0].text == phrase("plus_simplement")
    plan = await bot.say("hein")
    assert plan.text == phrase("repete_agent", service="le service etat_civil")
    assert (await bot.say("non")).then == "listen"


def test_the_short_wording_of_the_town_goes_before_the_first_sentence() -> None:
    reply = FakeReply("Une phrase. Une autre.", ("x",), None, simple="Court.")
    said = (Sentence(reply.text, reply.sources),)
    assert simpler(said, reply) == (Sentence("Court.", ("x",), SLOW_PACE),)
    other = (Sentence("Tout autre chose. Fin.", ("y",)),)
    assert simpler(other, reply)[0].text == "Tout autre chose."
    assert simpler((), reply) == ()
