"""Days that were misheard."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from asr.daywords import DAY_PHRASES
from asr.hints import Hints
from asr.phonemes import Phonemes
from asr.repair import KEPT, Repairer
from asr.vocabulary import DAY, FIRST, NUMBER, OPEN, YES_NO, Vocabulary
from common.french import fold
from knowledge.days import find_day

NOW = datetime(2026, 11, 20, 10, tzinfo=ZoneInfo("Europe/Paris"))
TOWN = Vocabulary(town=("mairie", "piscine"))


@pytest.fixture(scope="module")
def repairer() -> Repairer:
    return Repairer(TOWN, Phonemes())


def texts(repairer: Repairer, expects: str, *hypotheses: str) -> list[str]:
    return [rival.text for rival in repairer.rivals(hypotheses, expects)]


@pytest.mark.parametrize("phrase", DAY_PHRASES)
def test_no_number_and_no_negation_comes_with_a_day(phrase: str) -> None:
    assert not KEPT & set(fold(phrase).split())
    assert not any(letter.isdigit() for letter in phrase)


@pytest.mark.parametrize("phrase", [phrase for phrase in DAY_PHRASES if " " in phrase])
def test_what_is_looked_for_is_understood(phrase: str) -> None:
    understood = find_day(f"c'est ouvert {phrase}", NOW) is not None
    assert understood or phrase in ("cette semaine", "vacances scolaires")


@pytest.mark.parametrize("expects", [FIRST, OPEN, DAY])
@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("Vous fermez de main ?", "Vous fermez demain ?"),
        ("Un créneau judy après-mme pour les papiers.", "Un créneau jeudi aprèm pour les papiers."),
        ("C'est ouvert vendre dit matin.", "C'est ouvert vendredi matin."),
        ("Sam dit prochain.", "Samedi prochain."),
    ],
)
def test_a_near_miss_has_a_day_as_a_rival(
    repairer: Repairer, expects: str, heard: str, meant: str
) -> None:
    assert meant in texts(repairer, expects, heard)


@pytest.mark.parametrize("heard", ["Je viens mardi.", "C'est ouvert ce soir ?", "Lundi de Pâques."])
def test_a_day_that_was_heard_stays(repairer: Repairer, heard: str) -> None:
    day = find_day(heard, NOW)
    assert day is not None
    for text in texts(repairer, OPEN, heard):
        assert fold(day.surface) in fold(text)


@pytest.mark.parametrize("expects", [YES_NO, NUMBER])
def test_no_day_is_proposed_where_none_can_be_meant(repairer: Repairer, expects: str) -> None:
    assert texts(repairer, expects, "C'est de main matin.") == []


def test_a_day_that_was_asked_for_may_sound_less_like_it(repairer: Repairer) -> None:
    assert texts(repairer, OPEN, "Samuel.") == []
    assert texts(repairer, DAY, "Samuel.")[:1] == ["Samedi."]
    asked = {rival.text: rival.margin for rival in repairer.rivals(["De main."], DAY)}
    usual = {rival.text: rival.margin for rival in repairer.rivals(["De main."], OPEN)}
    assert asked["Demain."] > usual["Demain."]


def test_another_hypothesis_that_names_a_day_or_a_place_is_a_reading(repairer: Repairer) -> None:
    heard = "Vous êtes là quand, deux mètres ?"
    assert texts(repairer, OPEN, heard, "Vous êtes là quand, deux mercredi ?")[-1:] == [
        "Vous êtes là quand, deux mercredi ?"
    ]
    assert texts(repairer, OPEN, "C'est où la vis Cine ?", "C'est où la piscine ?")[:1]
    for other in ("Je viens pas demain.", "Je viens demain deux fois.", "Je viens bien."):
        assert other not in texts(repairer, OPEN, "Je viens.", other)


def test_a_question_for_a_day_is_prompted_with_days() -> None:
    hint = Hints(TOWN).of(DAY)
    assert "dimanche" in hint.words
    assert not KEPT & set(fold(" ".join(hint.words)).split())
