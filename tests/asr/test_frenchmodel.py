"""The tokens of French in a multilingual model."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from asr.frenchmodel import TEXT_TOKENS, Tokens, french_files, french_tokens
from asr.weights import FormatError

SIZE = TEXT_TOKENS + 1608
FOREIGN = next(token for token in range(TEXT_TOKENS) if token not in set(french_tokens(SIZE)))
LANGUAGES = [TEXT_TOKENS + 2, TEXT_TOKENS + 8]


def text(value: str) -> bytes:
    data = value.encode() + b"\0"
    return struct.pack("<H", len(data)) + data


def variable(name: str, array: np.ndarray, kind: int) -> bytes:
    header = struct.pack(f"<B{array.ndim}I", array.ndim, *array.shape)
    data = array.tobytes()
    return text(name) + header + struct.pack("<BI", kind, len(data)) + data


def weights(*variables: bytes, version: int = 6) -> bytes:
    head = struct.pack("<I", version) + text("WhisperSpec") + struct.pack("<II", 3, len(variables))
    alias = struct.pack("<I", 1) + text("decoder/projection/weight") + text("decoder/embeddings")
    return head + b"".join(variables) + alias


EMBEDDINGS = np.arange(SIZE * 2, dtype="<f4").reshape(SIZE, 2)
OTHER = np.arange(6, dtype="<f2").reshape(2, 3)
WEIGHTS = weights(
    variable("decoder/embeddings/weight", EMBEDDINGS, 0),
    variable("encoder/conv1/weight", OTHER, 4),
)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "model.bin").write_bytes(WEIGHTS)
    (tmp_path / "vocabulary.json").write_text(json.dumps([f"t{n}" for n in range(SIZE)]))
    config = {"lang_ids": LANGUAGES, "suppress_ids": [1, FOREIGN], "alignment_heads": [[1]]}
    (tmp_path / "config.json").write_text(json.dumps(config))
    return tmp_path


def test_the_rows_of_french_are_kept_and_nothing_else_changes(model: Path) -> None:
    files = french_files(model).files
    kept = french_tokens(SIZE)
    assert 10_000 < len(kept) < SIZE / 2
    assert files["model.bin"] == weights(
        variable("decoder/embeddings/weight", EMBEDDINGS[list(kept)], 0),
        variable("encoder/conv1/weight", OTHER, 4),
    )
    assert json.loads(files["vocabulary.json"]) == [f"t{token}" for token in kept]


def test_tokens_of_instants_are_left_out(model: Path) -> None:
    vocabulary = [f"t{n}" for n in range(SIZE)]
    vocabulary[-3:] = ["<|fr|>", "<|0.00|>", "<|29.98|>"]
    (model / "vocabulary.json").write_text(json.dumps(vocabulary))
    french = french_files(model)
    assert french.tokens.kept == french_tokens(SIZE)[:-2]
    assert json.loads(french.files["vocabulary.json"])[-1] == "<|fr|>"


def test_the_numbers_in_the_configuration_follow(model: Path) -> None:
    french = french_files(model)
    config, tokens = json.loads(french.files["config.json"]), french.tokens
    assert tokens.from_model(config["lang_ids"]) == LANGUAGES
    assert tokens.from_model(config["suppress_ids"]) == [1]
    assert config["alignment_heads"] == [[1]]


@pytest.mark.parametrize(
    "name, content",
    [
        ("model.bin", weights(variable("encoder/conv1/weight", OTHER, 4))),
        ("model.bin", weights(version=7)),
        ("model.bin", WEIGHTS[: len(WEIGHTS) // 2]),
        ("model.bin", b""),
        ("vocabulary.json", b'["only", "english"]'),
        ("vocabulary.json", b"[broken"),
    ],
    ids=["no tokens", "version", "cut off", "empty", "small vocabulary", "no JSON"],
)
def test_a_model_of_another_kind_is_told(model: Path, name: str, content: bytes) -> None:
    (model / name).write_bytes(content)
    with pytest.raises(FormatError):
        french_files(model)


def test_a_token_that_is_left_out_is_spelt() -> None:
    vocabulary = ["a", "b", "c", "ab", "abc", "bc", "<|fr|>"]
    tokens = Tokens([0, 1, 2, 3, 6], vocabulary)
    assert tokens.to_model([4, 5, 3, 6]) == [3, 2, 1, 2, 3, 4]
    assert tokens.from_model([3, 2, 4]) == [3, 2, 6]
    assert tokens.known([4, 3]) == [3]
