"""What the console needs from the core; ``callbot`` fills these protocols."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, Protocol, TypeAlias


@dataclass(frozen=True)
class Health:
    """State of the box as the core sees it."""

    status: Literal["starting", "ok", "draining"]
    workers: tuple[int, ...] = ()
    """Numbers of the line workers that are connected."""
    lines: int = 0
    """Lines of those workers."""
    active_calls: int = 0
    waiting_for: tuple[str, ...] = ()
    """What is still missing before calls are taken, in French."""


class TurnView(Protocol):
    """One exchange of a call."""

    @property
    def n(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def heard(self) -> str: ...
    @property
    def asr_confidence(self) -> float | None: ...
    @property
    def intent(self) -> str | None: ...
    @property
    def confidence(self) -> float: ...
    @property
    def decision(self) -> str: ...
    @property
    def said(self) -> str: ...
    @property
    def sources(self) -> Sequence[str]: ...
    @property
    def service(self) -> str | None: ...
    @property
    def lieu(self) -> str | None: ...
    @property
    def jour(self) -> str | None: ...
    @property
    def interrupted(self) -> bool: ...
    @property
    def latency_ms(self) -> float | None: ...
    @property
    def stages(self) -> Mapping[str, float]: ...


class EventView(Protocol):
    """One point of a call's timeline."""

    @property
    def at(self) -> datetime: ...
    @property
    def kind(self) -> str: ...
    @property
    def details(self) -> Mapping[str, Any]: ...


class CallView(Protocol):
    """One call."""

    @property
    def id(self) -> str: ...
    @property
    def sip_call_id(self) -> str: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def caller(self) -> str: ...
    @property
    def called(self) -> str: ...
    @property
    def outcome(self) -> str | None: ...
    @property
    def service(self) -> str | None: ...
    @property
    def sms(self) -> Sequence[Mapping[str, Any]]:
        """Its text messages: id, state, number (kept as the caller's is), source, at (ISO)."""
        ...

    @property
    def versions(self) -> Mapping[str, str]: ...
    @property
    def turns(self) -> Sequence[TurnView]: ...
    @property
    def events(self) -> Sequence[EventView]: ...


class History(Protocol):
    """The calls that are kept."""

    async def calls(
        self,
        *,
        limit: int = 100,
        since: datetime | None = None,
        sip_call_id: str | None = None,
    ) -> Sequence[CallView]:
        """Return calls without their turns, newest first."""
        ...

    async def call(self, call_id: str) -> CallView | None:
        """Return one call with its turns and events, or None."""
        ...


class ActionRefusedError(Exception):
    """What staff asked for cannot be done; the message is a French sentence for them."""


class Desk(Protocol):
    """What staff can do with a call. ``agent`` is the id of a member of staff.

    Every method raises ActionRefusedError when it is not possible, and else returns once the
    wish is accepted: what becomes of it shows on the board. What is returned is a French sentence
    for the agent, such as « Votre téléphone sonne. »
    """

    async def take(self, call: str, agent: str) -> str:
        """Ring the agent's telephone and connect the caller."""
        ...

    async def transfer(self, call: str, service: str, agent: str) -> str:
        """Send the call to a service."""
        ...

    async def call_back(self, call: str, agent: str) -> str:
        """Ring the agent first, then the resident."""
        ...

    async def set_presence(
        self, agent: str, state: Literal["available", "break", "offline"]
    ) -> str:
        """Change what the agent wants; a call in progress goes on."""
        ...


@dataclass(frozen=True)
class Note:
    """What a member of staff wrote on a call."""

    at: datetime
    author: str
    """The name, as it was then."""
    text: str


@dataclass(frozen=True)
class Mark:
    """A judgement of staff: the matter is done, or an answer of the bot was wrong."""

    kind: Literal["done", "wrong"]
    at: datetime
    author: str
    turn: int | None = None
    """The turn that was wrong."""
    reason: str = ""


@dataclass(frozen=True)
class FollowUp:
    """What staff did with a call."""

    notes: tuple[Note, ...] = ()
    marks: tuple[Mark, ...] = ()

    @property
    def done(self) -> Mark | None:
        """Who closed the matter, and when."""
        return next((mark for mark in self.marks if mark.kind == "done"), None)

    def wrong(self, turn: int) -> Mark | None:
        """Return the mark on the answer of one turn."""
        return next((m for m in self.marks if m.kind == "wrong" and m.turn == turn), None)


NO_FOLLOW_UP = FollowUp()


@dataclass(frozen=True)
class Digest:
    """A kept call in one line."""

    call: CallView
    """Without its turns."""
    asked: str = ""
    intent: str | None = None
    follow_up: FollowUp = NO_FOLLOW_UP


class Notes(Protocol):
    """Keeps what staff say of calls. A write returns once it is on disk.

    Writes return False when the call is not, or no longer, in the history.
    """

    async def note(self, call_id: str, author: str, text: str, at: datetime) -> bool: ...
    async def done(self, call_id: str, author: str, at: datetime) -> bool:
        """Mark the matter as done; whoever did so first stays named."""
        ...

    async def reopen(self, call_id: str) -> bool:
        """Take the mark back."""
        ...

    async def wrong_answer(
        self, call_id: str, turn: int, author: str, reason: str, at: datetime
    ) -> bool:
        """Mark the answer of one turn as wrong; the last reason counts. False: no such turn."""
        ...

    async def follow_up(self, call_id: str) -> FollowUp: ...

    async def digests(
        self, *, since: datetime, words: str = "", limit: int = 1000
    ) -> Sequence[Digest]:
        """Return the calls that started since then, newest first.

        With ``words``, only calls where each of them is found, whatever the accents and the
        case: in what was heard or said, in the notes, in the caller's number, in the service.
        """
        ...


