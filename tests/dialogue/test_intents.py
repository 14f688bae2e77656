"""What an admin may get wrong in an intent, and what the dialogue asks about intents."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.yamlfile import ConfigError
from dialogue.intents import REQUIRED, Intents, load_intents
from tests.paths import CONFIG

SERVICES = ("accueil", "etat_civil", "proprete")


def write(folder: Path, name: str, conduct: str, examples: list[str], extra: str = "") -> Path:
    file = folder / f"{name}.yml"
    lines = "".join(f'  - "{example}"\n' for example in examples)
    file.write_text(f"intention: {name}\n{extra}conduite: {conduct}\nexemples:\n{lines}", "utf-8")
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The required intents, each with one example."""
    for name, conduct in REQUIRED.items():
        write(tmp_path, name, conduct, [f"exemple de {name}"])
    return tmp_path


def problems(folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_intents(folder, SERVICES)
    return [str(problem) for problem in caught.value.problems]


def test_reads_what_the_dialogue_asks(folder: Path) -> None:
    write(
        folder,
        "acte_etat_civil",
        "repondre",
        ["un acte de  naissance"],
        "service: etat_civil\nconfirmer: un acte d'état civil.\nseuil: 0.6\n",
    )
    intents = load_intents(folder, SERVICES)
    assert intents.behaviour("acte_etat_civil") == "repondre"
    assert intents.service_of("acte_etat_civil") == "etat_civil"
    assert intents.subject("acte_etat_civil") == "un acte d'état civil"
    assert intents.threshold("acte_etat_civil") == 0.6
    assert intents.examples("acte_etat_civil") == ("un acte de naissance",)
    assert intents.service_of("affirmer") is None
    assert intents.subject("affirmer") is None


def test_staff_read_what_an_intent_is_about_and_not_its_id(folder: Path) -> None:
    write(folder, "encombrants", "repondre", ["mon canapé"], "confirmer: l'enlèvement\n")
    write(folder, "repeter", "social", ["pardon ?"], "description: veut réentendre\n")
    intents = load_intents(folder, SERVICES)
    assert intents.title("encombrants") == "l'enlèvement"
    assert intents.title("repeter") == "veut réentendre"
    assert intents.title("nlu_fallback") == "nlu fallback"


def test_an_intent_that_rasa_alone_knows_is_off_topic() -> None:
    intents = Intents({})
    assert intents.behaviour("nlu_fallback") == "hors_sujet"
    assert intents.service_of("x") is intents.threshold("x") is intents.subject("x") is None
    assert intents.examples("x") == ()


def test_few_examples_are_a_warning(folder: Path) -> None:
    write(folder, "urgence", "urgence", [f"au secours {n}" for n in range(25)])
    warned = {problem.file.stem for problem in load_intents(folder, SERVICES).warnings}
    assert warned == set(REQUIRED) - {"urgence"}


def test_a_service_is_named_with_the_nearest_known(folder: Path) -> None:
    write(folder, "encombrants", "repondre", ["mon canapé"], "service: propreté\n")
    (problem,) = problems(folder)
    assert "encombrants.yml, ligne 2" in problem
    assert "« propreté » est inconnu" in problem
    assert "« proprete »" in problem


def test_what_is_confirmed_has_no_placeholder(folder: Path) -> None:
    write(folder, "encombrants", "repondre", ["mon canapé"], "confirmer: un {objet}\n")
    (problem,) = problems(folder)
    assert "encombrants.yml, ligne 2" in problem
    assert "sans crochets ni accolades" in problem


def test_a_name_is_the_files(folder: Path) -> None:
    write(folder, "encombrants", "repondre", ["mon canapé"]).rename(folder / "canape.yml")
    (problem,) = problems(folder)
    assert "« canape.yml »" in problem
    assert "« encombrants »" in problem


def test_a_required_intent_is_missed(folder: Path) -> None:
    (folder / "urgence.yml").unlink()
    (problem,) = problems(folder)
    assert "il manque l'intention « urgence »" in problem


def test_a_broken_required_intent_is_not_also_missed(folder: Path) -> None:
    (folder / "urgence.yml").write_text("intention: urgence\n", "utf-8")
    assert not [problem for problem in problems(folder) if "il manque l'intention" in problem]


@pytest.mark.parametrize(
    ("name", "conduct", "words"),
    [
        ("urgence", "transferer", "doit garder la conduite « urgence »"),
        ("plaisanter", "social", "« social » n'est pas possible"),
        ("vie_privee", "refuser", "« refus_vie_privee », qui n'existe pas"),
        ("blague", "rire", "« conduite » ne peut pas valoir « rire »"),
    ],
)
def test_a_conduct_that_no_rule_can_follow(
    folder: Path, name: str, conduct: str, words: str
) -> None:
    write(folder, name, conduct, ["une phrase"])
    (problem,) = problems(folder)
    assert words in problem


@pytest.mark.parametrize("example", ["/affirmer", " /refuser", "ouverts [samedi](jour) ?", "…"])
def test_an_example_that_rasa_would_misread(folder: Path, example: str) -> None:
    write(folder, "horaires_lieu", "repondre", ["vous êtes ouverts ?", example])
    (problem,) = problems(folder)
    assert "horaires_lieu.yml, ligne 5" in problem


def test_a_sentence_stands_in_one_intent_only(folder: Path) -> None:
    write(folder, "encombrants", "repondre", ["Mon vieux canapé !"])
    write(folder, "depot_sauvage", "repondre", ["un matelas", "mon vieux canape"])
    (problem,) = problems(folder)
    assert "encombrants.yml, ligne 4" in problem
    assert "« Mon vieux canapé ! »" in problem
    assert str(folder / "depot_sauvage.yml") in problem
    assert "ligne 5." in problem


def test_a_sentence_stands_once(folder: Path) -> None:
    write(folder, "encombrants", "repondre", ["un canapé", "Un canapé ?"])
    (problem,) = problems(folder)
    assert "déjà dans ce fichier, ligne 4" in problem


def test_the_problems_of_all_files_come_together(folder: Path) -> None:
    write(folder, "encombrants", "repondre", ["mon canapé"], "service: voirie\n")
    (folder / "mariage.yml").write_text("intention: [", "utf-8")
    assert len(problems(folder)) == 2


def test_the_demo_town_is_complete() -> None:
    services = [file.stem for file in (CONFIG / "ville" / "services").glob("*.yml")]
    intents = load_intents(CONFIG / "intents", services)
    assert intents.warnings == ()
    assert len(intents.names) >= 55
    without_subject = {
        name
        for name in intents.names
        if intents.behaviour(name) in ("repondre", "rediriger") and not intents.subject(name)
    }
    assert without_subject == set()


@pytest.mark.parametrize(
    ("conduct", "owner"), [("sms", "demander_sms"), ("rappel", "demander_rappel")]
)
def test_texts_and_call_backs_belong_to_one_intent_each(
    folder: Path, conduct: str, owner: str
) -> None:
    write(folder, "encombrants", conduct, ["mon canapé"])
    (problem,) = problems(folder)
    assert f"la conduite « {conduct} » n'est pas possible" in problem
    assert f"« {owner} »" in problem
