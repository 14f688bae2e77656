"""A multilingual Whisper model with the tokens of French only.

Each step of the decoder scores every token of the vocabulary, and a caller in France needs a third
of them: without the others a step takes about a third less time, and no word of another script can
be made up. The weights are CTranslate2's (``model.bin`` of version 6: its ``model_spec.py`` writes
the format); they are rewritten in memory, the files on disk stay as they are.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

TEXT_TOKENS: Final = 50256
"""Ids below are text, the same in all multilingual models; special tokens follow. The first of them
is empty: CTranslate2 knows multilingual models by it."""
TOKENS: Final = Path(__file__).with_name("french_tokens.bin")
"""One bit for each text token, set when French is written with it (``bench/frenchtokens.py``)."""

_VERSION: Final = 6
_OF_TOKENS: Final = ("decoder/embeddings/", "decoder/projection/")
"""Weights with a row for each token."""
_VOCABULARY: Final = "vocabulary.json"
_ID_LISTS: Final = ("lang_ids", "suppress_ids", "suppress_ids_begin")


class FormatError(Exception):
    """The weights are not laid out as expected: the model is used as it is."""


class Tokens:
    """The model's token ids and those of its tokenizer."""

    def __init__(self, kept: Sequence[int], vocabulary: Sequence[str]) -> None:
        """``kept`` are the tokenizer's ids of the model's tokens, in the model's order.

        ``vocabulary`` holds what each of the tokenizer's tokens is written like, in its alphabet of
        bytes; the single bytes are among those that are kept.
        """
        self.kept = tuple(kept)
        self._vocabulary = vocabulary
        self._positions = {token: position for position, token in enumerate(self.kept)}
        self._written = {vocabulary[token]: position for token, position in self._positions.items()}

    def to_model(self, tokens: Iterable[int]) -> list[int]:
        """Return the model's ids; a token that it lacks is spelt with shorter ones."""
        ids: list[int] = []
        for token in tokens:
            position = self._positions.get(token)
            ids += [position] if position is not None else self._spelt(self._vocabulary[token])
        return ids

    def from_model(self, ids: Iterable[int]) -> list[int]:
        """Return the tokenizer's ids."""
        return [self.kept[position] for position in ids]

    def known(self, tokens: Iterable[int]) -> list[int]:
        """Return the model's ids of those tokens that it knows."""
        return [self._positions[token] for token in tokens if token in self._positions]

    def _spelt(self, text: str) -> list[int]:
        ids: list[int] = []
        while text:
            size = next(size for size in range(len(text), 0, -1) if text[:size] in self._written)
            ids.append(self._written[text[:size]])
            text = text[size:]
        return ids


def french_tokens(size: int) -> tuple[int, ...]:
    """Return the ids that are kept of a vocabulary of ``size`` tokens, special ones included."""
    bits = np.unpackbits(np.frombuffer(TOKENS.read_bytes(), dtype=np.uint8), count=TEXT_TOKENS)
    return (*np.flatnonzero(bits).tolist(), *range(TEXT_TOKENS, size))


def french_files(folder: Path) -> tuple[dict[str, bytes], Tokens]:
    """Return the files of the model in ``folder`` without foreign tokens, and what is left.

    Raises:
        FormatError: the model is not a multilingual one in the layout that is known.
        OSError: a file cannot be read.
    """
    try:
        vocabulary = json.loads((folder / _VOCABULARY).read_text(encoding="utf-8"))
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise FormatError(str(error)) from error
    if not isinstance(vocabulary, list) or len(vocabulary) <= TEXT_TOKENS + 1:
        raise FormatError("no multilingual vocabulary")
    tokens = Tokens(french_tokens(len(vocabulary)), vocabulary)
    for name in _ID_LISTS:
        if name in config:
            config[name] = tokens.known(config[name])
    left = [vocabulary[token] for token in tokens.kept]
    files = {
        "model.bin": _reduced((folder / "model.bin").read_bytes(), len(vocabulary), tokens.kept),
        "config.json": json.dumps(config).encode(),
        _VOCABULARY: json.dumps(left, ensure_ascii=False).encode(),
    }
    return files, tokens


@dataclass(frozen=True)
class _Variable:
    """One array of weights: its header runs from ``start`` to ``data``."""

    name: str
    dimensions: tuple[int, ...]
    kind: int
    start: int
    data: int
    end: int


def _reduced(weights: bytes, size: int, kept: Sequence[int]) -> bytes:
    """Return ``weights`` with the rows of the tokens that are kept."""
    parts: list[bytes] = []
    done = 0
    for variable in _variables(weights):
        if not variable.name.startswith(_OF_TOKENS) or variable.dimensions[:1] != (size,):
            continue
        rows = np.frombuffer(weights[variable.data : variable.end], dtype=np.uint8)
        left = rows.reshape(size, -1)[list(kept)].tobytes()
        dimensions = (len(kept), *variable.dimensions[1:])
        parts += [
            weights[done : variable.start],
            _text(variable.name),
            struct.pack(f"<B{len(dimensions)}I", len(dimensions), *dimensions),
            struct.pack("<BI", variable.kind, len(left)),
            left,
        ]
        done = variable.end
    if not parts:
        raise FormatError("no embeddings")
    return b"".join((*parts, weights[done:]))


def _variables(weights: bytes) -> Iterator[_Variable]:
    try:
        (version,) = struct.unpack_from("<I", weights, 0)
        if version != _VERSION:
            raise FormatError(f"version {version}")
        _, at = _read_text(weights, 4)
        _, count = struct.unpack_from("<II", weights, at)
        at += 8
        for _ in range(count):
            variable = _variable(weights, at)
            if variable.end > len(weights):
                raise FormatError("the weights are cut off")
            yield variable
            at = variable.end
    except (struct.error, UnicodeDecodeError) as error:
        raise FormatError("the weights are damaged") from error


def _variable(weights: bytes, start: int) -> _Variable:
    name, at = _read_text(weights, start)
    rank = weights[at : at + 1]
    dimensions = struct.unpack_from(f"<{rank[0] if rank else 0}I", weights, at + 1)
    at += 1 + 4 * len(dimensions)
    kind, length = struct.unpack_from("<BI", weights, at)
    return _Variable(name, dimensions, kind, start, at + 5, at + 5 + length)


def _read_text(weights: bytes, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<H", weights, at)
    text = weights[at + 2 : at + 2 + length]
    return text.rstrip(b"\0").decode(), at + 2 + length


def _text(text: str) -> bytes:
    data = text.encode() + b"\0"
    return struct.pack("<H", len(data)) + data
