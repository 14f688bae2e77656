"""The staff and their ringing telephones: what the queue decides is booked here.

Instants are monotonic seconds. Methods append what is to be done to ``out``.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from telephony.presence import PRESENT, AgentState, Change, Presence, changed, paused
from telephony.queueactions import Action, AlreadyTaken, CancelRing, PresenceChanged, Ring, Why
from telephony.queueentries import Entry, Offer
from telephony.reception import Agent, QueueRules, Reception, Strategy

MAX_CLOSED_OFFERS = 500
"""Offers that are remembered after their end, to tell a late telephone why."""


class StaffBoard:
    """Agents, their presence, and at most one live offer for each."""

    def __init__(
        self, reception: Reception, now: float, wanted: Mapping[str, Presence], seed: str
    ) -> None:
        self._agents: dict[str, Agent] = {}
        self._states: dict[str, AgentState] = {}
        self._offers: dict[str, Offer] = {}
        self._closed: OrderedDict[str, tuple[Offer, Why]] = OrderedDict()
        self._seed = seed
        self._count = 0
        self.renew(reception, now, wanted)

    def renew(self, reception: Reception, now: float, wanted: Mapping[str, Presence]) -> None:
        """Go by other agents; ``wanted`` is for those that are new.

        None of those who are gone is rung; a talk of theirs ends like any other.
        """
        self._reception = reception
        self._agents = {agent.id: agent for agent in reception.agents}
        self._states = {
            agent: state
            for agent, state in self._states.items()
            if agent in self._agents or state.presence is Presence.IN_CALL
        }
        for agent in reception.agents:
            default = Presence.AVAILABLE if agent.starts_available else Presence.OFFLINE
            wish = wanted.get(agent.id, default)
            self._states.setdefault(agent.id, AgentState(wish, wish, now, now))

    def gone(self, reception: Reception) -> list[str]:
        """Return the agents that another reception does not have."""
        kept = {agent.id for agent in reception.agents}
        return [agent for agent in self._agents if agent not in kept]

    def agent(self, agent: str) -> Agent:
        """Return who this is; KeyError when unknown."""
        return self._agents[agent]

    def state(self, agent: str) -> AgentState | None:
        """Return the agent's state, None when unknown."""
        return self._states.get(agent) if agent in self._agents else None

    def states(self) -> Mapping[str, AgentState]:
        """Return every agent's state."""
        return {agent: self._states[agent] for agent in self._agents}

    def present(self, queue: str) -> frozenset[str]:
        """Return the agents of a queue who take calls now or after the one in progress."""
        return self._with(queue, PRESENT)

    def expected(self, queue: str) -> frozenset[str]:
        """Return the agents of a queue who are present or on a break."""
        return self._with(queue, PRESENT | {Presence.BREAK})

    def _with(self, queue: str, accepted: Iterable[Presence]) -> frozenset[str]:
        return frozenset(
            agent.id
            for agent in self._reception.agents_of(queue)
            if self._states[agent.id].presence in accepted
        )

    def candidates(self, entry: Entry, rules: QueueRules, now: float) -> list[Agent]:
        """Return the agents who can be rung, the one to ring first before the others.

        Whoever did not take this call comes after those who were not asked yet.
        """
        free = [
            agent
            for agent in self._reception.agents_of(entry.queue)
            if self._states[agent.id].can_be_rung(now)
        ]

        def by_rest(agent: Agent) -> tuple[float, ...]:
            skill = agent.services.index(entry.queue)
            return entry.declined.get(agent.id, 0), skill, self._states[agent.id].idle_since

        def by_file(agent: Agent) -> tuple[float, ...]:
            return (entry.declined.get(agent.id, 0),)

        return sorted(free, key=by_file if rules.strategy is Strategy.ORDER else by_rest)

    def change(
        self, agent: str, change: Change, now: float, out: list[Action], wrap_up_s: float = 0.0
    ) -> None:
        """Book what happened to an agent."""
        before = self._states[agent]
        after = changed(before, change, now, wrap_up_s)
        self._states[agent] = after
        if (after.presence, after.wanted) != (before.presence, before.wanted):
            out.append(PresenceChanged(agent, after.presence, after.wanted))

    def pause(self, agent: str, now: float, pause_s: float, *, missed: bool) -> None:
        """Leave an agent alone for a while."""
        self._states[agent] = paused(self._states[agent], now, pause_s, missed=missed)

    def end_rests(self, now: float, out: list[Action]) -> None:
        """Free the agents whose time to write up is over."""
        for agent, state in list(self._states.items()):
            if state.rests_until is not None and state.rests_until <= now:
                self.change(agent, Change.RESTED, now, out)

    def offer(self, offer: str) -> Offer | None:
        """Return a live offer."""
        return self._offers.get(offer)

    def offers_for(self, entry: Entry) -> list[Offer]:
        """Return the telephones that ring for a call, in the order in which they began."""
        return sorted((self._offers[offer] for offer in entry.offers), key=lambda o: o.number)

    def overdue(self, now: float) -> list[Offer]:
        """Return the offers whose time is up."""
        return [offer for offer in self._offers.values() if offer.deadline <= now]

    def deadlines(self) -> Iterable[float]:
        """Return the ends of live offers and of writing-up."""
        yield from (offer.deadline for offer in self._offers.values())
        for state in self._states.values():
            if state.rests_until is not None:
                yield state.rests_until

    def pauses(self, queue: str, after: float) -> Iterable[float]:
        """Return when the paused agents of a queue can be rung again."""
        for agent in self._reception.agents_of(queue):
            state = self._states[agent.id]
            if state.presence is Presence.AVAILABLE and state.paused_until > after:
                yield state.paused_until

    def ring(
        self,
        entry: Entry,
        agent: Agent,
        rules: QueueRules,
        now: float,
        out: list[Action],
        *,
        taken: bool = False,
    ) -> None:
        """Ring one agent for one call."""
        self._count += 1
        identifier = f"{self._seed}{entry.call}/{self._count}"
        deadline = now + rules.ring_s
        self._offers[identifier] = Offer(
            identifier, self._count, entry.call, entry.queue, agent.id, deadline, taken
        )
        entry.offers.add(identifier)
        self.change(agent.id, Change.RINGS, now, out)
        out.append(
            Ring(
                identifier,
                entry.call,
                entry.queue,
                agent.id,
                agent.target,
                rules.ring_s,
                rules.mode,
                rules.confirm or entry.callback,
                entry.callback,
            )
        )

    def close(self, offer: Offer, entry: Entry, why: Why) -> None:
        """End an offer; a telephone that answers it later is told ``why``."""
        del self._offers[offer.id]
        entry.offers.discard(offer.id)
        self._closed[offer.id] = (offer, why)
        while len(self._closed) > MAX_CLOSED_OFFERS:
            self._closed.popitem(last=False)

    def cancel(self, offer: Offer, entry: Entry, why: Why, now: float, out: list[Action]) -> None:
        """End an offer whose telephone still rings, or was picked up and not connected."""
        self.close(offer, entry, why)
        if offer.picked_up and why == "taken":
            out.append(AlreadyTaken(offer.id, offer.call, offer.agent, why))
        else:
            out.append(CancelRing(offer.id, offer.call, offer.agent, why))
        self.change(offer.agent, Change.RING_STOPPED, now, out)

    def offer_of(self, agent: str) -> Offer | None:
        """Return the offer that rings at an agent's."""
        return next((offer for offer in self._offers.values() if offer.agent == agent), None)

    def too_late(self, offer: str) -> AlreadyTaken:
        """Return the answer to a telephone whose offer is over."""
        if offer not in self._closed:
            return AlreadyTaken(offer, "", "", "withdrawn")
        closed, why = self._closed[offer]
        return AlreadyTaken(offer, closed.call, closed.agent, why)
