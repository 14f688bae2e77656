"""How French words sound, by espeak-ng as Piper ships it, and how unlike two of them sound.

What a telephone line blurs counts half: voiced and unvoiced, e and é, m and n, an r that is lost.
"""

from __future__ import annotations

import itertools
import math
import re
import threading
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from piper.phonemize_espeak import EspeakPhonemizer

_VOICE = "fr"
_LOCK = threading.Lock()
"""espeak-ng keeps its state in the process: one thread at a time, and one beginning."""

_SAME = str.maketrans({
    "ɛ": "e", "ɔ": "o", "ɑ": "a", "œ": "ø", "ɹ": "ʁ", "r": "ʁ", "ɡ": "g", "ɪ": "i", "ʊ": "u",
    "ʌ": "ø", "ɐ": "a", "ɜ": "ø", "æ": "a", "ɲ": "n", "ŋ": "n",
})  # fmt: skip
_NASALS = {"a": "â", "o": "ô", "e": "ê", "ø": "ê"}
"""Nasal vowels as one letter each; « brun » and « brin » sound alike in most of France."""
_DROPPED = re.compile(r"[^\w ]|[əˈˌː_\d]")

_PAIRS = (
    "pb td kg fv sz ʃʒ mn bm dn nl lʁ jʒ eê aâ oô øô êâ âô eø oø aø ea ei iê ji yi yu ɥy ɥw wu ou"
)
_HALF: Final = 0.5
_ALONE: Final = dict.fromkeys("ʁljhwɥ", _HALF)
"""Lost or added easily at the end of a syllable; any other sound counts whole."""
_APART: Final = {
    letter: {other: _HALF for pair in _PAIRS.split() if letter in pair for other in pair}
    for letter in set(_PAIRS) - {" "}
}
"""The sounds near each one; any other counts whole."""
_NOTHING_NEAR: Final[Mapping[str, float]] = {}
_KEPT: Final = 16384
"""Texts and pairs that are remembered: the readings of one utterance have most in common."""


class Phonemes:
    """French text to phonemes, one letter each, words one space apart. Thread-safe."""

    def of(self, text: str) -> str:
        """Return the phonemes of ``text``; '' when nothing in it is spoken."""
        return _phonemes(text)


@lru_cache(maxsize=1)
def _espeak() -> EspeakPhonemizer:
    return EspeakPhonemizer()


@lru_cache(maxsize=_KEPT)
def _phonemes(text: str) -> str:
    with _LOCK:
        sentences = _espeak().phonemize(_VOICE, text.replace("\0", " "))
    return plain("".join(part for sentence in sentences for part in sentence))


def plain(phonemes: str) -> str:
    """Return espeak's phonemes without stress and length, one letter a sound."""
    letters: list[str] = []
    for letter in unicodedata.normalize("NFD", phonemes).translate(_SAME):
        if letter == "\u0303" and letters and letters[-1] in _NASALS:
            letters[-1] = _NASALS[letters[-1]]
        elif not unicodedata.combining(letter):
            letters.append(letter)
    return " ".join(_DROPPED.sub("", "".join(letters)).split())


def distance(one: str, other: str, most: float = math.inf) -> float:
    """Return how many sounds differ; near ones count half. Spaces do not count.

    Beyond ``most`` any number above it may be returned.
    """
    return _distance(one.replace(" ", ""), other.replace(" ", ""), most)


@lru_cache(maxsize=_KEPT)
def _distance(one: str, other: str, most: float) -> float:
    added = [_ALONE.get(letter, 1.0) for letter in other]
    row = list(itertools.accumulate(added, initial=0.0))
    for letter in one:
        row = _row(row, letter, other, added)
        if min(row) > most:
            return math.inf
    return row[-1]


def _row(above: Sequence[float], letter: str, other: str, added: Sequence[float]) -> list[float]:
    """Return the costs of one letter more. ``added`` holds those of each letter of ``other``.

    The innermost loop of all that looks for words by their sound: plain comparisons, no calls.
    """
    lost, near = _ALONE.get(letter, 1.0), _APART.get(letter, _NOTHING_NEAR)
    diagonal = above[0]
    left = diagonal + lost
    row = [left]
    for second, more, over in zip(other, added, above[1:], strict=True):
        cost = diagonal if letter == second else diagonal + near.get(second, 1.0)
        if over + lost < cost:  # noqa: PLR1730 - a call costs more than all of this
            cost = over + lost
        if left + more < cost:  # noqa: PLR1730
            cost = left + more
        row.append(cost)
        diagonal, left = over, cost
    return row
