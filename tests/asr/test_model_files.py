"""What is said of a model folder that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from asr.model_files import check_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with (tmp_path / "model.bin").open("wb") as file:
        file.truncate(20_000_000)
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    return tmp_path


def test_a_complete_folder_has_no_problem(folder: Path) -> None:
    assert check_model(folder) == []


def test_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    (problem,) = check_model(tmp_path / "absent")
    assert "introuvable" in problem


@pytest.mark.parametrize("name", ["model.bin", "config.json", "tokenizer.json", "vocabulary.json"])
def test_each_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    (problem,) = check_model(folder)
    assert name in problem


def test_a_text_vocabulary_will_do(folder: Path) -> None:
    (folder / "vocabulary.json").rename(folder / "vocabulary.txt")
    assert check_model(folder) == []


def test_cut_off_weights_and_broken_json_are_told(folder: Path) -> None:
    (folder / "model.bin").write_bytes(b"x")
    (folder / "tokenizer.json").write_text("{", encoding="utf-8")
    weights, tokenizer = check_model(folder)
    assert "incomplet" in weights
    assert "tokenizer.json" in tokenizer and "abîmé" in tokenizer
