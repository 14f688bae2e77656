"""Word error rate on normalised French.

Both sides are normalised the same way before words are compared:

- lower case; punctuation, hyphens and apostrophes separate words ("l'école" is two words);
- figures become words ("8 h 30" and "huit heures trente" are equal, so are "1er" and "premier");
- a few written shortcuts are spelt out ("M.", "Mme", "€", "%", "n°");
- hesitations ("euh", "hum") are dropped;
- accents are kept: "a" and "à", "marche" and "marché" are different words. Only the ligatures
  "œ" and "æ" are opened.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from num2words import num2words
from rapidfuzz.distance import Levenshtein

_HESITATIONS = frozenset({"euh", "heu", "euhm", "hum", "hm", "hmm", "mm", "mmm"})
_SHORTCUTS = (
    (re.compile(r"\bmme\b\.?"), "madame"),
    (re.compile(r"\bmlle\b\.?"), "mademoiselle"),
    (re.compile(r"\bm\.(?=\s)"), "monsieur"),
    (re.compile(r"\bn°\s*"), "numéro "),
    (re.compile(r"\s*€"), " euros"),
    (re.compile(r"\s*%"), " pour cent"),
    (re.compile(r"&"), " et "),
)
_TELEPHONE = re.compile(r"\b0\d(?:[ .]?\d\d){4}\b")
_ORDINAL = re.compile(r"\b(\d{1,4})\s?(er|ère|ere|re|e|è|ème|eme|ième|ieme)\b")
_HOUR = re.compile(r"\b([01]?\d|2[0-4])\s?(?:h|:)\s?([0-5]\d)\b")
_FULL_HOUR = re.compile(r"\b([01]?\d|2[0-4])\s?h\b")
_THOUSANDS = re.compile(r"(?<=\d)[   ](?=\d{3}\b)")
_DECIMAL = re.compile(r"\b(\d+)[.,](\d+)\b")
_NUMBER = re.compile(r"\d+")
_NOT_WORD = re.compile(r"[^\w\s]|_")
_LARGEST = 12
"""Digits beyond which a number is read digit by digit."""


def _spoken(digits: str) -> str:
    if len(digits) > _LARGEST:
        return " ".join(str(num2words(int(digit), lang="fr")) for digit in digits)
    zeros = len(digits) - len(digits.lstrip("0")) if int(digits) else len(digits) - 1
    return "zéro " * zeros + str(num2words(int(digits), lang="fr"))


def _ordinal(match: re.Match[str]) -> str:
    if match[1] == "1":
        return "première" if match[2] in {"ère", "ere", "re"} else "premier"
    return str(num2words(int(match[1]), lang="fr", to="ordinal"))


def _hours(digits: str) -> str:
    word = "une" if int(digits) == 1 else _spoken(str(int(digits)))
    return f"{word} heure{'s' if int(digits) > 1 else ''}"


def _clock(match: re.Match[str]) -> str:
    minutes = int(match[2])
    return _hours(match[1]) + (f" {_spoken(str(minutes))}" if minutes else "")


def _by_pairs(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match[0])
    return " ".join(_spoken(digits[i : i + 2]) for i in range(0, len(digits), 2))


def words(text: str) -> list[str]:
    """Return the normalised words of a French text."""
    text = unicodedata.normalize("NFC", text).lower().replace("œ", "oe").replace("æ", "ae")
    text = _TELEPHONE.sub(_by_pairs, text)
    for pattern, replacement in _SHORTCUTS:
        text = pattern.sub(replacement, text)
    text = _ORDINAL.sub(_ordinal, text)
    text = _HOUR.sub(_clock, text)
    text = _FULL_HOUR.sub(lambda match: _hours(match[1]), text)
    text = _THOUSANDS.sub("", text)
    text = _DECIMAL.sub(lambda match: f"{_spoken(match[1])} virgule {_spoken(match[2])}", text)
    text = _NUMBER.sub(lambda match: f" {_spoken(match[0])} ", text)
    return [word for word in _NOT_WORD.sub(" ", text).split() if word not in _HESITATIONS]


@dataclass(frozen=True)
class WordErrors:
    """Edits needed to turn what was heard into what was said, in words."""

    edits: int
    said: int


def compare(said: str, heard: str) -> WordErrors:
    """Count the word errors of one sentence."""
    reference = words(said)
    return WordErrors(Levenshtein.distance(reference, words(heard)), len(reference))


def rate(sentences: Iterable[WordErrors]) -> float | None:
    """Return all edits over all words said, or None when nothing was said."""
    counted = list(sentences)
    said = sum(sentence.said for sentence in counted)
    return sum(sentence.edits for sentence in counted) / said if said else None
