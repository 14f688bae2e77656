"""A voice folder is checked in plain French."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tts.build_voice import SIWIS_STYLE, build_from_downloads, build_voice
from tts.voicefiles import SUMS_NAME, VoiceError, check_voice, find_voice, sha256_of

CONFIG = {
    "audio": {"sample_rate": 22050},
    "espeak": {"voice": "fr"},
    "phoneme_id_map": {"_": [0]},
    "num_symbols": 1,
    "num_speakers": 1,
}


def make(folder: Path, config: object = CONFIG, name: str = "fr_FR-siwis-medium") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.onnx").write_bytes(bytes(200_000))
    (folder / f"{name}.onnx.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def test_any_ordinary_piper_folder_is_accepted(tmp_path: Path) -> None:
    folder = make(tmp_path / "ma-voix")
    assert check_voice(folder) == []
    assert find_voice(folder).name == "ma-voix"


def test_the_fingerprint_follows_the_content(tmp_path: Path) -> None:
    first = find_voice(make(tmp_path / "a")).fingerprint()
    assert find_voice(make(tmp_path / "b")).fingerprint() == first
    changed = make(tmp_path / "c", CONFIG | {"inference": {"length_scale": 1.1}})
    assert find_voice(changed).fingerprint() != first


def test_each_fault_is_named_in_french(tmp_path: Path) -> None:
    assert "introuvable" in check_voice(tmp_path / "rien")[0]
    (tmp_path / "vide").mkdir()
    assert "aucun fichier .onnx" in check_voice(tmp_path / "vide")[0]
    assert "n'est pas la description" in check_voice(make(tmp_path / "x", {"a": 1}))[0]
    english = make(tmp_path / "en", CONFIG | {"espeak": {"voice": "en-us"}})
    assert "pas française" in check_voice(english)[0]
    double = make(make(tmp_path / "deux"), name="autre")
    assert "plusieurs voix" in check_voice(double)[0]
    lonely = make(tmp_path / "seul")
    (lonely / "fr_FR-siwis-medium.onnx.json").unlink()
    assert "Il manque" in check_voice(lonely)[0]
    broken = make(tmp_path / "json")
    (broken / "fr_FR-siwis-medium.onnx.json").write_text("{", encoding="utf-8")
    assert "JSON" in check_voice(broken)[0]
    tiny = make(tmp_path / "petit")
    (tiny / "fr_FR-siwis-medium.onnx").write_bytes(b"x")
    assert "trop petit" in check_voice(tiny)[0]


def test_a_wrong_checksum_is_found(tmp_path: Path) -> None:
    folder = make(tmp_path / "voix")
    model = folder / "fr_FR-siwis-medium.onnx"
    (folder / SUMS_NAME).write_text(f"{sha256_of(model)}  {model.name}\n", encoding="utf-8")
    assert check_voice(folder) == []
    model.write_bytes(bytes(200_001))
    assert "abîmé" in check_voice(folder)[0]
    with pytest.raises(VoiceError, match="abîmé"):
        find_voice(folder)


def test_damaged_or_missing_parts_build_nothing(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="introuvable"):
        build_from_downloads(tmp_path, tmp_path / "voix")
    wrong = tmp_path / "kokoro.onnx"
    wrong.write_bytes(b"not a model")
    with pytest.raises(VoiceError, match="abîmé"):
        build_voice(wrong, wrong, SIWIS_STYLE, tmp_path / "voix")
    assert not (tmp_path / "voix").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kokoro.onnx"]


def test_the_shipped_style_has_one_row_for_each_sentence_length() -> None:
    rows = np.fromfile(SIWIS_STYLE, dtype="<f4").reshape(-1, 256)
    assert rows.shape == (510, 256)
    assert np.isfinite(rows).all()
