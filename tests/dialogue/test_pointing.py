"""Questions that lean on the place just talked of: how they read in full, and what comes of it."""

import pytest

from dialogue.pointing import in_full
from tests.dialogue.bots import Bot, phrase
from tests.dialogue.fakes import FakeReply

AT = "à la piscine"
NOON = "à quelle heure on peut y aller ?"
RANKINGS = {
    "la piscine": [("horaires_lieu", 0.9)],
    "ma carte d'identité": [("carte_identite_passeport", 0.9)],
    NOON: [("carte_identite_passeport", 0.4), ("hors_sujet", 0.3), ("encombrants", 0.3)],
    f"à quelle heure on peut aller {AT} ?": [("horaires_lieu", 0.8)],
    "on peut y manger ?": [("hors_sujet", 1.0)],
    f"on peut manger {AT} ?": [("horaires_lieu", 1.0)],
    "on peut y dormir ?": [("hors_sujet", 0.6), ("encombrants", 0.4)],
    f"on peut dormir {AT} ?": [("hors_sujet", 1.0)],
    "on peut y amener un bébé ?": [("encombrants", 0.6), ("hors_sujet", 0.1)],
    f"on peut amener {AT} un bébé ?": [("horaires_lieu", 0.9)],
    "et en fauteuil ?": [("hors_sujet", 0.4), ("adresse_lieu", 0.3)],
    f"et en fauteuil {AT} ?": [("adresse_lieu", 0.5)],
    "oui": [("affirmer", 1.0)],
    "je peux y amener ma carte ?": [("carte_identite_passeport", 0.9)],
    "j'y vais, au revoir": [("au_revoir", 1.0)],
}


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("Il faut une carte pour y aller ?", f"Il faut une carte pour aller {AT} ?"),
        ("On peut y manger ?", f"On peut manger {AT} ?"),
        ("J'y vais comment en bus ?", f"je vais {AT} comment en bus ?"),
        ("Les chiens sont acceptés là-bas ?", f"Les chiens sont acceptés {AT} ?"),
        ("On peut s'y garer ?", f"On peut se garer {AT} ?"),
        ("Et avec une poussette ?", f"Et avec une poussette {AT} ?"),
        ("Faut s'inscrire ?", f"Faut s'inscrire {AT} ?"),
        ("Et il y a un parking ?", f"Et il y a un parking {AT} ?"),
    ],
)
def test_the_place_is_said_in_full(text: str, full: str) -> None:
    assert in_full(text, AT) == full


@pytest.mark.parametrize(
    "text",
    ["Je voudrais inscrire ma fille à la danse", "Bonne journée", "Il faut réserver ?", ""],
)
def test_what_leans_on_nothing_stays(text: str) -> None:
    assert in_full(text, AT) is None


async def test_a_question_is_about_the_place_just_talked_of() -> None:
    bot = Bot(RANKINGS)
    await bot.say("la piscine")
    plan = await bot.say(NOON)
    assert (plan.decision, plan.intent, plan.lieu) == ("answer", "horaires_lieu", "piscine")


async def test_without_a_place_it_is_what_it_says() -> None:
    assert (await Bot(RANKINGS).say(NOON)).decision == "confirm"


async def test_after_another_matter_it_is_what_it_says() -> None:
    bot = Bot(RANKINGS)
    await bot.say("ma carte d'identité")
    assert (await bot.say(NOON)).decision == "confirm"


async def test_what_the_search_alone_knows_of_the_place_goes_before() -> None:
    bot = Bot(RANKINGS)
    bot.facts.found[f"on peut manger {AT} ?"] = FakeReply("Un kiosque.", ("kiosque",), None)
    await bot.say("la piscine")
    assert (await bot.say("on peut y manger ?")).say[0].text == "Un kiosque."


async def test_what_nobody_knows_of_the_place_is_said_to_be_unknown() -> None:
    bot = Bot(RANKINGS)
    await bot.say("la piscine")
    plan = await bot.say("on peut y dormir ?")
    assert plan.say[0].text == phrase("precision_inconnue")
    assert (plan.decision, plan.service) == ("ask_again", "sports")
    transferred = await bot.say("oui")
    assert (transferred.decision, transferred.service) == ("transfer", "sports")


async def test_hours_answer_no_question_about_something_else() -> None:
    bot = Bot(RANKINGS)
    await bot.say("la piscine")
    plan = await bot.say("on peut y manger ?")
    assert plan.say[0].text == phrase("precision_inconnue")


async def test_access_is_answered_by_the_address_that_tells_of_it() -> None:
    bot = Bot(RANKINGS)
    bot.facts.replies["adresse_lieu"] = "Avenue du Stade. L'entrée est de plain-pied."
    await bot.say("la piscine")
    plan = await bot.say("et en fauteuil ?")
    assert (plan.decision, plan.intent, plan.lieu) == ("answer", "adresse_lieu", "piscine")


async def test_an_address_alone_says_nothing_of_access() -> None:
    bot = Bot(RANKINGS)
    bot.facts.replies["adresse_lieu"] = "Avenue du Stade."
    await bot.say("la piscine")
    plan = await bot.say("et en fauteuil ?")
    assert plan.say[0].text == phrase("precision_inconnue")


async def test_access_to_a_place_that_is_named_is_answered_so_too() -> None:
    bot = Bot({"la piscine a un ascenseur ?": [("adresse_lieu", 0.9)]})
    bot.facts.replies["adresse_lieu"] = "Avenue du Stade."
    plan = await bot.say("la piscine a un ascenseur ?")
    assert plan.say[0].text == phrase("precision_inconnue")


async def test_courtesy_is_no_question() -> None:
    bot = Bot(RANKINGS)
    await bot.say("la piscine")
    assert (await bot.say("j'y vais, au revoir")).decision == "social"


async def test_what_points_to_the_place_is_read_again_unless_it_is_sure() -> None:
    bot = Bot(RANKINGS)
    await bot.say("la piscine")
    plan = await bot.say("on peut y amener un bébé ?")
    assert (plan.say[0].text, plan.service) == (phrase("precision_inconnue"), "sports")
    assert (await bot.say("je peux y amener ma carte ?")).intent == "carte_identite_passeport"
