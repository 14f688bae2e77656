"""Near misses and what they may become."""

from __future__ import annotations

import itertools

import pytest

from asr.hints import Hints
from asr.phonemes import Phonemes, distance, plain
from asr.repair import MOST_RIVALS, Repairer
from asr.vocabulary import FIRST, NUMBER, OPEN, STREET, YES_NO, Vocabulary

TOWN = Vocabulary(
    town=("mairie", "État civil", "état civil", "déchetterie", "la médiathèque", "cantine", "parc"),
    streets=("rue des Lilas", "rue Pasteur", "quai des Mariniers", "rue du 11-Novembre"),
)


@pytest.fixture(scope="module")
def repairer() -> Repairer:
    return Repairer(TOWN, Phonemes())


def texts(repairer: Repairer, expects: str, *hypotheses: str) -> list[str]:
    return [rival.text for rival in repairer.rivals(hypotheses, expects)]


@pytest.mark.parametrize(
    ("expects", "heard", "meant"),
    [
        (OPEN, "Je voudrais l'et à civil.", "Je voudrais l'état civil."),
        (FIRST, "La mérite est ouverte ?", "La mairie est ouverte ?"),
        (OPEN, "les horaires de la des chatteries", "les horaires de la déchetterie"),
        (STREET, "Arrui de Lila.", "Rue des Lilas."),
        (STREET, "Quai des marins niés", "Quai des Mariniers"),
        (OPEN, "Numer-ci.", "Non merci."),
        (YES_NO, "Numer-ci.", "Non merci."),
    ],
)
def test_a_near_miss_has_the_words_of_the_town_as_a_rival(
    repairer: Repairer, expects: str, heard: str, meant: str
) -> None:
    assert meant in texts(repairer, expects, heard)


@pytest.mark.parametrize(
    ("expects", "heard"),
    [
        (OPEN, "Bonjour, je voudrais un renseignement."),
        (OPEN, "La médiathèque et la mairie."),
        (OPEN, "Les médiathèques, les déchetteries."),
        (OPEN, ""),
        (OPEN, "…"),
        (NUMBER, "La mérite."),
        (YES_NO, "La mérite."),
        (OPEN, "Arrui de Lila."),
    ],
)
def test_what_is_right_far_off_or_not_asked_for_is_left_alone(
    repairer: Repairer, expects: str, heard: str
) -> None:
    assert texts(repairer, expects, heard) == []


@pytest.mark.parametrize("expects", [FIRST, OPEN, STREET, NUMBER])
@pytest.mark.parametrize(
    "heard", ["Oui merci.", "Non, la mérite.", "Pas sur Lila.", "Trois mérites.", "Nom merci oui."]
)
def test_yes_no_negations_and_numbers_stay_as_they_were_heard(
    repairer: Repairer, expects: str, heard: str
) -> None:
    decisive = {"oui", "non", "pas", "trois"}
    kept = [word for word in heard.lower().replace(",", "").rstrip(".").split() if word in decisive]
    for text in texts(repairer, expects, heard):
        assert [
            w for w in text.lower().replace(",", "").rstrip(".").split() if w in decisive
        ] == kept


def test_another_hypothesis_wins_only_where_it_is_what_was_asked_for(repairer: Repairer) -> None:
    assert texts(repairer, NUMBER, "06 12 34 56.", "06 12 34 56 78.") == []
    assert texts(repairer, OPEN, "Ouïe.", "Oui.") == []
    assert "Oui." in texts(repairer, YES_NO, "Ouïe.", "Oui.")
    assert texts(repairer, YES_NO, "Non.", "Oui.") == []
    assert texts(repairer, YES_NO, "Ouais.") == texts(repairer, YES_NO, "Non, c'est pas ça.") == []


def test_what_another_hypothesis_sounds_like_is_a_rival_too(repairer: Repairer) -> None:
    heard, other = "La médié qui est ouverte samedi ?", "La médiate qui est ouverte samedi ?"
    meant = "La médiathèque est ouverte samedi ?"
    assert meant not in texts(repairer, OPEN, heard)
    assert meant in texts(repairer, OPEN, heard, other)
    assert meant not in texts(repairer, OPEN, heard, other.replace("est", "n'est pas"))


def test_rivals_are_few_each_another_text_and_never_the_one_that_was_heard() -> None:
    streets = tuple(f"rue des Lila{end}" for end in ("s", "n", "c", "m", "d", "t", "r", "f", "g"))
    repairer = Repairer(Vocabulary(streets=streets), Phonemes())
    found = texts(repairer, STREET, "Ru de Lilo.")
    assert 0 < len(found) <= MOST_RIVALS
    assert len(set(found)) == len(found)
    assert "Ru de Lilo." not in found


def test_what_is_expected_chooses_the_prompt() -> None:
    hints = Hints(TOWN)
    assert hints.of(STREET).words == TOWN.streets
    assert "Non merci" in hints.of(YES_NO).words
    assert hints.of(OPEN).words == hints.of(FIRST).words == ()
    assert not hints.of(OPEN).several
    assert hints.of(NUMBER).several
    assert hints.of(NUMBER).again is not None
    assert hints.of(YES_NO).again is not None
    assert hints.of(OPEN).again is None
    assert hints.of(YES_NO).several
    assert hints.of(FIRST).detect
    assert not hints.of(OPEN).detect
    rivals = hints.of(STREET).rivals
    assert rivals is not None
    assert "Rue des Lilas." in [rival.text for rival in rivals(["Arrui de Lila."])]


def test_sounds_are_compared_without_stress_and_spaces() -> None:
    sounds = Phonemes()
    assert sounds.of("déchèterie") == sounds.of("déchetterie")
    assert distance(sounds.of("mairie"), sounds.of("mai rit")) == 0.0
    assert distance("", "pa") == distance("pa", "") == 2.0
    assert distance("pa", "ba") == 0.5
    assert distance("ma", "pa") == 1.0
    assert distance("mairi", "medjatek") == distance("medjatek", "mairi") == 5.5

    assert sounds.of("…") == ""


@pytest.mark.parametrize("most", [0.0, 0.5, 2.0, 5.0, 5.5, 9.0])
def test_a_limit_changes_no_distance_within_it(most: float) -> None:
    for one, other in itertools.permutations(["mairi", "meʁi", "medjatek", "pisin", "", "ʁ"], 2):
        apart = distance(one, other)
        assert (
            (distance(one, other, most) == apart)
            if apart <= most
            else (distance(one, other, most) > most)
        )


def test_nasal_vowels_are_one_sound() -> None:
    assert plain("nˈɔ̃") == "nô"


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ufffd", "漢字", "[[a]]", "<p>", "l'" * 300])
def test_odd_texts_have_sounds_or_none(text: str) -> None:
    assert isinstance(Phonemes().of(text), str)
