"""The intent model: sentence embeddings and n-grams under a linear classifier.

Stored as numbers and words only (npz, JSON), so that loading a model runs no code from its file.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from components.features import EMBEDDING_SIZE, Encoder, Features
from components.softmax import fit_softmax, softmax

FORMAT = 2

WEIGHTS = (1.0, 1.0, 1.5)
"""Of words, characters and embedding; measured by cross-validation, as is C."""

C = 60.0
"""Inverse of the regularisation."""

_WEIGHTS_FILE = "weights.npz"
_WORDS_FILE = "words.json"


class IntentModel:
    """Probabilities of every intent for a text."""

    def __init__(self, encoder: Encoder, weights: Sequence[float] = WEIGHTS, c: float = C) -> None:
        self._features = Features(encoder, weights)
        self._c = c
        self._intents: list[str] = []
        self._of_ngrams: Any = np.zeros((0, 0))
        self._of_embedding: Any = np.zeros((EMBEDDING_SIZE, 0))
        self._intercepts: Any = np.zeros(0)

    @property
    def intents(self) -> list[str]:
        """The intents in the order of the columns of :meth:`probabilities`."""
        return list(self._intents)

    def fit(self, texts: Sequence[str], intents: Sequence[str], embeddings: Any = None) -> None:
        """Learn from labelled texts."""
        self._features.fit(texts)
        rows = self._features.rows(texts, embeddings)
        self._intents, parts, self._intercepts = fit_softmax(rows.gram(), intents, self._c)
        self._of_ngrams = np.ascontiguousarray(rows.ngrams.T @ parts)
        self._of_embedding = rows.embeddings.T @ parts

    def probabilities(self, texts: Sequence[str], embeddings: Any = None) -> Any:
        """Return one row for each text, one column for each intent; rows sum to one."""
        rows = self._features.rows(texts, embeddings)
        scores = rows.ngrams @ self._of_ngrams + rows.embeddings @ self._of_embedding
        return softmax(scores + self._intercepts)

    def ranking(self, text: str) -> list[tuple[str, float]]:
        """Return every intent with its probability, best first."""
        row = self.probabilities([text])[0]
        return [(self._intents[index], float(row[index])) for index in np.argsort(-row)]

    def save(self, folder: Path) -> None:
        """Write the model to an existing folder."""
        word_idf, character_idf = self._features.rarities()
        np.savez_compressed(
            folder / _WEIGHTS_FILE,
            of_ngrams=self._of_ngrams.astype(np.float32),
            of_embedding=self._of_embedding.astype(np.float32),
            intercepts=self._intercepts,
            word_idf=word_idf,
            character_idf=character_idf,
        )
        words, characters = self._features.words()
        content = {
            "format": FORMAT,
            "intents": self._intents,
            "weights": self._features.weights,
            "words": words,
            "characters": characters,
        }
        (folder / _WORDS_FILE).write_text(json.dumps(content, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: Path, encoder: Encoder) -> IntentModel:
        """Read what :meth:`save` wrote.

        Raises:
            ValueError: the folder was written by another version of this class.
        """
        content = json.loads((folder / _WORDS_FILE).read_text("utf-8"))
        if content.get("format") != FORMAT:
            raise ValueError(f"intent model of format {content.get('format')}, not {FORMAT}")
        model = cls(encoder, content["weights"])
        with np.load(folder / _WEIGHTS_FILE, allow_pickle=False) as arrays:
            idf = [arrays["word_idf"], arrays["character_idf"]]
            model._of_ngrams = arrays["of_ngrams"].astype(np.float64)
            model._of_embedding = arrays["of_embedding"].astype(np.float64)
            model._intercepts = arrays["intercepts"]
        model._features.restore([content["words"], content["characters"]], idf)
        model._intents = content["intents"]
        return model
