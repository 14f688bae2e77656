"""What an admin may get wrong, and how it is told: file, line and mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.yamlfile import ConfigError
from knowledge.check import check_town
from knowledge.town import load_town
from tests.knowledge.conftest import TODAY, Spoil


def line_of(folder: Path, name: str, words: str) -> int:
    lines = (folder / name).read_text(encoding="utf-8").split("\n")
    return next(number for number, line in enumerate(lines, start=1) if words in line)


def test_demo_town_has_nothing_to_mend_but_what_ends_soon(folder: Path) -> None:
    found = check_town(folder, today=TODAY)
    assert [problem for problem in found if "prend fin" not in problem.message] == []
    assert {problem.severity for problem in found} <= {"attention"}


@pytest.mark.parametrize(
    ("name", "old", "new", "marker", "words"),
    [
        (
            "lieux/piscine.yml", "service: sports", "service: sport",
            "service: sport", "Vouliez-vous « sports » ?",
        ),
        (
            "services/ccas.yml", "lieu: ccas", "lieu: cass",
            "lieu: cass", "Vouliez-vous « ccas » ?",
        ),
        (
            "ville.yml", "lieu_principal: mairie", "lieu_principal: maire",
            "lieu_principal", "Vouliez-vous « mairie » ?",
        ),
        (
            "lieux/mairie.yml", "08:30-12:00,13:30-17:30;", "8h30-12h;",
            "horaires:", "près de « 8h30-12h »",
        ),
        (
            "services/elections.yml", "Mo-Fr 08:30", "Lun-Ven 08:30",
            "horaires:", "Exemple : Mo-Fr 08:30-12:00",
        ),
        (
            "lieux/piscine.yml", '"10:00-16:00", motif: veille de Noël', '"10h-16h", motif: x',
            "2026-12-24", "près de « 10h-16h »",
        ),
        (
            "services/culture.yml", "02 61 91 10 70", "02 61 91 10",
            "telephone:", "Écrivez-le comme 02 61 91 10 00",
        ),
        (
            "services/culture.yml", "culture@valbrune.example", "culture chez valbrune",
            "courriel:", "n'est pas valable",
        ),
        (
            "services/culture.yml", "sip:culture@127.0.0.1:5070", "culture",
            "sip:", "n'est pas valable",
        ),
        (
            "lieux/musee.yml", "nom_court: le musée", "nom_court: musée",
            "nom_court:", "doit commencer par le, la, les ou l'",
        ),
        (
            "lieux/musee.yml", "id: musee", "id: muse",
            "id: muse", "Écrivez « id: musee »",
        ),
        (
            "lieux/musee.yml", "tarifs:", "tarif:",
            "tarif:", "Vouliez-vous « tarifs » ?",
        ),
        (
            "reponses/etat_civil.yml", "id: recensement_attestation", "id: mariage # bis",
            "# bis", "sert déjà dans etat_civil.yml",
        ),
        (
            "reponses/dechets.yml", "service: proprete", "service: propreté",
            "service: propreté", "n'a pas la forme attendue",
        ),
        (
            "reponses/dechets.yml", "responsable: proprete", "responsable: propete",
            "responsable: propete", "Vouliez-vous « proprete » ?",
        ),
        (
            "reponses/vie_locale.yml", "lieu: piscine", "lieu: pisine",
            "lieu: pisine", "Vouliez-vous « piscine » ?",
        ),
        (
            "reponses/mairie.yml", "suite: transferer", "suite: transfert",
            "suite: transfert", "Valeurs possibles : repondre ou transferer",
        ),
        (
            "reponses/voirie.yml", "valide_au: 2026-12-18", "valide_au: 2026-12-32",
            "valide_au", "une date comme 2026-11-21",
        ),
        (
            "reponses/tarifs.yml", "texte: Je connais les tarifs", "texte: Les tarifs : ceux",
            "texte: Les tarifs", "guillemets droits",
        ),
        (
            "ville.yml", "fuseau: Europe/Paris", "fuseau: Europe/Valbrune",
            "fuseau", "Europe/Paris",
        ),
    ],
)  # fmt: skip
def test_an_error_names_file_line_and_mend(
    folder: Path, spoil: Spoil, name: str, old: str, new: str, marker: str, words: str
) -> None:
    found = [problem for problem in spoil(name, old, new) if problem.severity == "erreur"]
    told = next(problem for problem in found if problem.file == folder / name)
    assert words in str(told)
    assert told.line == line_of(folder, name, marker)


def test_an_unreadable_place_causes_no_further_errors(folder: Path, spoil: Spoil) -> None:
    found = spoil("lieux/piscine.yml", "nom: la piscine", "nom: [la piscine")
    assert {problem.file.name for problem in found} == {"piscine.yml"}


def test_all_errors_are_reported_at_once(folder: Path, spoil: Spoil) -> None:
    spoil("lieux/piscine.yml", "service: sports", "service: sport")
    spoil("services/culture.yml", "02 61 91 10 70", "12")
    found = spoil("lieux/mairie.yml", "08:30-12:00", "8h-12h")
    assert {problem.file.name for problem in found} == {"piscine.yml", "culture.yml", "mairie.yml"}
    with pytest.raises(ConfigError) as raised:
        load_town(folder, today=TODAY)
    assert len(raised.value.problems) == 3


def test_a_missing_answer_is_named(folder: Path) -> None:
    path = folder / "reponses" / "dechets.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[depot_sauvage]", "[encombrants]"), encoding="utf-8")
    (found,) = [one for one in check_town(folder, today=TODAY) if one.severity == "erreur"]
    assert "aucune réponse pour l'intention « depot_sauvage »" in found.message


def test_an_intent_of_the_towns_own(folder: Path, spoil: Spoil) -> None:
    (warning,) = spoil(
        "reponses/mairie.yml", "intentions: [emploi]", "intentions: [emploi, patinoire]"
    )
    assert warning.severity == "attention"
    intents = {"emploi", "patinoires"}
    found = check_town(folder, intents=intents, today=TODAY)
    misspelt = next(problem for problem in found if "« patinoire »" in problem.message)
    assert (misspelt.severity, misspelt.mend) == ("erreur", "Vouliez-vous « patinoires » ?")


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("reponses/voirie.yml", "valide_au: 2026-12-18", "valide_au: 2026-11-24", "plus valable"),
        ("reponses/voirie.yml", "valide_au: 2026-12-18", "valide_au: 2026-12-25", "prend fin"),
        ("reponses/mairie.yml", "relu_le: 2026-09-20", "relu_le: 2025-11-24", "pas été relue"),
        ("reponses/mairie.yml", "Je n'ai pas accès", "Bla " * 90 + "je n'ai pas accès", "long"),
        ("lieux/mairie.yml", "; PH off", "", "jours fériés"),
        ("lieux/piscine.yml", "16:30-21:00", "21:00-16:30", "finit le lendemain"),
    ],
)
def test_a_warning_does_not_stop_the_town(
    folder: Path, spoil: Spoil, name: str, old: str, new: str, words: str
) -> None:
    (warning,) = spoil(name, old, new)
    assert warning.severity == "attention"
    assert words in warning.message
    assert warning in load_town(folder, today=TODAY).warnings


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="introuvable"):
        load_town(tmp_path / "ailleurs", today=TODAY)


def test_missing_town_file(folder: Path) -> None:
    (folder / "ville.yml").unlink()
    with pytest.raises(ConfigError, match=r"ville\.yml, ligne 1, colonne 1 : fichier introuvable"):
        load_town(folder, today=TODAY)
