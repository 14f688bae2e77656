"""Compiling, versions and failures of the training, with a stand-in for Rasa's interpreter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from common.yamlfile import read_tree
from dialogue.compiling import PROJECT, compile_project, payload
from dialogue.intents import IntentFile, Intents
from dialogue.training import TrainingError, active_model, rollback, train
from dialogue.versions import Version, VersionStore

TRAINS = """
echo '{"step": "train"}'
echo model > "$(echo "$job" | sed 's/.*"output": "\\([^"]*\\)".*/\\1/')/model.tar.gz"
echo '{"learnt": true}'
"""
"""What a successful interpreter does with its job."""


def interpreter(folder: Path, script: str) -> Path:
    file = folder / "python"
    begin = f'#!/bin/sh\nread -r job\necho run >> "{folder}/runs"\n'
    file.write_text(f"{begin}{script}\n", "utf-8")
    file.chmod(0o755)
    return file


def runs(folder: Path) -> int:
    file = folder / "runs"
    return len(file.read_text().splitlines()) if file.exists() else 0


def intents(*examples: str) -> Intents:
    return Intents(
        {
            "affirmer": IntentFile(intention="affirmer", conduite="social", exemples=("oui",)),
            "urgence": IntentFile(intention="urgence", conduite="urgence", exemples=("au feu",)),
            "encombrants": IntentFile(
                intention="encombrants",
                conduite="repondre",
                exemples=examples or ("un canapé : rouge", "- le #1", 'c\'est "vieux"'),
            ),
        }
    )


class Lines(list[str]):
    """What the training says."""

    def __call__(self, line: str) -> None:
        self.append(line)


@pytest.fixture
def say() -> Lines:
    return Lines()


def test_compiled_examples_survive_rasas_yaml(tmp_path: Path) -> None:
    compile_project(intents(), tmp_path)
    nlu = {item["intent"]: item["examples"] for item in read_tree(tmp_path / "data/nlu.yml")["nlu"]}
    assert nlu["encombrants"].splitlines() == [
        "- un canapé : rouge",
        "- - le #1",
        '- c\'est "vieux"',
    ]


def test_compiled_rules_cover_each_intent_once(tmp_path: Path) -> None:
    compile_project(intents(), tmp_path)
    yaml = YAML(typ="safe")
    ruled = [
        rule["steps"][0]["intent"] for rule in yaml.load(tmp_path / "data" / "rules.yml")["rules"]
    ]
    responses = yaml.load(tmp_path / "domain" / "intents.yml")["responses"]
    assert ruled == ["encombrants", "urgence"]
    assert responses["utter_intention_encombrants"] == [
        {"custom": {"type": "reponse", "intention": "encombrants"}}
    ]


def test_compiling_leaves_nothing_of_removed_intents(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "old.yml").write_text("rules: []")
    compile_project(intents(), tmp_path)
    assert not (tmp_path / "data" / "old.yml").exists()


@pytest.mark.parametrize(
    ("conduct", "expected"),
    [
        ("repondre", {"type": "reponse", "intention": "x"}),
        ("rediriger", {"type": "reponse", "intention": "x"}),
        ("transferer", {"type": "transfert", "intention": "x"}),
        ("refuser", {"type": "phrase", "id": "refus_x"}),
        ("urgence", {"type": "urgence"}),
        ("hors_sujet", {"type": "phrase", "id": "hors_sujet"}),
        ("social", None),
    ],
)
def test_each_conduct_has_its_payload(conduct: str, expected: dict[str, str] | None) -> None:
    file = IntentFile.model_validate({"intention": "x", "conduite": conduct, "exemples": ("a",)})
    assert payload(Intents({"x": file}), "x") == expected


def test_training_activates_a_version_with_its_manifest(tmp_path: Path, say: Lines) -> None:
    version = train(intents(), tmp_path / "rasa", PROJECT, interpreter(tmp_path, TRAINS), say)
    assert active_model(tmp_path / "rasa").read_text() == "model\n"
    manifest = json.loads((version.folder / "manifest.json").read_text("utf-8"))
    assert manifest["examples"] == 5
    assert "components/classifier.py" in manifest["inputs"]
    assert "compile/data/nlu.yml" in manifest["inputs"]
    assert "Apprentissage…" in say
    assert say[-1] == f"La version {version.name} est active."


def test_the_same_inputs_are_not_trained_twice(tmp_path: Path, say: Lines) -> None:
    python = interpreter(tmp_path, TRAINS)
    first = train(intents(), tmp_path / "rasa", PROJECT, python, say)
    assert train(intents(), tmp_path / "rasa", PROJECT, python, say) == first
    assert runs(tmp_path) == 1


def test_an_earlier_text_brings_its_version_back(tmp_path: Path, say: Lines) -> None:
    python, rasa = interpreter(tmp_path, TRAINS), tmp_path / "rasa"
    first = train(intents("a"), rasa, PROJECT, python, say)
    train(intents("b"), rasa, PROJECT, python, say)
    assert train(intents("a"), rasa, PROJECT, python, say) == first
    assert VersionStore(rasa).active() == first
    assert runs(tmp_path) == 2


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ('echo \'{"error": "ModuleNotFoundError: No module named rasa"}\'; exit 1', "incomplet"),
        ('echo \'{"error": "InvalidRule: Contradicting rules"}\'; exit 1', "se contredisent"),
        ('echo \'{"error": "Oops: x"}\'; exit 1', "Rasa a refusé l'apprentissage : Oops: x."),
        ("exit 139", "Rasa s'est arrêté."),
        ("exit 0", "Rasa s'est arrêté."),
    ],
)
def test_a_failure_is_one_sentence_and_changes_nothing(
    tmp_path: Path, say: Lines, script: str, words: str
) -> None:
    rasa = tmp_path / "rasa"
    first = train(intents("a"), rasa, PROJECT, interpreter(tmp_path, TRAINS), say)
    with pytest.raises(TrainingError) as caught:
        train(intents("b"), rasa, PROJECT, interpreter(tmp_path, script), say)
    assert words in str(caught.value)
    assert str(rasa / "apprentissage.log") in str(caught.value)
    assert VersionStore(rasa).active() == first
    assert VersionStore(rasa).all() == (first,)


def test_a_missing_environment_is_told(tmp_path: Path, say: Lines) -> None:
    with pytest.raises(TrainingError, match="make run"):
        train(intents(), tmp_path / "rasa", PROJECT, tmp_path / "no" / "python", say)


def test_a_refused_version_is_neither_active_nor_kept(tmp_path: Path, say: Lines) -> None:
    python, rasa = interpreter(tmp_path, TRAINS), tmp_path / "rasa"
    first = train(intents("a"), rasa, PROJECT, python, say)
    seen: list[Version] = []

    def refuse(version: Version) -> None:
        assert version.model.is_file()
        seen.append(version)
        raise TrainingError("Une conversation de référence a changé.")

    for _ in range(2):
        with pytest.raises(TrainingError, match="référence"):
            train(intents("b"), rasa, PROJECT, python, say, accept=refuse)
    assert len(seen) == 2
    assert VersionStore(rasa).active() == first
    assert VersionStore(rasa).all() == (first,)


def test_what_is_said_of_an_accepted_version_is_kept_with_it(tmp_path: Path, say: Lines) -> None:
    python, rasa = interpreter(tmp_path, TRAINS), tmp_path / "rasa"
    notes = {"golden": {"played": 2, "held": 2}}
    version = train(intents(), rasa, PROJECT, python, say, accept=lambda _: notes)
    manifest = json.loads((version.folder / "manifest.json").read_text("utf-8"))
    assert manifest["golden"] == notes["golden"]
    assert manifest["fingerprint"] == version.fingerprint
    assert VersionStore(rasa).active() == version


def test_two_trainings_at_once_do_not_mix(tmp_path: Path, say: Lines) -> None:
    python, rasa = interpreter(tmp_path, TRAINS), tmp_path / "rasa"

    def again(_version: Version) -> None:
        train(intents("b"), rasa, PROJECT, python, say)

    with pytest.raises(TrainingError, match="en cours"):
        train(intents("a"), rasa, PROJECT, python, say, accept=again)


def versions(rasa: Path, count: int) -> list[Version]:
    store = VersionStore(rasa)
    made = []
    for number in range(count):
        folder = store.working_folder(f"202611{number:02d}-080000-abc")
        (folder / "model.tar.gz").write_bytes(b"model")
        made.append(store.add(folder, {"fingerprint": str(number)}))
        store.activate(made[-1])
    return made


def test_rolling_back_step_by_step_and_by_name(tmp_path: Path) -> None:
    made = versions(tmp_path, 3)
    assert rollback(tmp_path) == made[1]
    assert rollback(tmp_path) == made[0]
    with pytest.raises(TrainingError, match="plus ancienne"):
        rollback(tmp_path)
    assert rollback(tmp_path, made[2].name) == made[2]
    with pytest.raises(TrainingError, match=r"« 2020 » n'existe pas\. Versions : 20261100"):
        rollback(tmp_path, "2020")


def test_ten_versions_are_kept_and_the_active_one(tmp_path: Path) -> None:
    made = versions(tmp_path, 13)
    store = VersionStore(tmp_path)
    store.activate(made[0])
    (tmp_path / "versions" / ".20261101-000000-dead").mkdir()
    store.prune()
    assert store.all() == (made[0], *made[3:])
    assert not list((tmp_path / "versions").glob(".*"))
    assert store.active() == made[0]


def test_a_damaged_version_is_no_version(tmp_path: Path) -> None:
    made = versions(tmp_path, 2)
    (made[1].folder / "manifest.json").write_text("{")
    assert VersionStore(tmp_path).all() == (made[0],)
    assert VersionStore(tmp_path).active() is None
    made[0].model.unlink()
    assert VersionStore(tmp_path).all() == ()


def test_the_box_can_move(tmp_path: Path) -> None:
    versions(tmp_path / "here", 1)
    (tmp_path / "here").rename(tmp_path / "there")
    assert active_model(tmp_path / "there").read_bytes() == b"model"
    assert not (tmp_path / "there" / "active").readlink().is_absolute()
