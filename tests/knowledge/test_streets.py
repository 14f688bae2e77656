"""Streets as callers and recognition say them."""

from __future__ import annotations

import pytest

from knowledge.streets import MOST_NEAR, StreetLexicon, same_street

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


@pytest.mark.parametrize(
    ("answer", "street"),
    [
        ("arrui de lila", "rue des Lilas"),
        ("rue des lits blancs", "rue des Lilas"),
        ("rue des rosées", "rue des Roses"),
        ("la rue sima hamvel", "rue Simone-Veil"),
        ("j'habite rue victor", "rue Victor-Hugo"),
        ("L, I, L, A", "rue des Lilas"),
    ],
)
def test_a_street_that_may_be_meant_is_near(answer: str, street: str) -> None:
    assert STREETS.near(answer, answers=True)[:1] == (street,)


@pytest.mark.parametrize(
    "answer",
    [
        "", "oui", "non merci", "je ne sais pas", "au revoir", "un agent s'il vous plaît",
        "c'est où la piscine ?", "rue", "rue des bégonias", "euh, là où il y a le platane",
    ],
)  # fmt: skip
def test_no_street_is_near_other_answers(answer: str) -> None:
    assert STREETS.near(answer, answers=True) == ()


def test_in_a_request_only_what_follows_the_kind_of_way_is_looked_at() -> None:
    assert STREETS.near("les poubelles arrui de lila", answers=False) == ()
    assert STREETS.near("les bacs rue des rosées", answers=False) == ("rue des Roses",)


def test_the_nearest_come_first_and_are_few() -> None:
    streets = StreetLexicon((f"rue des Lila{end}", "nord") for end in ("s", "n", "c", "m", "r"))
    near = streets.near("rue des lilam", answers=True)
    assert near[0] == "rue des Lilam"
    assert len(near) == MOST_NEAR


@pytest.mark.parametrize(
    ("said", "doubtful"),
    [
        ("rue des Lilas", False),
        ("avenue des Lilas", True),
        ("rue des Lilas, rue des Roses", True),
        ("rue des Roses, non, rue des Lilas", False),
        ("rue des Lilas, oui, rue des Lilas", False),
    ],
)
def test_another_kind_of_way_or_a_second_street_makes_a_street_doubtful(
    said: str, doubtful: bool
) -> None:
    found = STREETS.find(said)
    assert found is not None
    assert found.doubtful is doubtful
