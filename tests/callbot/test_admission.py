"""How new calls are treated under load."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from callbot.admission import Admission, Level, Limits

LIMITS = Limits(quiet_s=10.0, window_s=20.0, fewest=4)


def measured(waits: list[float], at: float = 100.0) -> Admission:
    admission = Admission(LIMITS)
    for number, wait in enumerate(waits):
        admission.recognition_waited(wait, at + number * 0.1)
    return admission


def test_a_box_with_breath_gives_the_whole_dialogue() -> None:
    assert measured([0.0, 0.1, 0.3, 0.2, 0.1]).level(101.0) is Level.USUAL


def test_one_slow_recognition_is_an_accident() -> None:
    assert measured([0.0, 0.0, 0.1, 0.0, 9.0]).level(101.0) is Level.USUAL
    assert measured([9.0]).level(101.0) is Level.USUAL


def test_callers_who_wait_shorten_the_next_calls_then_send_them_elsewhere() -> None:
    assert measured([1.0] * 5).level(101.0) is Level.SHORT
    assert measured([3.0] * 5).level(101.0) is Level.FULL


def test_late_sound_counts_like_late_recognition() -> None:
    admission = Admission(LIMITS)
    for _ in range(5):
        admission.audio_late(0.2, 100.0)
    assert admission.level(100.0) is Level.SHORT
    for _ in range(20):
        admission.audio_late(0.6, 101.0)
    assert admission.level(101.0) is Level.FULL


def test_it_recovers_step_by_step_by_itself() -> None:
    admission = measured([3.0] * 5, at=100.0)
    assert admission.level(101.0) is Level.FULL
    levels = [admission.level(101.0 + second) for second in range(60)]
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] is Level.USUAL
    # The measurements hold for the window, then each step takes a quiet while.
    assert levels.index(Level.SHORT) >= 29
    assert levels.index(Level.USUAL) - levels.index(Level.SHORT) == 10


def test_it_does_not_flutter_around_a_threshold() -> None:
    admission = Admission(LIMITS)
    levels = []
    for second in range(120):
        admission.recognition_waited(0.82 if second % 2 else 0.7, 100.0 + second)
        levels.append(admission.level(100.0 + second))
    changes = sum(a is not b for a, b in itertools.pairwise(levels))
    assert changes == 1


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0.1, 30)), max_size=60))
def test_the_level_falls_one_step_at_a_time_and_always_in_the_end(
    told: list[tuple[float, float]],
) -> None:
    admission, now, before = Admission(LIMITS), 0.0, Level.USUAL
    for wait, pause in told:
        now += pause
        admission.recognition_waited(wait, now)
        level = admission.level(now)
        assert level >= before - 1
        before = level
    for _ in range(60):
        now += 1.0
        before = admission.level(now)
    assert before is Level.USUAL
