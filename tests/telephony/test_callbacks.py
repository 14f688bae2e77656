"""Call-backs: at sensible times, staff first, never twice, never forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from telephony.callbackrecord import Callback, CallbackState, callback_of
from telephony.callbackrequests import decide
from telephony.callbacksteps import (
    CallByHand,
    DialResident,
    EnterQueue,
    HangUpResident,
    Join,
    LeaveQueue,
    ReleaseStaff,
    SendText,
    Step,
)
from telephony.callbacktimes import CallbackTimes
from telephony.reception import CallbackRules
from tests.telephony.promises import PARIS, OfficeHours, asked, at, policy, promise

POLICY = policy()
CLOCKS = {
    "08:45": False,  # open, but nobody is rung before 9
    "09:00": True,
    "11:54": True,
    "11:55": False,
    "13:27": False,  # not open yet
    "13:30": True,
    "16:55": False,
}
"""Whether the telephone of a resident may ring at this time of a Monday."""


def did(step: Step | None) -> Callback:
    """Return what is kept; the event must apply and be a new version."""
    assert step is not None
    return step.keep


def dialling(now: datetime, **values: object) -> Callback:
    """A call-back whose resident is being rung."""
    callback = promise(now, **values)
    queued = did(POLICY.due(callback, max(now, callback.due_at)))
    return did(POLICY.staff_answered(queued, "anne", max(now, callback.due_at)))


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (at(2, "10:00"), at(2, "10:00")),
        (at(2, "11:57"), at(2, "13:30")),  # no time left before lunch
        (at(2, "12:30"), at(2, "13:30")),
        (at(2, "18:00"), at(3, "09:00")),  # open from 8:30, but nobody is rung before 9
        (at(6, "17:30"), at(9, "09:00")),  # Friday evening: Monday
        (at(3, "06:00"), at(3, "09:00")),
    ],
)
def test_it_is_due_when_the_service_is_open_and_people_are_up(now: datetime, due: datetime) -> None:
    assert promise(now).due_at == due


def test_nobody_is_rung_in_the_evening_even_for_a_service_that_never_closes() -> None:
    assert promise(at(2, "18:59"), service="veille").due_at == at(2, "18:59")
    assert promise(at(2, "19:00"), service="veille").due_at == at(3, "09:00")
    assert promise(at(3, "02:00"), service="veille").due_at == at(3, "09:00")


def test_a_telephone_rings_only_while_somebody_is_there_and_will_be_in_five_minutes() -> None:
    times = CallbackTimes(CallbackRules(), OfficeHours(), PARIS)
    allowed = {clock: times.allowed("etat_civil", at(2, clock)) for clock in CLOCKS}
    assert allowed == CLOCKS
    assert not times.allowed("veille", at(2, "08:59"))
    assert times.allowed("veille", at(2, "09:00"))
    assert not times.allowed("veille", at(2, "19:00"))


def test_winter_time_does_not_move_the_morning() -> None:
    # The clocks go back on Sunday, 25 October 2026.
    friday = datetime(2026, 10, 23, 18, 0, tzinfo=at(2, "10:00").tzinfo)
    assert promise(friday).due_at.astimezone(at(2, "9:00").tzinfo).hour == 9
    assert promise(friday).due_at.date().isoformat() == "2026-10-26"


def test_the_resident_may_choose_a_later_time() -> None:
    assert promise(at(2, "10:00"), not_before=at(4, "15:00")).due_at == at(4, "15:00")
    assert promise(at(2, "10:00"), not_before=at(4, "19:30")).due_at == at(5, "09:00")
    assert promise(at(2, "10:00"), not_before=at(1, "10:00")).due_at == at(2, "10:00")


def test_a_service_that_never_opens_is_for_people() -> None:
    step = asked(at(2, "10:00"), service="jamais")
    assert step.keep.state is CallbackState.BY_HAND
    assert step.actions == (CallByHand("r1", "jamais", "never_open"),)
    assert step.keep.due_at == at(2, "10:00")
    assert POLICY.renewed(step.keep, at(2, "10:05"), not_before=None) is None


def test_the_whole_way_to_a_talk() -> None:
    callback = promise(at(2, "10:00"), waiting_since=at(2, "09:57"))
    step = POLICY.due(callback, at(2, "10:01"))
    queued = did(step)
    assert step is not None
    assert step.actions == (EnterQueue("r1", "etat_civil", 240.0),)
    assert callback_of(queued.queue_call) == "r1"
    assert callback_of("c4f2") is None
    step = POLICY.staff_answered(queued, "anne", at(2, "10:02"))
    assert step is not None
    assert step.actions == (DialResident("r1", "+33612345678", "anne"),)
    step = POLICY.resident_answered(step.keep, at(2, "10:03"))
    assert step is not None
    assert step.actions == (Join("r1", "anne"),)
    done = did(POLICY.talk_ended(step.keep, at(2, "10:08")))
    assert (done.state, done.version, done.open) == (CallbackState.DONE, 4, False)


def test_tries_come_after_10_and_45_minutes_and_at_the_next_opening_then_a_text() -> None:
    callback = dialling(at(2, "10:00"))
    due = []
    now = at(2, "10:00")
    for _ in range(3):
        step = POLICY.resident_failed(callback, "no_answer", now)
        assert step is not None
        (release,) = step.actions
        assert release == ReleaseStaff("r1", "anne", "no_answer", step.keep.due_at)
        due.append(now := step.keep.due_at)
        assert POLICY.due(step.keep, now - timedelta(seconds=1)) is None
        queued = did(POLICY.due(step.keep, now))
        callback = did(POLICY.staff_answered(queued, "anne", now))
    assert due == [at(2, "10:10"), at(2, "10:55"), at(2, "13:30")]
    step = POLICY.resident_failed(callback, "busy", now)
    assert step is not None
    assert step.keep.state is CallbackState.CLOSING
    assert step.actions == (
        ReleaseStaff("r1", "anne", "busy", None),
        SendText("r1", "+33612345678", "etat_civil", "rappel:r1"),
    )
    assert did(POLICY.text_sent(step.keep, now, ok=True)).state is CallbackState.GIVEN_UP
    failed = POLICY.text_sent(step.keep, now, ok=False)
    assert failed is not None
    assert failed.actions == (CallByHand("r1", "etat_civil", "no_text"),)


def test_without_a_mobile_or_texts_people_call_by_hand() -> None:
    for rules, mobile in ((POLICY, False), (policy(texts=False), True)):
        callback = dialling(at(2, "10:00"), mobile=mobile)
        now = at(2, "10:00")
        for _ in range(3):
            callback = did(rules.resident_failed(callback, "no_answer", now))
            now = callback.due_at
            callback = did(rules.staff_answered(did(rules.due(callback, now)), "anne", now))
        step = rules.resident_failed(callback, "no_answer", now)
        assert step is not None
        assert step.actions[1:] == (CallByHand("r1", "etat_civil", "not_reached"),)
        assert step.keep.state is CallbackState.BY_HAND
        assert did(rules.done_by_hand(step.keep, "bruno", now)).state is CallbackState.DONE


def test_a_late_try_waits_for_the_morning_but_not_for_the_place() -> None:
    callback = dialling(at(2, "16:50"), waiting_since=at(2, "16:30"))
    again = did(POLICY.resident_failed(callback, "no_answer", at(2, "16:51")))
    assert again.due_at == at(3, "09:00")
    step = POLICY.due(again, at(3, "09:02"))
    assert step is not None
    assert step.actions == (EnterQueue("r1", "etat_civil", 120.0),)


def test_a_round_the_clock_service_is_tried_again_the_next_morning() -> None:
    times = CallbackTimes(CallbackRules(), OfficeHours(), PARIS)
    assert times.retry("veille", at(6, "18:59"), 3) == at(7, "09:00")


def test_when_the_service_closes_before_anybody_took_it_it_waits_for_the_next_day() -> None:
    queued = did(POLICY.due(promise(at(2, "16:40")), at(2, "16:40")))
    assert POLICY.due(queued, at(2, "16:54")) is None
    step = POLICY.due(queued, at(2, "16:56"))
    assert step is not None
    assert step.actions == (LeaveQueue("r1"),)
    assert (step.keep.state, step.keep.due_at) == (CallbackState.PLANNED, at(3, "09:00"))
    assert step.keep.attempts == 0


def test_what_nobody_takes_for_days_is_shown_to_people() -> None:
    now = at(2, "10:00")
    callback = promise(now)
    queued = did(POLICY.due(callback, now))
    step = POLICY.due(queued, at(9, "10:00"))
    assert step is not None
    assert step.actions == (LeaveQueue("r1"), CallByHand("r1", "etat_civil", "expired"))
    # What was promised for later does not expire before its time.
    assert promise(at(6, "17:30")).expires_at - at(9, "09:00") == callback.expires_at - now
    later = promise(at(2, "10:00"), not_before=at(16, "10:00"))
    assert did(POLICY.due(later, at(16, "10:00"))).state is CallbackState.QUEUED


def test_a_promise_that_was_slept_through_waits_for_a_decent_hour_or_goes_to_people() -> None:
    planned = promise(at(2, "16:50"))
    late = POLICY.due(planned, at(2, "18:00"))
    assert late is not None
    assert (late.keep.state, late.keep.due_at, late.actions) == (
        CallbackState.PLANNED,
        at(3, "09:00"),
        (),
    )
    queued = did(POLICY.due(planned, at(2, "16:50")))
    for open_one, left in ((planned, ()), (queued, (LeaveQueue("r1"),))):
        before = did(POLICY.due(open_one, planned.expires_at - timedelta(seconds=1)))
        assert before.by_hand is None
        step = POLICY.due(open_one, planned.expires_at)
        assert step is not None
        assert step.actions == (*left, CallByHand("r1", "etat_civil", "expired"))


def test_a_service_that_opens_no_more_leaves_its_promises_to_people() -> None:
    queued = did(POLICY.due(promise(at(2, "10:00")), at(2, "10:00")))
    step = policy(hours=OfficeHours(spans=())).due(queued, at(2, "10:01"))
    assert step is not None
    assert (step.keep.state, step.keep.by_hand) == (CallbackState.BY_HAND, "never_open")
    assert step.actions == (LeaveQueue("r1"), CallByHand("r1", "etat_civil", "never_open"))


def test_a_number_that_is_on_the_line_is_not_called() -> None:
    callback = promise(at(2, "10:00"))
    step = POLICY.due(callback, at(2, "10:00"), engaged={"+33612345678"})
    assert step is not None
    assert (step.keep.state, step.keep.due_at) == (CallbackState.PLANNED, at(2, "10:02"))
    assert step.actions == ()


def test_an_agent_who_takes_it_too_late_is_released_and_nobody_is_rung() -> None:
    queued = did(POLICY.due(promise(at(2, "16:54")), at(2, "16:54")))
    step = POLICY.staff_answered(queued, "anne", at(2, "17:00"))
    assert step is not None
    assert step.actions == (ReleaseStaff("r1", "anne", "too_late", at(3, "09:00")),)
    step = POLICY.staff_answered(queued, "anne", at(2, "16:30"), engaged={"+33612345678"})
    assert step is not None
    assert step.actions == (ReleaseStaff("r1", "anne", "engaged", at(2, "16:32")),)
    assert step.keep.attempts == 0


def test_an_agent_who_leaves_stops_the_ringing_and_it_counts_as_a_try() -> None:
    step = POLICY.staff_left(dialling(at(2, "10:00")), at(2, "10:00"))
    assert step is not None
    assert step.actions == (HangUpResident("r1"),)
    assert (step.keep.attempts, step.keep.due_at) == (1, at(2, "10:10"))


def test_people_may_call_now_whatever_the_hour() -> None:
    callback = promise(at(2, "18:00"))
    step = POLICY.now(callback, at(2, "18:01"))
    assert step is not None
    assert isinstance(step.actions[0], EnterQueue)
    assert POLICY.due(step.keep, at(2, "18:02")) is None
    assert POLICY.now(step.keep, at(2, "18:02")) is None
    assert did(POLICY.staff_answered(step.keep, "anne", at(2, "18:10"))).agent == "anne"


def test_what_nobody_takes_at_once_waits_for_a_decent_hour_again() -> None:
    step = POLICY.now(promise(at(2, "18:00")), at(2, "18:01"))
    assert step is not None
    assert POLICY.due(step.keep, at(2, "18:10")) is None
    later = POLICY.due(step.keep, at(2, "18:11"))
    assert later is not None
    assert (later.keep.state, later.keep.due_at) == (CallbackState.PLANNED, at(3, "09:00"))
    assert later.actions == (LeaveQueue("r1"),)


def test_events_that_do_not_apply_change_nothing() -> None:
    callback = promise(at(2, "10:00"))
    now = at(2, "10:00")
    assert POLICY.staff_answered(callback, "anne", now) is None
    assert POLICY.resident_answered(callback, now) is None
    assert POLICY.resident_failed(callback, "busy", now) is None
    assert POLICY.talk_ended(callback, now) is None
    assert POLICY.staff_left(callback, now) is None
    assert POLICY.text_sent(callback, now, ok=True) is None
    assert POLICY.due(dialling(now), at(9, "10:00")) is None
    talking = did(POLICY.resident_answered(dialling(now), now))
    assert POLICY.cancelled(talking, now) is None
    assert POLICY.done_by_hand(talking, "bruno", now) is None
    assert POLICY.resident_failed(talking, "no_answer", now) is None
    done = did(POLICY.staff_left(talking, now))
    assert POLICY.done_by_hand(done, "bruno", now) is None
    for step in (POLICY.due(done, now), POLICY.now(done, now), POLICY.cancelled(done, now)):
        assert step is None


def test_cancelling_undoes_what_is_under_way() -> None:
    now = at(2, "10:00")
    queued = did(POLICY.due(promise(now), now))
    step = POLICY.cancelled(queued, now)
    assert step is not None
    assert step.actions == (LeaveQueue("r1"),)
    step = POLICY.cancelled(dialling(now), now)
    assert step is not None
    release = ReleaseStaff("r1", "anne", "cancelled", None)
    assert step.actions == (HangUpResident("r1"), release)
    step = POLICY.cancelled(promise(now), now)
    assert step is not None
    assert step.actions == ()


def test_what_a_person_has_settled_leaves_the_queue() -> None:
    now = at(2, "10:00")
    planned = promise(now)
    for callback, actions in (
        (planned, ()),
        (did(POLICY.due(planned, now)), (LeaveQueue("r1"),)),
    ):
        step = POLICY.done_by_hand(callback, "bruno", now)
        assert step is not None
        assert (step.keep.state, step.keep.agent) == (CallbackState.DONE, "bruno")
        assert step.actions == actions


def test_a_resident_who_picked_up_and_talked_to_nobody_is_tried_again() -> None:
    now = at(2, "10:00")
    answered = did(POLICY.resident_answered(dialling(now), now))
    step = POLICY.not_joined(answered, "unreachable", now)
    kept = did(step)
    assert (kept.state, kept.attempts) == (CallbackState.PLANNED, 1)
    assert step is not None
    assert step.actions == (
        HangUpResident("r1"),
        ReleaseStaff("r1", "anne", "unreachable", kept.due_at),
    )
    assert POLICY.not_joined(kept, "unreachable", now) is None


def test_an_agent_for_whom_no_line_is_free_is_let_go_and_no_try_is_counted() -> None:
    now = at(2, "10:00")
    queued = did(POLICY.due(promise(now), now))
    kept = did(POLICY.no_line(queued, "anne", now))
    assert (kept.state, kept.attempts) == (CallbackState.PLANNED, 0)
    assert kept.due_at == now + timedelta(minutes=2)
    assert POLICY.no_line(kept, "anne", now) is None


def test_after_a_crash_nothing_is_lost_and_nobody_is_called_twice() -> None:
    now, later = at(2, "10:00"), at(2, "10:05")
    planned = promise(now)
    queued = did(POLICY.due(planned, now))
    ringing = dialling(now)
    talking = did(POLICY.resident_answered(ringing, now))
    assert POLICY.recovered(planned, later, leg_alive=False) is None
    step = POLICY.recovered(queued, later, leg_alive=False)
    assert step is not None
    assert step.actions == (EnterQueue("r1", "etat_civil", 300.0),)
    step = POLICY.recovered(queued, at(2, "17:30"), leg_alive=False)
    assert step is not None
    assert (step.keep.state, step.keep.due_at) == (CallbackState.PLANNED, at(3, "09:00"))
    closing = replace(queued, state=CallbackState.CLOSING)
    step = POLICY.recovered(closing, later, leg_alive=False)
    assert step is not None
    assert step.actions == (SendText("r1", "+33612345678", "etat_civil", "rappel:r1"),)
    step = POLICY.recovered(ringing, later, leg_alive=False)
    assert step is not None
    assert (step.keep.state, step.keep.attempts, step.actions) == (CallbackState.PLANNED, 1, ())
    step = POLICY.recovered(talking, later, leg_alive=False)
    assert step is not None
    assert step.actions == (CallByHand("r1", "etat_civil", "interrupted"),)
    for callback in (ringing, talking):
        assert POLICY.recovered(callback, later, leg_alive=True) is None


def test_asking_twice_makes_one_promise() -> None:
    now = at(2, "10:00")
    first = decide(POLICY, asked(now), (), now, again=False)
    assert (first.outcome, first.callback.round) == ("new", 1)
    second = decide(POLICY, asked(now, identifier="r2"), [first.callback], now, again=False)
    assert (second.outcome, second.callback, second.step) == ("kept", first.callback, None)
    moved = decide(
        POLICY,
        asked(now, identifier="r2"),
        [first.callback],
        now,
        again=False,
        not_before=at(3, "14:00"),
    )
    assert (moved.outcome, moved.callback.id) == ("renewed", "r1")
    assert moved.callback.due_at == at(3, "14:00")


def test_asking_again_for_what_is_open_begins_the_tries_anew() -> None:
    now, later = at(2, "10:00"), at(2, "10:30")
    tried = did(POLICY.resident_failed(dialling(now), "no_answer", now))
    wanted = asked(later, identifier="r2", reason="mon acte de naissance")
    anew = decide(POLICY, wanted, [tried], later, again=True)
    assert (anew.outcome, anew.callback.id, anew.callback.attempts) == ("renewed", "r1", 0)
    assert (anew.callback.due_at, anew.callback.reason) == (later, "mon acte de naissance")
    kept = decide(POLICY, asked(later, reason=""), [tried], later, again=True)
    assert kept.callback.reason == "mon passeport"


def test_of_several_call_backs_of_a_day_the_last_counts() -> None:
    now = at(2, "10:00")
    done = did(POLICY.done_by_hand(promise(now), "anne", now))
    second = replace(done, id="r2", round=2, requested_at=at(2, "11:00"))
    wanted = asked(at(2, "12:00"), identifier="r3")
    same = decide(POLICY, wanted, [second, done], now, again=False)
    assert (same.outcome, same.callback.id) == ("handled_today", "r2")
    again = decide(POLICY, wanted, [second, done], now, again=True)
    assert (again.outcome, again.callback.round) == ("new", 3)


def test_asking_again_after_the_call_is_a_new_promise_only_if_meant() -> None:
    now = at(2, "10:00")
    talking = did(POLICY.resident_answered(dialling(now), now))
    busy = decide(POLICY, asked(now, identifier="r2"), [talking], now, again=True)
    assert busy.outcome == "kept"
    done = did(POLICY.talk_ended(talking, now))
    same = decide(POLICY, asked(now, identifier="r2"), [done], now, again=False)
    assert same.outcome == "handled_today"
    again = decide(POLICY, asked(now, identifier="r2"), [done], now, again=True)
    assert (again.outcome, again.callback.id, again.callback.round) == ("new", "r2", 2)
    tomorrow = decide(POLICY, asked(at(3, "10:00"), identifier="r2"), [done], now, again=False)
    assert (tomorrow.outcome, tomorrow.callback.round) == ("new", 1)
    gone = did(POLICY.cancelled(promise(now), now))
    anew = decide(POLICY, asked(now, identifier="r2"), [gone], now, again=False)
    assert (anew.outcome, anew.callback.round) == ("new", 2)
