"""How French words sound, by espeak-ng as Piper ships it, and how unlike two of them sound.

What a telephone line blurs counts half: voiced and unvoiced, e and é, m and n, an r that is lost.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache

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
_NEAR = frozenset(frozenset(pair) for pair in _PAIRS.split())
_WEAK = frozenset("ʁljhwɥ")
"""Lost or added easily at the end of a syllable."""
_HALF = 0.5


class Phonemes:
    """French text to phonemes, one letter each, words one space apart. Thread-safe."""

    def of(self, text: str) -> str:
        """Return the phonemes of ``text``; '' when nothing in it is spoken."""
        return _phonemes(text)


@lru_cache(maxsize=1)
def _espeak() -> EspeakPhonemizer:
    return EspeakPhonemizer()


@lru_cache(maxsize=4096)
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


def distance(one: str, other: str) -> float:
    """Return how many sounds differ; near ones count half. Spaces do not count."""
    one, other = one.replace(" ", ""), other.replace(" ", "")
    row = [0.0]
    for letter in other:
        row.append(row[-1] + _alone(letter))
    for first in one:
        above, row = row, [row[0] + _alone(first)]
        for at, second in enumerate(other):
            row.append(
                min(
                    above[at] + _apart(first, second),
                    above[at + 1] + _alone(first),
                    row[at] + _alone(second),
                )
            )
    return row[-1]


def _alone(letter: str) -> float:
    return _HALF if letter in _WEAK else 1.0


def _apart(one: str, other: str) -> float:
    if one == other:
        return 0.0
    return _HALF if frozenset((one, other)) in _NEAR else 1.0
