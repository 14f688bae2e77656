"""Days as callers say them: "samedi", "demain matin", "le onze novembre", "lundi de Pâques".

Everything is found in the folded text (no accents, no punctuation), so that recognition may write
"samedis", "aprem" or "24 mai". Dates are those of the instant passed in, in Europe/Paris.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from rapidfuzz.distance import Levenshtein

from common.french import Folded, fold, folded, sound_key
from knowledge.dayrules import PARIS, RULES, WEEKDAYS, Found, Part

__all__ = ["DayMention", "Part", "find_day"]

_CORRECTION = frozenset(
    {"non", "pardon", "plutot", "enfin", "euh non", "je veux dire", "ou plutot"}
)
_WORD = re.compile(r"[^\W\d_]+")
_ENDING = 2
"""Letters at the end of a sound that are as those of the weekday: « mari » is no « mardi »."""
_SOUNDS = {sound_key(day): day for day in WEEKDAYS}
_JOINERS = frozenset({"et", "ou", "et le", "ou le", "ou bien", "et puis", "et ce"})


@dataclass(frozen=True)
class DayMention:
    """A day that the caller named."""

    surface: str
    """The words as they were said, without article: "jeudi aprèm", "lundi de Pâques"."""
    dates: tuple[date, ...]
    """The days meant, in order; empty when only a part of the day or holidays were named."""
    part: Part | None = None
    holiday: str | None = None
    """Spoken name of the public holiday, "jours fériés" or "vacances"."""
    weekly: bool = False
    """A mere weekday was named, which comes every week."""


def find_day(text: str, now: datetime) -> DayMention | None:
    """Return the day that the caller means, or None.

    After a correction ("mardi, non, mercredi") the last one counts; two that are joined by "et"
    or "ou" count together. Where no day is named, a word that sounds like a weekday but for one
    sound ("judy") is taken for it. A naive ``now`` is taken as Paris time.
    """
    instant = now.replace(tzinfo=PARIS) if now.tzinfo is None else now.astimezone(PARIS)
    source = folded(text)
    mentions = _mentions(source, instant)
    if not mentions:
        source = folded(_WORD.sub(_weekday_like, text))
        mentions = _mentions(source, instant) if source.original != text else []
    if not mentions:
        return None
    chosen = mentions[-1]
    start, dates = chosen.start, chosen.dates
    for earlier in reversed(mentions[:-1]):
        between = source.text[earlier.end : start].strip()
        if between not in _JOINERS or earlier.part not in (None, chosen.part):
            break
        start, dates = earlier.start, earlier.dates + dates
    if start == chosen.start and not _corrects(source, mentions):
        chosen = next((m for m in reversed(mentions) if not _past(m, instant)), chosen)
        start, dates = chosen.start, chosen.dates
    return DayMention(
        source.surface(start, chosen.end),
        tuple(sorted(set(dates))),
        chosen.part,
        chosen.holiday,
        chosen.weekly,
    )


def _weekday_like(word: re.Match[str]) -> str:
    key = sound_key(fold(word[0]))
    for sound, day in _SOUNDS.items():
        ends = (key[:1], key[-_ENDING:]) == (sound[:1], sound[-_ENDING:])
        if ends and Levenshtein.distance(key, sound, score_cutoff=1) <= 1:
            return day
    return word[0]


def _mentions(source: Folded, instant: datetime) -> list[Found]:
    """All mentions in order, the longest where several overlap, refused ones left out."""
    candidates = [found for rule in RULES for found in rule(source, instant)]
    candidates.sort(key=lambda found: (-(found.end - found.start), found.start))
    kept: list[Found] = []
    for found in candidates:
        if all(found.end <= other.start or found.start >= other.end for other in kept):
            kept.append(found)
    kept.sort(key=lambda found: found.start)
    wanted = [found for found in kept if not _refused(source, found)]
    return wanted or kept


def _refused(source: Folded, found: Found) -> bool:
    before = source.text[: found.start].split()[-2:]
    return before[-1:] == ["pas"] or (before[:1] == ["pas"] and before[-1] in ("le", "ce"))


def _corrects(source: Folded, mentions: list[Found]) -> bool:
    if len(mentions) < 2:
        return False
    between = f" {source.text[mentions[-2].end : mentions[-1].start]} "
    return any(f" {word} " in between for word in _CORRECTION)


def _past(found: Found, instant: datetime) -> bool:
    return bool(found.dates) and max(found.dates) < instant.date()
