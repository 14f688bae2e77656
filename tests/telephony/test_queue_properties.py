"""Anything may happen in any order: nobody is lost, nobody is connected twice."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from telephony.presence import RESTING, TABLE, Change, Presence
from telephony.queueactions import Action
from telephony.queueing import Queueing
from telephony.reception import Overflow, Priority, Strategy
from tests.telephony.queuebook import Book
from tests.telephony.staffing import agent, reception

STAFF = (
    agent("anne", "accueil", "elections"),
    agent("bruno", "elections"),
    agent("chloe", "accueil", available=False),
)
OVERFLOW = {
    "accueil": Overflow("service", "elections"),
    "elections": Overflow("service", "accueil"),
}
AGENTS = st.sampled_from([one.id for one in STAFF])


class AnyOrder(RuleBasedStateMachine):
    """Callers, telephones, staff and the clock do as they like."""

    strategy: Strategy
    confirm: bool

    def __init__(self) -> None:
        super().__init__()
        plan = reception(
            STAFF,
            overflow=OVERFLOW,
            strategy=self.strategy,
            confirm=self.confirm,
            max_wait_s=90,
            max_size=3,
        )
        self.now = 100.0
        self.queue = Queueing(plan, self.now)
        self.book = Book(plan)
        self.count = 0
        self.entered: list[str] = []
        self.gone: list[str] = []
        self.offers: list[str] = []

    def follow(self, actions: list[Action], *, in_order: bool = True) -> None:
        self.book.follow(actions)
        if in_order:
            self.book.check_order(actions, self.queue, self.now)
        self.offers += [offer for offer in self.book.ringing if offer not in self.offers]

    @rule(
        service=st.sampled_from(["accueil", "elections"]),
        priority=st.sampled_from([Priority.NORMAL, Priority.STRUGGLING, Priority.URGENT]),
        callback=st.booleans(),
        waited=st.sampled_from([0.0, 0.0, 70.0]),
    )
    def somebody_calls(
        self, service: str, priority: Priority, callback: bool, waited: float
    ) -> None:
        self.count += 1
        call = f"c{self.count}"
        self.entered.append(call)
        self.book.waiting.add(call)
        self.follow(
            self.queue.enter(
                call, service, self.now, priority=priority, callback=callback, waited_s=waited
            )
        )

    @precondition(lambda self: self.book.waiting or self.book.talking)
    @rule(data=st.data(), wrap_up=st.booleans())
    def somebody_hangs_up(self, data: st.DataObject, wrap_up: bool) -> None:
        call = data.draw(st.sampled_from(sorted(self.book.waiting | set(self.book.talking))))
        actions = self.queue.left(call, self.now, wrap_up=wrap_up)
        if call in self.book.waiting:
            # The telephones that rang for it stop before anything else is booked.
            self.book.waiting.remove(call)
            self.gone.append(call)
        self.follow(actions)

    @precondition(lambda self: self.offers)
    @rule(data=st.data(), answer=st.sampled_from(["picked_up", "confirmed", "failed"]))
    def a_telephone_answers(self, data: st.DataObject, answer: str) -> None:
        """Also long after its offer is over."""
        offer = data.draw(st.sampled_from(self.offers))
        if answer == "picked_up":
            self.follow(self.queue.picked_up(offer, self.now))
        elif answer == "confirmed":
            self.follow(self.queue.confirmed(offer, self.now))
        else:
            self.book.ringing.pop(offer, None)
            self.follow(self.queue.ring_failed(offer, "busy", self.now))

    @precondition(lambda self: self.book.talking)
    @rule(data=st.data(), lost=st.booleans())
    def an_agent_is_gone(self, data: st.DataObject, lost: bool) -> None:
        call = data.draw(st.sampled_from(sorted(self.book.talking)))
        self.follow(self.queue.staff_left(call, self.now, lost=lost))

    @precondition(lambda self: self.entered)
    @rule(data=st.data(), who=AGENTS)
    def an_agent_takes(self, data: st.DataObject, who: str) -> None:
        call = data.draw(st.sampled_from(self.entered))
        self.follow(self.queue.take(who, call, self.now), in_order=False)

    @rule(who=AGENTS, wish=st.sampled_from(sorted(RESTING)))
    def an_agent_says(self, who: str, wish: Presence) -> None:
        self.follow(self.queue.wants(who, wish, self.now))

    @rule(who=AGENTS, yes=st.booleans(), what=st.sampled_from(["plugged", "busy"]))
    def a_telephone_changes(self, who: str, yes: bool, what: str) -> None:
        if what == "plugged":
            self.follow(self.queue.telephone(who, plugged=yes, now=self.now))
        else:
            self.follow(self.queue.busy_elsewhere(who, busy=yes, now=self.now))

    @rule(seconds=st.sampled_from([0.1, 3.0, 10.0, 31.0, 100.0]))
    def time_passes(self, seconds: float) -> None:
        until = self.now + seconds
        while (deadline := self.queue.next_deadline()) is not None and deadline <= until:
            assert deadline > self.now
            self.now = deadline
            self.follow(self.queue.tick(self.now))
        self.now = until
        self.follow(self.queue.tick(self.now))

    @invariant()
    def all_is_well(self) -> None:
        self.book.check(self.queue, self.now)
        over = len(self.book.overflowed) + len(self.gone)
        assert len(set(self.book.overflowed)) == len(self.book.overflowed)
        alive = self.book.waiting | set(self.book.talking)
        assert len(self.entered) >= over + len(alive)
        connected = set(self.book.connected)
        for call in self.entered:
            seen = (call in alive) + (call in self.book.overflowed) + (call in self.gone)
            assert seen == 1 or call in connected, f"{call} is lost or doubled"


def _case(strategy: Strategy, confirm: bool) -> type:
    case = type("Case", (AnyOrder,), {"strategy": strategy, "confirm": confirm}).TestCase
    case.settings = settings(
        max_examples=40,
        stateful_step_count=40,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    return case


TestLongestIdle = _case(Strategy.LONGEST_IDLE, confirm=False)
TestAllWithKey = _case(Strategy.ALL, confirm=True)
TestInOrder = _case(Strategy.ORDER, confirm=True)


def test_every_presence_answers_every_change() -> None:
    assert set(TABLE) == set(Presence)
    for row in TABLE.values():
        assert set(row) == set(Change)
