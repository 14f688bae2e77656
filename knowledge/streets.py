"""Finding the street that a caller names, whatever recognition made of it.

A street is the kind of way ("rue") and its own words ("Lilas"). Callers leave out articles, confuse
rue and avenue, say only the last name; recognition misspells and splits. A near miss is believed
only when no other street is near.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from common.french import Folded, fold, folded, sound_key
from common.spelled import spelled

MIN_RATIO = 86.0
"""Percentage of likeness of what is heard and a street's sound."""
MIN_LEAD = 8.0
"""By which the best street must lead."""
NEAR = 62.0
"""Percentage of likeness of a street that is asked about: « Avez-vous dit … ? »."""
NEAR_ALONE = 76.0
"""The same where no kind of way was heard before it."""
_BEHIND = 20.0
"""By how much the next ones may be behind the nearest."""
MOST_NEAR = 3
_FEWEST_SOUNDS = 3
_MIN_SOUND = 4
_MAX_WORDS = 6
_SHORT_ANSWER = 5
_KINDS = {
    "rue": "rue", "ru": "rue", "r": "rue",
    "avenue": "avenue", "av": "avenue", "ave": "avenue",
    "boulevard": "boulevard", "bd": "boulevard", "bld": "boulevard", "blvd": "boulevard",
    "allee": "allee", "allees": "allee", "all": "allee",
    "place": "place", "pl": "place",
    "impasse": "impasse", "imp": "impasse",
    "chemin": "chemin", "che": "chemin",
    "quai": "quai", "route": "route", "rte": "route", "square": "square", "cours": "cours",
    "passage": "passage", "sentier": "sentier", "venelle": "venelle", "cite": "cite",
    "residence": "residence", "lotissement": "lotissement", "hameau": "hameau",
    "faubourg": "faubourg", "esplanade": "esplanade", "mail": "mail", "villa": "villa",
    "rond point": "rond point", "clos": "clos",
}  # fmt: skip
_SAID_WITHOUT_KIND = frozenset({"r", "ru", "pl", "all", "che", "cours", "mail", "villa", "cite"})
"""Mean something else too often to announce a street that the town does not have."""
_ARTICLES = frozenset({"de", "du", "des", "d", "la", "le", "les", "l", "a", "au", "aux"})
_WORDS = {
    "st": "saint", "ste": "sainte", "gal": "general", "dr": "docteur", "pdt": "president",
    "mal": "marechal", "cdt": "commandant",
    "premier": "1", "1er": "1", "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "six": "6",
    "sept": "7", "huit": "8", "neuf": "9", "dix": "10", "onze": "11", "douze": "12", "treize": "13",
    "quatorze": "14", "quinze": "15", "seize": "16",
}  # fmt: skip
_FILLERS = _ARTICLES | {
    "euh", "ben", "bah", "oui", "alors", "donc", "c", "est", "j", "habite", "je", "suis", "moi",
    "dans",
}  # fmt: skip
_KIND = re.compile(
    r"\b(?P<kind>" + "|".join(sorted(_KINDS, key=len, reverse=True)) + r")(?= (?P<rest>\S.*))"
)
_ENDS = frozenset({
    "c", "est", "s", "il", "vous", "et", "ou", "on", "quel", "quand", "pour", "ca", "y", "j", "je",
    "qui", "que", "passe", "passent", "sont", "svp", "merci", "non", "pardon", "euh", "enfin", "ce",
    "cette", "mon", "ma", "mes", "demain", "aujourd", "lundi", "mardi", "mercredi", "jeudi",
    "vendredi", "samedi", "dimanche",
})  # fmt: skip


_CORRECTION = re.compile(r"\b(?:non|pardon|plutot|enfin|euh|pas|je veux dire)\b")


@dataclass(frozen=True)
class StreetMention:
    """What the caller named."""

    surface: str
    street: str | None
    """As the town writes it; None: a street that is not in the list."""
    group: str = ""
    """What the street belongs to."""
    doubtful: bool = False
    """Its kind is another one, or several streets were named and none taken back."""


