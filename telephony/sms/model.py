"""A text message on its way: what was asked for, where it stands, what gateways say of it.

Instants are aware datetimes in UTC. Numbers are E.164 (``+33612345678``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, TypeAlias


class TextState(StrEnum):
    """Where a message stands. Only SENDING may be in doubt after a crash."""

    QUEUED = "queued"
    SENDING = "sending"
    """Being handed over; whether the gateway has it is not known until it answers."""
    SENT = "sent"
    """The gateway has it."""
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"


CLOSED = frozenset({TextState.DELIVERED, TextState.FAILED, TextState.EXPIRED})
"""Nothing more is done; a late report may still turn SENT or EXPIRED into DELIVERED."""


@dataclass(frozen=True)
class Consent:
    """How the resident agreed. No message is kept without it."""

    at: datetime
    words: str
    """What was heard: « oui, allez-y », or the key pressed."""


@dataclass(frozen=True)
class TextRequest:
    """A message that a resident agreed to."""

    key: str
    """The same key is sent once, whatever happens: call and entry."""
    number: str
    text: str
    """Rendered from a template; never a caller's words."""
    source: str
    """The knowledge entry or template it comes from."""
    call: str
    """The call in which it was agreed to; empty when no call did."""
    consent: Consent


SubmitOutcome: TypeAlias = Literal["queued", "already", "limited", "stopped", "refused"]
"""``already``: the same key is kept; ``limited``: too many for this number, call, hour or day;
``stopped``: the number has answered STOP; ``refused``: no number that may get a text, or a
message that cannot be sent again."""

Limit: TypeAlias = Literal["call", "number", "hour", "day"]
"""Which of the limits is reached; the last two are those of the whole town."""


@dataclass(frozen=True)
class Submitted:
    """What became of a request. ``text`` is the kept message of ``queued`` and ``already``."""

    outcome: SubmitOutcome
    text: Text | None = None
    limit: Limit | None = None
    """Of ``limited``."""


@dataclass(frozen=True)
class Text:
    """One kept message."""

    id: str
    """Chosen by us; gateways that take an identifier get this one."""
    request: TextRequest
    state: TextState
    created_at: datetime
    changed_at: datetime
    due_at: datetime
    """Not handed over earlier."""
    expires_at: datetime
    """Not handed over later."""
    attempts: int = 0
    gateway: str = ""
    """Which one has it, or was tried last."""
    gateway_id: str = ""
    """The gateway's own name for it."""
    error: str = ""
    """French, for staff: why the last attempt failed."""
    doubt_since: datetime | None = None
    """From when on nobody could tell whether the gateway has it; the doubt is over in any state
    but SENDING, and FAILED, where people are told to check before they send again."""
    round: int = 1
    """Counts the messages of one key: more than one only if staff sent it again."""
    version: int = 0

    @property
    def doubtful(self) -> bool:
        """True when it may or may not have been handed over."""
        return self.doubt_since is not None


ReportState: TypeAlias = Literal["accepted", "delivered", "failed", "expired"]


@dataclass(frozen=True)
class Report:
    """A gateway's news of a message, by our id or by the gateway's; may come twice or late."""

    gateway: str
    state: ReportState
    at: datetime
    """When it reached us."""
    id: str = ""
    gateway_id: str = ""
    error: str = ""


@dataclass(frozen=True)
class Incoming:
    """A message from a resident: only STOP and START mean something."""

    gateway: str
    number: str
    text: str
    at: datetime