CallBackState: TypeAlias = Literal[
    "planned",
    "queued",
    "dialling",
    "talking",
    "closing",
    "by_hand",
    "done",
    "given_up",
    "cancelled",
]
"""Where a promise to call back stands; ``closing``: the text that gives it up is on its way."""

CallBackReason: TypeAlias = Literal[
    "expired", "never_open", "not_reached", "no_text", "interrupted"
]
"""Why a call-back is left to people."""

ENDED_CALL_BACKS: frozenset[CallBackState] = frozenset({"done", "given_up", "cancelled"})


@dataclass(frozen=True)
class CallBackEntry:
    """One promise to call back, as staff see it."""

    id: str
    number: str
    """Whole; pages mask it. Empty once it is no longer kept."""
    service: str
    reason: str
    """In the caller's words; may be empty."""
    requested_at: datetime
    due_at: datetime
    changed_at: datetime
    """When the state began; for one that has ended, when it ended."""
    state: CallBackState = "planned"
    tries: int = 0
    """How often the resident was rung and not reached."""
    by_hand: CallBackReason | None = None
    agent: str | None = None
    """Id of the member of staff who is in the call, or settled it."""
    call: str | None = None
    """The call in which it was asked for."""

    @property
    def open(self) -> bool:
        """True until it is done, given up or cancelled."""
        return self.state not in ENDED_CALL_BACKS

    @property
    def can(self) -> frozenset[str]:
        """Return the actions that make sense: now, done, cancel."""
        if not self.open or self.state == "talking":
            return frozenset()
        if self.state == "dialling":
            return frozenset({"cancel"})
        settle = frozenset({"done", "cancel"})
        return settle | {"now"} if self.state in ("planned", "by_hand") else settle


class CallBacks(Protocol):
    """What staff can do with a call-back, by its id; see Desk for what is returned and raised."""

    async def now(self, callback: str, agent: str) -> str:
        """Put it in the queue at once, whatever the hour."""
        ...

    async def done(self, callback: str, agent: str) -> str:
        """A person has settled it."""
        ...

    async def cancel(self, callback: str, agent: str) -> str:
        """The resident is not called back."""
        ...


@dataclass(frozen=True)
class DayCounts:
    """What the board cannot count by itself. Transfers are counted once for each call."""

    day: date
    """On the town's clocks; counts of another day are not shown."""
    transfers_asked: int = 0
    transfers_reached: int = 0
    transfers_refused: int = 0
    """Nobody of the service was reached, or the queue was closed or full."""
    transfers_abandoned: int = 0
    """The caller hung up while waiting."""
    mean_wait_s: float | None = None
    """From the wish for a human to the first word with one, of those reached; None: none was."""


TextState: TypeAlias = Literal["queued", "sending", "sent", "delivered", "failed", "expired"]


@dataclass(frozen=True)
class TextEntry:
    """One text message, as staff see it."""

    id: str
    number: str
    """Whole, or masked where only that is kept; pages mask it. May be empty."""
    text: str
    source: str
    """The knowledge entry or template it comes from."""
    state: TextState
    created_at: datetime
    changed_at: datetime
    """When the state began."""
    consent_at: datetime
    """When the resident agreed."""
    call: str = ""
    """The call in which it was agreed to; empty when no call did."""
    attempts: int = 0
    error: str = ""
    """French: why the last attempt failed."""


class Outbox(Protocol):
    """The text messages that are kept."""

    @property
    def gateway(self) -> bool:
        """False when no gateway is configured: what is queued does not leave."""
        ...

    async def page(
        self, *, words: str, states: Collection[TextState], limit: int, before: str
    ) -> Sequence[TextEntry]:
        """Return messages, newest first.

        With ``words``, only messages where each of them is found, whatever the accents and the
        case: in the text, the source, or as digits in the number. Without ``states``, of all.
        ``before`` is the id of a message, only older ones are returned; empty: from the newest.
        An unknown id returns nothing.
        """
        ...

    async def of_call(self, call: str) -> Sequence[TextEntry]:
        """Return the messages of one call, oldest first."""
        ...

    async def counts(self, *, since: datetime) -> Mapping[TextState, int]:
        """Return how many of the messages created since then are in each state."""
        ...

    async def resend(self, text: str, agent: str) -> str:
        """Send a failed or expired message again; see Desk for what is returned and raised."""
        ...


@dataclass(frozen=True)
class VoiceMessage:
    """What a resident left after the tone."""

    id: str
    """At most 64 letters, digits, "-" or "_": it is part of an address."""
    call: str
    number: str
    """Whole; pages mask it. May be empty."""
    at: datetime
    seconds: float
    transcript: str
    """As recognised; empty when nothing was."""
    service: str | None = None
    done: Mark | None = None
    """Who settled it, and when."""


class VoiceMessages(Protocol):
    """The voice messages that are kept."""

    async def list(self) -> Sequence[VoiceMessage]:
        """Return all that are kept, newest first, done or not."""
        ...

    async def audio(self, message: str) -> bytes | None:
        """Return the WAV file, None when there is none."""
        ...

    async def done(self, message: str, agent: str) -> str:
        """Mark as settled; see Desk for what is returned and raised."""
        ...
