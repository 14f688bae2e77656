"""A town's entries as :class:`knowledge.search.KnowledgeSearch` takes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from common.french import fold
from knowledge.matching import phrase_matcher
from knowledge.models import Entry
from knowledge.search import SearchEntry
from knowledge.town import Town

MAX_QUESTIONS = 12
"""Of each entry that names no more itself; more cost time at the start and find little more."""


def search_entries(
    town: Town, examples: Mapping[str, Sequence[str]], today: date
) -> tuple[SearchEntry, ...]:
    """Return the answers of the town that are valid on ``today``.

    ``examples`` are what callers say for each intent; a sentence is a question for the entry of the
    intent with the most of its cue words in it, else for the usual answer.
    """
    valid = [entry for entry in town.entries if entry.valid_on(today)]
    asked: dict[str, list[str]] = defaultdict(list)
    for intent, sentences in examples.items():
        entries = [_Cued(entry) for entry in valid if intent in entry.intents]
        bound = any(cued.entry.place is not None for cued in entries)
        for sentence in sentences:
            place = town.find_place(sentence, intent) if bound else None
            chosen = _choose(entries, fold(sentence), place.place if place else None)
            if chosen is not None:
                asked[chosen].append(sentence)
    return tuple(_searchable(entry, asked[entry.id]) for entry in valid)


class _Cued:
    """An entry with the patterns of its cue words."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self._cues = [phrase_matcher(cue) for cue in entry.cues]

    def rank(self, folded: str, place: str | None) -> tuple[int, bool] | None:
        """How well the entry fits; None when it does not."""
        if self.entry.place not in (None, place):
            return None
        hits = {found.group() for cue in self._cues for found in [cue.search(folded)] if found}
        if self._cues and not hits:
            return None
        return len(hits), self.entry.place is not None


def _choose(entries: Sequence[_Cued], folded: str, place: str | None) -> str | None:
    best: tuple[tuple[int, bool], str] | None = None
    for cued in entries:
        rank = cued.rank(folded, place)
        if rank is not None and (best is None or rank > best[0]):
            best = rank, cued.entry.id
    return best[1] if best else None


def _searchable(entry: Entry, asked: Sequence[str]) -> SearchEntry:
    words = [entry.id.replace("_", " "), *(cue.rstrip("*") for cue in entry.cues)]
    if entry.sms is not None:
        words.append(entry.sms)
    return SearchEntry(
        entry.id,
        entry.text,
        _questions(entry, asked),
        tuple(dict.fromkeys(words)),
        entry.follow_up == "transferer",
    )


def _questions(entry: Entry, asked: Sequence[str]) -> tuple[str, ...]:
    """The entry's own first, then examples from all over the intents."""
    free = max(0, MAX_QUESTIONS - len(entry.questions))
    return tuple(dict.fromkeys([*entry.questions, *_spread(tuple(dict.fromkeys(asked)), free)]))


def _spread(sentences: Sequence[str], count: int) -> tuple[str, ...]:
    """At most ``count``, from all over the list."""
    if len(sentences) <= count:
        return tuple(sentences)
    return tuple(sentences[index * len(sentences) // count] for index in range(count))
