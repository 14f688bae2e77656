"""Telephone numbers read again in words.

The recogniser writes numbers in figures, and figures hide their sound: it takes « soixante-sept »
for 77 as easily as for 67. Asked how likely it finds « zéro six, soixante-sept, … » for the same
sound, it knows better. So what it wrote, its other hypotheses and the numbers that differ from them
by a usual mistake are written out as they may have been said, and the likeliest one wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from common.dictatednumbers import FULL, digits_of
from common.frenchnumbers import FrenchNumber, french_number, in_pairs

Likelihoods: TypeAlias = Callable[[Sequence[str]], Sequence[float]]
"""Says how likely the model finds each text for one sound, in nats."""

_FIGURES: Final = re.compile(r"[0-9](?:.*[0-9])?")
_TENS: Final = {"6": "7", "7": "6", "8": "9", "9": "8"}
"""« soixante-dix-sept » and « soixante-sept », « quatre-vingt-onze » and « quatre-vingt-un »."""
_UNITS: Final = {
    "2": ("12",), "3": ("13",), "6": ("16",), "12": ("02", "10"), "13": ("03", "16"),
    "16": ("13", "06"), "11": ("12",),
}  # fmt: skip
_FIGURE: Final = re.compile(r"[0-9]+")
_INSTEAD: Final = re.compile(r"\b(?:pas|au lieu)\b", re.IGNORECASE)
"""Of two numbers around it, or after it, one is wrong: they are not the same."""
_ECHO: Final = re.compile(r"([0-9]{2})[ ,.]+[0-9](?![0-9])")
"""A pair, and what is left of it said again."""
_LONGEST: Final = 120
"""Letters of a text in which a number is looked for."""
_PAIR: Final = 2
_MOST_PAIRS: Final = 6
_CORRECTING: Final = re.compile(r"\b(?:non|pardon|erreur|plut[oô]t)\b", re.IGNORECASE)


@dataclass(frozen=True)
class DictatedSettings:
    """How far to look. Likelihoods in nats."""

    most_heard: int = 3
    """Numbers among the hypotheses that are written out."""
    most_changed: int = 14
    """Numbers that differ from the likeliest of them by one mistake."""
    rounds: int = 2
    """How many mistakes may be put right."""
    lead: float = 4.0
    """By how much a number must be likelier than what was heard."""
    letter: float = 0.4
    """What each letter makes up for: a longer text is less likely only for being longer."""


class Dictated:
    """Reads numbers again. Thread-safe."""

    def __init__(self, settings: DictatedSettings | None = None) -> None:
        self._settings = settings or DictatedSettings()

    def again(self, hypotheses: Sequence[str], likelihoods: Likelihoods) -> str:
        """Return the first of ``hypotheses``, with the number in it that is likeliest.

        So with a few pairs of one, and with one that is corrected as it is said.
        """
        heard = hypotheses[0]
        figures = _FIGURES.search(heard)
        if figures is None or len(heard) > _LONGEST:
            return heard
        numbers = whole(hypotheses)[: self._settings.most_heard]
        if not numbers or _CORRECTING.search(figures[0]):
            return self._pairs(heard, likelihoods)
        sound = _Sound(heard[: figures.start()], likelihoods, self._settings.letter)
        known = digits_of(heard)
        if 0 < len(known) < FULL:  # what follows a part may be made up
            numbers.append(known)
        found = self._likeliest(known, numbers, sound)
        if found == known:
            return heard if exists(known) else self._pairs(heard, likelihoods)
        return heard[: figures.start()] + written(found) + heard[figures.end() :]

    def _pairs(self, heard: str, likelihoods: Likelihoods) -> str:
        """Return a text with some pairs of a number, of which one may have been another."""
        s = self._settings
        pairs = [figure for figure in _FIGURE.findall(heard) if len(figure) == _PAIR]
        differ = len(pairs) == _PAIR and _INSTEAD.search(heard) is not None
        if differ:
            heard = _ECHO.sub(r"\1", heard)
        if not 0 < len(pairs) <= _MOST_PAIRS or len(_FIGURE.findall(heard)) > len(pairs) + 1:
            return heard
        possible = [
            other for other in (pairs, *_one_changed(pairs)) if not differ or len({*other}) > 1
        ]
        if possible in ([], [pairs]):
            return heard
        texts = [_with_pairs(heard, other, in_pairs) for other in possible]
        scores = [
            score + s.letter * len(text)
            for score, text in zip(likelihoods(texts), texts, strict=True)
        ]
        score, best = max(zip(scores, possible, strict=True))
        if possible[0] == pairs and score < scores[0] + s.lead:
            return heard
        return _with_pairs(heard, best, str)

    def _likeliest(self, known: str, numbers: Sequence[str], sound: _Sound) -> str:
        s = self._settings
        ways = range(len(forms(numbers[0])))
        spoken = sound.spoken((number, way) for number in numbers for way in ways)
        best = max(spoken)
        own = max((said for said in spoken if said.number == known), default=best)
        if best.score < own.score + s.lead:
            best = own
        for _ in range(s.rounds if len(best.number) == FULL else 0):
            others = list(filter(exists, dict.fromkeys(changed(best.number))))[: s.most_changed]
            other = max(sound.spoken((number, best.way) for number in others), default=best)
            if other.score < best.score + s.lead:
                break
            best = other
        return best.number


@dataclass(frozen=True, order=True)
class _Spoken:
    """A number, said in one of its forms."""

    score: float
    """Nats; comparable for one sound."""
    number: str
    way: int


@dataclass(frozen=True)
class _Sound:
    """One utterance, and what was said in it before the number."""

    before: str
    likelihoods: Likelihoods
    letter: float

    def spoken(self, said: Iterable[tuple[str, int]]) -> list[_Spoken]:
        """Return how likely it is that each number was said in this way."""
        numbers = list(said)
        if not numbers:
            return []
        texts = [f"{self.before}{forms(number)[way]}." for number, way in numbers]
        found = self.likelihoods(texts)
        return [
            _Spoken(score + self.letter * len(text), *pair)
            for score, text, pair in zip(found, texts, numbers, strict=True)
        ]


def written(digits: str) -> str:
    """Return a number in figures: « 06 12 34 56 78 »."""
    return " ".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def forms(digits: str) -> tuple[str, ...]:
    """Return the ways to say a number: in pairs, then digit by digit from some pair on."""
    singles = [", ".join(in_pairs(digit) for digit in digits[at:]) for at in (0, 2, 6)]
    pairs = ["", in_pairs(digits[:2]), in_pairs(digits[:6])]
    mixed = [f"{pair}, {single}".lstrip(", ") for pair, single in zip(pairs, singles, strict=True)]
    return (in_pairs(digits), *mixed)


def changed(digits: str) -> Iterator[str]:
    """Yield the numbers that differ by one usual mistake, the most usual first."""
    pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
    yield from map("".join, _one_changed(pairs))


def _confused(pair: str) -> Iterator[str]:
    tens, unit = pair[0], pair[1]
    if tens in _TENS:
        yield _TENS[tens] + unit
    if tens == "4":
        yield "8" + unit
        yield "9" + unit
    if tens in "89":
        yield "4" + unit
    yield from _UNITS.get(pair.lstrip("0") or "0", ())
    if tens in "2345678" and unit in "01":
        yield tens + "10"[int(unit)]


def _one_changed(pairs: Sequence[str]) -> Iterator[list[str]]:
    for at, pair in enumerate(pairs):
        for other in _confused(pair):
            yield [*pairs[:at], other, *pairs[at + 1 :]]


def _with_pairs(text: str, pairs: Iterable[str], put: Callable[[str], str]) -> str:
    """Return a text with other pairs in the place of its own."""
    rest = iter(pairs)
    return _FIGURE.sub(lambda found: put(next(rest) if len(found[0]) == _PAIR else found[0]), text)


def split(digits: str) -> Iterator[str]:
    """Yield the whole numbers of which a part was run together: 78 for « soixante, dix-huit »."""
    if len(digits) != FULL - 2:
        return
    pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
    for at, pair in enumerate(pairs):
        if pair[0] in "79":
            parts = f"{int(pair[0]) - 1}01{pair[1]}"
            yield "".join([*pairs[:at], parts, *pairs[at + 1 :]])


def exists(digits: str) -> bool:
    """Tell whether somebody in France may have this number."""
    return len(digits) == FULL and isinstance(french_number(digits), FrenchNumber)


def whole(hypotheses: Iterable[str]) -> list[str]:
    """Return the different whole numbers that were heard, the likeliest first."""
    found: dict[str, None] = {}
    for text in hypotheses:
        digits = digits_of(text)
        found.update(dict.fromkeys(number for number in (digits, *split(digits)) if exists(number)))
    return list(found)
