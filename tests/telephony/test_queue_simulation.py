"""A busy working day on virtual time: 200 calls an hour for five people, none lost or doubled."""

from __future__ import annotations

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import pytest

from telephony.presence import Presence
from telephony.queueactions import Action, AskKey, BackInQueue, Connect, Overflowed, Ring, TalkOver
from telephony.queueing import Queueing
from telephony.reception import Overflow, Priority, Strategy
from tests.telephony.queuebook import Book
from tests.telephony.staffing import agent, reception

HOURS = 2
CALLS_PER_HOUR = 200
PATIENCE_S = 240.0
TALK_S = 55.0

STAFF = (
    agent("anne", "accueil", "etat_civil"),
    agent("bruno", "accueil", "etat_civil"),
    agent("chloe", "etat_civil", "accueil"),
    agent("david", "etat_civil", "accueil"),
    agent("emma", "accueil"),
)


@dataclass
class Day:
    """The town on the telephone: seeded chance, a heap of events, one queue."""

    chance: random.Random
    queue: Queueing
    book: Book
    now: float = 0.0
    events: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    numbers: itertools.count[int] = field(default_factory=itertools.count)
    calls: int = 0
    fate: dict[str, str] = field(default_factory=dict)
    waits: dict[Priority, list[float]] = field(default_factory=dict)
    priority: dict[str, Priority] = field(default_factory=dict)
    entered: dict[str, float] = field(default_factory=dict)
    returned: int = 0
    starts: int = 0
    unknown_talks: dict[str, str] = field(default_factory=dict)
    """Agent by call: talks that began before the core's last start."""

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        heapq.heappush(self.events, (self.now + seconds, next(self.numbers), work))

    def run(self) -> None:
        """Live through everything, tick included, until the last caller is served."""
        while True:
            deadline = self.queue.next_deadline()
            event = self.events[0][0] if self.events else None
            if event is None and deadline is None:
                return
            if deadline is not None and (event is None or deadline <= event):
                self.now = deadline
                self.do(self.queue.tick(self.now))
            else:
                self.now, _, work = heapq.heappop(self.events)
                work()

    def do(self, actions: list[Action]) -> None:
        self.book.follow(actions)
        self.book.check_order(actions, self.queue, self.now)
        self.book.check(self.queue, self.now)
        for action in actions:
            match action:
                case Ring():
                    self.ring(action)
                case AskKey():
                    self.later(1.5, partial(self.confirm, action.offer))
                case Connect():
                    self.connected(action)
                case Overflowed():
                    self.settle(action.call, "overflowed")
                case BackInQueue():
                    self.returned += 1
                case TalkOver() if action.call not in self.fate:
                    self.settle(action.call, "served")
                case _:
                    pass

    def settle(self, call: str, fate: str) -> None:
        assert call not in self.fate, f"{call} ended twice"
        self.fate[call] = fate

    def arrive(self) -> None:
        self.calls += 1
        call = f"c{self.calls}"
        self.priority[call] = self.chance.choices(
            [Priority.NORMAL, Priority.STRUGGLING, Priority.URGENT], [0.85, 0.12, 0.03]
        )[0]
        self.entered[call] = self.now
        service = self.chance.choice(["accueil", "etat_civil"])
        self.book.waiting.add(call)
        self.later(self.chance.expovariate(1 / PATIENCE_S), partial(self.lose_patience, call))
        self.do(self.queue.enter(call, service, self.now, priority=self.priority[call]))

    def lose_patience(self, call: str) -> None:
        if call in self.book.waiting:
            self.book.waiting.remove(call)
            self.settle(call, "abandoned")
            self.do(self.queue.left(call, self.now))

    def ring(self, ring: Ring) -> None:
        kind = self.chance.choices(["answer", "silent", "busy", "gone"], [0.84, 0.1, 0.04, 0.02])[0]
        if ring.agent in self.unknown_talks.values():
            kind = "busy"
        if kind == "answer":
            self.later(self.chance.uniform(1, 18), partial(self.answer, ring.offer))
        elif kind != "silent":
            failure = "busy" if kind == "busy" else "unreachable"
            self.later(0.2, partial(self.fail, ring.offer, failure))

    def answer(self, offer: str) -> None:
        # Also after the offer is over: the receiver was lifted a moment too late.
        self.do(self.queue.picked_up(offer, self.now))

    def confirm(self, offer: str) -> None:
        self.do(self.queue.confirmed(offer, self.now))

    def fail(self, offer: str, failure: str) -> None:
        self.book.ringing.pop(offer, None)
        self.do(self.queue.ring_failed(offer, failure, self.now))  # type: ignore[arg-type]

    def connected(self, action: Connect) -> None:
        self.waits.setdefault(self.priority[action.call], []).append(action.waited_s)
        number = self.book.connected.count(action.call)
        end = partial(self.end, action.call, number)
        if self.chance.random() < 0.02:
            self.later(2.0, partial(self.staff_gone, action.call, number, lost=False))
        elif self.chance.random() < 0.01:
            self.later(20.0, partial(self.staff_gone, action.call, number, lost=True))
        else:
            self.later(self.chance.lognormvariate(0, 0.6) * TALK_S, end)

    def end(self, call: str, number: int) -> None:
        if self.unknown_talks.pop(call, None) is not None:
            self.settle(call, "talked on")
        elif self.book.connected.count(call) == number and call in self.book.talking:
            self.do(self.queue.left(call, self.now))

    def staff_gone(self, call: str, number: int, *, lost: bool) -> None:
        if self.unknown_talks.pop(call, None) is not None:
            self.settle(call, "cut off")
        elif self.book.connected.count(call) == number and call in self.book.talking:
            self.do(self.queue.staff_left(call, self.now, lost=lost))
            if call in self.book.waiting:
                self.later(PATIENCE_S, partial(self.lose_patience, call))

    def rest(self, who: str) -> None:
        self.do(self.queue.wants(who, Presence.BREAK, self.now))
        self.later(self.chance.uniform(180, 600), partial(self.back, who))

    def back(self, who: str) -> None:
        self.do(self.queue.wants(who, Presence.AVAILABLE, self.now))

    def restart(self) -> None:
        """The core dies: who waits goes to the fallback, who talks goes on, unknown to the new one.

        Telephones that rang are answered too late.
        """
        self.starts += 1
        for call in sorted(self.book.waiting):
            self.settle(call, "handed over")
        self.unknown_talks |= self.book.talking
        self.book.waiting.clear()
        self.book.talking.clear()
        self.book.ringing.clear()
        self.book.presence.clear()
        wanted = {name: state.wanted for name, state in self.queue.agents().items()}
        self.queue = Queueing(self.book.reception, self.now, wanted=wanted, seed=f"{self.starts}-")


