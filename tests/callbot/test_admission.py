"""How new calls are treated under load."""

from __future__ import annotations

import itertools

import pytest
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
    assert measured([9.0] * 3).level(101.0) is Level.USUAL
    for many in range(4, 13):
        assert measured([0.0] * (many - 1) + [9.0]).level(102.0) is Level.USUAL


@pytest.mark.parametrize(("slow", "all_told"), [(2, 4), (2, 5), (3, 8), (4, 12)])
def test_more_than_a_quarter_of_slow_recognitions_count(slow: int, all_told: int) -> None:
    waits = [9.0] * slow + [0.0] * (all_told - slow)
    assert measured(waits).level(102.0) is Level.FULL
    assert measured([*waits[1:], 0.0]).level(102.0) is Level.USUAL


def test_callers_who_wait_shorten_the_next_calls_then_send_them_elsewhere() -> None:
    assert measured([1.0] * 5).level(101.0) is Level.SHORT
    assert measured([3.0] * 5).level(101.0) is Level.FULL


@pytest.mark.parametrize(
    ("recognition", "audio", "level"),
    [
        (0.79, 0.14, Level.USUAL),
        (0.8, 0.0, Level.SHORT),
        (0.0, 0.15, Level.SHORT),
        (2.49, 0.49, Level.SHORT),
        (2.5, 0.0, Level.FULL),
        (0.0, 0.5, Level.FULL),
    ],
)
def test_the_thresholds_belong_to_the_worse_level(
    recognition: float, audio: float, level: Level
) -> None:
    admission = Admission(LIMITS)
    for _ in range(4):
        admission.recognition_waited(recognition, 100.0)
        admission.audio_late(audio, 100.0)
    assert admission.level(100.0) is level


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


def test_a_relapse_begins_the_quiet_while_anew() -> None:
    admission = Admission(Limits(quiet_s=10.0, window_s=1.0, fewest=1))
    admission.recognition_waited(1.0, 100.0)
    assert admission.level(100.0) is Level.SHORT
    assert admission.level(102.0) is Level.SHORT
    admission.recognition_waited(0.5, 108.0)  # bearable for usual calls, and not yet recovered
    assert admission.level(108.0) is Level.SHORT
    assert admission.level(110.0) is Level.SHORT
    assert admission.level(119.9) is Level.SHORT
    assert admission.level(120.0) is Level.USUAL


def test_what_was_measured_is_forgotten_the_oldest_first() -> None:
    calm = measured([0.0] * 20)
    for number in range(4):
        calm.recognition_waited(3.0, 120.0 + number * 0.1)
    assert calm.level(120.4) is Level.USUAL
    assert calm.level(122.0) is Level.FULL
    slow = Admission(LIMITS)
    for at in (100.0, 119.0):
        for _ in range(4):
            slow.recognition_waited(3.0 if at == 100.0 else 0.0, at)
    assert slow.level(120.1) is Level.USUAL


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
