"""The state that the reception pages show, kept in memory and changed by the core. No I/O.

Readers never see a half-made change: everything handed out is immutable. Every change has a
number; the last ones are kept in one ring that all readers share, so a slow reader costs nothing:
when the ring has gone past it, it takes the whole state again.

Instants are aware datetimes, passed in.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from console.card import Card, card_of
from console.ports import (
    NO_FOLLOW_UP,
    CallBackEntry,
    DayCounts,
    Digest,
    FollowUp,
    TurnView,
)

PARIS = ZoneInfo("Europe/Paris")
RING_SIZE = 1000

Phase: TypeAlias = Literal[
    "ringing",
    "speaking",
    "listening",
    "thinking",
    "queued",
    "transferring",
    "talking",
    "closing",
]
"""Where a call stands; ``talking`` is with a human."""

Priority: TypeAlias = Literal["normal", "long_wait", "struggling", "urgent"]

PresenceState: TypeAlias = Literal["available", "break", "offline", "ringing", "in_call", "wrap_up"]

ChangeKind: TypeAlias = Literal[
    "call",
    "turn",
    "ended",
    "queue",
    "people",
    "follow_up",
    "callbacks",
    "counts",
    "texts",
    "messages",
]


@dataclass(frozen=True)
class LiveCall:
    """A call in progress."""

    id: str
    caller: str
    """As the network gave it: whole. Pages mask it."""
    called: str
    started_at: datetime
    phase: Phase = "ringing"
    phase_since: datetime | None = None
    service: str | None = None
    """The service that the call is meant for, once known."""
    agent: str | None = None
    """Id of the member of staff who has the call, or whose telephone rings for it."""
    turns: tuple[TurnView, ...] = ()
    pending: str = ""
    """What was heard and is not answered yet."""
    details: Mapping[str, str] = field(default_factory=dict)
    follow_up: FollowUp = NO_FOLLOW_UP

    @property
    def card(self) -> Card | None:
        """The request so far."""
        return card_of(self.turns, self.details)


@dataclass(frozen=True)
class WaitingEntry:
    """One place of the queue, in the order in which calls will be served."""

    call: str
    service: str
    position: int
    since: datetime
    priority: Priority = "normal"
    summary: str = ""
    """One French sentence for staff; empty: made from the call's card."""
    estimate_min: int | None = None
    """Expected wait in minutes, as told to the caller."""
    ringing: tuple[str, ...] = ()
    """Ids of the staff whose telephone rings for this call."""
    callback: bool = False
    """The caller has hung up and keeps the place."""


@dataclass(frozen=True)
class Person:
    """A member of staff."""

    id: str
    name: str
    state: PresenceState = "offline"
    services: tuple[str, ...] = ()
    wanted: PresenceState | None = None
    """What was asked for during a call, and begins when the call is over."""


@dataclass(frozen=True)
class Finished:
    """A call of today that is over."""

    id: str
    caller: str
    started_at: datetime
    ended_at: datetime
    outcome: str
    service: str | None = None
    asked: str = ""
    intent: str | None = None
    agent: str | None = None
    follow_up: FollowUp = NO_FOLLOW_UP

    @property
    def promised(self) -> bool:
        """True while the caller was promised to be called back and nobody closed the matter."""
        return self.outcome == "callback" and self.follow_up.done is None


@dataclass(frozen=True)
class Change:
    """Something is different; readers look up what it is now."""

    number: int
    kind: ChangeKind
    call: str | None = None


@dataclass(frozen=True)
class Snapshot:
    """Everything at one instant."""

    number: int
    """Of the last change that is in it."""
    calls: tuple[LiveCall, ...]
    """Oldest first."""
    queue: tuple[WaitingEntry, ...]
    people: tuple[Person, ...]
    finished: tuple[Finished, ...]
    """Newest first."""
    callbacks: tuple[CallBackEntry, ...]
    """Open ones by due time, then those that have ended, newest first."""


@dataclass(frozen=True)
class Figures:
    """The figures of the day."""

    waiting: int
    oldest: datetime | None
    """Since when the caller waits who has waited longest."""
    in_progress: int
    """Calls with the bot or with staff; who waits is not among them."""
    callbacks: int
    """Call-backs still to be made."""
    calls: int
    """Calls that came in today."""
    ended: int
    answered: int
    """Calls of today that the bot or a human answered."""
    by_bot: int
    """Calls of today that the bot answered alone."""
    by_bot_percent: int | None
    """Their share of the ended calls."""
    counts: DayCounts | None
    """None: not known, or of another day."""


