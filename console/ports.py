"""What the console needs from the core; ``callbot`` fills these protocols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol


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
    def sms(self) -> Sequence[Mapping[str, Any]]: ...
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
