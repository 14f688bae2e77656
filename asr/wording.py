"""How people put things to this town: which words follow one another in its example sentences.

A trigram model with absolute discounting (Kneser and Ney). A word that no example has is not
impossible, only unlikely, so that what people say otherwise is judged by its neighbours. Pure.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

_ORDER: Final = 3
_DISCOUNT: Final = 0.75
_UNKNOWN: Final = 1 / 60_000
"""Of any one word that no example has."""
_MARKED: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")
"""An entity in an example: ``[samedi](jour)``."""
_WORD: Final = re.compile(r"[^\W_]+")
_BEGIN: Final = ("<s>",) * (_ORDER - 1)
_END: Final = "</s>"
_KEPT: Final = 16384
"""Runs of words whose likelihood is remembered: readings of one utterance have most in common."""


def plain(sentence: str) -> str:
    """Return an example without the marks of its entities."""
    return _MARKED.sub(r"\1", sentence)


def words(text: str) -> list[str]:
    """Return the words that are counted: lower case, with accents, without punctuation."""
    return _WORD.findall(unicodedata.normalize("NFC", text).lower().replace("œ", "oe"))


class Wording:
    """Knows how likely a sentence is here. Thread-safe."""

    def __init__(self, sentences: Iterable[str]) -> None:
        """Learn from whole sentences."""
        full: Counter[tuple[str, ...]] = Counter()
        for sentence in sentences:
            told = (*_BEGIN, *words(plain(sentence)), _END)
            full.update(told[at : at + _ORDER] for at in range(len(told) - _ORDER + 1))
        self._grams = _shorter(full)
        self._after: list[dict[tuple[str, ...], tuple[int, int]]] = [
            _after(grams) for grams in self._grams
        ]
        self._logarithm = lru_cache(maxsize=_KEPT)(self._log_chance)

    def likelihood(self, text: str) -> float:
        """Return the logarithm of the probability of a whole text, in nats."""
        told = words(text)
        return self.part(told, 0, len(told) + 1)

    def part(self, told: Sequence[str], start: int, end: int) -> float:
        """Return what the words ``start`` to ``end`` of a text add to its likelihood, in nats.

        The end of the text counts as one word more.
        """
        line = (*_BEGIN, *told, _END)
        return math.fsum(
            self._logarithm(line[at : at + _ORDER]) for at in range(start, min(end, len(told) + 1))
        )

    def _log_chance(self, gram: tuple[str, ...]) -> float:
        return math.log(self._chance(gram))

    def _chance(self, gram: tuple[str, ...]) -> float:
        if not gram:
            return _UNKNOWN
        shorter = self._chance(gram[1:])
        total, kinds = self._after[len(gram) - 1].get(gram[:-1], (0, 0))
        if not total:
            return shorter
        seen = max(self._grams[len(gram) - 1].get(gram, 0) - _DISCOUNT, 0.0)
        return (seen + _DISCOUNT * kinds * shorter) / total


def _shorter(full: Counter[tuple[str, ...]]) -> list[Counter[tuple[str, ...]]]:
    """Return the counts of single words, pairs, …; below the longest, of different beginnings."""
    grams = [full]
    while len(grams) < _ORDER:
        grams.insert(0, Counter(gram[1:] for gram in grams[0]))
    return grams


def _after(grams: Counter[tuple[str, ...]]) -> dict[tuple[str, ...], tuple[int, int]]:
    """Return how often, and by how many different words, each beginning is followed."""
    found: dict[tuple[str, ...], tuple[int, int]] = {}
    for gram, count in grams.items():
        total, kinds = found.get(gram[:-1], (0, 0))
        found[gram[:-1]] = (total + count, kinds + 1)
    return found
