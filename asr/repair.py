"""Near misses of the recogniser and the words of the town, or days, that they sound like.

Pure: proposes other readings of what was heard; the engine then asks the model how likely it finds
each one for the same sound, so that a word is put right only where it was all but heard. Nothing is
proposed that is not a word of the town, a day or a usual answer, and yes, no, negations and numbers
are only proposed, or given up, where the open question asks for them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from asr.daywords import DAY_PHRASES, MONTHS
from asr.phonemes import distance
from asr.vocabulary import ANSWERS, DAY, NUMBER, STREET, YES_NO, Vocabulary
from common.french import fold, sound_key

MOST_RIVALS: Final = 6
_ROUNDING: Final = 1e-6
"""What a limit as a product of floating point may lack."""
_WINDOWS_EACH = 2
"""Where a word of ours may be put: with a neighbouring word of what was heard, or without it."""

_WORD = re.compile(r"[^\W_]+")
_ARTICLE = re.compile(r"^(?:(?:les?|la|aux?|du|des?|une?)\s+|[ld]['’]\s*)", re.IGNORECASE)
_NUMBERS = (
    "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize "
    "vingt trente quarante cinquante soixante cent mille"
)
_DECISIVE = "oui ouais non nan si pas plus jamais rien aucun aucune ni sans ne n"
KEPT: Final = frozenset(f"{_DECISIVE} {_NUMBERS}".split())
"""Words whose loss or gain turns the meaning round."""
_FOLDED_ANSWERS: Final = frozenset(fold(answer) for answer in ANSWERS)
_REFUSAL: Final = "non merci"
"""The one answer that is put right whatever was asked: many calls end with it."""
_SAID: Final = frozenset(("oui", "ouais", "non", "nan"))
"""Whoever begins with one of these has answered."""
_LONGEST_ANSWER: Final = 5
"""Words of a text that may be a usual answer misheard."""


class Sounds(Protocol):
    """Gives the phonemes of French text, one letter each."""

    def of(self, text: str) -> str: ...


@dataclass(frozen=True)
class RepairSettings:
    """By how much the model may find what was heard likelier, and how unlike the sounds may be."""

    town_margin: float = 5.0
    town_closeness: float = 25.0
    """Added to it, times the share of the sounds by which a word is nearer than it need be."""
    short_margin: float = 0.5
    """For words of few sounds, which have many neighbours."""
    street_margin: float = 4.0
    street_closeness: float = 25.0
    """Added to it, times the share of the sounds by which a street is nearer than it need be."""
    day_margin: float = 3.0
    asked_day_margin: float = 6.0
    """For a day that was asked for."""
    named_margin: float = 8.0
    """For the days and words of the town of another hypothesis."""
    other_hypotheses: int = 2
    """Of which what sounds like a word of the town is proposed too."""
    answer_margin: float = 5.0
    town_unlike: float = 0.3
    """Share of the sounds of the town's word that may differ."""
    street_unlike: float = 0.5
    day_unlike: float = 0.35
    asked_day_unlike: float = 0.45
    most_days: int = 3
    """Days that are proposed for one text."""
    answer_unlike: float = 0.4
    least_sounds: int = 4
    """Shorter words of the town are never proposed."""
    least_of_day: float = 3.0
    """Sounds, those that are easily lost counting half: « hier » is heard anywhere."""
    few_sounds: int = 5


@dataclass(frozen=True)
class Rival:
    """Another reading of what was heard."""

    text: str
    margin: float
    """How many nats less likely than what was heard it may be."""
    sounds_like: str = ""
    """What the model writes for the sound, where it knows the spelling of ``text`` too little."""

    @property
    def asked(self) -> str:
        """The text that the model is asked about."""
        return self.sounds_like or self.text


@dataclass(frozen=True)
class _Entry:
    text: str
    sounds: str
    key: str
    """How it sounds by its letters."""
    words: int
    folded: str


@dataclass(frozen=True)
class _Window:
    """Some words of what was heard, as a span of its characters."""

    start: int
    end: int
    sounds: str
    key: str
    """How it sounds by its letters: espeak reads « Judy » as an English name."""


@dataclass(frozen=True)
class _Match:
    """A window that sounds like a word of ours."""

    window: _Window
    entry: _Entry
    unlike: float
    """Share of the sounds that differ."""

    def put_into(self, heard: str) -> str:
        """Return what was heard with our word in its place."""
        text = self.entry.text
        if heard[self.window.start].isupper():
            text = _capital(text)
        return heard[: self.window.start] + text + heard[self.window.end :]


@dataclass(frozen=True)
class _Token:
    """One word of what was heard."""

    start: int
    end: int
    word: str
    """Folded."""

    @property
    def decisive(self) -> bool:
        return self.word in KEPT or self.word.isdecimal()


