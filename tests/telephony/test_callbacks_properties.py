"""Whatever staff, residents, crashes and the clock do: at most four tries, in decent hours."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from telephony.callbackrecord import CallbackState
from telephony.callbacksteps import (
    CallByHand,
    DialResident,
    Join,
    LeaveQueue,
    ReleaseStaff,
    SendText,
    Step,
)
from telephony.callbacktimes import CallbackTimes
from telephony.reception import CallbackRules
from tests.telephony.promises import PARIS, OfficeHours, asked, at, policy

TIMES = CallbackTimes(CallbackRules(), OfficeHours(), PARIS)

EVENTS = st.sampled_from(
    [
        *("due", "due", "staff", "staff", "answer", "fail", "fail", "ended", "crash"),
        *("agent_left", "no_line", "not_joined"),
    ]
)
PAUSES = st.sampled_from([0, 1, 20, 300, 1800, 3600, 5 * 3600, 17 * 3600])


def happens(event: str, step: Step, now: datetime) -> Step | None:
    rules, callback = policy(), step.keep
    match event:
        case "due":
            return rules.due(callback, now)
        case "staff":
            return rules.staff_answered(callback, "anne", now)
        case "answer":
            return rules.resident_answered(callback, now)
        case "fail":
            return rules.resident_failed(callback, "no_answer", now)
        case "agent_left":
            return rules.staff_left(callback, now)
        case "no_line":
            return rules.no_line(callback, "anne", now)
        case "not_joined":
            return rules.not_joined(callback, "unreachable", now)
        case "ended":
            return rules.talk_ended(callback, now)
        case _:
            return rules.recovered(callback, now, leg_alive=False)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    start=st.integers(0, 7 * 24 * 60),
    mobile=st.booleans(),
    life=st.lists(st.tuples(EVENTS, PAUSES), max_size=60),
)
def test_any_life_of_a_callback(start: int, mobile: bool, life: list[tuple[str, int]]) -> None:
    now = at(2, "00:00") + timedelta(minutes=start)
    step = asked(now, mobile=mobile)
    rung = joined = texts = handed_over = 0
    in_queue = staff_held = False
    for event, pause in life:
        now += timedelta(seconds=pause)
        following = happens(event, step, now)
        if following is None:
            continue
        joined -= event == "not_joined"
        if following.keep != step.keep:
            assert following.keep.version == step.keep.version + 1
        for action in following.actions:
            match action:
                case DialResident():
                    rung += 1
                    staff_held = True
                    assert 9 <= now.hour < 19
                    assert OfficeHours().is_open("etat_civil", now)
                case Join():
                    joined += 1
                    assert staff_held
                case ReleaseStaff():
                    staff_held = False
                case SendText():
                    texts += following.keep != step.keep
                    assert mobile
                case CallByHand():
                    handed_over += 1
                case LeaveQueue():
                    assert in_queue
                case _:
                    pass
        step = following
        in_queue = step.keep.state is CallbackState.QUEUED
        if step.keep.state is CallbackState.PLANNED:
            assert TIMES.allowed("etat_civil", step.keep.due_at)
    assert rung <= 4
    assert joined <= 1
    assert texts + handed_over <= 1
    if step.keep.state is CallbackState.DONE:
        assert joined == 1