@dataclass(frozen=True)
class _Street:
    name: str
    group: str
    kind: str
    words: tuple[str, ...]
    sound: str


class StreetLexicon:
    """The streets of a town, each belonging to one group (a collection sector)."""

    def __init__(self, streets: Iterable[tuple[str, str]]) -> None:
        """``streets`` are names with their groups."""
        self._streets = tuple(_street(name, group) for name, group in streets)
        self._by_words: dict[tuple[str, ...], list[_Street]] = defaultdict(list)
        last: dict[str, list[_Street]] = defaultdict(list)
        for street in self._streets:
            self._by_words[street.words].append(street)
            last[street.words[-1]].append(street)
        self._by_last: Mapping[str, _Street] = {
            word: found[0] for word, found in last.items() if len(found) == 1
        }

    def find(self, text: str) -> StreetMention | None:
        """Return the street that is named; of several the last one, which corrects the first."""
        source = folded(text)
        matches = reversed(list(_KIND.finditer(source.text)))
        mentions = [found for match in matches if (found := self._after_kind(source, match))]
        known = [mention for mention in mentions if mention.street is not None]
        if known:
            several = len({mention.street for mention in known}) > 1
            doubtful = several and _CORRECTION.search(source.text) is None
            return replace(known[0], doubtful=known[0].doubtful or doubtful)
        unknown = mentions[0] if mentions else None
        return self._without_kind(source) or self._spelled(text) or unknown

    def near(self, text: str, *, answers: bool) -> tuple[str, ...]:
        """Return the streets that may have been named, the likeliest first.

        ``answers``: the text answers a question of ours, so that it need not say « rue ».
        """
        scored: dict[str, float] = {}
        for heard, least in self._candidates(folded(text).text, answers=answers):
            for street in self._streets:
                score = fuzz.ratio(street.sound, heard, score_cutoff=least)
                scored[street.name] = max(score, scored.get(street.name, 0.0))
        ranking = sorted(scored.items(), key=lambda item: -item[1])
        least = max(NEAR, ranking[0][1] - _BEHIND) if ranking else NEAR
        return tuple(name for name, score in ranking if score >= least)[:MOST_NEAR]

    def _candidates(self, source: str, *, answers: bool) -> Iterator[tuple[str, float]]:
        """Yield the sounds of what may be a street's own words, and how like they must be."""
        for match in _KIND.finditer(source):
            for heard in _beginnings([word for word, _ in _tokens(source, match.end() + 1)]):
                yield heard, NEAR
        if not answers:
            return
        words = [word for word, _ in _tokens(source, 0, stop=False) if word not in _FILLERS]
        if len(words) <= _SHORT_ANSWER:
            for first in range(len(words)):
                for heard in _beginnings(words[first:]):
                    yield heard, NEAR_ALONE
        if word := spelled(source):
            yield sound_key(word), NEAR

    def _after_kind(self, source: Folded, match: re.Match[str]) -> StreetMention | None:
        kind = _KINDS[match["kind"]]
        tokens = _tokens(source.text, match.end() + 1)
        words = [word for word, _ in tokens]
        for count in range(len(tokens), 0, -1):
            found = self._exact(kind, words[:count])
            if found is not None:
                mention = _mention(source, match.start(), tokens[count - 1][1], found)
                return replace(mention, doubtful=found.kind != kind)
        best = self._likely(kind, words)
        if best is not None:
            street, count = best
            return _mention(source, match.start(), tokens[count - 1][1], street)
        if not words or match["kind"] in _SAID_WITHOUT_KIND:
            return None
        end = tokens[_own_words(words) - 1][1]
        return StreetMention(source.surface(match.start(), end), None)

    def _exact(self, kind: str, words: Sequence[str]) -> _Street | None:
        same = self._by_words.get(tuple(words), [])
        found = next((street for street in same if street.kind == kind), None)
        if found is None and len(same) == 1:
            return same[0]
        if found is None and len(words) == 1 and len(words[0]) >= _MIN_SOUND:
            return self._by_last.get(words[0])
        return found

    def _likely(self, kind: str, words: Sequence[str]) -> tuple[_Street, int] | None:
        """The street that sounds like the first words, and how many of them it takes."""
        scored: dict[str, tuple[float, _Street, int]] = {}
        for count in range(1, len(words) + 1):
            heard = _sound(words[:count])
            if len(heard) < _MIN_SOUND:
                continue
            for street in self._streets:
                score = _likeness(street, heard) - (0.0 if street.kind == kind else 4.0)
                if score > scored.get(street.name, (0.0,))[0]:
                    scored[street.name] = (score, street, count)
        ranking = sorted(scored.values(), key=lambda item: -item[0])
        if not ranking or ranking[0][0] < MIN_RATIO:
            return None
        if len(ranking) > 1 and ranking[0][0] - ranking[1][0] < MIN_LEAD:
            return None
        return ranking[0][1], ranking[0][2]

    def _spelled(self, text: str) -> StreetMention | None:
        """A street whose own words, or the last of them, are spelled."""
        word = spelled(text)
        same = self._by_words.get((word,), [])
        found = same[0] if len(same) == 1 else self._by_last.get(word)
        return StreetMention(text, found.name, found.group) if found is not None else None

    def _without_kind(self, source: Folded) -> StreetMention | None:
        """A street of several words anywhere, any street as a short answer ("aux Lilas")."""
        tokens = _tokens(source.text, 0, stop=False)
        words = [word for word, _ in tokens]
        for start in range(len(words)):
            for count in range(min(_MAX_WORDS, len(words) - start), 1, -1):
                same = self._by_words.get(tuple(words[start : start + count]), [])
                if len(same) == 1:
                    end = tokens[start + count - 1][1]
                    begin = tokens[start][1] - len(words[start])
                    return _mention(source, max(begin, 0), end, same[0])
        if len(source.text.split()) > _SHORT_ANSWER:
            return None
        own = [word for word in words if word not in _FILLERS]
        same = self._by_words.get(tuple(own), []) if own else []
        return (
            StreetMention(source.original, same[0].name, same[0].group) if len(same) == 1 else None
        )


