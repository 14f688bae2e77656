"""The correction of the recogniser's weights."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asr.adaptation import CHECKSUM, LEFT, RIGHT
from asr.engine import FULL_WINDOW_S, EngineSettings, Window
from asr.frenchmodel import french_files
from asr.weights import FormatError, variables
from tests.asr.test_engine import MODEL
from tests.asr.test_frenchmodel import EMBEDDINGS, SIZE, variable, weights

MATRIX = np.arange(6, dtype="<f2").reshape(2, 3)
LEARNT, OTHER = "encoder/layer_0/ffn/linear_0/weight", "encoder/layer_0/ffn/linear_1/weight"
WEIGHTS = weights(
    variable("decoder/embeddings/weight", EMBEDDINGS, 0),
    variable(LEARNT, MATRIX, 4),
    variable(OTHER, MATRIX, 4),
)
LEFT_FACTOR = np.array([[1.0], [-2.0]], dtype=np.float16)
RIGHT_FACTOR = np.array([[0.5, 0.0, 1.0]], dtype=np.float16)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "model.bin").write_bytes(WEIGHTS)
    (tmp_path / "vocabulary.json").write_text(json.dumps([f"t{n}" for n in range(SIZE)]))
    (tmp_path / "config.json").write_text("{}")
    return tmp_path


def correction(folder: Path, of: bytes = WEIGHTS, right: np.ndarray = RIGHT_FACTOR) -> Path:
    file = folder / "correction.npz"
    arrays: dict[str, Any] = {
        CHECKSUM: np.frombuffer(hashlib.sha256(of).digest(), dtype=np.uint8),
        LEARNT + LEFT: LEFT_FACTOR,
        LEARNT + RIGHT: right,
    }
    np.savez(file, **arrays)
    return file


def matrices(data: bytes) -> dict[str, np.ndarray]:
    return {found.name: found.array(data) for found in variables(data)}


def test_the_product_of_the_factors_is_added_to_its_matrix_alone(model: Path) -> None:
    french = french_files(model, correction(model))
    found = matrices(french.files["model.bin"])
    assert french.adapted
    np.testing.assert_array_equal(found[LEARNT], MATRIX + LEFT_FACTOR @ RIGHT_FACTOR)
    np.testing.assert_array_equal(found[OTHER], MATRIX)
    assert found[LEARNT].dtype == MATRIX.dtype
    assert (model / "model.bin").read_bytes() == WEIGHTS


@pytest.mark.parametrize("damage", ["missing", "other weights", "cut off", "no archive"])
def test_a_model_without_its_correction_is_used_as_it_is(model: Path, damage: str) -> None:
    file = correction(model, b"others" if damage == "other weights" else WEIGHTS)
    if damage == "missing":
        file.unlink()
    elif damage == "cut off":
        file.write_bytes(file.read_bytes()[:-40])
    elif damage == "no archive":
        file.write_bytes(b"nothing")
    french = french_files(model, file)
    assert not french.adapted
    np.testing.assert_array_equal(matrices(french.files["model.bin"])[LEARNT], MATRIX)


def test_a_correction_of_another_shape_is_told(model: Path) -> None:
    file = correction(model, right=np.ones((1, 4), dtype=np.float16))
    with pytest.raises(FormatError):
        french_files(model, file)


@pytest.mark.component
def test_the_delivered_correction_is_for_the_delivered_model() -> None:
    assert french_files(MODEL).adapted


def test_a_window_holds_the_sound_and_silence_after_it() -> None:
    window = Window(shortest_s=4.0, margin_s=1.5)
    assert window.of(0.5) == 4.0
    assert window.of(6.0) == 7.5
    assert window.of(29.0) == FULL_WINDOW_S


def test_only_what_has_learnt_short_windows_is_shown_them() -> None:
    settings = EngineSettings()
    assert settings.adapted_window.of(1.0) < settings.window.of(1.0)
