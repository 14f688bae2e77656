"""French text compared without accents, case or punctuation.

:func:`fold` serves comparison only; :class:`Folded` also leads back from the folded text to the
words as they were written or recognised.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_BETWEEN_WORDS = re.compile(r"[\W_]+")
_LIGATURES = {"œ": "oe", "æ": "ae", "ß": "ss"}


@dataclass(frozen=True)
class Folded:
    """A folded text whose every character knows where it comes from."""

    text: str
    """Lower case, without accents; words separated by single spaces."""
    original: str
    offsets: tuple[int, ...]
    """For each character of ``text``, its index in ``original``."""

    def surface(self, start: int, end: int) -> str:
        """Return the original words behind ``text[start:end]``; '' for an empty span."""
        if end <= start:
            return ""
        return self.original[self.offsets[start] : self.offsets[end - 1] + 1]

    def clause_ends_after(self, end: int) -> bool:
        """True when punctuation or the end of the text follows ``text[:end]``."""
        if end >= len(self.text):
            return True
        between = self.original[self.offsets[end - 1] + 1 : self.offsets[end] + 1]
        return any(mark in between for mark in ",.;:!?…")


def folded(text: str) -> Folded:
    """Fold ``text``, keeping the way back to it."""
    characters: list[str] = []
    offsets: list[int] = []
    for index, character in enumerate(text):
        for part in _plain(character):
            if part.isalnum():
                characters.append(part)
                offsets.append(index)
            elif characters and characters[-1] != " ":
                characters.append(" ")
                offsets.append(index)
    if characters and characters[-1] == " ":
        characters.pop()
        offsets.pop()
    return Folded("".join(characters), text, tuple(offsets))


@lru_cache(maxsize=2048)
def _plain(character: str) -> str:
    """Return one character in lower case, without accents, as one or several."""
    low = character.lower()
    plain = unicodedata.normalize("NFKD", _LIGATURES.get(low, low)).lower()
    parts = unicodedata.normalize("NFKD", plain)
    return "".join(part for part in parts if not unicodedata.combining(part))


@lru_cache(maxsize=16384)
def fold(text: str) -> str:
    """Return ``text`` in lower case, without accents or punctuation, words one space apart."""
    return _BETWEEN_WORDS.sub(" ", "".join(map(_plain, text))).strip()


_SOUNDS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(?<=[aeiouy])s(?=[aeiouy])", "z"),
        (r"ph", "f"),
        (r"th", "t"),
        (r"sch|sh", "ch"),
        (r"sc(?=[eiy])", "s"),
        (r"qu|ck|q", "k"),
        (r"c(?=[eiy])", "s"),
        (r"c(?!h)", "k"),
        (r"g(?=[eiy])", "j"),
        (r"eau|au", "o"),
        (r"ai|ei|ay|ey", "e"),
        (r"y", "i"),
        (r"(?<!c)h", ""),
        (r"n(?=[bmp])", "m"),
        (r"(.)\1+", r"\1"),
        (r"(?<=..)(?:er|ez)$", "e"),
        (r"(?<=..)[sxtdz]+$", ""),
        (r"(?<=..)e$", ""),
    )
)


@lru_cache(maxsize=8192)
def sound_key(word: str) -> str:
    """Return a rough key of how a folded word sounds, for comparing recognition near misses."""
    key = word
    for pattern, replacement in _SOUNDS:
        key = pattern.sub(replacement, key)
    return key


_SENTENCE_END = re.compile(r"(?<=[.!?…])[»\"]?\s+(?=[«\"]?\s?[A-ZÀÂÇÉÈÊËÎÏÔÙÛÜŒ0-9])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:M|MM|Mme|Mlle|Dr|St|Ste|av|bd|tél|art|cf|ex|p|n)|\b[A-Z])\.$", re.IGNORECASE
)


def split_sentences(text: str) -> list[str]:
    """Split written French into sentences, in order, without losing a word.

    Abbreviations ("M. Martin"), decimals and web addresses do not end a sentence.
    """
    sentences: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        sentence = text[start : match.end()].strip()
        if not sentence or _ABBREVIATION.search(text[start : match.start()].strip()):
            continue
        sentences.append(sentence)
        start = match.end()
    rest = text[start:].strip()
    if rest:
        sentences.append(rest)
    return sentences
