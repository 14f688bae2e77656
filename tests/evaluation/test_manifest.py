"""A broken manifest is named with its file and line, in French."""

from __future__ import annotations

import json
import wave
from pathlib import Path
from typing import Any

import pytest

from callbot.evaluation import manifest

GOOD: dict[str, Any] = {
    "id": "a1",
    "text": "Bonjour",
    "intent": "saluer",
    "lieu": None,
    "jour": None,
    "service": None,
    "expect": "social",
    "style": "plain",
    "voice": "unknown keys are allowed",
}


def write_wav(path: Path, rate: int = 8000, channels: int = 1) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(bytes(rate * channels))


def write(tmp_path: Path, *lines: object) -> Path:
    path = tmp_path / "jeu.jsonl"
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text(text, "utf-8")
    return path


def test_a_sentence_may_be_expected_to_be_asked_back(tmp_path: Path):
    file = write(
        tmp_path, {**GOOD, "expect": "ask_again"}, {**GOOD, "id": "b", "expect": "confirm"}
    )
    assert [item.expect for item in manifest.read(file)] == ["ask_again", "confirm"]


def test_reads_spoken_and_written_items(tmp_path: Path):
    write_wav(tmp_path / "a.wav")
    spoken = {**GOOD, "id": "a2", "audio": "a.wav", "condition": "clean"}
    items = manifest.read(write(tmp_path, GOOD, "", spoken))
    assert [(item.id, item.audio) for item in items] == [("a1", None), ("a2", "a.wav")]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{pas du json", "ce n'est pas un objet JSON valable"),
        ("[1]", "ce n'est pas un objet JSON valable"),
        ({k: v for k, v in GOOD.items() if k != "intent"}, "il manque « intent »"),
        ({**GOOD, "expect": "answr"}, "« expect » ne peut pas valoir « answr »"),
        ({**GOOD, "text": 3}, "« text » n'est pas du bon type"),
        ({**GOOD, "text": " "}, "ne peuvent pas être vides"),
        ({**GOOD, "id": "first"}, "déjà pris à la ligne 1"),
        ({**GOOD, "audio": "absent.wav"}, "absent.wav : fichier son introuvable"),
        ({**GOOD, "audio": "wide.wav"}, "mono à 8000 Hz"),
        ({**GOOD, "audio": "jeu.jsonl"}, "pas un fichier WAV"),
    ],
)
def test_names_the_line_and_the_fault(tmp_path: Path, line: object, says: str):
    write_wav(tmp_path / "wide.wav", rate=16000, channels=2)
    path = write(tmp_path, {**GOOD, "id": "first"}, line)
    with pytest.raises(manifest.ManifestError) as caught:
        manifest.read(path)
    assert str(caught.value).startswith(f"{path}:2 : ")
    assert says in str(caught.value)


def test_a_missing_or_empty_file(tmp_path: Path):
    with pytest.raises(manifest.ManifestError, match="introuvable"):
        manifest.read(tmp_path / "absent.jsonl")
    with pytest.raises(manifest.ManifestError, match="aucune phrase"):
        manifest.read(write(tmp_path, ""))
