"""The queue where it is seldom: exactly at a limit, after the unusual, between two queues."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from telephony.presence import Presence
from telephony.queueactions import (
    AskKey,
    BackInQueue,
    CancelRing,
    Connect,
    Overflowed,
    Ring,
    TakeRefused,
    TalkOver,
    WaitEstimate,
)
from telephony.queueing import CONFIRM_S, NOBODY_GRACE_S, SHORT_TALK_S, Queueing
from telephony.reception import Direct, Overflow, Priority, Strategy
from tests.telephony.staffing import agent, one, only, reception


def talking(queue: Queueing, call: str, now: float) -> str:
    """Let the next agent answer a call at once; return who."""
    ring = one(queue.enter(call, "accueil", now), Ring)
    return one(queue.picked_up(ring.offer, now), Connect).agent


def wait_of(queue: Queueing, call: str, now: float) -> WaitEstimate | None:
    return next(place.wait for place in queue.waiting(now) if place.call == call)


def test_a_talk_of_five_seconds_was_one_and_a_shorter_one_was_none() -> None:
    queue = Queueing(reception([agent("anne"), agent("bruno")]), 0)
    talking(queue, "c1", 100)
    talking(queue, "c2", 100)
    assert only(queue.staff_left("c1", 100 + SHORT_TALK_S), TalkOver)
    assert only(queue.staff_left("c2", 99.9 + SHORT_TALK_S), BackInQueue)


def test_a_call_may_be_raised_while_it_waits() -> None:
    queue = Queueing(reception([agent("anne")]), 0)
    talking(queue, "blocker", 0)
    queue.enter("first", "accueil", 1)
    queue.enter("second", "accueil", 2)
    queue.raise_priority("second", Priority.STRUGGLING, 3)
    assert [place.call for place in queue.waiting(3)] == ["second", "first"]
    assert queue.raise_priority("blocker", Priority.URGENT, 4) == []


def test_a_telephone_in_our_call_is_no_call_of_its_own() -> None:
    queue = Queueing(reception([agent("anne")]), 0)
    talking(queue, "c1", 0)
    assert queue.busy_elsewhere("anne", busy=False, now=3) == []
    assert queue.agents()["anne"].presence is Presence.IN_CALL


def test_only_call_backs_wait_for_a_service_without_staff() -> None:
    plan = reception([agent("anne", "accueil"), agent("bruno", "sports")])
    plan = replace(plan, direct={"sports": Direct("sports", "sip:sports@pbx")})
    queue = Queueing(plan, 0)
    with pytest.raises(KeyError):
        queue.enter("c1", "sports", 1)
    assert only(queue.enter("rappel", "sports", 1, callback=True), Ring)


def test_the_clock_is_set_for_ringing_and_for_an_agent_left_alone() -> None:
    queue = Queueing(reception([agent("anne")]), 0)
    ring = one(queue.enter("c1", "accueil", 1), Ring)
    assert queue.next_deadline() == 21
    queue.ring_failed(ring.offer, "busy", 3)
    assert queue.next_deadline() == 18
    assert one(queue.tick(18), Ring).agent == "anne"


def test_nobody_else_is_rung_while_key_1_is_awaited() -> None:
    staff = [agent("anne"), agent("bruno", available=False)]
    queue = Queueing(reception(staff, strategy=Strategy.ALL, confirm=True), 0)
    ring = one(queue.enter("c1", "accueil", 0), Ring)
    queue.picked_up(ring.offer, 2)
    assert not only(queue.wants("bruno", Presence.AVAILABLE, 3), Ring)


def test_after_the_longest_wait_only_the_telephones_that_ring_already_count() -> None:
    staff = [agent("anne"), agent("bruno", available=False)]
    queue = Queueing(reception(staff, strategy=Strategy.ALL, max_wait_s=50), 0)
    talking(queue, "blocker", 0)
    queue.enter("c1", "accueil", 0)
    queue.left("blocker", 45, wrap_up=False)
    assert queue.waiting(45)[0].ringing == ("anne",)
    assert not only(queue.wants("bruno", Presence.AVAILABLE, 50), Ring)


def test_calls_of_other_queues_count_as_far_as_the_same_agents_answer_them() -> None:
    staff = [agent("anne", "accueil", "elections"), agent("bruno", "accueil")]
    queue = Queueing(reception(staff, usual_talk_s=100), 0)
    talking(queue, "c1", 0)
    talking(queue, "c2", 0)
    queue.enter("c3", "accueil", 1)
    queue.enter("c4", "elections", 2)
    # Every second caller of the reception is Anne's: one and a half talks of hers.
    assert wait_of(queue, "c4", 3) == WaitEstimate(3)
    queue.enter("c5", "elections", 3)
    assert wait_of(queue, "c5", 3) == WaitEstimate(5)


def test_a_wait_counts_the_writing_up_with_each_talk() -> None:
    queue = Queueing(reception([agent("anne")], wrap_up_s=10), 0)
    for number in range(3):
        talking(queue, f"c{number}", number * 100)
        queue.left(f"c{number}", number * 100 + 55)
    queue.enter("next", "accueil", 256)
    assert wait_of(queue, "next", 256) == WaitEstimate(2)


def test_whoever_is_connected_is_told_with_the_whole_wait() -> None:
    queue = Queueing(reception([agent("anne")]), 0)
    ring = one(queue.enter("c1", "accueil", 10, waited_s=30), Ring)
    assert one(queue.picked_up(ring.offer, 15), Connect).waited_s == 35


def test_nobody_is_sent_on_to_a_service_where_nobody_is() -> None:
    staff = [agent("anne"), agent("bruno", "elections", available=False)]
    plan = reception(staff, overflow={"accueil": Overflow("service", "elections")}, max_wait_s=50)
    queue = Queueing(plan, 0)
    talking(queue, "blocker", 0)
    queue.enter("c1", "accueil", 0)
    assert one(queue.tick(50), Overflowed).to == Overflow("callback")


def test_services_that_send_on_to_each_other_end_in_a_call_back() -> None:
    staff = [
        agent("anne"),
        agent("bruno", "elections", available=False),
        agent("chloe", "sports", available=False),
    ]
    overflow = {
        "accueil": Overflow("service", "elections"),
        "elections": Overflow("service", "sports"),
        "sports": Overflow("service", "elections"),
    }
    queue = Queueing(reception(staff, overflow=overflow, max_wait_s=50), 0)
    talking(queue, "blocker", 0)
    queue.enter("c1", "accueil", 0)
    assert one(queue.tick(50), Overflowed).to == Overflow("callback")


def test_an_agent_who_was_gone_begins_anew() -> None:
    whole = reception([agent("anne"), agent("bruno")])
    queue = Queueing(whole, 0)
    queue.wants("bruno", Presence.BREAK, 1)
    queue.renew(replace(whole, agents=whole.agents[:1]), "accueil", 10)
    queue.renew(whole, "accueil", 20)
    assert queue.agents()["bruno"].presence is Presence.AVAILABLE


def test_a_caller_given_back_goes_before_those_who_have_waited_longer() -> None:
    queue = Queueing(reception([agent("anne")]), 0)
    talking(queue, "c1", 100)
    queue.enter("c2", "accueil", 101, waited_s=60)
    queue.staff_left("c1", 102)
    assert [place.call for place in queue.waiting(102)] == ["c1", "c2"]
    assert queue.talks() == ()
    assert one(queue.tick(117), Ring).call == "c1"


def test_a_call_back_whose_agent_leaves_at_once_is_over() -> None:
    queue = Queueing(reception([agent("anne")]), 0)
    ring = one(queue.enter("rappel", "accueil", 0, callback=True), Ring)
    queue.picked_up(ring.offer, 1)
    queue.confirmed(ring.offer, 2)
    assert one(queue.staff_left("rappel", 3), TalkOver).call == "rappel"


def test_whoever_did_not_take_a_call_comes_after_those_not_asked_yet() -> None:
    queue = Queueing(reception([agent("anne"), agent("bruno")], penalty_s=0), 0)
    first = one(queue.enter("c1", "accueil", 0), Ring)
    second = one(queue.ring_failed(first.offer, "refused", 5), Ring)
    assert (first.agent, second.agent) == ("anne", "bruno")


def test_key_1_is_asked_for_once() -> None:
    queue = Queueing(reception([agent("anne")], confirm=True), 0)
    ring = one(queue.enter("c1", "accueil", 0), Ring)
    assert only(queue.picked_up(ring.offer, 2), AskKey)
    assert queue.picked_up(ring.offer, 8) == []
    assert queue.next_deadline() == 2 + CONFIRM_S


def test_a_call_in_a_talk_is_not_queued_again() -> None:
    queue = Queueing(reception([agent("anne")]), 0)
    talking(queue, "c1", 0)
    with pytest.raises(ValueError, match="already"):
        queue.enter("c1", "accueil", 1)


def test_taking_the_call_that_rings_keeps_it_to_oneself() -> None:
    staff = [agent("anne"), agent("bruno")]
    queue = Queueing(reception(staff, strategy=Strategy.ALL), 0)
    rings = only(queue.enter("c1", "accueil", 0), Ring)
    out = queue.take("anne", "c1", 1)
    assert one(out, CancelRing).agent == "bruno"
    assert not only(out, Ring)
    assert one(queue.picked_up(rings[0].offer, 3), Connect).agent == "anne"


def test_a_call_that_a_colleague_has_picked_up_cannot_be_taken() -> None:
    staff = [agent("anne"), agent("bruno")]
    queue = Queueing(reception(staff, confirm=True), 0)
    queue.picked_up(one(queue.enter("c1", "accueil", 0), Ring).offer, 1)
    assert one(queue.take("bruno", "c1", 2), TakeRefused).why == "already_taken"


def test_one_telephone_at_a_time_or_all_that_come_free() -> None:
    for strategy, rung in ((Strategy.LONGEST_IDLE, 0), (Strategy.ALL, 1)):
        staff = [agent("anne"), agent("bruno", available=False)]
        queue = Queueing(reception(staff, strategy=strategy), 0)
        queue.enter("c1", "accueil", 0)
        assert len(only(queue.wants("bruno", Presence.AVAILABLE, 1), Ring)) == rung


def test_a_call_back_for_somebody_unknown_rings_whoever_is_free() -> None:
    queue = Queueing(reception([agent("anne")]), 0)
    assert one(queue.enter("rappel", "accueil", 0, callback=True, agent="zoe"), Ring)


@pytest.mark.parametrize(
    ("rules", "due"),
    [
        ({"announce_every_s": 30}, 40),
        ({"announce_every_s": 500, "max_wait_s": 45}, 55),
        ({"announce_every_s": 500, "max_wait_s": 3000}, 10 + NOBODY_GRACE_S),
    ],
)
def test_the_clock_is_set_for_the_next_word_the_longest_wait_and_the_last_hope(
    rules: dict[str, Any], due: float
) -> None:
    queue = Queueing(reception([agent("anne")], **rules), 0)
    queue.wants("anne", Presence.BREAK, 1)
    queue.enter("rappel", "accueil", 5, callback=True)
    assert queue.next_deadline() is None
    queue.enter("c1", "accueil", 10)
    assert queue.next_deadline() == due


def test_a_telephone_that_rang_meanwhile_begins_the_last_hope_anew() -> None:
    queue = Queueing(reception([agent("anne")], max_wait_s=3000), 0)
    queue.wants("anne", Presence.BREAK, 0)
    queue.enter("c1", "accueil", 0)
    ring = one(queue.take("anne", "c1", 50), Ring)
    assert not only(queue.ring_failed(ring.offer, "no_answer", 70), Overflowed)
    gone = one(queue.tick(70 + NOBODY_GRACE_S), Overflowed)
    assert (gone.why, gone.waited_s) == ("nobody", 130)


def test_nobody_is_sent_on_to_a_queue_that_is_full() -> None:
    staff = [agent("anne"), agent("bruno", "elections")]
    overflow = {"accueil": Overflow("service", "elections")}
    queue = Queueing(reception(staff, overflow=overflow, max_wait_s=50, max_size=1), 0)
    talking(queue, "blocker", 0)
    queue.busy_elsewhere("bruno", busy=True, now=0)
    queue.enter("c1", "accueil", 10)
    queue.enter("c2", "elections", 20)
    gone = one(queue.tick(60), Overflowed)
    assert (gone.call, gone.to, gone.waited_s) == ("c1", Overflow("callback"), 50)


def test_short_talks_and_call_backs_in_vain_say_nothing_of_how_long_a_talk_is() -> None:
    queue = Queueing(reception([agent("anne")], usual_talk_s=600), 0)
    for number in range(4):
        now = number * 100
        talking(queue, f"c{number}", now)
        queue.left(f"c{number}", now + 2 if number % 2 else now + 60, wrap_up=number % 2 > 0)
        queue.tick(now + 90)
    talking(queue, "blocker", 400)
    queue.enter("next", "accueil", 401)
    assert wait_of(queue, "next", 401) == WaitEstimate(10)


def test_a_telephone_that_rings_for_a_queue_that_is_gone_stops() -> None:
    both = [agent("anne", "accueil", "sports")]
    queue = Queueing(reception(both), 0)
    ring = one(queue.enter("c1", "sports", 0), Ring)
    out = queue.renew(reception([agent("anne", "accueil")]), "accueil", 5)
    assert one(out, CancelRing).offer == ring.offer
    assert one(out, Ring).queue == "accueil"


def test_waits_go_by_the_rules_of_the_reception_that_counts_now() -> None:
    queue = Queueing(reception([agent("anne")], usual_talk_s=600), 0)
    talking(queue, "blocker", 0)
    queue.enter("c1", "accueil", 1)
    queue.renew(reception([agent("anne")], usual_talk_s=60), "accueil", 2)
    assert wait_of(queue, "c1", 2) == WaitEstimate(1)
