"""Folding, the way back to the original words, sounds and sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.french import fold, folded, sound_key, split_sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  À l'École, ÇA va ?", "a l ecole ca va"),
        ("week-end", "week end"),
        ("Œuvre de sœur", "oeuvre de soeur"),
        ("Noe\u0308l", "noel"),
        ("aujourd’hui", "aujourd hui"),
        ("?!…", ""),
    ],
)
def test_fold(text: str, expected: str) -> None:
    assert fold(text) == expected


@given(st.text())
def test_folding_is_the_same_with_the_way_back(text: str) -> None:
    assert fold(text) == folded(text).text


@given(st.text())
def test_surface_lies_in_the_original(text: str) -> None:
    result = folded(text)
    assert len(result.offsets) == len(result.text)
    assert result.surface(0, len(result.text)) in text
    assert fold(result.text) == result.text


def test_surface_keeps_accents_and_ligatures() -> None:
    result = folded("le cœur d'été, oui")
    start = result.text.index("coeur")
    assert result.surface(start, start + len("coeur d ete")) == "cœur d'été"
    assert result.clause_ends_after(start + len("coeur d ete"))
    assert not result.clause_ends_after(start + len("coeur"))


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("mediatheque", "mediatek"),
        ("dechetterie", "decheterie"),
        ("gymnase", "jimnase"),
        ("piscine", "pissine"),
        ("bibliotheque", "bibliotec"),
    ],
)
def test_same_sound(written: str, heard: str) -> None:
    assert sound_key(written) == sound_key(heard)


@pytest.mark.parametrize(
    ("one", "other"), [("mairie", "marie"), ("musee", "muse e"), ("parc", "port")]
)
def test_other_sound(one: str, other: str) -> None:
    assert sound_key(one) != sound_key(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Un. Deux ! Trois ? Quatre", ["Un.", "Deux !", "Trois ?", "Quatre"]),
        ("M. Martin est là. Il attend.", ["M. Martin est là.", "Il attend."]),
        ("Allez sur ants.gouv.fr. Merci.", ["Allez sur ants.gouv.fr.", "Merci."]),
        ("Il coûte 4,50 euros. 15 jours.", ["Il coûte 4,50 euros.", "15 jours."]),
        ("C'est fermé : à demain.", ["C'est fermé : à demain."]),
        ("Écoutez… Écoutez bien.", ["Écoutez…", "Écoutez bien."]),
        ("", []),
    ],
)
def test_split_sentences(text: str, expected: list[str]) -> None:
    assert split_sentences(text) == expected


@given(st.text(alphabet="aA .!?…é1M", max_size=60))
def test_splitting_loses_no_word(text: str) -> None:
    assert " ".join(split_sentences(text)).split() == text.split()