def same_street(name: str) -> str:
    """Return what two spellings of one street have in common."""
    street = _street(name, "")
    return f"{street.kind} {' '.join(street.words)}"


def _street(name: str, group: str) -> _Street:
    folded_name = fold(name)
    match = _KIND.match(folded_name)
    kind = _KINDS[match["kind"]] if match else ""
    rest = match["rest"] if match else folded_name
    words = tuple(_WORDS.get(word, word) for word in rest.split() if word not in _ARTICLES)
    words = words or tuple(rest.split())
    return _Street(name, group, kind, words, _sound(words))


def _tokens(text: str, start: int, *, stop: bool = True) -> list[tuple[str, int]]:
    """The next own words of a name, and where each ends."""
    found: list[tuple[str, int]] = []
    for match in re.compile(r"\S+").finditer(text, start):
        word = match.group()
        if stop and (word in _ENDS or len(found) == _MAX_WORDS):
            break
        if word not in _ARTICLES:
            found.append((_WORDS.get(word, word), match.end()))
    return found


def _own_words(words: Sequence[str]) -> int:
    """How many words to repeat of a street that is not known: its name is rarely longer."""
    return min(len(words), 2)


def _sound(words: Sequence[str]) -> str:
    return "".join(sound_key(word) for word in words)


def _beginnings(words: Sequence[str]) -> Iterator[str]:
    """Yield the sounds of the first word, of the first two, and so on."""
    for count in range(1, len(words) + 1):
        heard = _sound(words[:count])
        if len(heard) >= _FEWEST_SOUNDS:
            yield heard


def _likeness(street: _Street, heard: str) -> float:
    if not street.sound or street.sound[0] != heard[0] or len(street.sound) < _MIN_SOUND:
        return 0.0
    return fuzz.ratio(street.sound, heard)


def _mention(source: Folded, start: int, end: int, street: _Street) -> StreetMention:
    return StreetMention(source.surface(start, end), street.name, street.group)
