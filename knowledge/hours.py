"""Opening hours in OpenStreetMap notation, for one place.

The notation is read by ``opening-hours-py``, which knows the national public holidays. School
holidays, exceptional days and regional holidays are added to the expression as further rules,
because a later rule replaces an earlier one. All instants are in the place's time zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from opening_hours import (  # type: ignore[attr-defined]
    OpeningHours,
    ParserError,
    State,
)

from knowledge.holidays_fr import Region, holiday_name

PARIS = ZoneInfo("Europe/Paris")
_NIGHT_END_S = 6 * 3600
_SEARCH_DAYS = 400
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONG_NIGHT_S = 12 * 3600
_TIMES = re.compile(r"\b(\d\d):(\d\d)-(\d\d):(\d\d)\b")
_RULE = re.compile(r"\s*((?:[^;\"]|\"[^\"]*\")+)")
_HOLIDAY_RULE = re.compile(r"^PH\b\s*(.*)$", re.DOTALL)
_REGIONAL_DAYS = ("Dec 26", "easter -2 days")


class HoursError(ValueError):
    """The notation does not parse. ``near`` is the part that is not understood."""

    def __init__(self, expression: str, near: str) -> None:
        self.expression = expression
        self.near = near
        super().__init__(f"horaires illisibles près de « {near} »")


@dataclass(frozen=True)
class Span:
    """One opening, from ``start`` to ``end``; it may end after midnight."""

    start: datetime
    end: datetime
    comment: str = ""

    @property
    def all_day(self) -> bool:
        """True when the place is open around the clock that day."""
        return self.end.date() > self.start.date() and self.start.time() == self.end.time()


@dataclass(frozen=True)
class Exceptional:
    """Days whose usual hours are replaced by the rules of ``expression`` ("off": closed)."""

    start: date
    end: date
    expression: str
    reason: str = ""


@dataclass(frozen=True)
class Hours:
    """The compiled opening hours of one place."""

    openings: OpeningHours
    rules: tuple[str, ...]
    """What ``openings`` is made of."""
    usual: OpeningHours
    """Without the exceptional days, for saying what a normal week looks like."""
    timezone: ZoneInfo
    region: Region
    exceptions: tuple[Exceptional, ...] = ()
    school_holidays: tuple[tuple[date, date], ...] = ()
    """First and last days; empty when the place keeps its hours during school holidays."""

    def exceptional(self, day: date) -> Exceptional | None:
        """Return what replaces the usual hours on ``day``, the last of several, or None."""
        return next((e for e in reversed(self.exceptions) if e.start <= day <= e.end), None)

    def holiday(self, day: date) -> str | None:
        """Return the spoken name of the public holiday that ``day`` is, or None."""
        return holiday_name(day, self.region)


@lru_cache(maxsize=1024)
def parse(expression: str, timezone: ZoneInfo = PARIS) -> OpeningHours:
    """Compile one OpenStreetMap expression; raises HoursError when it does not parse."""
    try:
        return OpeningHours(expression, timezone=timezone, country="FR")
    except ParserError as error:
        position = re.search(r"--> \d+:(\d+)", str(error))
        start = int(position.group(1)) - 1 if position else 0
        word = re.search(r"\w*$", expression[:start])
        first = word.start() if word else start
        near = re.split(r"[;,]", expression[first:])[0].strip() or expression
        raise HoursError(expression, near) from error


def backwards(expression: str) -> str:
    """Return the first times that end the next day, over twelve hours later, or ''.

    The notation allows it, but whoever writes 14:00-12:00 has mostly mixed them up.
    """
    for times in _TIMES.finditer(expression):
        hour, minute, end_hour, end_minute = map(int, times.groups())
        lasting = (end_hour - hour) * 3600 + (end_minute - minute) * 60
        if lasting < 0 and lasting + 24 * 3600 > _LONG_NIGHT_S:
            return times.group()
    return ""


def build(
    expression: str,
    *,
    holiday_expression: str | None = None,
    school_holidays: Iterable[tuple[date, date]] = (),
    exceptions: Sequence[Exceptional] = (),
    timezone: ZoneInfo = PARIS,
    region: Region = "metropole",
) -> Hours:
    """Compile the hours of a place; raises HoursError naming what does not parse."""
    for part in (expression, holiday_expression, *(e.expression for e in exceptions)):
        if part is not None:
            parse(part, timezone)
    rules = _with_region(_rules(expression), region)
    periods = tuple(school_holidays) if holiday_expression is not None else ()
    if holiday_expression is not None:
        own = _with_region(_rules(holiday_expression), region)
        holidays = [rule for rule in rules if _closes_a_day(rule)]
        for start, end in periods:
            rules += [f"{_days(start, end)} off"]
            rules += [f"{_days(start, end)} {rule}" for rule in own if not _closes_a_day(rule)]
        rules += [rule for rule in own if _closes_a_day(rule)] or holidays
    usual = parse("; ".join(rules), timezone)
    hours = Hours(usual, tuple(rules), usual, timezone, region, (), periods)
    return with_exceptions(hours, exceptions)


def with_exceptions(hours: Hours, exceptions: Sequence[Exceptional]) -> Hours:
    """Return the hours with further exceptional days; the last of several for a day counts."""
    if not exceptions:
        return hours
    rules = [*hours.rules]
    for exception in exceptions:
        rules += [
            f"{_days(exception.start, exception.end)} {rule}"
            for rule in _rules(exception.expression)
        ]
    openings = parse("; ".join(rules), hours.timezone)
    return replace(
        hours,
        openings=openings,
        rules=tuple(rules),
        exceptions=(*hours.exceptions, *exceptions),
    )


def says_holidays(expression: str) -> bool:
    """True when the expression settles public holidays: rules for them, or open every day."""
    if re.search(r"\bPH\b|24/7|Mo-Su", expression):
        return True
    return any(_closes_a_day(rule) for rule in _rules(expression))


def local(hours: Hours, now: datetime) -> datetime:
    """Return ``now`` in the place's time zone; a naive instant is taken as local."""
    if now.tzinfo is None:
        return now.replace(tzinfo=hours.timezone)
    return now.astimezone(hours.timezone)


