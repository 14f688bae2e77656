"""Numbers that are read again in words."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from asr.dictated import Dictated, Likelihoods, changed, exists, forms, split, whole, written
from common.dictatednumbers import digits_of
from common.frenchnumbers import in_pairs


def likes(said: str, nats: float = 10.0) -> Likelihoods:
    """A model that hears ``said``: texts are as unlikely as they are long, but for what fits."""
    parts = said.split(", ")

    def likelihoods(texts: Sequence[str]) -> list[float]:
        fitting = [
            sum(
                part in other
                for part, other in zip(
                    parts, text[text.find("zéro") :].rstrip(".").split(", "), strict=False
                )
            )
            for text in texts
        ]
        return [nats * fits - 0.4 * len(text) for fits, text in zip(fitting, texts, strict=True)]

    return likelihoods


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("06 12 77 56 78.", "06 12 67 56 78."),
        ("Alors, c'est le 06 12 81 56 78", "Alors, c'est le 06 12 91 56 78"),
        ("C'est le 06 52 78 15.", "C'est le 06 52 60 18 15."),
        ("06 12 77 56 62.", "06 12 67 56 72."),
    ],
)
def test_a_number_is_put_right_by_its_sound(heard: str, meant: str) -> None:
    assert Dictated().again([heard], likes(in_pairs(digits_of(meant)))) == meant


def test_it_may_be_found_among_the_other_hypotheses() -> None:
    heard, other = "06 76 32 12 23.", "07 66 32 12 23."
    said = in_pairs(digits_of(other))
    assert Dictated().again([heard, other], likes(said)) == other


@pytest.mark.parametrize(
    ("heard", "made_up"),
    [
        ("06 12 34.", "06 12 34 12 34"),
        ("Alors c'est le 06 45 12 90.", "Alors c'est le 06 45 12 90 90"),
        ("06 12 34 5", "06 12 34 50 50"),
        ("06 12 34 56 7", "06 12 34 56 77"),
    ],
)
def test_a_part_stays_one_though_another_hypothesis_goes_on(heard: str, made_up: str) -> None:
    said = likes(in_pairs(digits_of(heard)))
    assert Dictated().again([heard, made_up], said) == heard


def test_a_part_is_completed_by_what_is_clearly_likelier() -> None:
    whole_number = "06 12 34 56 78."
    said = likes(in_pairs(digits_of(whole_number)))
    assert Dictated().again(["06 12 34.", whole_number], said) == whole_number


def test_digits_said_one_by_one_are_compared_as_they_were_said() -> None:
    number = "0612534588"
    said = ", ".join(in_pairs(digit) for digit in number)
    assert said in forms(number)
    heard = written(number)
    assert Dictated().again([heard, "06 12 53 45 89"], likes(said)) == heard


@pytest.mark.parametrize(
    "heard",
    [
        "C'est quoi ?",
        "06 12 34 5 6",
        "00 00 00 00 00",
        f"{'Bonjour, ' * 20}c'est le 06 12 77 56 78.",
        "",
    ],
)
def test_what_is_no_number_stays(heard: str) -> None:
    assert Dictated().again([heard], likes("soixante")) == heard


def test_what_was_heard_stays_unless_another_number_is_clearly_likelier() -> None:
    heard, other = "06 76 32 12 23.", "07 66 32 12 23."
    said = in_pairs(digits_of(other))
    assert Dictated().again([heard, other], likes(said, nats=1.0)) == heard


def test_usual_mistakes_lead_to_numbers_that_exist() -> None:
    assert "0612675678" in set(changed("0612775678"))
    assert "0612915678" in set(changed("0612815678"))
    assert "0612875678" in set(changed("0612475678"))
    assert list(split("06527815")) == ["0652601815"]
    assert list(split("0652781512")) == []
    assert exists("0612345678")
    assert not exists("0012345678")


def test_whole_numbers_come_once_each_in_order() -> None:
    assert whole(["06 12", "06 12 34 56 78", "zéro", "0612345678", "07 66 32 12 23"]) == [
        "0612345678",
        "0766321223",
    ]


def hears(said: str) -> Likelihoods:
    """A model that finds a text the likelier the more of the words of ``said`` are in it."""

    def likelihoods(texts: Sequence[str]) -> list[float]:
        return [
            8.0 * sum(word in text for word in said.split()) - 0.4 * len(text) for text in texts
        ]

    return likelihoods


@pytest.mark.parametrize(
    ("heard", "said", "meant"),
    [
        ("Non, pas 73, 73.", "soixante-treize soixante-trois", "Non, pas 73, 63."),
        ("Non, pas 73, 73, 3.", "soixante-treize soixante-trois", "Non, pas 73, 63."),
        ("Non, c'est 47 à la fin.", "quatre-vingt-dix-sept", "Non, c'est 97 à la fin."),
        ("Non, pas 12, 14.", "douze quatorze", "Non, pas 12, 14."),
        ("Non, c'est 12 à 14 heures 5 et 6.", "treize", "Non, c'est 12 à 14 heures 5 et 6."),
        ("Non, c'est 2.", "douze", "Non, c'est 2."),
        ("Non, pas 14, 14.", "quatorze quinze", "Non, pas 14, 14."),
        (
            "06 77 56 34 62, non pardon 12.",
            "soixante-sept cinquante-six trente-quatre soixante-deux douze",
            "06 67 56 34 62, non pardon 12.",
        ),
    ],
)
def test_a_pair_that_is_corrected_is_put_right_too(heard: str, said: str, meant: str) -> None:
    assert Dictated().again([heard], hears(said)) == meant