class Repairer:
    """The near misses of one town."""

    def __init__(
        self, vocabulary: Vocabulary, sounds: Sounds, settings: RepairSettings | None = None
    ) -> None:
        self._sounds = sounds
        self._settings = settings or RepairSettings()
        self._town = self._entries(vocabulary.town)
        self._streets = self._entries(vocabulary.streets)
        self._answers = self._entries(ANSWERS)
        self._refusal = self._entries((_REFUSAL,))
        self._days = tuple(
            entry
            for entry in self._entries(DAY_PHRASES)
            if distance(entry.sounds, "") >= self._settings.least_of_day
        )
        entries = (*self._town, *self._streets, *self._entries((*DAY_PHRASES, *MONTHS)))
        self._longest = max(entry.words for entry in entries) + 1
        folded = (*(entry.folded for entry in entries), *map(fold, vocabulary.acronyms()))
        names = sorted(map(re.escape, folded), key=len, reverse=True)
        self._known = re.compile(rf"\b(?:{'|'.join(names)})\b")

    def rivals(self, hypotheses: Sequence[str], expects: str) -> tuple[Rival, ...]:
        """Return other readings of the first of ``hypotheses``, the likeliest first.

        The other hypotheses are readings too, where they answer a yes-or-no question.
        """
        if not hypotheses or not fold(hypotheses[0]):
            return ()
        heard = hypotheses[0]
        found = [*_fitting(hypotheses, expects, self._settings), *self._answer_like(heard, expects)]
        if expects not in (YES_NO, NUMBER):
            windows = self._windows(heard)
            found += self._town_like(heard, windows, expects)
            found += self._day_like(heard, windows, expects)
            found += self._naming(hypotheses)
            found += self._town_like_others(hypotheses, expects)
        different: dict[str, Rival] = {}
        for rival in found:
            different.setdefault(rival.text, rival)
        different.pop(heard, None)
        return tuple(sorted(different.values(), key=lambda r: -r.margin)[:MOST_RIVALS])

    def fixed(self, heard: str) -> list[tuple[int, int]]:
        """Return the spans of the words that stay: of the town, yes, no, negations, numbers."""
        tokens = _tokens(heard)
        right = self._right(tokens)
        return [
            (token.start, token.end)
            for at, token in enumerate(tokens)
            if at in right or token.decisive
        ]

    def _answer_like(self, heard: str, expects: str) -> Iterator[Rival]:
        """Usual answers that the whole text sounds like; elsewhere « non merci » alone."""
        words = fold(heard).split()
        if len(words) > _LONGEST_ANSWER or fold(heard) in _FOLDED_ANSWERS or expects == NUMBER:
            return
        if words[0] in _SAID or (expects != YES_NO and KEPT & set(words)):
            return
        entries = self._answers if expects == YES_NO else self._refusal
        window = _Window(0, len(heard), self._joined(heard), _key(heard))
        for match in self._near([window], entries, self._settings.answer_unlike):
            yield Rival(f"{_capital(match.entry.text)}.", self._settings.answer_margin)

    def _town_like(self, heard: str, windows: Sequence[_Window], expects: str) -> Iterator[Rival]:
        s = self._settings
        if expects == STREET:
            for match in self._near(windows, self._streets, s.street_unlike):
                nearer = s.street_unlike - match.unlike
                yield Rival(match.put_into(heard), s.street_margin + s.street_closeness * nearer)
        for match in self._near(windows, self._town, s.town_unlike):
            size = len(match.entry.sounds)
            if size >= s.least_sounds:
                margin = s.short_margin if size <= s.few_sounds else s.town_margin
                nearer = s.town_closeness * (s.town_unlike - match.unlike)
                yield Rival(match.put_into(heard), margin + nearer)

    def _town_like_others(self, hypotheses: Sequence[str], expects: str) -> Iterator[Rival]:
        """What other hypotheses sound like, where the first is too far from any word of ours."""
        heard = hypotheses[0]
        kept = self._kept(heard)
        others = {fold(other): other for other in hypotheses[1:] if self._kept(other) == kept}
        others.pop(fold(heard), None)
        for other in tuple(others.values())[: self._settings.other_hypotheses]:
            yield from self._town_like(other, self._windows(other), expects)

    def _kept(self, heard: str) -> list[str]:
        """Return the words that stay."""
        return [fold(heard[start:end]) for start, end in self.fixed(heard)]

    def _day_like(self, heard: str, windows: Sequence[_Window], expects: str) -> Iterator[Rival]:
        s = self._settings
        asked = expects == DAY
        unlike = s.asked_day_unlike if asked else s.day_unlike
        for match in self._near(windows, self._days, unlike)[: s.most_days]:
            short = len(match.entry.sounds) <= s.few_sounds
            usual = s.short_margin if short else s.day_margin
            yield Rival(match.put_into(heard), s.asked_day_margin if asked else usual)

    def _naming(self, hypotheses: Sequence[str]) -> Iterator[Rival]:
        """What was heard with the days and words of ours that only another hypothesis has."""
        heard, *others = hypotheses
        tokens = _tokens(heard)
        right = self._right(tokens)
        for other in others:
            theirs = _tokens(other)
            named = self._right(theirs)
            words = [token.word for token in tokens], [token.word for token in theirs]
            for kind, i, j, k, m in SequenceMatcher(None, *words, autojunk=False).get_opcodes():
                given_up, taken = tokens[i:j], theirs[k:m]
                stays = right & set(range(i, j)) or any(t.decisive for t in (*given_up, *taken))
                if kind == "replace" and named & set(range(k, m)) and not stays:
                    part = other[taken[0].start : taken[-1].end]
                    text = heard[: given_up[0].start] + part + heard[given_up[-1].end :]
                    yield Rival(text, self._settings.named_margin)

    def _near(
        self, windows: Sequence[_Window], entries: Sequence[_Entry], unlike: float
    ) -> list[_Match]:
        """Return what sounds alike, the nearest first."""
        if not windows or not entries:
            return []
        rough = _edits([w.sounds for w in windows], [e.sounds for e in entries])
        keys = _edits([w.key for w in windows], [e.key for e in entries])
        letters = keys / np.array([max(1, len(entry.key)) for entry in entries])
        # At most twice the finer distance, and much faster.
        sizes = np.array([len(entry.sounds) for entry in entries])
        close = (rough <= 2 * unlike * sizes) | (letters <= unlike)
        matches: list[_Match] = []
        for at in np.flatnonzero(close.any(axis=0)).tolist():
            entry = entries[at]
            fine = [
                (min(_share(windows[i], entry, unlike), float(letters[i, at])), i)
                for i in np.flatnonzero(close[:, at]).tolist()
            ]
            for share, index in sorted(fine)[:_WINDOWS_EACH]:
                if share <= unlike:
                    matches.append(_Match(windows[index], entry, share))
        return sorted(matches, key=lambda match: match.unlike)

    def _windows(self, heard: str) -> list[_Window]:
        """Return the runs of words that may be one of ours misheard."""
        tokens = _tokens(heard)
        right = self._right(tokens)
        windows = []
        for first in range(len(tokens)):
            for last in range(first, min(first + self._longest, len(tokens))):
                if last in right or tokens[last].decisive:
                    break
                start, end = tokens[first].start, tokens[last].end
                part = heard[start:end]
                windows.append(_Window(start, end, self._joined(part), _key(part)))
        return windows

    def _right(self, tokens: Sequence[_Token]) -> set[int]:
        """Return the indices of the words that are a word of ours already."""
        words = [_singular(token.word) for token in tokens]
        text = " ".join(words)
        starts = [0, *itertools.accumulate(len(word) + 1 for word in words)]
        right: set[int] = set()
        for match in self._known.finditer(text):
            begin, end = match.span()
            right |= {at for at in range(len(tokens)) if begin <= starts[at] < end}
        return right

    def _entries(self, words: Iterable[str]) -> tuple[_Entry, ...]:
        entries: dict[str, _Entry] = {}
        for word in words:
            text = _ARTICLE.sub("", word.strip())
            folded = " ".join(_singular(part) for part in fold(text).split())
            sounds = self._joined(text)
            known = entries.get(folded)
            if sounds and (known is None or known.text[0].isupper()):
                entries[folded] = _Entry(text, sounds, _key(text), folded.count(" ") + 1, folded)
        return tuple(entries.values())

    def _joined(self, text: str) -> str:
        return self._sounds.of(text).replace(" ", "")


def _fitting(hypotheses: Sequence[str], expects: str, settings: RepairSettings) -> Iterator[Rival]:
    """Yield the other hypotheses that answer a yes-or-no question, where the first one does not."""
    heard, *others = hypotheses
    if expects == YES_NO and not _is_answer(heard):
        yield from (Rival(text, settings.answer_margin) for text in others if _is_answer(text))


def _share(window: _Window, entry: _Entry, most: float) -> float:
    """Return the share of a word's sounds that differ, any number above ``most`` where it is."""
    size = len(entry.sounds)
    return distance(window.sounds, entry.sounds, most * size + _ROUNDING) / size


def _tokens(heard: str) -> list[_Token]:
    return [_Token(match.start(), match.end(), fold(match[0])) for match in _WORD.finditer(heard)]


def _is_answer(text: str) -> bool:
    return fold(text) in _FOLDED_ANSWERS


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _key(text: str) -> str:
    return "".join(map(sound_key, fold(text).split()))


def _edits(heard: Sequence[str], known: Sequence[str]) -> NDArray[np.int32]:
    """Return edit distances, what was heard by what is known."""
    return np.asarray(process.cdist(heard, known, scorer=Levenshtein.distance), dtype=np.int32)
