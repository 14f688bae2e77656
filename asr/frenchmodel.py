"""A multilingual Whisper model with the tokens of French only, and without those of instants.

Each step of the decoder scores every token of the vocabulary, and a caller in France needs a third
of them: without the others a step takes about a third less time, and no word of another script can
be made up. The weights are rewritten in memory, corrected by :mod:`asr.adaptation` where they are
those it is for; the files on disk stay as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from asr.adaptation import CORRECTION, Correction, corrected, correction_of
from asr.weights import FormatError, packed, variables
from common.logs import get

TEXT_TOKENS: Final = 50256
"""Ids below are text, the same in all multilingual models; special tokens follow. The first of them
is empty: CTranslate2 knows multilingual models by it."""
TOKENS: Final = Path(__file__).with_name("french_tokens.bin")
"""One bit for each text token, set when French is written with it (``bench/frenchtokens.py``)."""

_OF_TOKENS: Final = ("decoder/embeddings/", "decoder/projection/")
"""Weights with a row for each token."""
_INSTANT: Final = re.compile(r"<\|[0-9]+\.[0-9]{2}\|>")
"""One of 1501 tokens for when something was said, which is never asked."""
_VOCABULARY: Final = "vocabulary.json"
_ID_LISTS: Final = ("lang_ids", "suppress_ids", "suppress_ids_begin")
_log = get(room="asr")


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


@dataclass(frozen=True)
class FrenchModel:
    """A model as it is loaded."""

    files: dict[str, bytes]
    tokens: Tokens
    adapted: bool
    """Its weights are those that :mod:`asr.adaptation` corrects, and are corrected."""


def french_model(folder: Path) -> FrenchModel | None:
    """Return the model with the tokens of French, or nothing where that cannot be done."""
    try:
        return french_files(folder)
    except (FormatError, OSError) as error:
        _log.info("model_used_as_it_is", reason=str(error))
        return None


def french_files(folder: Path, correction: Path = CORRECTION) -> FrenchModel:
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
    kept = [
        token
        for token in french_tokens(len(vocabulary))
        if not _INSTANT.fullmatch(vocabulary[token])
    ]
    tokens = Tokens(kept, vocabulary)
    for name in _ID_LISTS:
        if name in config:
            config[name] = tokens.known(config[name])
    left = [vocabulary[token] for token in tokens.kept]
    weights = (folder / "model.bin").read_bytes()
    factors = _factors(weights, correction)
    files = {
        "model.bin": _rewritten(weights, len(vocabulary), tokens.kept, factors),
        "config.json": json.dumps(config).encode(),
        _VOCABULARY: json.dumps(left, ensure_ascii=False).encode(),
    }
    return FrenchModel(files, tokens, bool(factors))


def _factors(weights: bytes, correction: Path) -> Correction:
    """Return what corrects the weights; nothing where there is nothing that fits."""
    try:
        factors = correction_of(weights, correction)
    except FileNotFoundError:
        _log.info("model_not_corrected", reason="no correction")
        return {}
    except (OSError, ValueError) as error:
        _log.warning("model_not_corrected", reason=str(error))
        return {}
    if not factors:
        _log.info("model_not_corrected", reason="other weights than those it was made for")
    return factors


def _rewritten(weights: bytes, size: int, kept: Sequence[int], factors: Correction) -> bytes:
    """Return ``weights`` corrected, with the rows of the tokens that are kept."""
    parts: list[bytes] = []
    done, found = 0, False
    for variable in variables(weights):
        if variable.name.startswith(_OF_TOKENS) and variable.dimensions[:1] == (size,):
            found = True
            rows = np.frombuffer(weights[variable.data : variable.end], dtype=np.uint8)
            data = rows.reshape(size, -1)[list(kept)].tobytes()
            dimensions = (len(kept), *variable.dimensions[1:])
        elif variable.name in factors:
            data = corrected(variable.array(weights), *factors[variable.name])
            dimensions = variable.dimensions
        else:
            continue
        parts += [
            weights[done : variable.start],
            packed(variable.name, dimensions, variable.kind, data),
        ]
        done = variable.end
    if not found:
        raise FormatError("no embeddings")
    return b"".join((*parts, weights[done:]))
