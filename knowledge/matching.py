"""Finding places and services in what a caller said, whatever the accents and near misses."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from common.french import Folded, fold, folded, sound_key

_MIN_SOUND = 5
_MIN_FUZZY_SOUND = 7
_MIN_RATIO = 88.0
_TWO = 2
_CORRECTION = re.compile(r"\b(?:non|pardon|plutot|enfin|je veux dire|je voulais dire)\b")
_REFUSED = re.compile(r"\bpas (?:(?:a|de|pour|dans) )?(?:(?:le|la|les|l|au|aux|du|des|un|une) )?$")
_JOINS = re.compile(
    r" (?:(?:et|ou|puis|plus) (?:aussi |puis |ou |bien )?|ainsi que )"
    r"(?:(?:pour|a|de|celui de|celle de|ceux de|celui|celle) )?"
    r"(?:(?:le|la|les|l|du|des|de|d|au|aux) ?){0,2}"
)
"""What stands between two places of one request."""
_LISTS = re.compile(r" (?:(?:le|la|les|l|du|des|de|d|au|aux) ?){0,2}")
_BETWEEN = re.compile(r"\bentre (?:(?:le|la|les|l) ?)?$")
_LANDMARK = re.compile(
    r"\b(?:depuis|a cote|pres|en face|derriere|devant|au dessus|le long|loin)"
    r"(?: (?:de|du|d|des))?(?: (?:le|la|les|l))?\s?$"
)


@dataclass(frozen=True)
class Named:
    """Something that callers name: its identifier and the words for it."""

    id: str
    names: tuple[str, ...]
    cues: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mention:
    """Where a text names something."""

    id: str
    surface: str
    start: int
    end: int
    by_name: bool


def phrase_pattern(phrase: str) -> str:
    """Return a regular expression for a phrase in folded text.

    Every word may be plural; a last word that ends in "*" stands for any ending.
    """
    stem = phrase.rstrip().endswith("*")
    words = fold(phrase).split()
    patterns = [rf"{re.escape(word)}(?:s|x)?" for word in words]
    if stem and words:
        patterns[-1] = re.escape(words[-1]) + r"\w*"
    return r"\b" + " ".join(patterns) + r"\b"


@lru_cache(maxsize=8192)
def phrase_matcher(phrase: str) -> re.Pattern[str]:
    """Return :func:`phrase_pattern` ready for use; most phrases of a town are rarely looked for."""
    return re.compile(phrase_pattern(phrase))


class Lexicon:
    """The names and cue words of a set of places or services."""

    def __init__(self, items: Iterable[Named], fallback: str) -> None:
        """``fallback`` is the item that yields to any other one named beside it."""
        self._fallback = fallback
        self._names: list[tuple[re.Pattern[str], str]] = []
        self._cues: list[tuple[re.Pattern[str], str]] = []
        self._unless: dict[str, list[re.Pattern[str]]] = {}
        self._sounds: list[tuple[tuple[str, ...], str]] = []
        for item in items:
            for name in item.names:
                self._names.append((phrase_matcher(name), item.id))
                self._add_sound(name, item.id)
            self._cues += [(phrase_matcher(cue), item.id) for cue in item.cues]
            self._unless[item.id] = [phrase_matcher(p) for p in item.unless]

    def find(
        self, text: str, *, cues: bool = True, excluded: Collection[str] = ()
    ) -> Mention | None:
        """Return what the caller means.

        A name counts more than a cue word, what comes after a correction more than what came
        before, what is sought more than a landmark beside it.
        """
        source = folded(text)
        mentions = self._all(source, self._names, by_name=True)
        if not mentions:
            mentions = self._by_sound(source)
        if cues:
            mentions += self._all(source, self._cues, by_name=False)
        mentions = [m for m in _longest(mentions) if m.id not in excluded]
        return self._choose(source, mentions)

    def find_joined(
        self, text: str, *, cues: bool = True, excluded: Collection[str] = ()
    ) -> tuple[str, ...]:
        """Return the ids of what a request names in a row ("la piscine et le musée"), in order;
        nothing where it names one thing only, or the second one as a correction or a landmark."""
        source = folded(text)
        mentions = self._all(source, self._names, by_name=True)
        if cues:
            mentions += self._all(source, self._cues, by_name=False)
        mentions = [m for m in _longest(mentions) if m.id not in excluded]
        row: list[Mention] = []
        joined = False
        for mention in mentions:
            if row and _JOINS.fullmatch(source.text[row[-1].end : mention.start]):
                row.append(mention)
                joined = True
            elif row and not joined and _listed(source, row[-1], mention):
                row.append(mention)
            elif not joined:
                row = [mention]
        before = source.text[: row[0].start] if row else ""
        beside = any(sign.search(before) for sign in (_LANDMARK, _BETWEEN, _REFUSED))
        found = tuple(dict.fromkeys(mention.id for mention in row))
        return found if joined and len(found) >= _TWO and not beside else ()

    def _add_sound(self, name: str, identifier: str) -> None:
        words = fold(name).split()
        if words and words[0] in ("le", "la", "les", "l", "au", "aux", "du", "des", "un", "a"):
            return
        keys = tuple(sound_key(word) for word in words)
        if len("".join(keys)) >= _MIN_SOUND:
            self._sounds.append((keys, identifier))

    def _all(
        self, source: Folded, terms: Sequence[tuple[re.Pattern[str], str]], *, by_name: bool
    ) -> list[Mention]:
        found: list[Mention] = []
        for pattern, identifier in terms:
            for match in pattern.finditer(source.text):
                if not self._is_something_else(source, identifier, match.start(), match.end()):
                    found.append(
                        Mention(
                            identifier,
                            source.surface(match.start(), match.end()),
                            match.start(),
                            match.end(),
                            by_name,
                        )
                    )
        return found

    def _is_something_else(self, source: Folded, identifier: str, start: int, end: int) -> bool:
        return any(
            match.start() <= start and end <= match.end()
            for pattern in self._unless[identifier]
            for match in pattern.finditer(source.text)
        ) or any(
            match.start() < end and start < match.end() and match.end() > end
            for pattern in self._unless[identifier]
            for match in pattern.finditer(source.text)
        )

    def _by_sound(self, source: Folded) -> list[Mention]:
        words = [(m.group(), m.start(), m.end()) for m in re.finditer(r"\S+", source.text)]
        keys = [sound_key(word) for word, _, _ in words]
        places: dict[str, list[int]] = defaultdict(list)
        for index, key in enumerate(keys):
            places[key[:1]].append(index)
        best: tuple[float, Mention] | None = None
        for sounds, identifier in self._sounds:
            for index in places.get(sounds[0][:1], ()):
                if index + len(sounds) > len(words):
                    break
                score = _likeness(sounds, keys[index : index + len(sounds)])
                if score <= 0 or (best is not None and score <= best[0]):
                    continue
                start, end = words[index][1], words[index + len(sounds) - 1][2]
                if self._is_something_else(source, identifier, start, end):
                    continue
                surface = source.surface(start, end)
                best = (score, Mention(identifier, surface, start, end, True))
        return [best[1]] if best else []

    def _choose(self, source: Folded, mentions: list[Mention]) -> Mention | None:
        wanted = [m for m in mentions if not _REFUSED.search(source.text[: m.start])]
        if not wanted:
            return mentions[-1] if mentions else None
        last = wanted[-1]
        corrected = any(
            m.end <= correction.start() and correction.end() <= last.start
            for m in wanted[:-1]
            for correction in _CORRECTION.finditer(source.text)
        )
        if corrected:
            return last
        return max(
            wanted,
            key=lambda m: (
                not _LANDMARK.search(source.text[: m.start]),
                m.by_name,
                m.id != self._fallback,
                m.start,
            ),
        )


def _listed(source: Folded, mention: Mention, following: Mention) -> bool:
    """True where only a comma stands between the two."""
    between = source.text[mention.end : following.start]
    return source.clause_ends_after(mention.end) and _LISTS.fullmatch(between) is not None


def _longest(mentions: Sequence[Mention]) -> list[Mention]:
    """In order, without those that lie inside a longer one."""
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (m.start - m.end, not m.by_name)):
        if all(mention.end <= other.start or mention.start >= other.end for other in kept):
            kept.append(mention)
    return sorted(kept, key=lambda m: m.start)


def _likeness(sounds: Sequence[str], heard: Sequence[str]) -> float:
    """Percentage of likeness; 0 when too different to be believed."""
    if tuple(sounds) == tuple(heard):
        return 100.0
    expected, got = " ".join(sounds), " ".join(heard)
    if len(expected) < _MIN_FUZZY_SOUND or not got or expected[0] != got[0]:
        return 0.0
    if any(a[:1] != b[:1] for a, b in zip(sounds, heard, strict=True)):
        return 0.0
    score = fuzz.ratio(expected, got)
    return score if score >= _MIN_RATIO else 0.0
