"""Hours and prices of places that are not the town's are nobody's to give."""

import pytest

from dialogue.elsewhere import names_stranger
from tests.dialogue.bots import Bot

HOURS = [("horaires_lieu", 0.95)]


@pytest.mark.parametrize(
    "text",
    [
        "Le supermarché ferme à quelle heure ?",
        "La boulangerie est ouverte ?",
        "la CAF",
        "le lycée",
        "le zoo",
    ],
)
def test_a_stranger_is_named(text: str) -> None:
    assert names_stranger(text)


@pytest.mark.parametrize(
    "text",
    ["La mairie est ouverte ?", "Pour venir depuis la gare, je fais comment ?", "à côté du lycée"],
)
def test_the_town_and_landmarks_are_no_strangers(text: str) -> None:
    assert not names_stranger(text)


async def test_the_hours_of_a_shop_are_no_business_of_the_town() -> None:
    bot = Bot({"le supermarché ouvre quand": HOURS, "la piscine près du supermarché": HOURS})
    plan = await bot.say("le supermarché ouvre quand")
    assert (plan.decision, plan.intent) == ("out_of_scope", "hors_sujet")
    plan = await bot.say("la piscine près du supermarché")
    assert (plan.decision, plan.lieu) == ("answer", "piscine")