def a_day(seed: int, strategy: Strategy, confirm: bool) -> Day:
    plan = reception(
        STAFF,
        strategy=strategy,
        confirm=confirm,
        overflow={"etat_civil": Overflow("service", "accueil")},
        max_wait_s=300,
    )
    day = Day(random.Random(seed), Queueing(plan, 0.0), Book(plan))
    at = 0.0
    while (at := at + day.chance.expovariate(CALLS_PER_HOUR / 3600)) < HOURS * 3600:
        day.later(at, day.arrive)
    for one in STAFF:
        for hour in range(HOURS):
            day.later(hour * 3600 + day.chance.uniform(0, 3000), partial(day.rest, one.id))
    for minutes in (33, 71):
        day.later(minutes * 60, day.restart)
    day.run()
    return day


@pytest.mark.parametrize(
    ("seed", "strategy", "confirm"),
    [
        (1, Strategy.LONGEST_IDLE, False),
        (2, Strategy.LONGEST_IDLE, True),
        (3, Strategy.ALL, False),
        (4, Strategy.ORDER, True),
    ],
)
def test_a_busy_day_loses_and_doubles_nobody(seed: int, strategy: Strategy, confirm: bool) -> None:
    day = a_day(seed, strategy, confirm)
    assert abs(day.calls - HOURS * CALLS_PER_HOUR) < 90
    assert set(day.fate) == set(day.priority), "a caller has no end, or an end has no caller"
    assert not day.book.waiting
    assert not day.book.talking
    assert not day.book.ringing
    assert not day.unknown_talks
    # A call is connected again only after its agent vanished.
    doubled = Counter(day.book.connected)
    assert sum(count - 1 for count in doubled.values()) <= day.returned
    fates = Counter(day.fate.values())
    assert fates["served"] > 0.7 * day.calls
    assert fates["abandoned"] > 0
    assert fates["handed over"] > 0
    assert fates["talked on"] > 0
    mean = {level: sum(waits) / len(waits) for level, waits in day.waits.items()}
    assert mean[Priority.URGENT] <= mean[Priority.STRUGGLING] + 5
    assert mean[Priority.STRUGGLING] <= mean[Priority.NORMAL] + 5
