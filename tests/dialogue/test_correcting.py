"""A correction inside a sentence: which words count, and what the bot makes of them."""

import pytest

from dialogue.correcting import instead
from tests.dialogue.bots import Bot, phrase

POOL = "les horaires de la piscine euh non les papiers pour ma carte"
RANKINGS = {
    POOL: [("horaires_lieu", 0.9)],
    "les papiers pour ma carte": [("carte_identite_passeport", 0.9)],
    "ma carte euh non la piscine": [("carte_identite_passeport", 0.9)],
    "la piscine": [("horaires_lieu", 0.5)],
    "les horaires de la mairie euh non la piscine": [("horaires_lieu", 0.9)],
    "c'est pas pour la piscine c'est le feu": [("horaires_lieu", 0.9)],
    "c'est le feu": [("urgence", 0.8)],
}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("C'est pour la crèche, euh non, la maternelle.", "la maternelle"),
        ("Le passeport, enfin non pardon, la carte d'identité", "la carte d'identité"),
        ("Ma carte grise, qu'est-ce que je raconte, ma carte d'identité", "ma carte d'identité"),
        ("Je cherche la piscine ou plutôt le gymnase", "le gymnase"),
        ("Ce n'est pas une fuite, c'est le trottoir qui est cassé.",
         "c'est le trottoir qui est cassé"),
        ("Je ne veux pas de rendez-vous, juste une adresse.", "juste une adresse"),
    ],
)  # fmt: skip
def test_the_words_after_a_correction_count(text: str, words: str) -> None:
    assert instead(text) == words


@pytest.mark.parametrize(
    "text",
    ["Euh non, pas du tout.", "Non, le mariage.", "Mon passeport n'est pas arrivé.", "Non pardon",
     "La crèche, euh non", ""],
)  # fmt: skip
def test_nothing_is_corrected_without_something_else(text: str) -> None:
    assert instead(text) is None


async def test_the_corrected_request_is_answered() -> None:
    plan = await Bot(RANKINGS).say(POOL)
    assert plan.intent == "carte_identite_passeport"
    assert plan.say[0].text == "Prenez rendez-vous."


async def test_a_correction_that_is_not_understood_changes_nothing() -> None:
    plan = await Bot(RANKINGS).say("ma carte euh non la piscine")
    assert plan.intent == "carte_identite_passeport"


async def test_another_place_stays_the_same_request() -> None:
    plan = await Bot(RANKINGS).say("les horaires de la mairie euh non la piscine")
    assert (plan.intent, plan.lieu) == ("horaires_lieu", "piscine")


async def test_an_emergency_after_a_denial_is_heard() -> None:
    plan = await Bot(RANKINGS).say("c'est pas pour la piscine c'est le feu")
    assert plan.decision == "emergency"


async def test_what_is_hardly_heard_is_asked_for_again() -> None:
    bot = Bot({"brlx": [("hors_sujet", 0.9)]})
    assert (await bot.say("brlx", 0.16)).say[0].text == phrase("mal_entendu")
    assert (await bot.say("brlx", 0.16)).then == "transfer"
