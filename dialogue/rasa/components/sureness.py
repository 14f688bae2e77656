"""How sure the best intent is, beyond its probability.

A classifier is as certain of « des fleurs pour une tombe » as of « une concession »: it knows no
doubt about what is unlike all that it learnt. So the probability of the best intent is weighed
again by a logistic function of how clear the choice is, how far each of two classifiers puts it
ahead, and how much of what was said no example of that intent has.

``python -m bench.sureness`` fits its numbers on sentences that the model has not learnt, some of
them of intents that it does not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

SIGNS = ("entropy", "lead_by_planes", "lead_by_bells", "unseen", "unknown", "length")
WEIGHTS = (-0.422, 0.187, 0.239, -1.536, 0.901, 0.501)
BIAS = -0.492

_SMALL = 1e-6


@dataclass(frozen=True)
class Scored:
    """What the model makes of some texts: one row for each text, one column for each intent."""

    by_planes: Any
    """Probabilities of the logistic regression."""
    by_bells: Any
    """Probabilities of the least squares."""

    @property
    def probabilities(self) -> Any:
        """The mean of both opinions."""
        return (self.by_planes + self.by_bells) / 2


class Vocabulary:
    """Which words the examples of each intent have, and how rare they are."""

    def __init__(self, words: Sequence[str], rarities: Any, known: Any) -> None:
        """``known``: one row for each intent, one column for each word."""
        self._columns = {word: column for column, word in enumerate(words)}
        self._rarities = rarities
        self._rarest = float(rarities.max(initial=1.0))
        self.known = known

    def shares(self, text: str, intent: int) -> tuple[float, float, int]:
        """Return which share of a normalised text's words no example of the intent has, which
        share none has at all, both weighed by rarity, and how many words there are."""
        words = set(text.split())
        columns = [self._columns[word] for word in words if word in self._columns]
        new = (len(words) - len(columns)) * self._rarest
        weights = self._rarities[columns]
        unseen = float(weights[~self.known[intent, columns]].sum())
        total = float(weights.sum()) + new
        return (unseen + new) / (total or 1.0), new / (total or 1.0), len(words)


def signs(scored: Scored, texts: Sequence[str], vocabulary: Vocabulary) -> Any:
    """Return the SIGNS of normalised texts, one row each."""
    chances = scored.probabilities
    rows = np.arange(len(chances))
    best = chances.argmax(axis=1)
    shares = np.array(
        [vocabulary.shares(*pair) for pair in zip(texts, best, strict=True)], dtype=float
    ).reshape(-1, 3)
    return np.column_stack(
        [
            -(chances * np.log(chances + _SMALL)).sum(axis=1),
            _lead(np.log(scored.by_planes + _SMALL), rows, best),
            _lead(np.log(scored.by_bells + _SMALL), rows, best),
            shares[:, 0],
            shares[:, 1],
            np.log1p(shares[:, 2]),
        ]
    )


def sureness(table: Any) -> Any:
    """Return the probability that the best intent is the right one, by the signs."""
    return 1 / (1 + np.exp(-(table @ np.array(WEIGHTS) + BIAS)))


def weighed(chances: Any, sure: Any, exempt: Sequence[int] = ()) -> Any:
    """Return the probabilities with the best one replaced by how sure it is.

    The others keep their proportion to it where it falls, so that none takes its place and a rest
    is left for what is none of the intents; they share what is left where it rises. The intents
    ``exempt`` keep their probability, also as the best.
    """
    rows = np.arange(len(chances))
    best = chances.argmax(axis=1)
    first = chances[rows, best]
    sure = np.where(np.isin(best, list(exempt)), first, sure)
    falls = np.minimum(sure / first, 1.0)
    rises = np.where(sure > first, (1 - sure) / np.maximum(1 - first, _SMALL), falls)
    result = chances * rises[:, None]
    result[rows, best] = sure
    result[:, list(exempt)] = chances[:, list(exempt)]
    return result


def _lead(values: Any, rows: Any, best: Any) -> Any:
    """Return how far ``best`` is ahead of the largest of the others; 0 where there are none."""
    others = np.array(values, dtype=float)
    others[rows, best] = -np.inf
    largest = others.max(axis=1)
    return np.where(np.isfinite(largest), values[rows, best] - largest, 0.0)
