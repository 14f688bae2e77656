from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.adminhours import (
    HoursFormError,
    Openings,
    Week,
    openings_of,
    parse_openings,
    parse_week,
    write_openings,
    write_week,
)
from knowledge.hours import build, spans_on

TOWN_HALL = "Mo-Fr 08:30-12:00,13:30-17:30; Sa 09:00-12:00; PH off"


def test_a_plain_week_is_shown_and_written_as_it_was() -> None:
    week = parse_week(TOWN_HALL)
    assert week is not None
    assert week.days[0] == (("08:30", "12:00"), ("13:30", "17:30"))
    assert week.days[5] == (("09:00", "12:00"),)
    assert week.days[6] == ()
    assert week.holidays_closed
    assert write_week(week) == TOWN_HALL


@pytest.mark.parametrize(
    ("written", "again"),
    [
        ("Mo,We 9:00-12:00", "Mo,We 09:00-12:00"),
        ("Mo-Su 08:00-20:00; Su,PH off", "Mo-Sa 08:00-20:00; PH off"),
        ("Mo-Fr 08:00-12:00; We 14:00-18:00", "Mo-Tu,Th-Fr 08:00-12:00; We 14:00-18:00"),
        ("08:00-20:00", "Mo-Su 08:00-20:00"),
        ("off", "off"),
    ],
)
def test_other_ways_to_write_a_week(written: str, again: str) -> None:
    week = parse_week(written)
    assert week is not None
    assert write_week(week) == again


@pytest.mark.parametrize(
    "written",
    [
        "24/7",
        "Apr-Sep: Mo-Fr 08:00-20:00",
        "Mo[1] 10:00-12:00",
        "Mo 08:00-10:00,11:00-12:00,14:00-15:00",
        "Fr 20:00-02:00",
        "PH 10:00-12:00",
        "SH Mo-Fr 09:00-12:00",
        'Mo 09:00-12:00 "sur rendez-vous"',
        "Mo-Fr sunrise-sunset",
        "Fr-Mo 10:00-12:00",
        "n'importe quoi",
    ],
)
def test_whatever_says_more_has_no_form(written: str) -> None:
    assert parse_week(written) is None


def test_the_fields_of_a_day_are_read() -> None:
    assert openings_of(["08:30", "12:00", "", ""], "lundi") == (("08:30", "12:00"),)
    assert openings_of(["", "", "13:30", "17:30:00"], "lundi") == (("13:30", "17:30"),)
    assert openings_of(["", "", "", ""], "lundi") == ()


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (["08:30", "", "", ""], "il manque l’heure"),
        (["12:00", "08:30", "", ""], "la fin doit venir après"),
        (["08:30", "12:00", "11:00", "17:00"], "avant la fin du matin"),
        (["8h30", "12:00", "", ""], "n’est pas une heure"),
    ],
)
def test_a_slip_in_a_day_is_named(times: list[str], said: str) -> None:
    with pytest.raises(HoursFormError, match=said):
        openings_of(times, "mardi")


def test_one_day_alone() -> None:
    assert parse_openings("off") == ()
    assert parse_openings("10:00-12:00") == (("10:00", "12:00"),)
    assert parse_openings("Mo 10:00-12:00") is None
    assert write_openings(()) == "off"


MINUTES = st.integers(0, 24 * 60 - 1)


@st.composite
def openings(draw: st.DrawFn) -> Openings:
    edges = sorted(draw(st.sets(MINUTES, min_size=0, max_size=4)))
    edges = edges[: len(edges) // 2 * 2]
    times = [f"{minute // 60:02}:{minute % 60:02}" for minute in edges]
    return tuple(zip(times[::2], times[1::2], strict=True))


@given(st.tuples(*[openings()] * 7), st.booleans())
def test_what_is_written_is_read_again_and_means_the_same(
    days: tuple[Openings, ...], closed: bool
) -> None:
    written = write_week(Week(days, closed))
    week = parse_week(written)
    assert week is not None
    assert week.days == days
    hours = build(written)
    monday = date(2026, 9, 7)
    for index, expected in enumerate(days):
        found = spans_on(hours, monday + timedelta(days=index))
        assert [(f"{s.start:%H:%M}", f"{s.end:%H:%M}") for s in found] == list(expected)
