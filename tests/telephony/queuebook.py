"""A second, independent account of a queue, kept from its actions only: what a desk would see."""

from __future__ import annotations

from dataclasses import dataclass, field

from telephony.presence import Presence
from telephony.queueactions import (
    Action,
    AlreadyTaken,
    BackInQueue,
    CancelRing,
    Connect,
    Moved,
    Overflowed,
    PresenceChanged,
    Ring,
    TalkOver,
)
from telephony.queueing import Queueing
from telephony.reception import Reception


@dataclass
class Book:
    """Follows the actions and checks what must always hold."""

    reception: Reception
    waiting: set[str] = field(default_factory=set)
    talking: dict[str, str] = field(default_factory=dict)
    """Agent by call."""
    ringing: dict[str, Ring] = field(default_factory=dict)
    """By offer."""
    overflowed: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)
    presence: dict[str, Presence] = field(default_factory=dict)

    def follow(self, actions: list[Action]) -> None:
        """Book actions in their order; fails on an impossible one."""
        for action in actions:
            match action:
                case Ring():
                    assert action.call in self.waiting
                    assert action.agent not in self.talking.values(), "rung in mid-call"
                    assert action.agent not in {r.agent for r in self.ringing.values()}
                    agent = next(a for a in self.reception.agents if a.id == action.agent)
                    assert action.target == agent.target
                    self.ringing[action.offer] = action
                case CancelRing():
                    assert self.ringing.pop(action.offer).agent == action.agent
                case AlreadyTaken():
                    self.ringing.pop(action.offer, None)
                case Connect():
                    assert self.ringing.pop(action.offer).call == action.call
                    assert action.call not in self.talking, "connected twice"
                    self.waiting.remove(action.call)
                    self.talking[action.call] = action.agent
                    self.connected.append(action.call)
                case TalkOver():
                    assert self.talking.pop(action.call) == action.agent
                case BackInQueue():
                    assert self.talking.pop(action.call) == action.agent
                    self.waiting.add(action.call)
                case Overflowed():
                    self.waiting.remove(action.call)
                    self.overflowed.append(action.call)
                case Moved():
                    assert action.call in self.waiting
                case PresenceChanged():
                    self.presence[action.agent] = action.presence
                case _:
                    pass

    def check_order(self, actions: list[Action], queue: Queueing, now: float) -> None:
        """Whoever was rung just now was rung for the first in line that they answer for."""
        places = queue.waiting(now)
        order = [place.call for place in places]
        for ring in (action for action in actions if isinstance(action, Ring)):
            if ring.offer not in self.ringing:
                continue
            agent = next(a for a in self.reception.agents if a.id == ring.agent)
            before = places[: order.index(ring.call)]
            passed_over = [p.call for p in before if p.queue in agent.services and not p.ringing]
            assert not passed_over, f"{ring.call} was offered before {passed_over}"

    def check(self, queue: Queueing, now: float) -> None:
        """Compare with what the queue says of itself."""
        places = queue.waiting(now)
        assert {place.call for place in places} == self.waiting
        assert {talk.call: talk.agent for talk in queue.talks()} == self.talking
        assert len(set(self.talking.values())) == len(self.talking), "one agent in two calls"
        assert not self.waiting & set(self.talking)
        rung = sorted(r.agent for r in self.ringing.values())
        assert rung == sorted(agent for place in places for agent in place.ringing)
        states = queue.agents()
        for agent, state in states.items():
            assert (state.presence is Presence.RINGING) == (agent in rung)
            if agent in self.talking.values():
                assert state.presence is Presence.IN_CALL
            if agent in self.presence:
                assert state.presence is self.presence[agent]
        for queue_name in {place.queue for place in places}:
            own = [place.position for place in places if place.queue == queue_name]
            assert own == list(range(1, len(own) + 1))
        for place in places:
            idle = [
                one.id
                for one in self.reception.agents_of(place.queue)
                if states[one.id].can_be_rung(now)
            ]
            assert place.ringing or not idle, "a caller waits beside a free agent"
        deadline = queue.next_deadline()
        assert deadline is None or deadline > now, "the clock would stand still"