class LiveBoard:
    """The present state; one for the core. Not thread-safe: it belongs to the core's loop.

    Events about a call that is unknown or over are ignored: they may arrive after its end.
    """

    def __init__(
        self, *, zone: ZoneInfo = PARIS, ring: int = RING_SIZE, epoch: str | None = None
    ) -> None:
        """``zone`` tells when a day begins; ``epoch`` tells one run of the core from another."""
        self.zone = zone
        self.epoch = epoch or secrets.token_hex(4)
        self._number = 0
        self._changes: deque[Change] = deque(maxlen=ring)
        self._calls: dict[str, LiveCall] = {}
        self._queue: tuple[WaitingEntry, ...] = ()
        self._people: tuple[Person, ...] = ()
        self._finished: dict[str, Finished] = {}
        self._callbacks: tuple[CallBackEntry, ...] = ()
        self._counts: DayCounts | None = None
        self._listeners: set[Callable[[], None]] = set()

    # What the core calls.

    def call_started(self, call: str, *, caller: str, called: str, at: datetime) -> None:
        """A call came in."""
        self._calls[call] = LiveCall(call, caller, called, at, phase_since=at)
        self._changed("call", call)

    def phase(
        self,
        call: str,
        phase: Phase,
        at: datetime,
        *,
        service: str | None = None,
        agent: str | None = None,
    ) -> None:
        """The call now stands there; a ``service`` stays until another is named."""
        known = self._calls.get(call)
        if known is None:
            return
        moved = replace(known, phase=phase, service=service or known.service, agent=agent)
        if phase != known.phase:
            moved = replace(moved, phase_since=at)
        if moved != known:
            self._put(moved)

    def heard(self, call: str, text: str) -> None:
        """The caller said so, and the answer is being made; the next turn replaces it."""
        known = self._calls.get(call)
        if known is not None and known.pending != text:
            self._put(replace(known, pending=text), "turn")

    def turn(self, call: str, turn: TurnView) -> None:
        """One exchange; the same ``n`` again replaces it. ``n`` 0 is the greeting."""
        known = self._calls.get(call)
        if known is None:
            return
        others = (other for other in known.turns if other.n != turn.n)
        turns = tuple(sorted((*others, turn), key=lambda one: one.n))
        told = replace(known, turns=turns, pending="")
        card = told.card
        meant = card.service if card else None
        self._put(replace(told, service=meant or known.service), "turn")

    def details(self, call: str, details: Mapping[str, str]) -> None:
        """All that the caller gave for the request: French name to value, such as « rue »."""
        known = self._calls.get(call)
        if known is not None:
            given = {name: value for name, value in details.items() if value}
            self._put(replace(known, details=given), "turn")

    def call_ended(
        self, call: str, *, outcome: str, at: datetime, service: str | None = None
    ) -> None:
        """The call is over; calls of earlier days are forgotten."""
        known = self._calls.pop(call, None)
        if known is None:
            return
        self._forget_before(self._day(at))
        card = known.card
        self._finished[call] = Finished(
            id=call,
            caller=known.caller,
            started_at=known.started_at,
            ended_at=at,
            outcome=outcome,
            service=service or known.service,
            asked=card.asked if card else "",
            intent=card.intent if card else None,
            agent=known.agent,
            follow_up=known.follow_up,
        )
        self._changed("ended", call)

    def queue_changed(self, entries: Sequence[WaitingEntry]) -> None:
        """The whole queue as it is now, in the order of service."""
        if tuple(entries) != self._queue:
            self._queue = tuple(entries)
            self._changed("queue")

    def presence_changed(self, people: Sequence[Person]) -> None:
        """The whole staff as it is now, in the order in which to show it."""
        if tuple(people) != self._people:
            self._people = tuple(people)
            self._changed("people")

    def callbacks_changed(self, entries: Iterable[CallBackEntry]) -> None:
        """All call-backs that are open or have ended today, in any order."""
        entries = sorted(entries, key=_by_due)
        before = {entry.id: entry for entry in self._callbacks}
        after = {entry.id: entry for entry in entries}
        different = {
            identifier: after.get(identifier) or before[identifier]
            for identifier in before.keys() | after.keys()
            if before.get(identifier) != after.get(identifier)
        }
        self._callbacks = tuple(entries)
        for call in sorted({entry.call or "" for entry in different.values()}):
            self._changed("callbacks", call or None)

    def counts_changed(self, counts: DayCounts) -> None:
        """The counts of the day as they are now."""
        if counts != self._counts:
            self._counts = counts
            self._changed("counts")

    def texts_changed(self, call: str | None = None) -> None:
        """Text messages, of that call if any, are different from what was last read."""
        self._changed("texts", call)

    def messages_changed(self, call: str | None = None) -> None:
        """Voice messages, of that call if any, are different from what was last read."""
        self._changed("messages", call)

    # What the console calls.

    def followed_up(self, call: str, follow_up: FollowUp) -> None:
        """Staff noted or marked something; it is already kept."""
        if call in self._calls:
            self._calls[call] = replace(self._calls[call], follow_up=follow_up)
        elif call in self._finished:
            self._finished[call] = replace(self._finished[call], follow_up=follow_up)
        self._changed("follow_up", call)

    def restore(self, digests: Iterable[Digest], now: datetime) -> None:
        """Take over the ended calls of today that an earlier run of the core has kept."""
        for digest in sorted(digests, key=lambda one: one.call.started_at):
            call = digest.call
            if call.ended_at is None or call.id in self._calls or call.id in self._finished:
                continue
            if self._day(call.started_at) == self._day(now):
                self._finished[call.id] = finished_of(digest)
        self._changed("ended")

    # Reading.

    @property
    def number(self) -> int:
        """Number of the last change."""
        return self._number

    def snapshot(self) -> Snapshot:
        """Return everything as it is now."""
        return Snapshot(
            number=self._number,
            calls=tuple(self._calls.values()),
            queue=self._queue,
            people=self._people,
            finished=tuple(reversed(self._finished.values())),
            callbacks=self._callbacks,
        )

    def call(self, call: str) -> LiveCall | None:
        """Return a call in progress."""
        return self._calls.get(call)

    def finished(self, call: str) -> Finished | None:
        """Return a call of today that is over."""
        return self._finished.get(call)

    def callback(self, identifier: str) -> CallBackEntry | None:
        """Return a call-back that is open or has ended today."""
        return next((entry for entry in self._callbacks if entry.id == identifier), None)

    def callback_of(self, call: str) -> CallBackEntry | None:
        """Return the last call-back that was asked for in a call; an open one comes first."""
        asked = [entry for entry in self._callbacks if entry.call == call]
        return max(asked, key=lambda one: (one.open, one.requested_at), default=None)

    def person(self, agent: str) -> Person | None:
        """Return a member of staff."""
        return next((person for person in self._people if person.id == agent), None)

    def changes_since(self, number: int) -> tuple[Change, ...] | None:
        """Return what came after ``number``; None when only a snapshot can tell."""
        if not 0 <= number <= self._number:
            return None
        missing = self._number - number
        if missing > len(self._changes):
            return None
        return tuple(self._changes)[len(self._changes) - missing :]

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Call ``wake`` after every change, until what is returned is called."""
        self._listeners.add(wake)
        return lambda: self._listeners.discard(wake)

    def figures(self, now: datetime) -> Figures:
        """Return the figures of the day of ``now``."""
        today = [
            one for one in self._finished.values() if self._day(one.started_at) == self._day(now)
        ]
        callers = [entry for entry in self._queue if not entry.callback]
        queued = {entry.call for entry in callers}
        bot = sum(one.outcome == "answered" for one in today)
        human = sum(one.outcome == "transferred" for one in today)
        came = sum(self._day(call.started_at) == self._day(now) for call in self._calls.values())
        counts = self._counts
        return Figures(
            waiting=len(callers),
            oldest=min((entry.since for entry in callers), default=None),
            in_progress=sum(call not in queued for call in self._calls),
            callbacks=self._to_call_back(),
            calls=len(today) + came,
            ended=len(today),
            answered=bot + human,
            by_bot=bot,
            by_bot_percent=round(100 * bot / len(today)) if today else None,
            counts=counts if counts and counts.day == self._day(now) else None,
        )

    def _to_call_back(self) -> int:
        """Open call-backs, and calls that end in a promise of which no call-back is known."""
        known = {entry.call for entry in self._callbacks}
        promised = (one for one in self._finished.values() if one.promised)
        return sum(entry.open for entry in self._callbacks) + sum(
            one.id not in known for one in promised
        )

    def _put(self, call: LiveCall, kind: ChangeKind = "call") -> None:
        self._calls[call.id] = call
        self._changed(kind, call.id)

    def _changed(self, kind: ChangeKind, call: str | None = None) -> None:
        self._number += 1
        self._changes.append(Change(self._number, kind, call))
        for wake in tuple(self._listeners):
            wake()

    def _forget_before(self, day: date) -> None:
        self._finished = {
            call: one for call, one in self._finished.items() if self._day(one.started_at) >= day
        }

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()


def _by_due(entry: CallBackEntry) -> tuple[bool, float]:
    at = entry.due_at.timestamp() if entry.open else -entry.changed_at.timestamp()
    return not entry.open, at


def finished_of(digest: Digest) -> Finished:
    """Return an ended call of the history as the board shows it."""
    call = digest.call
    return Finished(
        id=call.id,
        caller=call.caller,
        started_at=call.started_at,
        ended_at=call.ended_at or call.started_at,
        outcome=call.outcome or "failed",
        service=call.service,
        asked=digest.asked,
        intent=digest.intent,
        follow_up=digest.follow_up,
    )
