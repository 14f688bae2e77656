"""What the queue asks to be done, and what it shows. Instants and durations are in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from telephony.presence import Presence
from telephony.reception import Overflow, Priority, TransferMode

Why: TypeAlias = Literal[
    "caller_left",
    "ring_timeout",
    "taken",
    "withdrawn",
    "refused",
    "busy",
    "no_answer",
    "unreachable",
    "no_line",
    "not_confirmed",
]
"""Why an offer is over. ``withdrawn``: the agent went away, or a colleague took the call over."""

Failure: TypeAlias = Literal["refused", "busy", "no_answer", "unreachable", "no_line"]
"""Why a telephone was not answered; see :func:`failure_of`. ``no_line``: it did not even ring,
because the box or the PBX had no line left for it."""

OverflowReason: TypeAlias = Literal["max_wait", "full", "nobody", "gone"]
"""``gone``: the town has the service, or its queue, no more."""

AnnouncementKind: TypeAlias = Literal["first", "progress", "still"]


@dataclass(frozen=True)
class WaitEstimate:
    """A wait as it can be said: rounded up, never more exact than it is known."""

    minutes: int
    more: bool = False
    """True for "more than ``minutes`` minutes"."""


@dataclass(frozen=True)
class Ring:
    """Ring an agent's telephone for a caller."""

    offer: str
    call: str
    queue: str
    agent: str
    target: str
    """SIP address, from the configuration only."""
    ring_s: float
    mode: TransferMode
    confirm: bool
    """Ask for key 1 after the pick-up; then say :meth:`Queueing.confirmed`."""
    callback: bool


@dataclass(frozen=True)
class CancelRing:
    """Stop ringing, or hang up a telephone that was picked up and not connected."""

    offer: str
    call: str
    agent: str
    why: Why


@dataclass(frozen=True)
class AskKey:
    """The telephone was picked up: ask for key 1 within ``limit_s``."""

    offer: str
    call: str
    agent: str
    limit_s: float


@dataclass(frozen=True)
class Connect:
    """Join the caller and the agent: this agent, and no other, has the call."""

    offer: str
    call: str
    queue: str
    agent: str
    mode: TransferMode
    waited_s: float
    callback: bool


@dataclass(frozen=True)
class AlreadyTaken:
    """A telephone answered an offer that is over: tell the agent, hang up."""

    offer: str
    call: str
    agent: str
    why: Why


@dataclass(frozen=True)
class TakeRefused:
    """A call cannot be taken from the console."""

    call: str
    agent: str
    why: Literal["already_taken", "not_waiting", "agent_in_call", "unknown_agent"]


@dataclass(frozen=True)
class Announce:
    """Tell a caller where they stand; ``wait`` is None when it is not known."""

    call: str
    queue: str
    position: int
    wait: WaitEstimate | None
    kind: AnnouncementKind


@dataclass(frozen=True)
class Moved:
    """The call now waits for another service, its place kept."""

    call: str
    from_queue: str
    to_queue: str
    why: OverflowReason


@dataclass(frozen=True)
class Overflowed:
    """The call has left the queue for where the town sends those who cannot be answered.

    ``to.kind`` is "sip", "callback" or "bot"; a service has become its address.
    """

    call: str
    queue: str
    to: Overflow
    why: OverflowReason
    waited_s: float


@dataclass(frozen=True)
class BackInQueue:
    """The agent is gone while the caller is still there: the caller waits first in line."""

    call: str
    queue: str
    agent: str
    lost: bool
    """True when the telephone was lost in mid-call, False when the agent hung up at once."""


@dataclass(frozen=True)
class TalkOver:
    """The agent is free of this call; the caller's leg may still be there."""

    call: str
    queue: str
    agent: str
    talked_s: float


@dataclass(frozen=True)
class PresenceChanged:
    """For the console and for the store (which keeps ``wanted``)."""

    agent: str
    presence: Presence
    wanted: Presence


Action: TypeAlias = (
    Ring
    | CancelRing
    | AskKey
    | Connect
    | AlreadyTaken
    | TakeRefused
    | Announce
    | Moved
    | Overflowed
    | BackInQueue
    | TalkOver
    | PresenceChanged
)


@dataclass(frozen=True)
class Place:
    """One waiting call, for the console; in the order in which calls will be served."""

    call: str
    queue: str
    position: int
    priority: Priority
    """As given when the call came."""
    rank: Priority
    """As waiting has raised it."""
    waited_s: float
    wait: WaitEstimate | None
    ringing: tuple[str, ...]
    """Agents whose telephone rings for this call."""
    callback: bool


@dataclass(frozen=True)
class Talk:
    """A call in progress with an agent."""

    call: str
    queue: str
    agent: str
    since: float
    callback: bool


def failure_of(code: int) -> Failure:
    """Return what a final SIP code says of the telephone that was rung."""
    if code in (486, 600):
        return "busy"
    if code in (403, 603) or 300 <= code < 400:
        # A redirection is a refusal: only the configuration names who is rung.
        return "refused"
    if code in (408, 487):
        return "no_answer"
    if code == 503:
        return "no_line"
    return "unreachable"
