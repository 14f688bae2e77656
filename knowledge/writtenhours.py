"""Opening hours to be read, in as few characters as stay clear: text messages are short.

What is written is read another day: nothing here depends on the moment of the call but the
season, and days are dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, time

from knowledge.hours import Hours, Span, spans_on, usual_week
from knowledge.phrases import day_runs, join_words

_DAYS = ("lun", "mar", "mer", "jeu", "ven", "sam", "dim")
_ALWAYS = "24h/24"


def week_text(hours: Hours, day: date) -> str:
    """Return the usual week around ``day``: "lun-ven 8h30-12h et 13h30-17h30, sam 9h-12h".

    Empty for what never opens or never closes.
    """
    groups: dict[str, list[int]] = {}
    for weekday, spans in enumerate(usual_week(hours, day)):
        if spans:
            groups.setdefault(spans_text(spans), []).append(weekday)
    if not groups or list(groups) == [_ALWAYS]:
        return ""
    return ", ".join(f"{days_text(days)} {spans}" for spans, days in groups.items())


def dates_text(hours: Hours, days: Iterable[date]) -> str:
    """Return what holds on some days: "jeu 24/12 : 10h-16h ; ven 25/12 : fermé"."""
    return " ; ".join(
        f"{_DAYS[day.weekday()]} {day.day:02d}/{day.month:02d} : "
        f"{spans_text(spans_on(hours, day)) or 'fermé'}"
        for day in days
    )


def spans_text(spans: Sequence[Span]) -> str:
    """Return "8h30-12h et 13h30-17h30"; '' when there is nothing."""
    if len(spans) == 1 and spans[0].all_day:
        return _ALWAYS
    return join_words([f"{_clock(span.start.time())}-{_clock(span.end.time())}" for span in spans])


def _clock(moment: time) -> str:
    return f"{moment.hour}h{moment.minute:02d}" if moment.minute else f"{moment.hour}h"


def days_text(weekdays: Sequence[int]) -> str:
    """Return "lun-ven", "mar et ven", "tous les jours" (0 is Monday)."""
    if len(weekdays) == 7:
        return "tous les jours"
    words: list[str] = []
    for run in day_runs(weekdays):
        if len(run) > 2:
            words.append(f"{_DAYS[run[0]]}-{_DAYS[run[-1]]}")
        else:
            words += [_DAYS[weekday] for weekday in run]
    return join_words(words)
