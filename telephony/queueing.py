"""The queues of all services and the staff who answer them: one policy without clock or I/O.

Every method takes ``now`` (seconds of one monotonic clock) and returns the actions to carry out,
in order. :meth:`Queueing.next_deadline` says when to call :meth:`Queueing.tick` at the latest.

A call is here from :meth:`Queueing.enter` until it has overflowed, has left, or is over with an
agent. Whatever happens:

- a call is waiting or talking, never both, and is connected to at most one agent;
- an agent is rung for at most one call, and never in mid-call;
- whoever is rung, is rung for the highest-ranking call that they answer for and that is not being
  offered already (from the console an agent may take any other).

In ``aveugle`` mode the core no longer sees the call after the transfer: it reports ``left`` right
after ``Connect``, and a telephone still in use answers 486.
"""

from __future__ import annotations

from collections.abc import Mapping

from telephony.presence import WANTS, AgentState, Change, Presence
from telephony.queueactions import (
    Action,
    Announce,
    AskKey,
    BackInQueue,
    CancelRing,
    Connect,
    Failure,
    Moved,
    Overflowed,
    OverflowReason,
    Place,
    TakeRefused,
    Talk,
    TalkOver,
    Why,
)
from telephony.queueentries import Entry, Offer, Talking
from telephony.queueorder import Said, worth_saying
from telephony.reception import Direct, Overflow, Priority, QueueRules, Reception, Strategy
from telephony.staffboard import StaffBoard
from telephony.waitingline import WaitingLine

CONFIRM_S = 12.0
"""Time to press 1 after the pick-up."""

SHORT_TALK_S = 5.0
"""An agent who is gone sooner has not helped: the caller is first in line again."""

NOBODY_GRACE_S = 60.0
"""Callers already waiting when the last agent leaves wait so long for one to come back."""


