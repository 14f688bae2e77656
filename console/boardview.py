"""The live state as lists of rows for one viewer. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from console.callbackview import CallBackRow, call_back_rows
from console.labels import OUTCOMES, PHASES, shown_caller
from console.live import Figures, Finished, LiveBoard, LiveCall, Person, Snapshot, WaitingEntry
from console.roles import Permission, Who

SHOWN_FINISHED = 30
"""Ended calls in the list; the search finds the others."""


@dataclass(frozen=True)
class Viewer:
    """Who looks at a page, and what may be seen."""

    agent: Person | None = None
    full_numbers: bool = False
    asks: Who | None = None
    """None: everything is allowed."""

    @property
    def handles(self) -> bool:
        """True where the role lets them act on calls."""
        return self.asks is None or self.asks.may(Permission.HANDLE_CALLS)


@dataclass(frozen=True)
class Row:
    """One call in a list."""

    id: str
    caller: str
    state: str
    """French."""
    since: datetime
    until: datetime | None = None
    """None: still running."""
    service: str | None = None
    intent: str | None = None
    asked: str = ""
    tone: str = ""
    """Class of the style sheet."""
    entry: WaitingEntry | None = None
    names: tuple[str, ...] = ()
    """Staff concerned."""
    notes: int = 0
    done: bool = False
    details: Mapping[str, str] = field(default_factory=dict)
    """What the caller gave for the request: French name to value."""


@dataclass(frozen=True)
class BoardView:
    """All lists."""

    figures: Figures
    waiting: tuple[Row, ...]
    calls: tuple[Row, ...]
    callbacks: tuple[CallBackRow, ...]
    """Those to be made, by due time."""
    called_back: tuple[CallBackRow, ...]
    """Those that have ended today, newest first."""
    promised: tuple[Row, ...]
    """Ended calls with a promise of which no call-back is known."""
    finished: tuple[Row, ...]
    people: tuple[Person, ...]


def board_view(board: LiveBoard, viewer: Viewer, now: datetime) -> BoardView:
    """Return what ``viewer`` sees at ``now``."""
    snapshot = board.snapshot()
    names = {person.id: person.name for person in snapshot.people}
    queued = {entry.call for entry in snapshot.queue}
    today = now.astimezone(board.zone).date()
    finished = [one for one in snapshot.finished if one.id not in queued]
    known = {entry.call for entry in snapshot.callbacks}
    promised = [one for one in finished if one.promised and one.id not in known]
    apart = {one.id for one in promised} | {
        entry.call for entry in snapshot.callbacks if entry.open
    }
    others = [
        one
        for one in finished
        if one.id not in apart and one.started_at.astimezone(board.zone).date() == today
    ]
    ended = [
        entry
        for entry in snapshot.callbacks
        if not entry.open and entry.changed_at.astimezone(board.zone).date() == today
    ]
    full = viewer.full_numbers
    return BoardView(
        figures=board.figures(now),
        waiting=_waiting(snapshot, names, viewer),
        calls=tuple(
            _live(call, names, viewer) for call in reversed(snapshot.calls) if call.id not in queued
        ),
        callbacks=call_back_rows(
            (e for e in snapshot.callbacks if e.open), names, full=full, handles=viewer.handles
        ),
        called_back=call_back_rows(ended, names, full=full, handles=viewer.handles),
        promised=tuple(finished_row(one, viewer) for one in reversed(promised)),
        finished=tuple(finished_row(one, viewer) for one in others[:SHOWN_FINISHED]),
        people=snapshot.people,
    )


def finished_row(one: Finished, viewer: Viewer) -> Row:
    """Return the row of an ended call."""
    return Row(
        id=one.id,
        caller=shown_caller(one.caller, viewer.full_numbers),
        state=OUTCOMES.get(one.outcome, one.outcome),
        since=one.started_at,
        until=one.ended_at,
        service=one.service,
        intent=one.intent,
        asked=one.asked,
        tone=one.outcome,
        notes=len(one.follow_up.notes),
        done=one.follow_up.done is not None,
    )


def _waiting(snapshot: Snapshot, names: dict[str, str], viewer: Viewer) -> tuple[Row, ...]:
    calls = {call.id: call for call in snapshot.calls}
    ended = {one.id: one for one in snapshot.finished}
    rows: list[Row] = []
    for entry in snapshot.queue:
        call, past = calls.get(entry.call), ended.get(entry.call)
        card = call.card if call else None
        known = call or past
        rows.append(
            Row(
                id=entry.call,
                caller=shown_caller(known.caller if known else "", viewer.full_numbers),
                state="à rappeler" if entry.callback else PHASES["queued"],
                since=entry.since,
                service=entry.service,
                intent=card.intent if card else past.intent if past else None,
                asked=entry.summary or (card.asked if card else past.asked if past else ""),
                tone=entry.priority,
                entry=entry,
                names=tuple(names.get(agent, agent) for agent in entry.ringing),
                details=card.details if card else {},
            )
        )
    return tuple(rows)


def _live(call: LiveCall, names: dict[str, str], viewer: Viewer) -> Row:
    card = call.card
    return Row(
        id=call.id,
        caller=shown_caller(call.caller, viewer.full_numbers),
        state=PHASES.get(call.phase, call.phase),
        since=call.started_at,
        service=call.service,
        intent=card.intent if card else None,
        asked=call.pending or (call.turns[-1].heard if call.turns else ""),
        tone=call.phase,
        names=(names.get(call.agent, call.agent),) if call.agent else (),
        notes=len(call.follow_up.notes),
        details=call.details,
    )
