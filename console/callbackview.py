"""The call-backs as rows for one viewer. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from console.labels import BY_HAND, CALL_BACKS, shown_caller
from console.ports import CallBackEntry


@dataclass(frozen=True)
class CallBackRow:
    """One call-back in a list or beside its call."""

    id: str
    call: str | None
    number: str
    """As the viewer may see it."""
    service: str
    reason: str
    requested_at: datetime
    due_at: datetime | None
    """None: it does not wait for a time."""
    changed_at: datetime
    state: str
    """French."""
    why: str
    """French: why it is left to people; may be empty."""
    tone: str
    """Class of the style sheet."""
    tries: int
    agent: str | None
    """Name."""
    open: bool
    can: frozenset[str]


def call_back_row(
    entry: CallBackEntry, names: Mapping[str, str], *, full: bool, handles: bool = True
) -> CallBackRow:
    """Return one row; ``names`` leads from the ids of staff to their names.

    ``handles`` is false for a viewer who may not act.
    """
    return CallBackRow(
        id=entry.id,
        call=entry.call,
        number=shown_caller(entry.number, full),
        service=entry.service,
        reason=entry.reason,
        requested_at=entry.requested_at,
        due_at=entry.due_at if entry.state == "planned" else None,
        changed_at=entry.changed_at,
        state=CALL_BACKS.get(entry.state, entry.state),
        why=BY_HAND.get(entry.by_hand or "", "") if entry.state == "by_hand" else "",
        tone=entry.state,
        tries=entry.tries,
        agent=names.get(entry.agent, entry.agent) if entry.agent else None,
        open=entry.open,
        can=entry.can if handles else frozenset(),
    )


def call_back_rows(
    entries: Iterable[CallBackEntry],
    names: Mapping[str, str],
    *,
    full: bool,
    handles: bool = True,
) -> tuple[CallBackRow, ...]:
    """Return rows in the order of ``entries``."""
    return tuple(call_back_row(entry, names, full=full, handles=handles) for entry in entries)
