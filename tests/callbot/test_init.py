"""A new town starts with a configuration that can be served."""

from __future__ import annotations

from pathlib import Path

import pytest

from callbot import cli

ANSWERS = [
    "--nom=Saint-Élan",
    "--habitants=4 200",
    "--adresse=2 place de l'Église",
    "--telephone=02 61 91 20 00",
]


@pytest.fixture(autouse=True)
def no_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callbot.settingschecks.check_model", lambda folder: [])
    monkeypatch.setattr("callbot.settingschecks.check_voice", lambda folder: [])


def test_a_new_town_passes_the_check_and_holds_nothing_of_the_demo(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, var = tmp_path / "ville", ["--var", str(tmp_path / "var")]
    assert cli.main(["init", str(folder), *ANSWERS, *var]) == 0, capsys.readouterr().out
    assert cli.main(["check", "--config", str(folder), *var]) == 0
    texts = [file.read_text("utf-8") for file in folder.rglob("*.yml")]
    assert not any("Valbrune" in text for text in texts)
    assert any("Saint-Élan" in text for text in texts)


def test_a_folder_with_something_in_it_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a").write_text("x")
    assert cli.main(["init", str(tmp_path), *ANSWERS, "--var", str(tmp_path / "var")]) == 1
    assert "n'est pas vide" in capsys.readouterr().err


def test_a_missing_answer_names_its_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["init", str(tmp_path / "v"), "--nom=X", "--var", str(tmp_path / "var")]) == 1
    assert "--habitants" in capsys.readouterr().err
    assert not (tmp_path / "v").exists()
