"""Does a sentence end here? Learnt from what people say to this town.

Callers pause in the middle of sentences. Whether the last words are such as requests end with
("… pour un passeport", "… samedi matin") or such as others follow ("… est-ce que la déchetterie")
shows in the town's example sentences: counts of words, pairs of words and word endings at the end
of a sentence and inside one. Pure.
"""

from __future__ import annotations

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


class Endings:
    """How often what was said last has ended a sentence."""

    def __init__(self, sentences: Iterable[str]) -> None:
        """Learn from whole sentences."""
        self._last: Counter[Hashable] = Counter()
        self._inside: Counter[Hashable] = Counter()
        sizes = [0, 0]
        for sentence in sentences:
            words = _words(_MARKED.sub(r"\1", sentence))
            for end in range(1, len(words) + 1):
                counts = self._last if end == len(words) else self._inside
                counts.update(_features(words[:end]))
                sizes[end < len(words)] += 1
        self._share = sizes[0] / max(1, sum(sizes))

    def likely(self, text: str) -> float:
        """Return the probability that nothing follows the words of ``text``; 0 without any."""
        words = _words(text)
        if not words:
            return 0.0
        chance = self._share
        for feature, weight in zip(reversed(_features(words)), reversed(_WEIGHTS), strict=False):
            last, inside = self._last[feature], self._inside[feature]
            chance = (last + weight * chance) / (last + inside + weight)
        return chance


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _features(words: Sequence[str]) -> tuple[Hashable, Hashable, Hashable]:
    """Return the last pair, the last word and its ending, the most telling first."""
    before = words[-2] if len(words) > 1 else ""
    return (before, words[-1]), words[-1], (words[-1][-_SUFFIX:],)
