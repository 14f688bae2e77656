"""On which days waste is collected: weekday rules, odd and even weeks, seasons, holidays.

Days are dates; the town's clock is the caller's business, except in :func:`next_pickup`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from knowledge.calendars import CollectionCalendar, Moved, Round, Sector, day_month
from knowledge.holidays_fr import Region, holiday_name
from knowledge.phrases import WEEKDAYS

_DAY = timedelta(days=1)
_SHIFT_DAYS = 14
"""No holiday moves a collection further."""
_SEARCH_DAYS = 366


@dataclass(frozen=True, order=True)
class Pickup:
    """One collection."""

    day: date
    stream: str
    usual: date
    """The day on which it would be without a holiday; the same for most."""

    @property
    def moved(self) -> bool:
        """True when it is not on its usual day."""
        return self.day != self.usual


def planned(rule: Round, day: date) -> bool:
    """True when a round takes place on ``day`` by its rule, holidays aside."""
    if WEEKDAYS[day.weekday()] not in rule.weekdays or not _in_season(rule, day):
        return False
    if rule.since is not None:
        return (_monday(day) - _monday(rule.since)).days % 14 == 0
    if rule.weeks == "toutes":
        return True
    return (day.isocalendar().week % 2 == 0) == (rule.weeks == "paires")


def actual(calendar: CollectionCalendar, stream: str, day: date, region: Region) -> date | None:
    """Return when the collection planned for ``day`` takes place, None when it does not."""
    exception = _exception(calendar, stream, day)
    if exception is not None:
        return exception.to
    if calendar.on_holidays == "maintenue":
        return day
    if calendar.on_holidays == "annulee":
        return None if is_off(calendar, day, region) else day
    moved = day
    if calendar.on_holidays == "semaine":
        before = (_monday(day) + _DAY * offset for offset in range(day.weekday()))
        moved += _DAY * sum(is_off(calendar, earlier, region) for earlier in before)
    while is_off(calendar, moved, region):
        moved += _DAY
    return moved


def is_off(calendar: CollectionCalendar, day: date, region: Region) -> bool:
    """True for a public holiday on which nothing is collected, unless all are kept."""
    if holiday_name(day, region) is None:
        return False
    days_off = {day_month(text) for text in calendar.days_off}
    return not days_off or (day.month, day.day) in days_off


def pickups(
    calendar: CollectionCalendar,
    sector: Sector,
    first: date,
    last: date,
    region: Region,
    stream: str | None = None,
) -> list[Pickup]:
    """Return the collections from ``first`` to ``last``, in order, of one stream or of all."""
    found: set[Pickup] = set()
    for rule in sector.rounds:
        if stream is not None and rule.stream != stream:
            continue
        for day in _candidates(calendar, first, last):
            if not planned(rule, day):
                continue
            when = actual(calendar, rule.stream, day, region)
            if when is not None and first <= when <= last and calendar.valid_on(when):
                found.add(Pickup(when, rule.stream, day))
    return sorted(found)


def next_pickup(
    calendar: CollectionCalendar, sector: Sector, stream: str, now: datetime, region: Region
) -> Pickup | None:
    """Return the next collection after ``now`` (local), None when none is known within a year."""
    today = now.date()
    first = today if now.time() < calendar.ends_at else today + _DAY
    for weeks in (1, 3, _SEARCH_DAYS // 7):
        found = pickups(calendar, sector, first, first + timedelta(weeks=weeks), region, stream)
        if found:
            return found[0]
    return None


def _candidates(calendar: CollectionCalendar, first: date, last: date) -> Iterator[date]:
    """The days whose collections may end up between ``first`` and ``last``."""
    start, end = first - _DAY * _SHIFT_DAYS, last
    for offset in range((end - start).days + 1):
        yield start + _DAY * offset
    for exception in calendar.moved:
        if not start <= exception.on <= end:
            yield exception.on


def _exception(calendar: CollectionCalendar, stream: str, day: date) -> Moved | None:
    for moved in calendar.moved:
        if moved.on == day and (not moved.streams or stream in moved.streams):
            return moved
    return None


def _in_season(rule: Round, day: date) -> bool:
    if rule.season_from is None or rule.season_to is None:
        return True
    start, end, this = day_month(rule.season_from), day_month(rule.season_to), (day.month, day.day)
    if start <= end:
        return start <= this <= end
    return this >= start or this <= end


def _monday(day: date) -> date:
    return day - _DAY * day.weekday()
