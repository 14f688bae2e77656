"""What comes of an event in a call-back: the record to keep, then what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from telephony.callbackrecord import Callback, Reason
from telephony.queueactions import Failure


@dataclass(frozen=True)
class EnterQueue:
    """Put it in the service's queue, at the place of one who has waited ``waited_s``."""

    callback: str
    service: str
    waited_s: float


@dataclass(frozen=True)
class LeaveQueue:
    """Take it out of the queue; telephones that ring for it stop."""

    callback: str


@dataclass(frozen=True)
class DialResident:
    """Ring the resident while the agent holds the line."""

    callback: str
    number: str
    agent: str


@dataclass(frozen=True)
class Join:
    """Connect the resident and the agent."""

    callback: str
    agent: str


ReleaseReason: TypeAlias = Failure | Literal["too_late", "engaged", "cancelled"]
"""``too_late``: the service has closed; ``engaged``: the resident is in a call with us;
``cancelled``: it is no longer wanted."""


@dataclass(frozen=True)
class ReleaseStaff:
    """Tell the agent that the resident was not reached, and free the line."""

    callback: str
    agent: str
    why: ReleaseReason
    next_try: datetime | None


@dataclass(frozen=True)
class HangUpResident:
    """The agent is gone: stop ringing the resident."""

    callback: str


@dataclass(frozen=True)
class SendText:
    """Tell the resident by text that the town tried; ``key`` makes a repeat harmless."""

    callback: str
    number: str
    service: str
    key: str


@dataclass(frozen=True)
class CallByHand:
    """Show it to people as theirs to do."""

    callback: str
    service: str
    why: Reason


CallbackAction: TypeAlias = (
    EnterQueue
    | LeaveQueue
    | DialResident
    | Join
    | ReleaseStaff
    | HangUpResident
    | SendText
    | CallByHand
)


@dataclass(frozen=True)
class Step:
    """What to keep, then what to do; ``keep`` with an unchanged version need not be kept."""

    keep: Callback
    actions: tuple[CallbackAction, ...] = ()
