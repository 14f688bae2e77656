"""How many streams may come into being in a short time."""

from hypothesis import given
from hypothesis import strategies as st

from telephony.floodgate import Floodgate

HANDLES, KEPT_S = 64, 0.5
"""What pjsip has, and how long it keeps the handle of a socket that was closed."""
CALLS_UP, STREAMS = 4, 3
"""Of one worker, and of one call."""


@given(st.lists(st.floats(0.0, 0.2), min_size=1, max_size=200))
def test_whoever_waits_as_told_leaves_handles_for_all(pauses: list[float]) -> None:
    gate = Floodgate()
    now, made = 100.0, []
    for pause in pauses:
        now += pause
        made += [now] * STREAMS  # all sockets of a call are made before the first is noted
        for _ in range(STREAMS):
            now += gate.passed(now)
    for end in made:
        lately = sum(end - KEPT_S <= at <= end for at in made)
        assert 2 * (lately + CALLS_UP * STREAMS) <= HANDLES


def test_calls_that_come_at_their_usual_pace_never_wait() -> None:
    gate = Floodgate()
    for second in range(100):
        assert gate.is_open(float(second))
        assert [gate.passed(second + n / 10) for n in range(5)] == [0.0] * 5
    unasked = Floodgate()
    assert {unasked.passed(float(second)) for second in range(100)} == {0.0}


def test_a_flood_closes_the_gate_until_it_is_over() -> None:
    gate = Floodgate(most=4, within_s=1.0, at_once=2)
    assert [gate.passed(0.0), gate.passed(0.1)] == [0.0, 0.0]
    assert gate.is_open(0.1)
    assert gate.passed(0.2) == 0.0
    assert not gate.is_open(0.3)
    assert gate.passed(0.4) == 0.6
    assert not gate.is_open(0.9)
    assert gate.is_open(1.15)
    one = Floodgate(most=1, within_s=1.0, at_once=1)
    assert one.passed(0.0) == 1.0
    assert not one.is_open(0.99)
    assert one.is_open(1.0)