def spans_on(hours: Hours, day: date, *, usual: bool = False) -> tuple[Span, ...]:
    """Return the openings that begin on ``day``, in order.

    One that runs past midnight belongs to the day on which it began.
    """
    midnight = datetime.combine(day, time(0), hours.timezone)
    next_midnight = datetime.combine(day + timedelta(days=1), time(0), hours.timezone)
    before = datetime.combine(day - timedelta(days=1), time(0), hours.timezone)
    after = datetime.combine(day + timedelta(days=2), time(0), hours.timezone)
    openings = hours.usual if usual else hours.openings
    spans: list[Span] = []
    for start, end, state, comment in openings.intervals(before, after):
        if state != State.OPEN or end <= midnight or start >= next_midnight:
            continue
        if start < midnight:
            if end < next_midnight and (end - midnight).total_seconds() <= _NIGHT_END_S:
                continue
            start = midnight  # noqa: PLW2901
        if start == midnight and end >= next_midnight:
            end = next_midnight  # noqa: PLW2901
        spans.append(Span(start, end, comment))
    return tuple(spans)


def current(hours: Hours, now: datetime) -> Span | None:
    """Return the opening that ``now`` falls in, or None when closed."""
    instant = local(hours, now)
    for day in (instant.date() - timedelta(days=1), instant.date()):
        for span in spans_on(hours, day):
            if span.start <= instant < span.end:
                return span
    return None


def is_open(hours: Hours, now: datetime) -> bool:
    """True when the place is open at ``now``."""
    return current(hours, now) is not None


def next_change(hours: Hours, now: datetime) -> datetime | None:
    """Return when the place next opens or closes, or None when it never does."""
    change = hours.openings.next_change(local(hours, now))
    return None if change is None else local(hours, change)


def next_opening(hours: Hours, now: datetime) -> Span | None:
    """Return the first opening that begins after ``now``, or None within 400 days."""
    instant = local(hours, now)
    for offset in range(_SEARCH_DAYS):
        for span in spans_on(hours, instant.date() + timedelta(days=offset)):
            if span.start > instant:
                return span
    return None


def usual_week(hours: Hours, day: date) -> tuple[tuple[Span, ...], ...]:
    """Return the openings of Monday to Sunday as they are around ``day``.

    Public holidays and exceptional days are passed over.
    """
    week: list[tuple[Span, ...]] = []
    for weekday in range(7):
        candidate = day + timedelta(days=(weekday - day.weekday()) % 7)
        for _ in range(5):
            if hours.holiday(candidate) is None:
                break
            candidate += timedelta(days=7)
        week.append(spans_on(hours, candidate, usual=True))
    return tuple(week)


def _rules(expression: str) -> list[str]:
    return [match.strip() for match in _RULE.findall(expression) if match.strip()]


def _closes_a_day(rule: str) -> bool:
    """True for a rule about public holidays or fixed closing days, which outranks seasons."""
    return rule.startswith(("PH", *_REGIONAL_DAYS)) or rule.endswith((" off", " closed"))


def _with_region(rules: list[str], region: Region) -> list[str]:
    if region != "alsace-moselle":
        return rules
    result: list[str] = []
    for rule in rules:
        result.append(rule)
        holiday = _HOLIDAY_RULE.match(rule)
        if holiday:
            result += [f"{day} {holiday.group(1)}".strip() for day in _REGIONAL_DAYS]
    return result


def _days(start: date, end: date) -> str:
    return f"{_day(start)}-{_day(end)}"


def _day(day: date) -> str:
    return f"{day.year} {_MONTHS[day.month - 1]} {day.day:02d}"
