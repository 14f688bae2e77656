"""One call as staff see it: in progress from the board, over from the history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from common import logs
from console.boardview import Viewer
from console.callbackview import CallBackRow, call_back_row
from console.card import Card, card_of
from console.labels import OUTCOMES, PHASES, cannot_be_called, is_whole, shown_caller
from console.live import LiveBoard, LiveCall, WaitingEntry
from console.ports import (
    CallView,
    FollowUp,
    History,
    Notes,
    Outbox,
    TurnView,
    VoiceMessages,
)
from console.textview import MessageRow, TextRow, message_rows, text_rows


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
    no_call_back: str = ""
    """French: why the caller cannot be called; empty where that is no question."""
    promise: CallBackRow | None = None
    """The call-back that was asked for in this call."""
    texts: tuple[TextRow, ...] = ()
    messages: tuple[MessageRow, ...] = ()
    unreadable: bool = False
    """Texts or messages of the call could not be read."""
    whole_number: bool = False
    """The viewer sees all digits of the caller."""


class Details:
    """Looks calls up."""

    def __init__(
        self,
        board: LiveBoard,
        history: History,
        notes: Notes,
        outbox: Outbox | None = None,
        messages: VoiceMessages | None = None,
    ) -> None:
        self._board = board
        self._history = history
        self._notes = notes
        self._outbox = outbox
        self._messages = messages

    async def page(self, call_id: str, viewer: Viewer) -> CallPage | None:
        """Return one call, or None when there is none of that id."""
        follow_up = await self._notes.follow_up(call_id)
        live = self._board.call(call_id)
        if live is not None:
            page = self._live(live, follow_up, viewer)
        else:
            kept = await self._history.call(call_id)
            if kept is None:
                return None
            page = self._kept(kept, follow_up, viewer)
        return await self._with_more(page, viewer)

    async def _with_more(self, page: CallPage, viewer: Viewer) -> CallPage:
        page = replace(
            page,
            promise=self._promise(page.id, viewer),
            whole_number=viewer.full_numbers and is_whole(page.caller),
        )
        try:
            return replace(
                page,
                texts=await self._texts(page.id, viewer),
                messages=await self._left(page.id, viewer),
            )
        except Exception:
            # The call matters more: it is shown without them.
            logs.get().exception("texts_or_messages_unreadable")
            return replace(page, unreadable=True)

    async def _texts(self, call_id: str, viewer: Viewer) -> tuple[TextRow, ...]:
        if self._outbox is None:
            return ()
        entries = await self._outbox.of_call(call_id)
        return text_rows(
            entries,
            full=viewer.full_numbers,
            gateway=self._outbox.gateway,
            handles=viewer.handles,
        )

    async def _left(self, call_id: str, viewer: Viewer) -> tuple[MessageRow, ...]:
        if self._messages is None:
            return ()
        entries = await self._messages.list()
        ours = (entry for entry in entries if entry.call == call_id)
        return message_rows(ours, full=viewer.full_numbers)

    def _promise(self, call_id: str, viewer: Viewer) -> CallBackRow | None:
        entry = self._board.callback_of(call_id)
        if entry is None:
            return None
        names = {person.id: person.name for person in self._board.snapshot().people}
        return call_back_row(entry, names, full=viewer.full_numbers, handles=viewer.handles)

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
            can=frozenset(can) if viewer.handles else frozenset(),
        )

    def _kept(self, call: CallView, follow_up: FollowUp, viewer: Viewer) -> CallPage:
        outcome = call.outcome or "failed"
        past = self._board.finished(call.id)
        caller = past.caller if past else call.caller
        promised = self._board.callback_of(call.id)
        can = set[str]() if promised and promised.open else {"done", "call_back"}
        refusal = cannot_be_called(caller) if can else None
        if refusal is not None:
            can.discard("call_back")
        return CallPage(
            id=call.id,
            caller=shown_caller(caller, viewer.full_numbers),
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
            can=frozenset(can) if viewer.handles else frozenset(),
            no_call_back=(refusal or "") if viewer.handles else "",
        )


def _details(call: CallView) -> Mapping[str, str]:
    """Return what the caller gave, as the timeline keeps it."""
    given: dict[str, str] = {}
    for event in call.events:
        if event.kind == "details":
            given.update({name: str(value) for name, value in event.details.items()})
    return given
