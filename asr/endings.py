"""Does a sentence end here? Learnt from what people say to this town.

Callers pause in the middle of sentences. Whether the last words are such as requests end with
("… pour un passeport", "… samedi matin") or such as others follow ("… est-ce que la déchetterie")
shows in the town's example sentences: counts of words, pairs of words and word endings at the end
of a sentence and inside one. Whether the words before stand rather late in those sentences
("déchetterie") or early ("bonjour"), how much was said, whether it asks or tells, and whether it
leans on what was said before ("et samedi"), counts too. Pure.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_MARKED: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")
"""An entity in an example: ``[samedi](jour)``."""
_SUFFIX: Final = 3
_WEIGHTS: Final = (2.0, 3.0, 4.0)
"""How many times a pair, a word and a suffix must have been seen to count as much as what is known
without them."""

_HELD: Final = 2.0
"""How many beginnings must have held a word to count as much as what is known without them."""
_LEAST: Final = 0.001
_SHORT: Final = 2
_QUESTIONS: Final = frozenset(
    ("comment", "combien", "quand", "où", "quel", "quelle", "quels", "quelles", "quoi", "qui")
)
_SUBJECTS: Final = frozenset(("je", "j", "on", "il", "elle", "ils", "vous", "ça", "c", "ce", "y"))
_SUBORDINATE: Final = frozenset(("pour", "si", "quand", "comme"))
_LEANING: Final = "et"
_FITTED: Final = (2.97, 0.66, 2.33, 0.66, -0.7, 0.22, -0.22, -0.68, 1.78)
"""Weights of :meth:`Endings.evidence`, from ``bench/fit_endings.py``."""


class Endings:
    """How often what was said last has ended a sentence."""

    def __init__(self, sentences: Iterable[str]) -> None:
        """Learn from whole sentences."""
        self._last: Counter[Hashable] = Counter()
        self._inside: Counter[Hashable] = Counter()
        self._whole: Counter[str] = Counter()
        self._begun: Counter[str] = Counter()
        sizes = [0, 0]
        for sentence in sentences:
            words = _words(_MARKED.sub(r"\1", sentence))
            for end in range(1, len(words) + 1):
                counts = self._last if end == len(words) else self._inside
                counts.update(_features(words[:end]))
                sizes[end < len(words)] += 1
            for word in set(words):
                self._whole[word] += 1
                self._begun[word] += len(words) - 1 - words.index(word)
        self._share = sizes[0] / max(1, sum(sizes))

    def counted(self, text: str) -> float:
        """Return the share of sentences that ended where the last words of ``text`` were said."""
        words = _words(text)
        if not words:
            return 0.0
        chance = self._share
        for feature, weight in zip(reversed(_features(words)), reversed(_WEIGHTS), strict=False):
            last, inside = self._last[feature], self._inside[feature]
            chance = (last + weight * chance) / (last + inside + weight)
        return chance

    def lateness(self, words: Sequence[str]) -> float:
        """Return how often sentences have been whole once each of ``words`` was said.

        The mean over the words, as the logarithm of whole sentences to beginnings of some.
        """
        shares = [
            (self._whole[word] + _HELD * self._share)
            / (self._whole[word] + self._begun[word] + _HELD)
            for word in words
        ]
        return math.fsum(map(_log_odds, shares or [self._share])) / max(1, len(shares))

    def likely(self, text: str) -> float:
        """Return the probability that nothing follows the words of ``text``; 0 without any."""
        if not self._share or not _words(text):
            return 0.0
        evidence = self.evidence(text)
        total = math.fsum(w * e for w, e in zip(_FITTED, evidence, strict=True))
        return 1.0 / (1.0 + math.exp(-total))

    def evidence(self, text: str) -> tuple[float, ...]:
        """Return what speaks for an end, as ``bench/fit_endings.py`` weighs it."""
        words = _words(text)
        asks = any(word in _QUESTIONS for word in words)
        tells = any(word in _SUBJECTS for word in words)
        begins_only = words[0] in _SUBORDINATE and not (asks or tells)
        return (
            1.0,
            _log_odds(self.counted(text)),
            self.lateness(words[:-1]),
            math.log(len(words)),
            float(len(words) <= _SHORT),
            float(asks),
            float(tells),
            float(begins_only),
            float(words[0] == _LEANING),
        )


def _log_odds(chance: float) -> float:
    bounded = min(max(chance, _LEAST), 1 - _LEAST)
    return math.log(bounded / (1 - bounded))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _features(words: Sequence[str]) -> tuple[Hashable, Hashable, Hashable]:
    """Return the last pair, the last word and its ending, the most telling first."""
    before = words[-2] if len(words) > 1 else ""
    return (before, words[-1]), words[-1], (words[-1][-_SUFFIX:],)
