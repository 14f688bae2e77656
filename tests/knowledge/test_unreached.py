"""Answers that nothing a caller says leads to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from common.yamlfile import Problem
from knowledge.check import check_town
from tests.knowledge.conftest import TODAY, Spoil

ANSWER = """
  - id: {id}
    intentions: [{intents}]
    {more}
    texte: Une réponse.
    source: délibération
    responsable: accueil
    relu_le: 2026-09-15
"""


def with_answers(folder: Path, *answers: tuple[str, str, str]) -> Sequence[Problem]:
    """Check the town with a file of these answers (id, intents, more) that is read last."""
    written = "".join(ANSWER.format(id=i, intents=n, more=m or "sms: null") for i, n, m in answers)
    (folder / "reponses" / "zz.yml").write_text(f"reponses:{written}", "utf-8")
    found = check_town(folder, intents=None, today=TODAY)
    return [problem for problem in found if problem.file.name == "zz.yml"]


def test_a_second_usual_answer_is_never_said(folder: Path) -> None:
    (found,) = with_answers(folder, ("autre", "emploi", ""))
    assert (found.severity, found.line, found.column) == ("attention", 2, 5)
    assert "« autre » n'est jamais dite" in found.message
    assert "(mairie.yml, ligne" in found.message
    assert "mots" in found.mend


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("mots: [zeppelin]", True),
        ("questions: [où trouver un zeppelin]", True),
        ("lieu: mairie", True),
        ("valide_du: 2027-01-01", False),
    ],
)
def test_what_sets_an_answer_apart_makes_it_heard(folder: Path, more: str, said: bool) -> None:
    assert bool(with_answers(folder, ("autre", "emploi", more))) is not said


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("[zeppelin, montgolfier]", "[zeppelin]", False),
        ("[zeppelin*]", "[zeppelin]", False),
        ("[Zeppélin]", "[zeppelin]", False),
        ("[zeppelin]", "[zeppelin*]", True),
        ("[zeppelin]", "[zeppelin, montgolfier]", True),
    ],
)
def test_words_that_another_answer_has_lead_to_that_one(
    folder: Path, first: str, second: str, said: bool
) -> None:
    found = with_answers(
        folder, ("un", "emploi", f"mots: {first}"), ("deux", "emploi", f"mots: {second}")
    )
    assert ["« deux »" in one.message for one in found] == ([] if said else [True])


def test_an_answer_that_ends_sooner_leaves_room_for_the_next(folder: Path) -> None:
    until = "mots: [zeppelin]\n    valide_au: 2027-06-30"
    assert not with_answers(folder, ("un", "emploi", until), ("deux", "emploi", "mots: [zeppelin]"))


def test_hours_come_from_the_places(folder: Path) -> None:
    (found,) = with_answers(folder, ("heures", "horaires_lieu", ""))
    assert "les horaires viennent des fichiers des lieux" in found.message
    (found,) = with_answers(folder, ("prix", "tarifs_lieu", "lieu: piscine"))
    assert "lieux/piscine.yml" in found.message


def test_a_price_behind_others_is_never_said(folder: Path, spoil: Spoil) -> None:
    (found,) = spoil(
        "lieux/piscine.yml",
        "mots: [enfant, enfants,",
        "mots: [carnet], texte: x}\n  - {mots: [enfant, enfants,",
    )
    assert "ce tarif n'est jamais dit" in found.message
    assert found.file.name == "piscine.yml"


@pytest.mark.parametrize(
    ("name", "old", "new", "owner"),
    [
        ("lieux/piscine.yml", "[piscine,", "[Musée, piscine,", "lieux/musee.yml"),
        ("services/sports.yml", "[service des", "[ccas, service des", "services/ccas.yml"),
    ],
)
def test_a_name_that_another_place_or_service_has_is_named(
    spoil: Spoil, name: str, old: str, new: str, owner: str
) -> None:
    (found,) = spoil(name, old, new)
    assert found.severity == "attention"
    assert f"est aussi un nom de {owner}" in found.message
