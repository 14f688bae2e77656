"""What happens to callers, telephones and staff, situation by situation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from telephony.presence import Presence
from telephony.queueactions import (
    AlreadyTaken,
    Announce,
    AskKey,
    BackInQueue,
    CancelRing,
    Connect,
    Moved,
    Overflowed,
    PresenceChanged,
    Ring,
    TakeRefused,
    TalkOver,
    WaitEstimate,
    failure_of,
)
from telephony.queueing import CONFIRM_S, NOBODY_GRACE_S, Queueing
from telephony.reception import Direct, Overflow, Priority, Strategy
from tests.telephony.staffing import agent, one, only, reception


def busy(queue: Queueing, name: str, now: float, call: str = "blocker") -> None:
    """Put an agent in a call."""
    rings = only(queue.enter(call, "accueil", now), Ring)
    assert [ring.agent for ring in rings] == [name]
    assert one(queue.picked_up(rings[0].offer, now), Connect).agent == name


def presence(queue: Queueing, name: str) -> Presence:
    return queue.agents()[name].presence


def test_the_longest_idle_agent_is_rung_and_the_next_when_nobody_answers() -> None:
    queue = Queueing(reception([agent("anne"), agent("bruno"), agent("chloe")]), 0)
    busy(queue, "anne", 0)
    queue.left("blocker", 50)
    queue.tick(60)
    ring = one(queue.enter("c1", "accueil", 70), Ring)
    assert (ring.agent, ring.target, ring.ring_s) == ("bruno", "sip:bruno@pbx", 20)
    out = queue.tick(90)
    assert one(out, CancelRing).why == "ring_timeout"
    assert one(out, Ring).agent == "chloe"
    assert presence(queue, "bruno") is Presence.AVAILABLE
    # Refused by the second: the third; bruno is left alone although rested longest.
    out = queue.ring_failed(one(out, Ring).offer, failure_of(486), 92)
    assert one(out, Ring).agent == "anne"


def test_the_best_in_a_subject_goes_before_the_longest_idle() -> None:
    staff = [agent("anne", "elections", "accueil"), agent("bruno", "accueil", "elections")]
    queue = Queueing(reception(staff), 0)
    assert one(queue.enter("c1", "accueil", 5), Ring).agent == "bruno"
    assert one(queue.enter("c2", "accueil", 6), Ring).agent == "anne"


def test_in_order_always_starts_at_the_top_of_the_file() -> None:
    queue = Queueing(reception([agent("anne"), agent("bruno")], strategy=Strategy.ORDER), 0)
    busy(queue, "anne", 0)
    queue.left("blocker", 50, wrap_up=False)
    assert one(queue.enter("c1", "accueil", 51), Ring).agent == "anne"


def test_when_all_ring_the_first_wins_and_the_second_is_told() -> None:
    queue = Queueing(reception([agent("anne"), agent("bruno")], strategy=Strategy.ALL), 0)
    first, second = only(queue.enter("c1", "accueil", 0), Ring)
    out = queue.picked_up(second.offer, 3)
    assert one(out, Connect).agent == "bruno"
    assert one(out, CancelRing) == CancelRing(first.offer, "c1", "anne", "taken")
    assert presence(queue, "anne") is Presence.AVAILABLE
    late = one(queue.picked_up(first.offer, 3.1), AlreadyTaken)
    assert (late.agent, late.call, late.why) == ("anne", "c1", "taken")
    assert presence(queue, "anne") is Presence.AVAILABLE
    assert [talk.agent for talk in queue.talks()] == ["bruno"]


def test_an_answering_machine_does_not_get_the_caller() -> None:
    staff = [agent("anne"), agent("bruno")]
    queue = Queueing(reception(staff, strategy=Strategy.ALL, confirm=True), 0)
    first, second = only(queue.enter("c1", "accueil", 0), Ring)
    assert one(queue.picked_up(first.offer, 2), AskKey).limit_s == CONFIRM_S
    out = queue.tick(2 + CONFIRM_S)
    assert one(out, CancelRing) == CancelRing(first.offer, "c1", "anne", "not_confirmed")
    queue.picked_up(second.offer, 15)
    assert one(queue.confirmed(second.offer, 16), Connect).agent == "bruno"


def test_two_pick_up_and_only_the_first_key_counts() -> None:
    staff = [agent("anne"), agent("bruno")]
    queue = Queueing(reception(staff, strategy=Strategy.ALL, confirm=True), 0)
    first, second = only(queue.enter("c1", "accueil", 0), Ring)
    queue.picked_up(first.offer, 2)
    queue.picked_up(second.offer, 2)
    out = queue.confirmed(second.offer, 4)
    assert one(out, Connect).agent == "bruno"
    assert one(out, AlreadyTaken).offer == first.offer
    assert not only(queue.confirmed(first.offer, 4.1), Connect)


def test_a_caller_who_hangs_up_stops_the_ringing() -> None:
    queue = Queueing(reception([agent("anne")]), 0)
    ring = one(queue.enter("c1", "accueil", 0), Ring)
    out = queue.left("c1", 4)
    assert one(out, CancelRing) == CancelRing(ring.offer, "c1", "anne", "caller_left")
    assert presence(queue, "anne") is Presence.AVAILABLE
    assert one(queue.picked_up(ring.offer, 4.2), AlreadyTaken).why == "caller_left"
    assert queue.left("c1", 5) == []
    # The agent did nothing wrong and is rung for the next at once.
    assert one(queue.enter("c2", "accueil", 5), Ring).agent == "anne"


@pytest.mark.parametrize("wish", [Presence.BREAK, Presence.OFFLINE])
def test_an_agent_who_leaves_while_ringing_is_withdrawn(wish: Presence) -> None:
    queue = Queueing(reception([agent("anne"), agent("bruno")]), 0)
    ring = one(queue.enter("c1", "accueil", 0), Ring)
    assert ring.agent == "anne"
    out = queue.wants("anne", wish, 5)
    assert one(out, CancelRing).why == "withdrawn"
    assert one(out, Ring).agent == "bruno"
    assert one(queue.picked_up(ring.offer, 5.1), AlreadyTaken).why == "withdrawn"
    assert presence(queue, "anne") is wish


def test_a_break_asked_for_in_a_call_begins_after_it() -> None:
    queue = Queueing(reception([agent("anne")]), 0)
    busy(queue, "anne", 0)
    out = queue.wants("anne", Presence.BREAK, 10)
    assert one(out, PresenceChanged) == PresenceChanged("anne", Presence.IN_CALL, Presence.BREAK)
    queue.left("blocker", 20)
    assert presence(queue, "anne") is Presence.WRAP_UP
    queue.tick(30)
    assert presence(queue, "anne") is Presence.BREAK


def test_nobody_is_rung_in_a_call_or_while_writing_it_up() -> None:
    queue = Queueing(reception([agent("anne")]), 0)
    busy(queue, "anne", 0)
    assert not only(queue.enter("c1", "accueil", 1), Ring)
    assert one(queue.left("blocker", 40), TalkOver).talked_s == 40
    assert not only(queue.tick(49.9), Ring)
    assert queue.next_deadline() == 50
    assert one(queue.tick(50), Ring).call == "c1"


def test_saying_available_ends_the_writing_up() -> None:
    queue = Queueing(reception([agent("anne")]), 0)
    busy(queue, "anne", 0)
    queue.enter("c1", "accueil", 1)
    queue.left("blocker", 40)
    assert one(queue.wants("anne", Presence.AVAILABLE, 42), Ring).call == "c1"


def test_a_telephone_that_is_never_answered_is_left_alone_for_longer_and_longer() -> None:
    queue = Queueing(reception([agent("anne")], max_wait_s=3000), 0)
    ring = one(queue.enter("c1", "accueil", 0), Ring)
    pauses = []
    now = 0.0
    for _ in range(4):
        now = queue.agents()["anne"].since
        out = queue.ring_failed(ring.offer, "unreachable", now)
        pauses.append(queue.agents()["anne"].paused_until - now)
        ring = one(queue.tick(now + pauses[-1]), Ring)
        assert not only(out, Ring)
    assert pauses == [15, 30, 60, 120]
    queue.picked_up(ring.offer, now + 130)
    assert queue.agents()["anne"].missed == 0


def test_priorities_decide_who_is_next_and_waiting_raises_them() -> None:
    queue = Queueing(reception([agent("anne")], max_wait_s=9999), 0)
    busy(queue, "anne", 0)
    queue.enter("normal", "accueil", 1)
    queue.enter("later", "accueil", 2)
    queue.enter("lost", "accueil", 3, priority=Priority.STRUGGLING)
    queue.enter("fire", "accueil", 4, priority=Priority.URGENT)
    places = [(place.call, place.position) for place in queue.waiting(5)]
    assert places == [("fire", 1), ("lost", 2), ("normal", 3), ("later", 4)]
    # After four ageing times even the highest class has to queue behind the patient.
    queue.enter("flood", "accueil", 485, priority=Priority.URGENT)
    order = [place.call for place in queue.waiting(485)]
    assert order == ["normal", "later", "lost", "fire", "flood"]
    queue.raise_priority("flood", Priority.NORMAL, 486)
    assert next(p for p in queue.waiting(486) if p.call == "flood").priority is Priority.URGENT


def test_a_better_ranking_call_of_another_service_is_served_first() -> None:
    queue = Queueing(reception([agent("anne", "accueil", "elections")]), 0)
    busy(queue, "anne", 0)
    queue.enter("c1", "accueil", 1)
    queue.enter("c2", "elections", 2, priority=Priority.STRUGGLING)
    queue.left("blocker", 20, wrap_up=False)
    assert [place.ringing for place in queue.waiting(20)] == [("anne",), ()]
    assert queue.waiting(20)[0].call == "c2"


def test_first_announcement_then_only_what_changed() -> None:
    queue = Queueing(reception([agent("anne")], usual_talk_s=100, max_wait_s=3000), 0)
    busy(queue, "anne", 0)
    queue.enter("c1", "accueil", 0)
    said = one(queue.enter("c2", "accueil", 0), Announce)
    assert (said.position, said.wait, said.kind) == (2, WaitEstimate(4), "first")
    assert not only(queue.tick(30), Announce)
    assert not only(queue.left("c1", 40), Announce)
    said = one(queue.tick(60), Announce)
    assert (said.position, said.wait, said.kind) == (1, WaitEstimate(2), "progress")
    out = [action for now in range(90, 181, 30) for action in queue.tick(now)]
    assert one(out, Announce).kind == "still"


def test_nothing_is_announced_while_a_telephone_rings() -> None:
    queue = Queueing(reception([agent("anne")]), 0)
    out = queue.enter("c1", "accueil", 0)
    assert not only(out, Announce)
    assert one(queue.ring_failed(one(out, Ring).offer, "refused", 7), Announce).kind == "first"


def test_an_unknown_wait_is_not_invented() -> None:
    queue = Queueing(reception([agent("anne")], wrap_up_s=0), 0)
    busy(queue, "anne", 0)
    assert one(queue.enter("c1", "accueil", 0), Announce).wait is None
    for number in (1, 2, 3):
        call = queue.talks()[0].call
        ring = one(queue.left(call, number * 60), Ring)
        queue.picked_up(ring.offer, number * 60)
        queue.enter(f"next{number}", "accueil", number * 60)
    waits = {place.call: place.wait for place in queue.waiting(180)}
    assert waits["next3"] == WaitEstimate(1)


def test_the_longest_wait_sends_the_caller_on_but_not_off_a_ringing_telephone() -> None:
    queue = Queueing(reception([agent("anne")], max_wait_s=50), 0)
    busy(queue, "anne", 0)
    queue.enter("c1", "accueil", 0)
    queue.left("blocker", 35)
    ring = one(queue.tick(45), Ring)
    assert not only(queue.tick(55), Overflowed)
    out = queue.ring_failed(ring.offer, "no_answer", 60)
    gone = one(out, Overflowed)
    assert (gone.call, gone.to, gone.why, gone.waited_s) == (
        "c1",
        Overflow("callback"),
        "max_wait",
        60,
    )
    assert queue.waiting(61) == ()


def test_overflow_to_a_service_keeps_the_place_and_never_circles() -> None:
    staff = [agent("anne", "accueil"), agent("bruno", "elections")]
    overflow = {
        "accueil": Overflow("service", "elections"),
        "elections": Overflow("service", "accueil"),
    }
    queue = Queueing(reception(staff, overflow=overflow, max_wait_s=50), 0)
    busy(queue, "anne", 0)
    queue.busy_elsewhere("bruno", busy=True, now=0)
    queue.enter("c1", "accueil", 0)
    out = queue.tick(50)
    assert one(out, Moved) == Moved("c1", "accueil", "elections", "max_wait")
    assert one(out, Announce).kind == "first"
    (place,) = queue.waiting(60)
    assert (place.queue, place.waited_s) == ("elections", 60)
    assert one(queue.tick(100), Overflowed).to == Overflow("callback")


def test_overflow_to_a_service_without_agents_is_its_address() -> None:
    plan = reception([agent("anne")], overflow={"accueil": Overflow("service", "ccas")})
    queue = Queueing(plan, 0)
    queue.wants("anne", Presence.OFFLINE, 0)
    gone = one(queue.enter("c1", "accueil", 1), Overflowed)
    assert (gone.to, gone.why) == (Overflow("sip", "sip:ccas@pbx"), "nobody")


def test_callers_wait_a_while_for_the_last_agent_to_come_back() -> None:
    queue = Queueing(reception([agent("anne")]), 0)
    queue.wants("anne", Presence.BREAK, 0)
    assert not only(queue.enter("c1", "accueil", 1), Overflowed)
    assert one(queue.wants("anne", Presence.AVAILABLE, 30), Ring).call == "c1"
    queue.wants("anne", Presence.OFFLINE, 35)
    assert not only(queue.tick(35 + NOBODY_GRACE_S - 1), Overflowed)
    assert one(queue.tick(35 + NOBODY_GRACE_S), Overflowed).why == "nobody"


def test_a_full_queue_takes_emergencies_only() -> None:
    queue = Queueing(reception([agent("anne")], max_size=1), 0)
    busy(queue, "anne", 0)
    queue.enter("c1", "accueil", 1)
    assert one(queue.enter("c2", "accueil", 2), Overflowed).why == "full"
    assert not only(queue.enter("c3", "accueil", 3, priority=Priority.URGENT), Overflowed)
    with pytest.raises(ValueError, match="already"):
        queue.enter("c1", "accueil", 4)
    with pytest.raises(KeyError):
        queue.enter("c4", "ccas", 4)


def test_taking_a_call_rings_only_who_took_it() -> None:
    queue = Queueing(reception([agent("anne"), agent("bruno"), agent("chloe")]), 0)
    assert one(queue.enter("c1", "accueil", 0), Ring).agent == "anne"
    out = queue.take("chloe", "c1", 2)
    assert one(out, CancelRing).agent == "anne"
    assert one(out, Ring).agent == "chloe"
    assert one(queue.take("bruno", "c1", 2.1), TakeRefused).why == "already_taken"
    queue.picked_up(one(out, Ring).offer, 4)
    assert one(queue.take("bruno", "c1", 5), TakeRefused).why == "already_taken"
    queue.enter("c2", "accueil", 6)
    assert one(queue.take("chloe", "c2", 7), TakeRefused).why == "agent_in_call"
    assert one(queue.take("bruno", "c9", 7), TakeRefused).why == "not_waiting"
    assert one(queue.take("zoe", "c2", 7), TakeRefused).why == "unknown_agent"


def test_an_agent_may_take_another_call_than_the_one_that_rings() -> None:
    queue = Queueing(reception([agent("anne")]), 0)
    queue.enter("c1", "accueil", 0)
    queue.enter("c2", "accueil", 1)
    out = queue.take("anne", "c2", 2)
    assert one(out, CancelRing).call == "c1"
    assert one(out, Ring).call == "c2"
    assert presence(queue, "anne") is Presence.RINGING


def test_a_call_taken_on_a_break_does_not_end_the_break() -> None:
    queue = Queueing(reception([agent("anne"), agent("bruno")], wrap_up_s=0), 0)
    queue.wants("anne", Presence.BREAK, 0)
    busy(queue, "bruno", 0)
    queue.enter("c1", "accueil", 1)
    ring = one(queue.take("anne", "c1", 2), Ring)
    queue.picked_up(ring.offer, 3)
    queue.left("c1", 30)
    assert presence(queue, "anne") is Presence.BREAK


@pytest.mark.parametrize(("after", "lost"), [(2, False), (90, True)])
def test_a_caller_whose_agent_vanishes_is_first_in_line(after: float, lost: bool) -> None:
    queue = Queueing(reception([agent("anne"), agent("bruno")]), 0)
    busy(queue, "anne", 0, "c1")
    busy(queue, "bruno", 0, "c2")
    queue.enter("c3", "accueil", 1)
    out = queue.staff_left("c1", after, lost=lost)
    assert one(out, BackInQueue) == BackInQueue("c1", "accueil", "anne", lost)
    assert one(out, Announce).call == "c1"
    assert [place.call for place in queue.waiting(after)] == ["c1", "c3"]
    assert queue.agents()["anne"].paused_until == after + 15
    # Bruno comes free first and gets the returned caller.
    queue.left("c2", after + 1)
    assert one(queue.tick(after + 11), Ring).call == "c1"


def test_an_agent_who_ends_a_talk_has_ended_it() -> None:
    queue = Queueing(reception([agent("anne")]), 0)
    busy(queue, "anne", 0)
    assert one(queue.staff_left("blocker", 60), TalkOver).talked_s == 60
    assert queue.waiting(60) == ()
    assert queue.staff_left("blocker", 61) == []


def test_a_telephone_known_to_be_gone_is_not_rung() -> None:
    queue = Queueing(reception([agent("anne"), agent("bruno")]), 0)
    queue.enter("c1", "accueil", 0)
    out = queue.telephone("anne", plugged=False, now=3)
    assert one(out, Ring).agent == "bruno"
    queue.ring_failed(one(out, Ring).offer, "no_answer", 10)
    assert one(queue.telephone("anne", plugged=True, now=11), Ring).agent == "anne"


def test_a_call_of_ones_own_stops_the_ringing_and_counts_as_a_call() -> None:
    queue = Queueing(reception([agent("anne")], wrap_up_s=0), 0)
    queue.enter("c1", "accueil", 0)
    assert one(queue.busy_elsewhere("anne", busy=True, now=3), CancelRing).why == "withdrawn"
    assert one(queue.busy_elsewhere("anne", busy=False, now=33), Ring).call == "c1"
    # A stray end of call does not free a telephone that rings for us.
    assert not only(queue.busy_elsewhere("anne", busy=False, now=34), Ring)
    assert presence(queue, "anne") is Presence.RINGING


def test_a_callback_keeps_its_place_hears_nothing_and_never_overflows() -> None:
    queue = Queueing(reception([agent("anne")], max_wait_s=50), 0)
    busy(queue, "anne", 0)
    queue.enter("c1", "accueil", 10)
    out = queue.enter("rappel", "accueil", 20, waited_s=60, callback=True)
    assert not only(out, Announce)
    assert [place.call for place in queue.waiting(20)] == ["rappel", "c1"]
    out = queue.tick(200)
    assert [gone.call for gone in only(out, Overflowed)] == ["c1"]
    ring = one(queue.left("blocker", 201, wrap_up=False), Ring)
    assert ring.confirm
    assert one(queue.picked_up(ring.offer, 203), AskKey).limit_s == CONFIRM_S
    connect = one(queue.confirmed(ring.offer, 205), Connect)
    assert (connect.call, connect.callback) == ("rappel", True)
    out = queue.left("rappel", 230, wrap_up=False)
    assert presence(queue, "anne") is Presence.AVAILABLE


def test_a_callback_rings_one_telephone_at_a_time() -> None:
    queue = Queueing(reception([agent("anne"), agent("bruno")], strategy=Strategy.ALL), 0)
    out = queue.enter("rappel", "accueil", 0, callback=True)
    first = one(out, Ring)
    second = one(queue.ring_failed(first.offer, "busy", 5), Ring)
    assert {first.agent, second.agent} == {"anne", "bruno"}


def test_whoever_asked_for_a_callback_is_rung_first_and_alone() -> None:
    staff = [agent("anne"), agent("bruno"), agent("chloe", "elections")]
    queue = Queueing(reception(staff), 0)
    queue.wants("chloe", Presence.BREAK, 0)
    ring = one(queue.enter("rappel", "accueil", 0, callback=True, agent="chloe"), Ring)
    assert ring.agent == "chloe"
    assert one(queue.ring_failed(ring.offer, "no_answer", 20), Ring).agent in ("anne", "bruno")


def test_whoever_asks_for_a_callback_in_mid_call_gets_no_second_call() -> None:
    queue = Queueing(reception([agent("anne"), agent("bruno")]), 0)
    busy(queue, "anne", 0)
    ring = one(queue.enter("rappel", "accueil", 1, callback=True, agent="anne"), Ring)
    assert ring.agent == "bruno"


def test_after_a_restart_staff_are_where_they_said_and_old_telephones_ring_for_nobody() -> None:
    queue = Queueing(reception([agent("anne")]), 1000, wanted={"anne": Presence.BREAK}, seed="b-")
    assert not only(queue.enter("rappel", "accueil", 1000, waited_s=60, callback=True), Ring)
    # What a telephone answers from before the restart is not a call of ours.
    assert one(queue.picked_up("a-rappel/1", 1001), AlreadyTaken).call == ""
    out = queue.wants("anne", Presence.AVAILABLE, 1002)
    assert one(out, Ring).offer.startswith("b-rappel/")


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (486, "busy"),
        (603, "refused"),
        (302, "refused"),
        (408, "no_answer"),
        (503, "no_line"),
        (500, "unreachable"),
    ],
)
def test_what_a_sip_code_says_of_the_telephone(code: int, failure: str) -> None:
    assert failure_of(code) == failure


def test_a_call_and_a_callback_of_a_queue_that_is_gone_keep_their_places_elsewhere() -> None:
    before = reception([agent("anne", "accueil"), agent("luc", "sports")])
    queue = Queueing(before, 0)
    busy(queue, "anne", 0)
    ring = one(queue.enter("c1", "sports", 10), Ring)
    queue.enter("rappel", "sports", 12, callback=True)
    queue.enter("c2", "accueil", 14)
    out = queue.renew(reception([agent("anne", "accueil")]), "accueil", 16)
    assert (one(out, CancelRing).offer, one(out, CancelRing).why) == (ring.offer, "withdrawn")
    moved = [(move.call, move.to_queue, move.why) for move in only(out, Moved)]
    assert moved == [("c1", "accueil", "gone"), ("rappel", "accueil", "gone")]
    assert [place.call for place in queue.waiting(16)] == ["c1", "rappel", "c2"]
    assert queue.agents().keys() == {"anne"}
    assert one(queue.picked_up(ring.offer, 17), AlreadyTaken).call == "c1"
    assert one(queue.left("blocker", 50, wrap_up=False), Ring).call == "c1"


def test_a_talk_with_somebody_who_is_gone_ends_like_any_other() -> None:
    queue = Queueing(reception([agent("anne", "accueil"), agent("luc", "sports")]), 0)
    ring = one(queue.enter("c1", "sports", 0), Ring)
    queue.picked_up(ring.offer, 5)
    queue.renew(reception([agent("anne", "accueil")]), "accueil", 10)
    assert [talk.queue for talk in queue.talks()] == ["accueil"]
    assert one(queue.take("luc", "c1", 11), TakeRefused).why == "unknown_agent"
    assert one(queue.staff_left("c1", 60), TalkOver).agent == "luc"
    queue.wants("luc", Presence.AVAILABLE, 61)
    assert queue.agents().keys() == {"anne"}


def test_callers_of_a_queue_without_staff_go_to_the_telephone_of_the_service() -> None:
    before = reception([agent("bruno", "sports"), agent("anne", "accueil")])
    queue = Queueing(before, 0)
    queue.enter("c1", "sports", 0)
    queue.enter("rappel", "sports", 1, callback=True)
    direct = {"sports": Direct("sports", "sip:sports@pbx")}
    out = queue.renew(replace(before, agents=before.agents[1:], direct=direct), "accueil", 10)
    gone = one(out, Overflowed)
    assert (gone.call, gone.to, gone.why) == ("c1", Overflow("sip", "sip:sports@pbx"), "gone")
    assert [place.call for place in queue.waiting(10)] == ["rappel"]
