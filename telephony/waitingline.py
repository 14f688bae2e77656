"""Everybody who waits, of all queues: in which order, and for how long still.

Nothing here decides who is rung: see :mod:`telephony.queueing`. Instants are monotonic seconds.
"""

from __future__ import annotations

from telephony.queueactions import Place, WaitEstimate
from telephony.queueentries import Entry
from telephony.queueorder import HandlingTime, estimate
from telephony.reception import QueueRules, Reception
from telephony.staffboard import StaffBoard


class WaitingLine:
    """The waiting calls, by name, and what one call of each queue costs an agent."""

    def __init__(self, reception: Reception, staff: StaffBoard) -> None:
        self.entries: dict[str, Entry] = {}
        self._reception = reception
        self._staff = staff
        self._handling: dict[str, HandlingTime] = {}

    def renew(self, reception: Reception) -> None:
        """Go by other rules."""
        self._reception = reception

    def handled(self, queue: str, seconds: float) -> None:
        """A call has cost an agent so long, the writing-up included."""
        self._handling[queue] = self._usual(queue).after(seconds)

    def in_order(self, now: float) -> list[Entry]:
        """Return the calls, the next to be served first."""
        return sorted(
            self.entries.values(),
            key=lambda entry: entry.order(now, self._rules(entry.queue).ageing_s),
        )

    def has_room(self, queue: str) -> bool:
        """Tell whether one more call may wait there."""
        waiting = sum(other.queue == queue for other in self.entries.values())
        return waiting < self._rules(queue).max_size

    def position(self, call: str, now: float) -> int | None:
        """Return the place in its queue, from 1; None when the call is not waiting."""
        entry = self.entries.get(call)
        if entry is None:
            return None
        return 1 + sum(other.queue == entry.queue for other in self._ahead(entry, now))

    def estimated_wait(self, call: str, now: float) -> WaitEstimate | None:
        """Return the wait still to come, None when it is not known.

        A call of another queue counts as far as it is answered by the same agents.
        """
        entry = self.entries.get(call)
        if entry is None:
            return None
        mine = self._staff.present(entry.queue)
        ahead = 0.0
        for other in self._ahead(entry, now):
            theirs = self._staff.present(other.queue)
            ahead += len(mine & theirs) / len(theirs) if theirs else 0.0
        states = self._staff.states()
        free = sum(states[agent].can_be_rung(now) for agent in mine)
        handling_s = self._usual(entry.queue).known(self._rules(entry.queue).usual_talk_s)
        return estimate(ahead, len(mine), free, handling_s)

    def places(self, now: float) -> tuple[Place, ...]:
        """Return what is seen of the calls, the next to be served first."""
        positions: dict[str, int] = {}
        places: list[Place] = []
        for entry in self.in_order(now):
            positions[entry.queue] = positions.get(entry.queue, 0) + 1
            places.append(
                Place(
                    entry.call,
                    entry.queue,
                    positions[entry.queue],
                    entry.priority,
                    entry.rank(now, self._rules(entry.queue).ageing_s),
                    now - entry.entered,
                    self.estimated_wait(entry.call, now),
                    tuple(offer.agent for offer in self._staff.offers_for(entry)),
                    entry.callback,
                )
            )
        return tuple(places)

    def _ahead(self, entry: Entry, now: float) -> list[Entry]:
        ordered = self.in_order(now)
        return ordered[: ordered.index(entry)]

    def _rules(self, queue: str) -> QueueRules:
        return self._reception.queues[queue]

    def _usual(self, queue: str) -> HandlingTime:
        return self._handling.get(queue, HandlingTime())
