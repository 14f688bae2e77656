"""The intent model: n-grams and sentence embeddings under two classifiers, and how sure they are.

The logistic regression parts the intents by planes, in the n-grams and the embedding. The least
squares put a bell around the embedding of each example, so that what is near none of them counts
for none. They err on different sentences: their mean is right more often than either, and where
they differ there is doubt.

Stored as numbers and words only (npz, JSON), so that loading a model runs no code from its file.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from components.features import EMBEDDING_SIZE, Encoder, Features, Likeness, Rows
from components.leastsquares import fit_classes
from components.softmax import fit_softmax, softmax
from components.sureness import Scored, Vocabulary, signs, sureness, weighed
from components.text import normalised

FORMAT = 3

WEIGHTS = (1.0, 1.0)
"""Of words and characters; measured by cross-validation, as are the next five."""
PLANE_WEIGHT = 2.25
"""Of the embeddings' cosine beside the n-grams' product."""
C = 60.0
"""Inverse of the regularisation of the logistic regression."""
BELL_WEIGHT = 4.0
"""Of the bells beside the n-grams' product."""
SMOOTHING = 0.05
"""Of the least squares."""
STEEPNESS = 15.0
"""Of probabilities over the scores of the least squares."""

NEVER_DOUBTED = ("urgence",)
"""Its probability stays what it is: the policy alone weighs an emergency."""

_WEIGHTS_FILE = "weights.npz"
_WORDS_FILE = "words.json"


def _planes(likeness: Likeness) -> Any:
    """Return the kernel of the logistic regression."""
    return likeness.letters + PLANE_WEIGHT * likeness.meaning


def _bells(likeness: Likeness) -> Any:
    """Return the kernel of the least squares."""
    return likeness.letters + BELL_WEIGHT * np.exp(2 * (likeness.meaning - 1))


class IntentModel:
    """Probabilities of every intent for a text."""

    def __init__(self, encoder: Encoder, weights: Sequence[float] = WEIGHTS, c: float = C) -> None:
        self._features = Features(encoder, weights)
        self._c = c
        self._intents: list[str] = []
        # The examples, ordered by intent: where each intent begins, and their part in its scores.
        self._examples = Rows(sparse.csr_matrix((0, 0)), np.zeros((0, EMBEDDING_SIZE)))
        self._starts: Any = np.zeros(0, dtype=np.intp)
        self._planes: Any = np.zeros((0, 0))
        self._intercepts: Any = np.zeros(0)
        self._bells: Any = np.zeros((0, 0))
        self._vocabulary = Vocabulary([], np.zeros(0), np.zeros((0, 0), dtype=bool))

    @property
    def intents(self) -> list[str]:
        """The intents in the order of the columns of :meth:`probabilities`."""
        return list(self._intents)

    def fit(self, texts: Sequence[str], intents: Sequence[str], embeddings: Any = None) -> None:
        """Learn from labelled texts."""
        order = np.argsort(np.asarray(intents), kind="stable")
        texts, labels = [texts[i] for i in order], [intents[i] for i in order]
        self._features.fit(texts)
        rows = self._features.rows(texts, None if embeddings is None else embeddings[order])
        likeness = rows.own_likeness()
        fitted = fit_softmax(_planes(likeness), labels, self._c)
        self._intents, planes, self._intercepts = fitted
        self._planes = planes.astype(np.float32)
        self._bells = fit_classes(_bells(likeness), labels, SMOOTHING)[1]
        self._examples = rows
        self._starts = np.searchsorted(labels, self._intents)
        self._vocabulary = self._known(rows)

    def probabilities(self, texts: Sequence[str], embeddings: Any = None) -> Any:
        """Return one row for each text, one column for each intent; what a row lacks of one is
        for none of the intents."""
        chances, table = self.signs(texts, embeddings)
        exempt = [i for i, name in enumerate(self._intents) if name in NEVER_DOUBTED]
        return weighed(chances, sureness(table), exempt)

    def signs(self, texts: Sequence[str], embeddings: Any = None) -> tuple[Any, Any]:
        """Return the classifiers' probabilities and the signs of how sure their best is."""
        likeness = self._features.rows(texts, embeddings).likeness(self._examples)
        scored = Scored(
            softmax(_planes(likeness) @ self._planes + self._intercepts),
            softmax(STEEPNESS * (_bells(likeness) @ self._bells)),
        )
        plain = [normalised(text) for text in texts]
        return scored.probabilities, signs(scored, plain, self._vocabulary)

    def ranking(self, text: str) -> list[tuple[str, float]]:
        """Return every intent with its probability, best first."""
        row = self.probabilities([text])[0]
        return [(self._intents[index], float(row[index])) for index in np.argsort(-row)]

    def save(self, folder: Path) -> None:
        """Write the model to an existing folder."""
        word_idf, character_idf = self._features.rarities()
        ngrams = self._examples.ngrams
        np.savez_compressed(
            folder / _WEIGHTS_FILE,
            word_idf=word_idf,
            character_idf=character_idf,
            starts=self._starts,
            planes=self._planes,
            intercepts=self._intercepts,
            bells=self._bells,
            embeddings=self._examples.embeddings.astype(np.float32),
            values=ngrams.data,
            columns=ngrams.indices,
            ends=ngrams.indptr,
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
            model._starts = arrays["starts"]
            model._planes = arrays["planes"]
            model._intercepts = arrays["intercepts"]
            model._bells = arrays["bells"]
            embeddings = arrays["embeddings"]
            values = (arrays["values"], arrays["columns"], arrays["ends"])
        model._features.restore([content["words"], content["characters"]], idf)
        model._intents = content["intents"]
        shape = (len(embeddings), len(content["words"]) + len(content["characters"]))
        model._examples = Rows(sparse.csr_matrix(values, shape=shape), embeddings)
        model._vocabulary = model._known(model._examples)
        return model

    def _known(self, rows: Rows) -> Vocabulary:
        """Return the words of the examples, by intent."""
        words = self._features.words()[0]
        single = [column for column, word in enumerate(words) if " " not in word]
        ends = np.append(self._starts, len(rows.embeddings))
        known = [
            np.asarray(rows.ngrams[start:end, single].sum(axis=0))[0] > 0
            for start, end in pairwise(ends)
        ]
        rarities = self._features.rarities()[0][single]
        return Vocabulary([words[column] for column in single], rarities, np.array(known))
