"""What people say to this town, by its sound: the phrases that a near miss may be.

Single words and runs of up to four that the town's example sentences have more than once, and the
town's own words. Compared with runs of what was heard, word by word as they sound alone, so that
the same words always sound the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from asr.phonemes import distance

_UNIT: Final = re.compile(r"(?:[^\W_]+['’])*[^\W_]+")
"""A word with what is elided before it: « l'école », « s'il »."""
_LONGEST: Final = 4
_SEEN: Final = (2, 2, 3, 3)
"""How often the sentences must have a phrase of one, two, … words."""
_FEWEST_SOUNDS: Final = 4
_FEWEST_HEARD: Final = 3


@dataclass(frozen=True)
class Unit:
    """One word of a text, as a span of its characters, with what is elided before it."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Near:
    """A phrase and the part of a text that it sounds like."""

    start: int
    end: int
    text: str
    apart: float
    """How many sounds differ; near ones count half."""

    def put_into(self, heard: str) -> str:
        """Return what was heard with the phrase in its place."""
        text = self.text
        before = heard[: self.start].rstrip()
        if heard[self.start].isupper() and (not before or before[-1] in ".!?…"):
            text = text[:1].upper() + text[1:]
        return heard[: self.start] + text + heard[self.end :]


def units(text: str) -> list[Unit]:
    """Return the words of a text."""
    return [Unit(match.start(), match.end(), match[0]) for match in _UNIT.finditer(text)]


class Phrases:
    """The phrases of one town. Thread-safe."""

    def __init__(
        self,
        sentences: Iterable[str],
        words: Iterable[str],
        sounds: Callable[[str], str],
        allowed: Callable[[str], bool],
    ) -> None:
        """Learn from sentences; ``words`` are phrases however seldom they are said.

        Args:
            sounds: gives the phonemes of one word.
            allowed: tells whether a word may be a part of a phrase.
        """
        self._sounds = sounds
        known = dict.fromkeys((*_frequent(sentences), *words))
        spoken = [
            (text, "".join(map(sounds, parts)))
            for text in known
            if all(map(allowed, parts := [unit.text for unit in units(text)]))
        ]
        different = {text.lower(): (text, heard) for text, heard in reversed(spoken)}
        kept = [pair for pair in different.values() if len(pair[1]) >= _FEWEST_SOUNDS]
        self._texts = [text for text, _ in kept]
        self._spoken = [heard for _, heard in kept]
        self._sizes = np.array([len(heard) for heard in self._spoken], dtype=np.float64)

    def near(self, heard: str, free: Callable[[Unit], bool], unlike: float) -> Iterator[Near]:
        """Yield the phrases that parts of a text sound like.

        Args:
            free: tells whether a word may be another one.
            unlike: share of the sounds of a phrase that may differ.
        """
        windows = list(self._windows(heard, free))
        if not windows or not self._texts:
            return
        rough = process.cdist(
            [sounds for _, _, sounds in windows],
            self._spoken,
            scorer=Levenshtein.distance,
            dtype=np.int32,
        )
        limits = np.floor(1.5 * unlike * self._sizes).astype(np.int32)
        close = np.divmod(np.flatnonzero(rough <= limits), len(self._texts))
        for at, of in zip(*(part.tolist() for part in close), strict=True):
            start, end, sounds = windows[at]
            if heard[start:end].lower() == self._texts[of].lower():
                continue
            most = unlike * float(self._sizes[of])
            apart = distance(sounds, self._spoken[of], most)
            if apart <= most:
                yield Near(start, end, self._texts[of], apart)

    def _windows(self, heard: str, free: Callable[[Unit], bool]) -> Iterator[tuple[int, int, str]]:
        """Yield the runs of words that may be a phrase, with their sounds."""
        said = units(heard)
        sounds = [self._sounds(unit.text) if free(unit) else None for unit in said]
        for first in range(len(said)):
            run = ""
            for last in range(first, min(first + _LONGEST, len(said))):
                part = sounds[last]
                if part is None:
                    break
                run += part
                if len(run) >= _FEWEST_HEARD:
                    yield said[first].start, said[last].end, run


def _frequent(sentences: Iterable[str]) -> Iterator[str]:
    """Yield the phrases that are said more than once, as they are written most often."""
    counts: dict[str, Counter[str]] = {}
    for sentence in sentences:
        said = [unit.text for unit in units(sentence)]
        for first in range(len(said)):
            for last in range(first + 1, min(first + _LONGEST, len(said)) + 1):
                phrase = " ".join(said[first:last])
                counts.setdefault(phrase.lower(), Counter())[phrase] += 1
    for phrase, written in counts.items():
        if written.total() >= _SEEN[phrase.count(" ")]:
            yield written.most_common(1)[0][0]
