"""What is said after a matter and leans on nothing, though the whole would be about the matter."""

from __future__ import annotations

import pytest

from dialogue.ports import Errands
from tests.dialogue.bots import Bot, phrase
from tests.dialogue.fakes import NOW, FakeCallBacks, FakeTexts

CARD = "ma carte d'identité"
MATTER = "carte_identite_passeport"
LONG = "et pour un mineur qui va partir en classe de neige au mois de mars"
ABOUT_IT = [(MATTER, 0.95)]
OTHERS = {
    "j'ai perdu ma carte": [("hors_sujet", 0.95)],
    "et pour rappeler plus tard": [("demander_rappel", 0.6)],
    LONG: [("hors_sujet", 0.2)],
}
RANKINGS = {
    CARD: [(MATTER, 0.9)],
    "je l'ai perdue": [("hors_sujet", 0.3)],
    f"{CARD} je l'ai perdue": ABOUT_IT,
    "oui": [("affirmer", 0.9)],
    "non": [("refuser", 0.9)],
    "et pour ma carte": [("hors_sujet", 0.2)],
    f"{CARD} et pour ma carte": ABOUT_IT,
    **OTHERS,
    **{f"{CARD} {text}": ABOUT_IT for text in OTHERS},
}


@pytest.mark.parametrize("text", list(OTHERS))
async def test_what_stands_alone_or_is_long_is_read_alone(text: str) -> None:
    bot = Bot(RANKINGS, Errands(callbacks=FakeCallBacks()))
    await bot.say(CARD)
    assert (await bot.say(text)).intent != MATTER


async def test_what_is_said_for_a_number_is_no_other_case() -> None:
    bot = Bot(RANKINGS, Errands(FakeTexts()))
    await bot.say(CARD)
    await bot.say("oui")
    assert bot.manager.expectation == "numero"
    assert (await bot.say("et pour ma carte")).intent != MATTER


async def test_nobody_is_offered_again_who_was_not_reached() -> None:
    bot = Bot(RANKINGS)
    bot.manager.transfer_failed("etat_civil", NOW)
    await bot.say(CARD)
    plan = await bot.say("je l'ai perdue")
    assert [said.text for said in plan.say] == ["Prenez rendez-vous.", phrase("autre_chose")]
