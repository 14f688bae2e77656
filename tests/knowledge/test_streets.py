"""Streets as callers and recognition say them."""

from __future__ import annotations

import pytest

from knowledge.streets import StreetLexicon, same_street

NAMES = (
    "rue des Lilas", "rue des Roses", "rue de la République", "place de la République",
    "rue du 11-Novembre", "rue Victor-Hugo", "rue Jean-Jaurès", "rue Pasteur", "rue de la Gare",
    "chemin Saint-Roch", "rue Simone-Veil", "allée des Tilleuls", "boulevard des Tilleuls",
)  # fmt: skip
STREETS = StreetLexicon((name, "nord") for name in NAMES)


@pytest.mark.parametrize(
    ("said", "street"),
    [
        ("c'est quel jour les poubelles jaunes rue des Lilas ?", "rue des Lilas"),
        ("avenue des Lilas", "rue des Lilas"),
        ("j'habite rue de lila", "rue des Lilas"),
        ("rue des lits las", "rue des Lilas"),
        ("aux Lilas", "rue des Lilas"),
        ("rue des Roses, non pardon, rue des Lilas", "rue des Lilas"),
        ("rue Hugo c'est quand", "rue Victor-Hugo"),
        ("rue jean jorès", "rue Jean-Jaurès"),
        ("12 rue du onze novembre", "rue du 11-Novembre"),
        ("rue de la république ça passe quand", "rue de la République"),
        ("place de la république", "place de la République"),
        ("chemin st roch", "chemin Saint-Roch"),
        ("j'habite simone veil quel jour c'est", "rue Simone-Veil"),
        ("quel jour passe les poux belles rue pasteur", "rue Pasteur"),
    ],
)
def test_a_street_is_found(said: str, street: str) -> None:
    found = STREETS.find(said)
    assert found is not None
    assert (found.street, found.group) == (street, "nord")


@pytest.mark.parametrize("name", NAMES)
def test_every_street_finds_itself(name: str) -> None:
    found = STREETS.find(f"les bacs jaunes {name.lower()}, c'est quand ?")
    assert found is not None
    assert found.street == name


@pytest.mark.parametrize(
    ("said", "surface"),
    [
        ("les bacs rue de la garde", "rue de la garde"),
        ("rue des tilleuls", "rue des tilleuls"),
        ("rue Machin-Truc quel jour", "rue Machin-Truc"),
    ],
)
def test_an_unknown_or_doubtful_street_is_repeated(said: str, surface: str) -> None:
    found = STREETS.find(said)
    assert found is not None
    assert (found.street, found.surface) == (None, surface)


@pytest.mark.parametrize("said", ["", "dans la rue", "jour poubelle jaune dans ma rue", "bonjour"])
def test_no_street_is_named(said: str) -> None:
    assert STREETS.find(said) is None


def test_two_spellings_of_a_street() -> None:
    assert same_street("av. du Gal Leclerc") == same_street("Avenue du général-Leclerc")
    assert same_street("rue des Lilas") != same_street("allée des Lilas")
