"""One call as staff see it: in progress from the board, over from the history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from console.boardview import Viewer
from console.card import Card, card_of
from console.labels import OUTCOMES, PHASES, shown_caller
from console.live import LiveBoard, LiveCall, WaitingEntry
from console.ports import CallView, FollowUp, History, Notes, TurnView


@dataclass(frozen=True)
class CallPage:
    """All that is shown of one call."""

    id: str
    caller: str
    state: str
    tone: str
    started_at: datetime
    ended_at: datetime | None
    service: str | None
    agent: str | None
    """Name."""
    turns: tuple[TurnView, ...]
    pending: str
    card: Card | None
    follow_up: FollowUp
    entry: WaitingEntry | None
    can: frozenset[str]
    """Actions that make sense: take, transfer, call_back, done."""


class Details:
    """Looks calls up."""

    def __init__(self, board: LiveBoard, history: History, notes: Notes) -> None:
        self._board = board
        self._history = history
        self._notes = notes

    async def page(self, call_id: str, viewer: Viewer) -> CallPage | None:
        """Return one call, or None when there is none of that id."""
        follow_up = await self._notes.follow_up(call_id)
        live = self._board.call(call_id)
        if live is not None:
            return self._live(live, follow_up, viewer)
        kept = await self._history.call(call_id)
        return None if kept is None else self._kept(kept, follow_up, viewer)

    def _entry(self, call_id: str) -> WaitingEntry | None:
        queue = self._board.snapshot().queue
        return next((entry for entry in queue if entry.call == call_id), None)

    def _name(self, agent: str | None) -> str | None:
        person = self._board.person(agent) if agent else None
        return person.name if person else agent

    def _live(self, call: LiveCall, follow_up: FollowUp, viewer: Viewer) -> CallPage:
        can = {"transfer"} if call.phase == "talking" else {"take", "transfer"}
        return CallPage(
            id=call.id,
            caller=shown_caller(call.caller, viewer.full_numbers),
            state=PHASES.get(call.phase, call.phase),
            tone=call.phase,
            started_at=call.started_at,
            ended_at=None,
            service=call.service,
            agent=self._name(call.agent),
            turns=call.turns,
            pending=call.pending,
            card=call.card,
            follow_up=follow_up,
            entry=self._entry(call.id),
            can=frozenset(can),
        )

    def _kept(self, call: CallView, follow_up: FollowUp, viewer: Viewer) -> CallPage:
        outcome = call.outcome or "failed"
        can = {"done", "call_back"} if call.caller else {"done"}
        past = {one.id: one for one in self._board.snapshot().finished}.get(call.id)
        return CallPage(
            id=call.id,
            caller=shown_caller(past.caller if past else call.caller, viewer.full_numbers),
            state=OUTCOMES.get(outcome, outcome),
            tone=outcome,
            started_at=call.started_at,
            ended_at=call.ended_at or call.started_at,
            service=call.service,
            agent=self._name(past.agent) if past else None,
            turns=tuple(call.turns),
            pending="",
            card=card_of(call.turns, _details(call)),
            follow_up=follow_up,
            entry=self._entry(call.id),
            can=frozenset(can),
        )


def _details(call: CallView) -> Mapping[str, str]:
    """Return what the caller gave, as the timeline keeps it."""
    given: dict[str, str] = {}
    for event in call.events:
        if event.kind == "details":
            given.update({name: str(value) for name, value in event.details.items()})
    return given
