"""Opening hours as the week that a form shows, and back to their notation. Pure.

Only plain weeks have a form (« Mo-Fr 08:30-12:00,13:30-17:30; Sa 09:00-12:00; PH off »); whatever
says more, such as seasons, is edited as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
SPANS = 2
"""Openings of one day in the form: morning and afternoon."""

_NAMES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_CLOSED = frozenset({"off", "closed"})
_RULE = re.compile(r"(?:(?P<days>[A-Z][A-Za-z,\- ]*?)\s+)?(?P<what>off|closed|[\d:,\- ]+)")
_TIME = r"([01]?\d|2[0-4]):([0-5]\d)"
_SPAN = re.compile(rf"{_TIME}\s*-\s*{_TIME}")
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")

Span = tuple[str, str]
"""From and to, as "08:30"."""
Openings = tuple[Span, ...]


class HoursFormError(ValueError):
    """What was typed is no opening; the message is French."""


@dataclass(frozen=True)
class Week:
    """Openings from Monday to Sunday."""

    days: tuple[Openings, ...]
    holidays_closed: bool = True
    """Closed on public holidays; else as on any other day."""


def parse_week(expression: str) -> Week | None:
    """Return the week that an expression says, None when a form cannot show it."""
    days: list[Openings] = [()] * 7
    holidays_closed = False
    for rule in expression.split(";"):
        if not rule.strip():
            continue
        found = _RULE.fullmatch(rule.strip())
        spans = None if found is None else _spans(found["what"])
        names = None if found is None else _days(found["days"])
        if spans is None or names is None:
            return None
        weekdays, holidays = names
        if holidays and spans:
            return None
        holidays_closed = holidays_closed or holidays
        for index in weekdays:
            days[index] = spans
    return Week(tuple(days), holidays_closed)


def write_week(week: Week) -> str:
    """Return the notation of a week."""
    rules = [
        f"{_runs([index for index in range(7) if week.days[index] == openings])} "
        f"{write_openings(openings)}"
        for openings in dict.fromkeys(week.days)
        if openings
    ]
    if not rules:
        return "off"
    return "; ".join([*rules, *(["PH off"] if week.holidays_closed else [])])


def _runs(days: Sequence[int]) -> str:
    """Name weekdays as the notation does: « Mo-We,Fr »."""
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(
        _NAMES[run[0]] + (f"-{_NAMES[run[-1]]}" if len(run) > 1 else "") for run in runs
    )


def parse_openings(text: str) -> Openings | None:
    """Return the openings of one day (« 09:00-12:00 », « off »), None when a form cannot."""
    return _spans(text.strip())


def write_openings(openings: Openings) -> str:
    """Return the notation of one day's openings, « off » for none."""
    return ",".join(f"{start}-{end}" for start, end in openings) or "off"


def openings_of(times: Sequence[str], where: str) -> Openings:
    """Return the openings of a day from the fields of a form: from, to, from, to.

    Raises:
        HoursFormError: a time is missing or wrong, or they are not in order.
    """
    spans: list[Span] = []
    for start, end in zip(times[::2], times[1::2], strict=True):
        if not start.strip() and not end.strip():
            continue
        if not start.strip() or not end.strip():
            raise HoursFormError(f"{where} : il manque l’heure de début ou de fin.")
        spans.append((clock_time(start, where), clock_time(end, where)))
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            raise HoursFormError(f"{where} : l’après-midi commence avant la fin du matin.")
    for start, end in spans:
        if end <= start:
            raise HoursFormError(f"{where} : la fin doit venir après le début.")
    return tuple(spans)


def clock_time(text: str, where: str) -> str:
    """Return a time of day as "08:30".

    Raises:
        HoursFormError: it is none.
    """
    written = text.strip()[:5]
    if _CLOCK.fullmatch(written) is None:
        raise HoursFormError(f"{where} : « {text} » n’est pas une heure comme 08:30.")
    return written


def _days(text: str | None) -> tuple[list[int], bool] | None:
    """Return the weekdays that a rule names, and whether it names public holidays."""
    if text is None:
        return list(range(7)), False
    weekdays: list[int] = []
    holidays = False
    for part in text.replace(" ", "").split(","):
        if part == "PH":
            holidays = True
            continue
        first, _, last = part.partition("-")
        if first not in _NAMES or (last or first) not in _NAMES:
            return None
        start, end = _NAMES.index(first), _NAMES.index(last or first)
        if end < start:
            return None
        weekdays += range(start, end + 1)
    return weekdays, holidays


def _spans(text: str) -> Openings | None:
    if text.strip() in _CLOSED:
        return ()
    spans: list[Span] = []
    for part in text.split(","):
        found = _SPAN.fullmatch(part.strip())
        if found is None:
            return None
        start, end = f"{int(found[1]):02}:{found[2]}", f"{int(found[3]):02}:{found[4]}"
        if end <= start:
            return None
        spans.append((start, end))
    return tuple(spans) if 0 < len(spans) <= SPANS else None