class Queueing:
    """See the module. ``seed`` keeps the offers of one start apart from those of another.

    ``wanted`` is what each agent last asked for (available, break, offline).
    """

    def __init__(
        self,
        reception: Reception,
        now: float,
        *,
        wanted: Mapping[str, Presence] | None = None,
        seed: str = "",
    ) -> None:
        self._reception = reception
        self._staff = StaffBoard(reception, now, wanted or {}, seed)
        self._line = WaitingLine(reception, self._staff)
        self._entries = self._line.entries
        self._talks: dict[str, Talking] = {}
        self._settled_at = now

    def renew(self, reception: Reception, main: str, now: float) -> list[Action]:
        """Go by another reception; calls keep their places.

        Whoever waits for a service that is gone waits for ``main``; where callers do not queue any
        more, they go to its telephone.
        """
        out: list[Action] = []
        for agent in self._staff.gone(reception):
            self._withdraw(agent, now, out)
        self._reception = reception
        self._line.renew(reception)
        self._staff.renew(reception, now, {})
        for talking in self._talks.values():
            talking.entry.queue = reception.served(talking.entry.queue, main)
        for entry in list(self._entries.values()):
            self._lead_on(entry, reception.served(entry.queue, main), now, out)
        return self._settle(now, out)

    # Calls

    def enter(
        self,
        call: str,
        service: str,
        now: float,
        *,
        priority: Priority = Priority.NORMAL,
        waited_s: float = 0.0,
        callback: bool = False,
        agent: str | None = None,
    ) -> list[Action]:
        """Put a call in a service's queue; ``waited_s`` keeps the place it had elsewhere.

        ``agent`` is rung first and alone, as if they took it from the console. Callers of a
        service without agents do not queue: ask ``Reception.route`` first.

        Raises:
            KeyError: the service is unknown, or a caller's service has no agents.
            ValueError: the call is here already.
        """
        if service in self._reception.direct and not callback:
            raise KeyError(service)
        rules = self._reception.queues[service]
        if call in self._entries or call in self._talks:
            raise ValueError(f"call {call} is queued already")
        out: list[Action] = []
        room = self._line.has_room(service) or priority is Priority.URGENT
        entry = Entry(call, service, priority, now - waited_s, now, callback, announce_at=now)
        self._entries[call] = entry
        if not callback:
            if not self._staff.expected(rules.service):
                self._overflow(entry, "nobody", now, out)
            elif not room:
                self._overflow(entry, "full", now, out)
        if agent is not None and call in self._entries:
            self._ring_taker(entry, agent, now, out)
        return self._settle(now, out)

    def left(self, call: str, now: float, *, wrap_up: bool = True) -> list[Action]:
        """The caller hung up, or is led elsewhere; harmless when the call is not here.

        Without ``wrap_up`` the agent is free at once (a call-back that reached nobody).
        """
        out: list[Action] = []
        entry = self._entries.pop(call, None)
        if entry is not None:
            self._cancel_all(entry, "caller_left", now, out)
        elif call in self._talks:
            self._end_talk(call, now, out, wrap_up=wrap_up)
        return self._settle(now, out)

    def raise_priority(self, call: str, priority: Priority, now: float) -> list[Action]:
        """Rank a waiting call higher; never lower."""
        entry = self._entries.get(call)
        if entry is not None:
            entry.priority = max(entry.priority, priority)
        return self._settle(now, [])

    # Telephones

    def picked_up(self, offer: str, now: float) -> list[Action]:
        """An agent's telephone was answered; it wins unless key 1 is asked for first."""
        found = self._staff.offer(offer)
        if found is None:
            return self._settle(now, [self._staff.too_late(offer)])
        if not self._must_confirm(self._entries[found.call]):
            return self.confirmed(offer, now)
        if found.picked_up:
            return self._settle(now, [])
        found.picked_up = True
        found.deadline = now + CONFIRM_S
        return self._settle(now, [AskKey(offer, found.call, found.agent, CONFIRM_S)])

    def confirmed(self, offer: str, now: float) -> list[Action]:
        """The agent takes the call (key 1, or simply answered): the first one wins."""
        found = self._staff.offer(offer)
        if found is None:
            return self._settle(now, [self._staff.too_late(offer)])
        out: list[Action] = []
        entry = self._entries.pop(found.call)
        self._staff.close(found, entry, "taken")
        self._cancel_all(entry, "taken", now, out)
        self._staff.change(found.agent, Change.ANSWERED, now, out)
        self._talks[entry.call] = Talking(entry, found.agent, now)
        mode, waited = self._rules(entry.queue).mode, now - entry.entered
        out.append(
            Connect(offer, entry.call, entry.queue, found.agent, mode, waited, entry.callback)
        )
        return self._settle(now, out)

    def ring_failed(self, offer: str, failure: Failure, now: float) -> list[Action]:
        """A rung telephone gave up: the next agent is rung; harmless for an offer that is over."""
        out: list[Action] = []
        found = self._staff.offer(offer)
        if found is not None:
            self._fail(found, failure, now, out)
        return self._settle(now, out)

    def staff_left(self, call: str, now: float, *, lost: bool = False) -> list[Action]:
        """The agent's leg ended while the caller is still there.

        ``lost``: the telephone vanished (media stopped, unplugged) instead of hanging up.
        """
        talking = self._talks.get(call)
        if talking is None:
            return self._settle(now, [])
        out: list[Action] = []
        short = now - talking.since < SHORT_TALK_S
        if talking.entry.callback or not (short or lost):
            self._end_talk(call, now, out)
            return self._settle(now, out)
        del self._talks[call]
        entry, agent = talking.entry, talking.agent
        self._staff.change(agent, Change.HUNG_UP, now, out)
        self._staff.pause(agent, now, self._rules(entry.queue).penalty_s, missed=lost)
        entry.returned(agent, now)
        self._entries[call] = entry
        out.append(BackInQueue(call, entry.queue, agent, lost))
        return self._settle(now, out)

    # Staff

    def take(self, agent: str, call: str, now: float) -> list[Action]:
        """An agent takes a waiting call from the console: only their telephone rings."""
        state, entry = self._staff.state(agent), self._entries.get(call)
        if state is None:
            return self._settle(now, [TakeRefused(call, agent, "unknown_agent")])
        offers = [] if entry is None else self._staff.offers_for(entry)
        others = [offer for offer in offers if offer.agent != agent]
        if call in self._talks or any(offer.taken or offer.picked_up for offer in others):
            return self._settle(now, [TakeRefused(call, agent, "already_taken")])
        if entry is None:
            return self._settle(now, [TakeRefused(call, agent, "not_waiting")])
        if state.presence is Presence.IN_CALL:
            return self._settle(now, [TakeRefused(call, agent, "agent_in_call")])
        out: list[Action] = []
        for offer in others:
            self._staff.cancel(offer, entry, "withdrawn", now, out)
        mine = next((offer for offer in offers if offer.agent == agent), None)
        if mine is not None:
            mine.taken = True
        else:
            self._ring_taker(entry, agent, now, out)
        return self._settle(now, out)

    def wants(self, agent: str, presence: Presence, now: float) -> list[Action]:
        """The agent says available, break or offline; KeyError for anything else."""
        return self._agent_changes(agent, WANTS[presence], now)

    def telephone(self, agent: str, *, plugged: bool, now: float) -> list[Action]:
        """The agent's telephone is known to be there, or gone."""
        return self._agent_changes(agent, Change.PLUGGED if plugged else Change.UNPLUGGED, now)

    def busy_elsewhere(self, agent: str, *, busy: bool, now: float) -> list[Action]:
        """The agent's telephone is in a call of its own (direct dialling), or free again."""
        if any(talking.agent == agent for talking in self._talks.values()):
            return self._settle(now, [])
        return self._agent_changes(agent, Change.ANSWERED if busy else Change.HUNG_UP, now)

    # Time

    def tick(self, now: float) -> list[Action]:
        """Do what is due."""
        return self._settle(now, [])

    def next_deadline(self) -> float | None:
        """Return the next instant at which something is due, None when nothing is."""
        instants = list(self._staff.deadlines())
        for entry in self._entries.values():
            instants.extend(self._staff.pauses(entry.queue, self._settled_at))
            if entry.callback or entry.offers:
                continue
            instants.append(entry.announce_at)
            instants.append(entry.queued + self._rules(entry.queue).max_wait_s)
            if entry.alone_since is not None:
                instants.append(entry.alone_since + NOBODY_GRACE_S)
        return min(instants, default=None)

    # What is seen

    def waiting(self, now: float) -> tuple[Place, ...]:
        """Return the waiting calls of all queues, in the order in which they will be served."""
        return self._line.places(now)

    def talks(self) -> tuple[Talk, ...]:
        """Return the calls that are with an agent."""
        return tuple(
            Talk(call, t.entry.queue, t.agent, t.since, t.entry.callback)
            for call, t in self._talks.items()
        )

    def agents(self) -> Mapping[str, AgentState]:
        """Return every agent's state."""
        return self._staff.states()

    # Inside

    def _settle(self, now: float, out: list[Action]) -> list[Action]:
        """Do all that is due or has become possible."""
        self._settled_at = now
        self._staff.end_rests(now, out)
        for offer in self._staff.overdue(now):
            why: Why = "not_confirmed" if offer.picked_up else "ring_timeout"
            out.append(CancelRing(offer.id, offer.call, offer.agent, why))
            self._fail(offer, why, now, out)
        for entry in self._line.in_order(now):
            self._check_overflow(entry, now, out)
        self._distribute(now, out)
        for entry in self._line.in_order(now):
            self._announce(entry, now, out)
        return out

    def _rules(self, queue: str) -> QueueRules:
        return self._reception.queues[queue]

    def _must_confirm(self, entry: Entry) -> bool:
        """Tell whether key 1 is asked for: a resident is never rung for an answering machine."""
        return entry.callback or self._rules(entry.queue).confirm

    def _ring_taker(self, entry: Entry, agent: str, now: float, out: list[Action]) -> None:
        """Ring only this agent, unless unknown or in a call; who rang there is asked elsewhere."""
        state = self._staff.state(agent)
        if state is None or state.presence is Presence.IN_CALL:
            return
        self._withdraw(agent, now, out)
        one, rules = self._staff.agent(agent), self._rules(entry.queue)
        self._staff.ring(entry, one, rules, now, out, taken=True)

    def _check_overflow(self, entry: Entry, now: float, out: list[Action]) -> None:
        if entry.callback or entry.offers:
            entry.alone_since = None
        elif now >= entry.queued + self._rules(entry.queue).max_wait_s:
            self._overflow(entry, "max_wait", now, out)
        elif self._staff.present(entry.queue):
            entry.alone_since = None
        elif entry.alone_since is None:
            entry.alone_since = now
        elif now >= entry.alone_since + NOBODY_GRACE_S:
            self._overflow(entry, "nobody", now, out)

    def _overflow(self, entry: Entry, why: OverflowReason, now: float, out: list[Action]) -> None:
        """Move the call, or let it go; every service is tried once, then call-back or bot."""
        start, target = entry.queue, self._rules(entry.queue).overflow
        entry.visited.add(start)
        while target.kind == "service":
            service = target.target
            route = self._reception.route(service)
            if isinstance(route, Direct):
                target = Overflow("sip", route.target)
            elif service in entry.visited:
                target = Overflow("callback" if self._reception.callbacks.enabled else "bot")
            elif self._staff.present(service) and self._line.has_room(service):
                entry.moved(service, now)
                out.append(Moved(entry.call, start, service, why))
                return
            else:
                entry.visited.add(service)
                target = route.overflow
        del self._entries[entry.call]
        out.append(Overflowed(entry.call, start, target, why, now - entry.entered))

    def _lead_on(self, entry: Entry, queue: str, now: float, out: list[Action]) -> None:
        """Let a call wait where it can be answered now."""
        route = None if entry.callback else self._reception.direct.get(queue)
        before = entry.queue
        if route is None and queue == before:
            return
        self._cancel_all(entry, "withdrawn", now, out)
        if route is None:
            entry.moved(queue, now)
            out.append(Moved(entry.call, before, queue, "gone"))
            return
        del self._entries[entry.call]
        to = Overflow("sip", route.target)
        out.append(Overflowed(entry.call, before, to, "gone", now - entry.entered))

    def _distribute(self, now: float, out: list[Action]) -> None:
        for entry in self._line.in_order(now):
            rules = self._rules(entry.queue)
            # Nobody holds a receiver for a call-back, and each ringing telephone takes a line.
            everyone = rules.strategy is Strategy.ALL and not entry.callback
            offers = self._staff.offers_for(entry)
            if any(offer.taken or offer.picked_up for offer in offers):
                continue
            if offers and not everyone:
                continue
            if not entry.callback and now >= entry.queued + rules.max_wait_s:
                continue
            candidates = self._staff.candidates(entry, rules, now)
            for agent in candidates if everyone else candidates[:1]:
                self._staff.ring(entry, agent, rules, now, out)

    def _fail(self, offer: Offer, why: Why, now: float, out: list[Action]) -> None:
        entry = self._entries[offer.call]
        self._staff.close(offer, entry, why)
        entry.declined[offer.agent] = entry.declined.get(offer.agent, 0) + 1
        self._staff.change(offer.agent, Change.RING_STOPPED, now, out)
        missed = why not in ("refused", "busy", "no_line")
        pause = self._rules(offer.queue).penalty_s
        self._staff.pause(offer.agent, now, pause, missed=missed)

    def _cancel_all(self, entry: Entry, why: Why, now: float, out: list[Action]) -> None:
        for offer in self._staff.offers_for(entry):
            self._staff.cancel(offer, entry, why, now, out)

    def _withdraw(self, agent: str, now: float, out: list[Action]) -> None:
        offer = self._staff.offer_of(agent)
        if offer is not None:
            self._staff.cancel(offer, self._entries[offer.call], "withdrawn", now, out)

    def _end_talk(self, call: str, now: float, out: list[Action], *, wrap_up: bool = True) -> None:
        talking = self._talks.pop(call)
        queue, talked = talking.entry.queue, now - talking.since
        rest = self._rules(queue).wrap_up_s if wrap_up else 0.0
        if wrap_up and talked >= SHORT_TALK_S:
            self._line.handled(queue, talked + rest)
        out.append(TalkOver(call, queue, talking.agent, talked))
        self._staff.change(talking.agent, Change.HUNG_UP, now, out, rest)

    def _agent_changes(self, agent: str, change: Change, now: float) -> list[Action]:
        out: list[Action] = []
        if self._staff.state(agent) is not None:
            self._staff.change(agent, change, now, out)
            if change in (
                Change.WANTS_BREAK,
                Change.WANTS_OFFLINE,
                Change.UNPLUGGED,
                Change.ANSWERED,
            ):
                self._withdraw(agent, now, out)
        return self._settle(now, out)

    def _announce(self, entry: Entry, now: float, out: list[Action]) -> None:
        if entry.callback or entry.offers or now < entry.announce_at:
            return
        entry.announce_at = now + self._rules(entry.queue).announce_every_s
        position = self._line.position(entry.call, now) or 1
        wait = self._line.estimated_wait(entry.call, now)
        kind = worth_saying(entry.said, position, wait)
        if kind is None:
            entry.pass_over()
            return
        entry.said = Said(position, wait)
        out.append(Announce(entry.call, entry.queue, position, wait, kind))
