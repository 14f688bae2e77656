"""One promise to call a resident back, as it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, TypeAlias

QUEUE_PREFIX = "rappel:"
"""Before the id of a call-back in the queue, where calls have names too."""


class CallbackState(StrEnum):
    """See the table of :mod:`telephony.callbacks`."""

    PLANNED = "planned"
    QUEUED = "queued"
    DIALLING = "dialling"
    TALKING = "talking"
    CLOSING = "closing"
    BY_HAND = "by_hand"
    DONE = "done"
    GIVEN_UP = "given_up"
    CANCELLED = "cancelled"


CLOSED = frozenset({CallbackState.DONE, CallbackState.GIVEN_UP, CallbackState.CANCELLED})
"""Nothing more happens by itself, and the number is no longer needed after the day."""

ENGAGED = frozenset({CallbackState.DIALLING, CallbackState.TALKING})
"""The resident's telephone rings or is in use: one call-back of a number at a time."""

Reason: TypeAlias = Literal["expired", "never_open", "not_reached", "no_text", "interrupted"]
"""Why people have to call: nobody took it in time, the service never opens, the resident was not
reached and has no mobile, the text failed, the talk was cut by a restart."""


@dataclass(frozen=True)
class Callback:
    """One promise to call back. Instants are aware datetimes."""

    id: str
    number: str
    """E.164; emptied by the purge."""
    mobile: bool
    service: str
    reason: str
    """In the caller's words."""
    requested_at: datetime
    day: date
    """Of the request, on the town's clocks."""
    waiting_since: datetime
    """Start of the wait that earned the place in the queue."""
    due_at: datetime
    expires_at: datetime
    """Nobody took it by then: people decide."""
    changed_at: datetime
    state: CallbackState = CallbackState.PLANNED
    attempts: int = 0
    """How often the resident was rung and not reached."""
    round: int = 1
    """Counts the call-backs of one number, service and day: more than one only if asked again."""
    agent: str | None = None
    """Who is in the call, or was last."""
    call: str | None = None
    """The call in which it was asked for."""
    by_hand: Reason | None = None
    forced: bool = False
    """In QUEUED: a person wants it done now, whatever the hour (``callbacks.FORCED_FOR``)."""
    version: int = 0

    @property
    def open(self) -> bool:
        """True until it is done, given up or cancelled."""
        return self.state not in CLOSED

    @property
    def queue_call(self) -> str:
        """Return the name under which it waits in the queue."""
        return QUEUE_PREFIX + self.id


def callback_of(queue_call: str) -> str | None:
    """Return the id of the call-back that waits under this name, None for a caller."""
    return queue_call.removeprefix(QUEUE_PREFIX) if queue_call.startswith(QUEUE_PREFIX) else None
