"""Opening hours: holidays, midnight, changes of clock, school holidays, exceptional days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from knowledge.hours import (
    Exceptional,
    HoursError,
    Span,
    build,
    current,
    is_open,
    next_change,
    next_opening,
    parse,
    says_holidays,
    spans_on,
    usual_week,
)
from tests.knowledge.moments import at

MAIRIE = build("Mo-Fr 08:30-12:00,13:30-17:30; Sa 09:00-12:00; PH off")


def times(spans: tuple[Span, ...]) -> list[str]:
    return [f"{span.start:%H:%M}-{span.end:%H:%M}" for span in spans]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 25), ["08:30-12:00", "13:30-17:30"]),
        (date(2026, 11, 28), ["09:00-12:00"]),
        (date(2026, 11, 29), []),
        (date(2026, 11, 11), []),
        (date(2027, 3, 29), []),
        (date(2027, 5, 6), []),
        (date(2026, 12, 25), []),
        (date(2026, 12, 26), ["09:00-12:00"]),
    ],
)
def test_openings_of_a_day(day: date, expected: list[str]) -> None:
    assert times(spans_on(MAIRIE, day)) == expected


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (at(2026, 11, 25, 8, 29, 59), False),
        (at(2026, 11, 25, 8, 30), True),
        (at(2026, 11, 25, 11, 59, 59), True),
        (at(2026, 11, 25, 12, 0), False),
        (at(2026, 11, 25, 17, 30), False),
        (at(2026, 11, 11, 10, 0), False),
        (datetime(2026, 11, 25, 8, 0, tzinfo=UTC), True),
        (datetime(2026, 7, 15, 6, 45, tzinfo=UTC), True),
        (datetime(2026, 11, 25, 6, 45, tzinfo=UTC), False),
    ],
)
def test_open_at_an_instant(instant: datetime, expected: bool) -> None:
    assert is_open(MAIRIE, instant) is expected


def test_reopening_passes_over_a_holiday() -> None:
    span = next_opening(MAIRIE, at(2026, 11, 10, 18, 0))
    assert span is not None
    assert span.start == at(2026, 11, 12, 8, 30)


def test_next_change_is_in_local_time() -> None:
    change = next_change(MAIRIE, datetime(2026, 11, 25, 9, 0, tzinfo=UTC))
    assert change is not None
    assert change == at(2026, 11, 25, 12, 0)


def test_an_opening_past_midnight_belongs_to_its_evening() -> None:
    bar = build("Fr 20:00-02:00")
    friday, saturday = date(2026, 11, 27), date(2026, 11, 28)
    assert times(spans_on(bar, friday)) == ["20:00-02:00"]
    assert spans_on(bar, saturday) == ()
    assert is_open(bar, at(2026, 11, 28, 1, 59))
    assert not is_open(bar, at(2026, 11, 28, 2, 0))


def test_around_the_clock() -> None:
    always = build("24/7")
    (span,) = spans_on(always, date(2026, 11, 25))
    assert span.all_day
    assert current(always, at(2026, 11, 25, 0, 0)) == span


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_hours_are_wall_clock_hours_when_the_clock_changes(day: date) -> None:
    park = build("Mo-Su 08:00-18:00")
    assert times(spans_on(park, day)) == ["08:00-18:00"]
    assert is_open(park, at(day.year, day.month, day.day, 8, 0))
    assert not is_open(park, at(day.year, day.month, day.day, 18, 0))


def test_the_repeated_hour_of_october_is_told_apart() -> None:
    night = build("Su 02:30-04:00")
    first = datetime(2026, 10, 25, 0, 15, tzinfo=UTC)
    assert not is_open(night, first)
    assert is_open(night, first + timedelta(hours=2))


def test_school_holidays_replace_the_week_but_not_public_holidays() -> None:
    pool = build(
        "Mo-Fr 12:00-14:00; Su 09:00-13:00; PH off",
        holiday_expression="Mo-Fr 10:00-19:00",
        school_holidays=[(date(2026, 12, 19), date(2027, 1, 3))],
    )
    assert times(spans_on(pool, date(2026, 12, 18))) == ["12:00-14:00"]
    assert times(spans_on(pool, date(2026, 12, 21))) == ["10:00-19:00"]
    assert spans_on(pool, date(2026, 12, 20)) == ()
    assert spans_on(pool, date(2026, 12, 25)) == ()
    assert times(spans_on(pool, date(2027, 1, 4))) == ["12:00-14:00"]


def test_exceptional_days_win_and_leave_the_usual_week_alone() -> None:
    closing = Exceptional(date(2026, 11, 25), date(2026, 11, 26), "off", "inventaire")
    late = Exceptional(date(2026, 11, 27), date(2026, 11, 27), "10:00-12:00,14:00-22:00")
    hours = build("Mo-Fr 09:00-17:00; PH off", exceptions=[closing, late])
    assert spans_on(hours, date(2026, 11, 25)) == ()
    assert times(spans_on(hours, date(2026, 11, 27))) == ["10:00-12:00", "14:00-22:00"]
    assert hours.exceptional(date(2026, 11, 24)) is None
    assert hours.exceptional(date(2026, 11, 25)) == closing
    assert hours.exceptional(date(2026, 11, 26)) == closing
    assert hours.exceptional(date(2026, 11, 28)) is None
    week = usual_week(hours, date(2026, 11, 23))
    assert [times(spans) for spans in week[:5]] == [["09:00-17:00"]] * 5


def test_a_night_that_begins_at_midnight_is_no_whole_day() -> None:
    market = build("Sa 00:00-05:00,09:00-12:00")
    spans = spans_on(market, date(2026, 11, 28))
    assert times(spans) == ["00:00-05:00", "09:00-12:00"]
    assert not any(span.all_day for span in spans)
    (whole,) = spans_on(build("24/7"), date(2026, 11, 28))
    assert whole.all_day


def test_usual_week_passes_over_public_holidays() -> None:
    week = usual_week(MAIRIE, date(2026, 11, 9))
    assert times(week[2]) == ["08:30-12:00", "13:30-17:30"]


def test_regional_holidays_follow_the_rule_for_public_holidays() -> None:
    alsace = build("Mo-Su 10:00-12:00; PH off", region="alsace-moselle")
    assert spans_on(alsace, date(2026, 12, 26)) == ()
    assert spans_on(alsace, date(2027, 3, 26)) == ()
    assert times(spans_on(alsace, date(2026, 12, 27))) == ["10:00-12:00"]


@pytest.mark.parametrize(
    ("expression", "near"),
    [
        ("Mo-Fr 8h-12h", "8h-12h"),
        ("lundi 08:00-12:00", "lundi 08:00-12:00"),
        ("Mo-Fr 08:30-12:00; Sam 09:00-12:00", "Sam 09:00-12:00"),
    ],
)
def test_what_does_not_parse_is_shown(expression: str, near: str) -> None:
    with pytest.raises(HoursError) as raised:
        parse(expression)
    assert raised.value.near == near


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Mo-Fr 08:00-12:00", False),
        ("Mo-Fr 08:00-12:00; PH off", True),
        ("We-Su 10:00-12:00; Jan 01,May 01 off", True),
        ("Apr-Sep Mo-Su 08:00-20:00", True),
    ],
)
def test_whether_public_holidays_are_settled(expression: str, expected: bool) -> None:
    assert says_holidays(expression) is expected
