"""Acronyms of the town as people say them: « CCAS » is « cécas », or four letters.

The recogniser writes one that it does not know by its sound ("au cas", "au cé casse") and finds its
letters unlikely whatever was said, so it is not asked: an acronym is proposed where it sounds
nearly like what was heard and is far likelier in the town's sentences. Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from asr.phonemes import distance
from asr.repair import KEPT, Rival, Sounds
from asr.vocabulary import ACRONYM, Vocabulary
from asr.wording import Wording
from common.french import fold

_AS_WORD: Final = re.compile(r"(?P<letters>[^AEIOUY]*?)(?P<word>[^AEIOUY]?[AEIOUY][A-Z]+)")
"""The first letters by their names, the rest read: « cé-cas », « pacs »."""
_LONGEST: Final = 5
"""Words of what was heard that may be one."""
_WORD: Final = re.compile(r"[^\W_]+")
_CLAUSE_END: Final = re.compile(r"[,;:.?!…]")


@dataclass(frozen=True)
class AcronymSettings:
    """What counts how much. Likelihoods in nats."""

    unlike: float = 0.2
    """Share of the sounds of an acronym that may differ."""
    fewest_sounds: int = 4
    """A reading of fewer sounds must be heard just so."""
    gain: float = 6.5
    """By which it must be likelier: the sentences know few of the words that people use."""
    weight: float = 0.6
    """Of a nat of that, beside one of the model's."""
    sound_cost: float = 2.5
    """Nats that a sound that differs costs."""


@dataclass(frozen=True)
class _Reading:
    acronym: str
    sounds: str


@dataclass(frozen=True)
class _Said:
    """Some words of what was heard, as a span of its characters."""

    start: int
    end: int
    sounds: str


class Acronyms:
    """The acronyms of one town. Thread-safe."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        sounds: Sounds,
        wording: Wording,
        settings: AcronymSettings | None = None,
    ) -> None:
        self._sounds = sounds
        self._wording = wording
        self._settings = settings or AcronymSettings()
        self._known = vocabulary.acronyms()
        self._readings = [
            _Reading(acronym, heard)
            for acronym in sorted(self._known)
            for heard in dict.fromkeys(map(self._joined, _readings(acronym)))
        ]

    def in_text(self, heard: str) -> Counter[str]:
        """Return the known acronyms in a text, and how often it has them."""
        return Counter(found for found in ACRONYM.findall(heard) if found in self._known)

    def rivals(self, heard: str) -> Iterator[Rival]:
        """Yield what was heard with an acronym in it, not to be compared by its sound."""
        windows = list(self._windows(heard))
        if not windows or not self._readings:
            return
        spoken = [reading.sounds for reading in self._readings]
        rough = process.cdist(
            [window.sounds for window in windows], spoken, scorer=Levenshtein.distance
        )
        limits = np.array([2 * self._settings.unlike * len(sounds) for sounds in spoken])
        for at, of in zip(*np.nonzero(rough <= limits), strict=True):
            margin = self._margin(heard, windows[at], self._readings[of])
            if margin is not None:
                window, acronym = windows[at], self._readings[of].acronym
                text = heard[: window.start] + acronym + heard[window.end :]
                yield Rival(text, margin, heard)

    def _margin(self, heard: str, window: _Said, reading: _Reading) -> float | None:
        """Return by how much an acronym is likelier, None where it is not likely enough."""
        s = self._settings
        few = len(reading.sounds) < s.fewest_sounds
        most = 0.0 if few else s.unlike * len(reading.sounds)
        apart = distance(window.sounds, reading.sounds, most)
        if apart > most:
            return None
        start, end = _clause(heard, window.start, window.end)
        before, after = heard[start : window.start], heard[window.end : end]
        gain = self._wording.likelihood(before + reading.acronym + after)
        gain -= self._wording.likelihood(heard[start:end])
        return s.weight * gain - s.sound_cost * apart if gain >= s.gain else None

    def _windows(self, heard: str) -> Iterator[_Said]:
        """Yield the runs of words that may be an acronym."""
        words = [(match.start(), match.end()) for match in _WORD.finditer(heard)]
        free = [self._is_free(heard[start:end]) for start, end in words]
        for first, (start, _) in enumerate(words):
            for last in range(first, min(first + _LONGEST, len(words))):
                if not free[last]:
                    break
                end = words[last][1]
                yield _Said(start, end, self._joined(heard[start:end].lower()))

    def _is_free(self, word: str) -> bool:
        """Tell whether a word may be a part of an acronym."""
        return word not in self._known and fold(word) not in KEPT and not word.isdecimal()

    def _joined(self, text: str) -> str:
        return self._sounds.of(text).replace(" ", "")


def _readings(acronym: str) -> Iterator[str]:
    """Yield how an acronym may be said, as French spells the sound."""
    yield " ".join(acronym)
    match = _AS_WORD.fullmatch(acronym)
    if match is not None:
        read = _sounded(match["word"])
        yield f"{' '.join(match['letters'])} {read}"
        yield read
        yield acronym.lower()


def _sounded(word: str) -> str:
    """Return a word with its last consonant heard: « casse » for « cas »."""
    return word.lower() + ("" if word[-1] in "AEIOUY" else "se" if word[-1] == "S" else "e")


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span between the punctuation marks around a span."""
    marks = [match.start() for match in _CLAUSE_END.finditer(text)]
    return (
        max((mark + 1 for mark in marks if mark < start), default=0),
        min((mark for mark in marks if mark >= end), default=len(text)),
    )
