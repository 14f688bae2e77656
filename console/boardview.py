"""The live state as lists of rows for one viewer. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.labels import OUTCOMES, PHASES, shown_caller
from console.live import Figures, Finished, LiveBoard, LiveCall, Person, Snapshot, WaitingEntry

SHOWN_FINISHED = 30
"""Ended calls in the list; the search finds the others."""


@dataclass(frozen=True)
class Viewer:
    """Who looks at a page, and what may be seen."""

    agent: Person | None = None
    full_numbers: bool = False


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


@dataclass(frozen=True)
class BoardView:
    """All lists."""

    figures: Figures
    waiting: tuple[Row, ...]
    calls: tuple[Row, ...]
    callbacks: tuple[Row, ...]
    finished: tuple[Row, ...]
    people: tuple[Person, ...]


def board_view(board: LiveBoard, viewer: Viewer, now: datetime) -> BoardView:
    """Return what ``viewer`` sees at ``now``."""
    snapshot = board.snapshot()
    names = {person.id: person.name for person in snapshot.people}
    queued = {entry.call for entry in snapshot.queue}
    today = now.astimezone(board.zone).date()
    finished = [one for one in snapshot.finished if one.id not in queued]
    callbacks = [one for one in finished if _to_call_back(one)]
    others = [
        one
        for one in finished
        if not _to_call_back(one) and one.started_at.astimezone(board.zone).date() == today
    ]
    return BoardView(
        figures=board.figures(now),
        waiting=_waiting(snapshot, names, viewer),
        calls=tuple(
            _live(call, names, viewer) for call in reversed(snapshot.calls) if call.id not in queued
        ),
        callbacks=tuple(finished_row(one, viewer) for one in reversed(callbacks)),
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


def _to_call_back(one: Finished) -> bool:
    return one.outcome == "callback" and one.follow_up.done is None


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
    )
