"""What the queue remembers of a call and of a ringing telephone. Instants are monotonic seconds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from telephony.queueorder import Said, rank
from telephony.reception import Priority


@dataclass
class Offer:
    """One telephone ringing for one call."""

    id: str
    number: int
    """Counts from 1, over all offers."""
    call: str
    queue: str
    agent: str
    deadline: float
    taken: bool = False
    """The agent asked for this call from the console: nobody else is rung for it."""
    picked_up: bool = False
    """Answered; key 1 is awaited."""


@dataclass
class Entry:
    """One waiting call."""

    call: str
    queue: str
    priority: Priority
    entered: float
    """Start of the whole wait: what the place in line counts from."""
    queued: float
    """Start of the wait in this queue: what the longest wait counts from."""
    callback: bool = False
    announce_at: float = 0.0
    said: Said | None = None
    offers: set[str] = field(default_factory=set)
    declined: dict[str, int] = field(default_factory=dict)
    """How often each agent did not take this call."""
    visited: set[str] = field(default_factory=set)
    """Queues that the call has overflowed from."""
    alone_since: float | None = None
    """Since when no agent of the queue is present."""

    def rank(self, now: float, ageing_s: float) -> Priority:
        """Return the class that priority and waiting give.

        Whoever waits for a call-back is not holding a receiver: emergencies go first.
        """
        reached = rank(self.priority, now - self.entered, ageing_s)
        return min(reached, Priority.STRUGGLING) if self.callback else reached

    def order(self, now: float, ageing_s: float) -> tuple[float, float, str]:
        """Return the sort key: the next to be served first."""
        return -self.rank(now, ageing_s), self.entered, self.call

    def moved(self, queue: str, now: float) -> None:
        """The call waits for another service; its place is kept."""
        self.queue = queue
        self.queued = now
        self.said = None
        self.announce_at = now
        self.alone_since = None

    def returned(self, agent: str, now: float) -> None:
        """The agent is gone while the caller is still there."""
        self.priority = Priority.URGENT
        self.queued = now
        self.said = None
        self.announce_at = now
        self.alone_since = None
        self.declined[agent] = self.declined.get(agent, 0) + 1

    def pass_over(self) -> None:
        """Nothing was worth saying this time."""
        if self.said is not None:
            self.said = replace(self.said, passed_over=self.said.passed_over + 1)


@dataclass(frozen=True)
class Talking:
    """A call that an agent has."""

    entry: Entry
    agent: str
    since: float
