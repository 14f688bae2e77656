"""What a member of staff is doing, as one complete table of transitions.

Two sources change it: the agent (the console) and the telephone. What the agent wants (available,
break, offline) is kept apart from what the telephone does, so that a break asked for during a
call begins when the call is over. Instants are seconds of one monotonic clock, passed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

MAX_PENALTY_S = 600.0
"""Longest pause of an agent whose telephone is never answered."""


class Presence(StrEnum):
    """What staff and console see."""

    AVAILABLE = "available"
    BREAK = "break"
    OFFLINE = "offline"
    RINGING = "ringing"
    IN_CALL = "in_call"
    WRAP_UP = "wrap_up"


RESTING = frozenset({Presence.AVAILABLE, Presence.BREAK, Presence.OFFLINE})
"""What an agent can ask for."""

PRESENT = frozenset(
    {Presence.AVAILABLE, Presence.RINGING, Presence.IN_CALL, Presence.WRAP_UP},
)
"""Agents who take calls now or after the one in progress."""


class Change(StrEnum):
    """What happens to an agent."""

    WANTS_AVAILABLE = "wants_available"
    WANTS_BREAK = "wants_break"
    WANTS_OFFLINE = "wants_offline"
    RINGS = "rings"
    RING_STOPPED = "ring_stopped"
    ANSWERED = "answered"
    HUNG_UP = "hung_up"
    RESTED = "rested"
    """The time to write up the last call is over."""
    UNPLUGGED = "unplugged"
    """The telephone is known to be gone; a call in progress ends by HUNG_UP all the same."""
    PLUGGED = "plugged"


WANTS: Mapping[Presence, Change] = {
    Presence.AVAILABLE: Change.WANTS_AVAILABLE,
    Presence.BREAK: Change.WANTS_BREAK,
    Presence.OFFLINE: Change.WANTS_OFFLINE,
}

_REST = None
"""In the table: whatever the agent wants, or offline while the telephone is gone."""

_WANTED = dict.fromkeys(WANTS.values(), _REST)

TABLE: Mapping[Presence, Mapping[Change, Presence | None]] = {
    **{
        resting: {
            **_WANTED,
            Change.RINGS: Presence.RINGING,
            Change.RING_STOPPED: _REST,
            Change.ANSWERED: Presence.IN_CALL,
            Change.HUNG_UP: _REST,
            Change.RESTED: _REST,
            Change.UNPLUGGED: _REST,
            Change.PLUGGED: _REST,
        }
        for resting in (Presence.AVAILABLE, Presence.BREAK, Presence.OFFLINE)
    },
    Presence.RINGING: {
        Change.WANTS_AVAILABLE: Presence.RINGING,
        Change.WANTS_BREAK: _REST,
        Change.WANTS_OFFLINE: _REST,
        Change.RINGS: Presence.RINGING,
        Change.RING_STOPPED: _REST,
        Change.ANSWERED: Presence.IN_CALL,
        Change.HUNG_UP: Presence.RINGING,
        Change.RESTED: Presence.RINGING,
        Change.UNPLUGGED: _REST,
        Change.PLUGGED: Presence.RINGING,
    },
    Presence.IN_CALL: {
        **dict.fromkeys(WANTS.values(), Presence.IN_CALL),
        Change.RINGS: Presence.IN_CALL,
        Change.RING_STOPPED: Presence.IN_CALL,
        Change.ANSWERED: Presence.IN_CALL,
        Change.HUNG_UP: Presence.WRAP_UP,
        Change.RESTED: Presence.IN_CALL,
        Change.UNPLUGGED: Presence.IN_CALL,
        Change.PLUGGED: Presence.IN_CALL,
    },
    Presence.WRAP_UP: {
        **_WANTED,
        Change.RINGS: Presence.RINGING,
        Change.RING_STOPPED: Presence.WRAP_UP,
        Change.ANSWERED: Presence.IN_CALL,
        Change.HUNG_UP: Presence.WRAP_UP,
        Change.RESTED: _REST,
        Change.UNPLUGGED: _REST,
        Change.PLUGGED: Presence.WRAP_UP,
    },
}
"""Every presence with every change; saying "available" ends the writing-up early."""


@dataclass(frozen=True)
class AgentState:
    """One agent at one instant."""

    wanted: Presence = Presence.OFFLINE
    presence: Presence = Presence.OFFLINE
    since: float = 0.0
    """Start of the present presence."""
    idle_since: float = 0.0
    """End of the last call, or the return to work: whoever has rested longest is rung first."""
    rests_until: float | None = None
    """End of the writing-up, in WRAP_UP only."""
    paused_until: float = 0.0
    """Not rung before, after a call that was not taken."""
    missed: int = 0
    """Calls in a row that rang out or could not reach the telephone."""
    plugged: bool = True

    def can_be_rung(self, now: float) -> bool:
        """True when a call may be offered."""
        return self.presence is Presence.AVAILABLE and now >= self.paused_until


def changed(agent: AgentState, change: Change, now: float, wrap_up_s: float = 0.0) -> AgentState:
    """Return the agent after ``change``; ``wrap_up_s`` counts for HUNG_UP only."""
    wanted, plugged, paused = agent.wanted, agent.plugged, agent.paused_until
    for presence, wish in WANTS.items():
        if change is wish:
            wanted = presence
    if change is Change.WANTS_AVAILABLE:
        # Whoever says to be there has looked at the telephone.
        plugged, paused = True, 0.0
    elif change is Change.ANSWERED:
        plugged, paused = True, 0.0
    elif change in (Change.UNPLUGGED, Change.PLUGGED):
        plugged = change is Change.PLUGGED
    rest = wanted if plugged else Presence.OFFLINE
    target = TABLE[agent.presence][change] or rest
    if target is Presence.WRAP_UP and agent.presence is Presence.IN_CALL and wrap_up_s <= 0:
        target = rest
    missed = 0 if change in (Change.ANSWERED, Change.WANTS_AVAILABLE) else agent.missed
    state = replace(agent, wanted=wanted, plugged=plugged, paused_until=paused, missed=missed)
    if target is agent.presence:
        return state
    rests_until = now + wrap_up_s if target is Presence.WRAP_UP else None
    returned = agent.presence in (Presence.BREAK, Presence.OFFLINE, Presence.IN_CALL)
    idle_since = now if returned and target is not Presence.RINGING else agent.idle_since
    return replace(
        state, presence=target, since=now, rests_until=rests_until, idle_since=idle_since
    )


def paused(agent: AgentState, now: float, pause_s: float, *, missed: bool) -> AgentState:
    """Return the agent left alone after a call that was not taken.

    A call that rang out or found no telephone (``missed``) doubles the next pause, so that the
    telephone of somebody who left does not hold up every caller.
    """
    count = agent.missed + 1 if missed else agent.missed
    length = min(pause_s * 2 ** max(0, min(count, 20) - 1), MAX_PENALTY_S)
    return replace(agent, paused_until=now + length, missed=count)
