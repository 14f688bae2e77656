"""Who is next, how long it may take, and when it is worth saying: numbers only."""

from __future__ import annotations

import pytest

from telephony.queueactions import WaitEstimate
from telephony.queueorder import HandlingTime, Said, estimate, rank, rounded, worth_saying
from telephony.reception import Priority

FIVE = WaitEstimate(5)
LONG = WaitEstimate(30, more=True)


@pytest.mark.parametrize(
    ("given", "waited_s", "ranked"),
    [
        (Priority.NORMAL, 119.9, Priority.NORMAL),
        (Priority.NORMAL, 120.0, Priority.LONG_WAIT),
        (Priority.NORMAL, 239.9, Priority.LONG_WAIT),
        (Priority.NORMAL, 240.0, Priority.STRUGGLING),
        (Priority.NORMAL, 479.9, Priority.STRUGGLING),
        (Priority.NORMAL, 480.0, Priority.URGENT),
        (Priority.NORMAL, 100_000.0, Priority.URGENT),
        (Priority.STRUGGLING, 0.0, Priority.STRUGGLING),
        (Priority.URGENT, 0.0, Priority.URGENT),
    ],
)
def test_waiting_raises_a_call_after_one_two_and_four_ageing_times(
    given: Priority, waited_s: float, ranked: Priority
) -> None:
    assert rank(given, waited_s, ageing_s=120.0) is ranked


def test_the_first_calls_count_alike_and_later_ones_a_fifth() -> None:
    handling = HandlingTime()
    for handled_s in (100.0, 200.0, 300.0):
        handling = handling.after(handled_s)
    assert (handling.mean_s, handling.count) == (200.0, 3)
    assert HandlingTime(200.0, 50).after(300.0) == HandlingTime(220.0, 51)


def test_a_mean_is_believed_from_the_third_call_on() -> None:
    assert HandlingTime(100.0, 2).known(240.0) == 240.0
    assert HandlingTime(100.0, 2).known(None) is None
    assert HandlingTime(100.0, 3).known(240.0) == 100.0


def test_nobody_there_or_nothing_known_is_no_estimate() -> None:
    assert estimate(0, 0, 0, 120.0) is None
    assert estimate(0, 1, 0, None) is None


def test_with_an_agent_free_for_it_a_call_is_answered_within_the_minute() -> None:
    assert estimate(0, 1, 1, None) == WaitEstimate(1)
    assert estimate(1.5, 3, 2, 600.0) == WaitEstimate(1)


@pytest.mark.parametrize(
    ("ahead", "agents", "free", "minutes"),
    [
        (0, 1, 0, 4),  # the talk in progress
        (1, 1, 0, 10),
        (1, 2, 0, 4),  # two agents become free twice as fast
        (2, 2, 2, 2),  # the free ones take those before
    ],
)
def test_busy_agents_become_free_one_after_the_other(
    ahead: float, agents: int, free: int, minutes: int
) -> None:
    assert estimate(ahead, agents, free, 240.0) == WaitEstimate(minutes)


@pytest.mark.parametrize(
    ("wait_s", "said"),
    [
        (0.0, WaitEstimate(1)),
        (60.0, WaitEstimate(1)),
        (60.1, WaitEstimate(2)),
        (300.0, WaitEstimate(5)),
        (301.0, WaitEstimate(10)),
        (601.0, WaitEstimate(15)),
        (901.0, WaitEstimate(20)),
        (1201.0, WaitEstimate(30)),
        (1800.0, WaitEstimate(30)),
        (1801.0, LONG),
    ],
)
def test_a_wait_is_rounded_up_to_what_people_say(wait_s: float, said: WaitEstimate) -> None:
    assert rounded(wait_s) == said


@pytest.mark.parametrize(
    ("before", "now", "tells"),
    [
        (WaitEstimate(3), WaitEstimate(2), False),
        (FIVE, WaitEstimate(4), False),
        (FIVE, WaitEstimate(3), True),
        (FIVE, WaitEstimate(10), True),
        (WaitEstimate(10), WaitEstimate(8), False),
        (WaitEstimate(20), WaitEstimate(15), False),
        (WaitEstimate(30), WaitEstimate(20), True),
        (LONG, LONG, False),
        (WaitEstimate(30), LONG, True),
        (LONG, WaitEstimate(30), True),
        (None, FIVE, True),
        (FIVE, None, False),
        (None, None, False),
    ],
)
def test_a_wait_is_told_again_when_it_differs_by_two_minutes_and_three_tenths(
    before: WaitEstimate | None, now: WaitEstimate | None, tells: bool
) -> None:
    assert (worth_saying(Said(2, before), 2, now) == "progress") is tells


def test_whoever_moves_up_is_told_and_whoever_is_overtaken_is_not() -> None:
    assert worth_saying(None, 3, None) == "first"
    assert worth_saying(Said(3, FIVE), 2, FIVE) == "progress"
    assert worth_saying(Said(2, FIVE), 3, FIVE) is None


def test_nobody_is_left_without_a_word_for_more_than_four_occasions() -> None:
    assert worth_saying(Said(2, FIVE, passed_over=2), 2, FIVE) is None
    assert worth_saying(Said(2, FIVE, passed_over=3), 2, FIVE) == "still"
