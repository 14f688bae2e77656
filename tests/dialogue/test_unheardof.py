import pytest

from dialogue.unheardof import names_unheard_of
from tests.dialogue.bots import Bot

EXAMPLES = ("vous ouvrez à quelle heure le samedi", "la mairie est ouverte entre midi et deux")


@pytest.mark.parametrize(
    "text",
    ["la médié qui est ouverte samedi", "elle ferme quand, la patinoire", "c'est ouvert au zoo"],
)
def test_a_thing_that_no_example_has_is_unheard_of(text: str) -> None:
    assert names_unheard_of(text, EXAMPLES)


@pytest.mark.parametrize("text", ["vous ouvrez quand", "et le samedi", "la mairie, c'est ouvert ?"])
def test_what_is_asked_about_every_day_is_not(text: str) -> None:
    assert not names_unheard_of(text, EXAMPLES)


RANKINGS = {
    "vous ouvrez quand le samedi": [("horaires_lieu", 0.9)],
    "la médié qui est ouverte samedi": [("horaires_lieu", 0.9)],
    "la piscine": [("horaires_lieu", 0.9)],
    "et le bassin samedi": [("horaires_lieu", 0.9)],
    "la piscine c'est tout": [("tarifs_lieu", 0.7)],
    "c'est tout": [("au_revoir", 0.7)],
}


async def test_hours_without_a_place_are_those_of_the_town_hall() -> None:
    plan = await Bot(RANKINGS).say("vous ouvrez quand le samedi")
    assert (plan.decision, plan.lieu) == ("answer", "mairie")


async def test_the_town_hall_does_not_stand_for_what_was_misheard() -> None:
    bot = Bot(RANKINGS)
    assert (await bot.say("la médié qui est ouverte samedi")).decision == "ask_again"
    plan = await bot.say("la médié qui est ouverte samedi")
    assert (plan.decision, plan.service) == ("transfer", "accueil")


async def test_a_thing_of_a_place_that_was_just_talked_of_needs_no_question() -> None:
    bot = Bot(RANKINGS)
    await bot.say("la piscine")
    plan = await bot.say("et le bassin samedi")
    assert (plan.decision, plan.lieu) == ("answer", "piscine")


async def test_where_is_heard_in_what_sounds_the_same() -> None:
    plan = await Bot(RANKINGS).say("la piscine c'est tout")
    assert (plan.intent, plan.lieu) == ("adresse_lieu", "piscine")


async def test_that_is_all_stays_what_it_is() -> None:
    assert (await Bot(RANKINGS).say("c'est tout")).intent == "au_revoir"
