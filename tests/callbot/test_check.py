"""``callbot check`` on the delivered configuration, whole and damaged."""

import json
import shutil
from pathlib import Path

import pytest

from callbot import cli
from callbot.assistant import load_assistant
from callbot.paths import Paths
from common.problem import ConfigError

SHIPPED = Path(__file__).resolve().parents[2] / "config"


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A copy of the configuration, with stand-ins for the models that only have to exist."""
    shutil.copytree(SHIPPED, tmp_path / "config")
    monkeypatch.setattr("callbot.settingschecks.check_model", lambda folder: [])
    monkeypatch.setattr("callbot.settingschecks.check_voice", lambda folder: [])
    return ["--config", str(tmp_path / "config"), "--var", str(tmp_path / "var")]


def damage(file: Path, old: str, new: str) -> int:
    """Replace the first ``old``; return its line (from 1)."""
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_delivered_configuration_has_no_error(
    folders: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", *folders]) == 0
    assert "Erreur" not in capsys.readouterr().out


def test_mistakes_in_every_room_are_all_named(
    folders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config"
    expected = {
        ("callbot.yml", damage(config / "callbot.yml", "  port: 8080", "  prot: 8080")),
        ("phrases.yml", damage(config / "phrases.yml", "au_revoir:", "aurevoir:")),
        (
            "encombrants.yml",
            damage(
                config / "intents" / "encombrants.yml", "service: proprete", "service: propreté"
            ),
        ),
        (
            "piscine.yml",
            damage(config / "ville" / "lieux" / "piscine.yml", "horaires:", "horraires:"),
        ),
    }
    assert cli.main(["check", "--json", *folders]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False
    found = {(Path(p["file"]).name, p["line"]) for p in report["problems"]}
    assert expected <= found
    assert all(p["message"] for p in report["problems"])


def test_a_mistake_in_a_conversation_is_told_but_keeps_nobody_from_calling(
    folders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config" / "conversations" / "limites.yml"
    line = damage(file, "decision: emergency", "decision: urgence")
    assert cli.main(["check", "--json", *folders]) == 0
    report = json.loads(capsys.readouterr().out)
    found = [p for p in report["problems"] if Path(p["file"]).name == "limites.yml"]
    assert [(p["line"], p["severity"]) for p in found] == [(line, "attention")]
    assert "emergency" in found[0]["mend"]


@pytest.mark.parametrize("name", ["lieux/piscine.yml", "services/sports.yml"])
def test_a_file_that_cannot_be_read_is_told_once(
    folders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    file = tmp_path / "config" / "ville" / name
    file.write_text("\t" + file.read_text("utf-8"), "utf-8")
    assert cli.main(["check", "--json", *folders]) == 1
    problems = json.loads(capsys.readouterr().out)["problems"]
    (found,) = [one for one in problems if "prend fin" not in one["message"]]
    assert (Path(found["file"]), found["line"], found["column"]) == (file, 1, 1)


def test_serve_refuses_a_damaged_configuration_and_starts_nothing(
    folders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = damage(tmp_path / "config" / "callbot.yml", "  port: 8080", "  port: huit")
    assert cli.main(["serve", *folders]) == 1
    errors = capsys.readouterr().err
    assert f"callbot.yml:{line}:" in errors
    assert "n'a pas été démarré" in errors
    assert [file.name for file in (tmp_path / "var" / "run").iterdir()] == ["serve.lock"]


def test_serve_names_the_command_that_brings_rasa(
    folders: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["serve", *folders]) == 1
    assert "make run" in capsys.readouterr().err


def test_the_line_is_shown_with_a_caret_under_the_place(
    folders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(tmp_path / "config" / "callbot.yml", "  port: 8080", "  prot: 8080")
    assert cli.main(["check", *folders]) == 1
    lines = capsys.readouterr().out.splitlines()
    place = lines.index("      prot: 8080")
    assert lines[place + 1] == "      ^"


def test_examples_of_two_intents_that_say_the_same_are_named(
    folders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    intents = tmp_path / "config" / "intents"
    damage(intents / "encombrants.yml", "exemples:\n", "exemples:\n  - le vieux canapé bleu\n")
    damage(
        intents / "objets_trouves.yml",
        "exemples:\n",
        "exemples:\n  - bonjour, je voudrais un vieux canapé bleu\n",
    )
    assert cli.main(["check", *folders]) == 0
    out = capsys.readouterr().out
    assert "« bonjour, je voudrais un vieux canapé bleu » dit la même chose" in out
    assert "encombrants.yml, ligne" in out


def test_test_sentences_name_known_intents(
    folders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config" / "essais.yml"
    file.write_text("phrases:\n- dit: un canapé\n  intention: encombrant\n", "utf-8")
    assert cli.main(["check", "--json", *folders]) == 1
    (problem,) = (
        p for p in json.loads(capsys.readouterr().out)["problems"] if p["file"] == str(file)
    )
    assert (problem["line"], problem["mend"]) == (3, "Vouliez-vous « encombrants » ?")


@pytest.mark.parametrize("inside", ["callbot.yml", "intents/secret.yml", "ville/reponses"])
def test_a_link_that_leads_elsewhere_is_refused_and_nothing_shown_of_what_is_there(
    folders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], inside: str
) -> None:
    secret = tmp_path / "secret"
    link = tmp_path / "config" / inside
    if link.is_dir():
        shutil.rmtree(link)
        secret.mkdir()
        (secret / "a.yml").write_text("mot_de_passe: valbrune", "utf-8")
    else:
        link.unlink(missing_ok=True)
        secret.write_text("mot_de_passe: valbrune", "utf-8")
    link.symlink_to(secret)
    assert cli.main(["check", *folders]) == 1
    said = capsys.readouterr().out
    assert "ce lien mène hors de la configuration" in said
    assert inside in said
    assert "valbrune" not in said
    with pytest.raises(ConfigError, match="hors de la configuration"):
        load_assistant(Paths(tmp_path / "config", tmp_path / "var"))


def test_a_link_within_the_configuration_is_a_file_like_any_other(
    folders: list[str], tmp_path: Path
) -> None:
    sounds = tmp_path / "config" / "accueil.yml"
    sounds.rename(sounds.with_name("accueil_ete.yml"))
    sounds.symlink_to("accueil_ete.yml")
    assert cli.main(["check", *folders]) == 0


@pytest.mark.parametrize(
    ("name", "stray", "mend"),
    [
        ("intents/encombrants.yml", "intents/encombrants.yaml", "encombrants.yml"),
        ("ville/lieux/parc.yml", "ville/lieux/parc.YML", "parc.yml"),
        ("sms/reponse.yml", "sms/reponse.yaml", "reponse.yml"),
        ("ville/lieux/parc.yml", "ville/parc.yml", "ville/lieux"),
        ("conversations/limites.yml", "conversations/2026/limites.yml", "retirez-le"),
    ],
)
def test_a_file_that_nothing_reads_is_not_passed_over_in_silence(
    folders: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    stray: str,
    mend: str,
) -> None:
    config = tmp_path / "config"
    (config / stray).parent.mkdir(exist_ok=True)
    (config / name).rename(config / stray)
    cli.main(["check", "--json", *folders])
    problems = json.loads(capsys.readouterr().out)["problems"]
    (found,) = [one for one in problems if one["file"] == str(config / stray)]
    assert (found["message"], found["severity"]) == ("ce fichier n'est pas lu.", "attention")
    assert mend in found["mend"]


def test_a_phrase_that_says_nothing_is_refused(
    folders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config" / "phrases.yml"
    line = damage(file, "ecouter: Je vous écoute.", "ecouter: ' '")
    assert cli.main(["check", "--json", *folders]) == 1
    problems = json.loads(capsys.readouterr().out)["problems"]
    (found,) = [one for one in problems if one["severity"] == "erreur"]
    assert (found["line"], found["message"]) == (line, "la phrase « ecouter » est vide.")


@pytest.mark.parametrize(("word", "warned"), [("Pôle Santé", False), ("médiathèque", True)])
def test_a_house_of_the_town_is_not_elsewhere(
    folders: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    word: str,
    *,
    warned: bool,
) -> None:
    file = tmp_path / "config" / "dialogue.yml"
    line = damage(file, "  ailleurs: []", f"  ailleurs: [{word}]")
    assert cli.main(["check", "--json", *folders]) == 0
    problems = json.loads(capsys.readouterr().out)["problems"]
    found = [(one["line"], one["severity"]) for one in problems if one["file"] == str(file)]
    assert found == [(line, "attention")] * warned


def test_a_word_of_alarm_that_is_said_of_other_things_is_warned_of(
    folders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config" / "dialogue.yml"
    line = damage(file, "alarme: []", "alarme: [glissement de terrain, piscine*]")
    assert cli.main(["check", "--json", *folders]) == 0
    warned = [
        p for p in json.loads(capsys.readouterr().out)["problems"] if "urgence" in p["message"]
    ]
    assert [(Path(p["file"]).name, p["line"]) for p in warned] == [("dialogue.yml", line)]
    assert "« piscine* »" in warned[0]["message"]
