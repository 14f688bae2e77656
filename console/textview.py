"""Text messages and voice messages as rows for one viewer. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from console.labels import NO_GATEWAY, TEXTS, shown_caller
from console.ports import Mark, TextEntry, VoiceMessage

RESENDABLE = frozenset({"failed", "expired"})


@dataclass(frozen=True)
class TextRow:
    """One text message."""

    id: str
    number: str
    """As the viewer may see it."""
    state: str
    """French."""
    tone: str
    """Class of the style sheet."""
    text: str
    source: str
    at: datetime
    changed_at: datetime
    consent_at: datetime
    call: str
    error: str
    attempts: int
    can_resend: bool


@dataclass(frozen=True)
class MessageRow:
    """One voice message."""

    id: str
    call: str
    caller: str
    """As the viewer may see it."""
    at: datetime
    seconds: float
    transcript: str
    service: str | None
    done: Mark | None


def text_rows(
    entries: Iterable[TextEntry], *, full: bool, gateway: bool, handles: bool = True
) -> tuple[TextRow, ...]:
    """Return rows in the order of ``entries``; without ``gateway`` nothing queued leaves.

    ``handles`` is false for a viewer who may not act.
    """
    rows = (_text_row(entry, full, gateway) for entry in entries)
    return tuple(row if handles else replace(row, can_resend=False) for row in rows)


def message_rows(entries: Iterable[VoiceMessage], *, full: bool) -> tuple[MessageRow, ...]:
    """Return rows in the order of ``entries``."""
    return tuple(
        MessageRow(
            id=entry.id,
            call=entry.call,
            caller=shown_caller(entry.number, full),
            at=entry.at,
            seconds=entry.seconds,
            transcript=entry.transcript,
            service=entry.service,
            done=entry.done,
        )
        for entry in entries
    )


def _text_row(entry: TextEntry, full: bool, gateway: bool) -> TextRow:
    stuck = entry.state == "queued" and not gateway
    return TextRow(
        id=entry.id,
        number=shown_caller(entry.number, full),
        state=NO_GATEWAY if stuck else TEXTS.get(entry.state, entry.state),
        tone="stuck" if stuck else entry.state,
        text=entry.text,
        source=entry.source,
        at=entry.created_at,
        changed_at=entry.changed_at,
        consent_at=entry.consent_at,
        call=entry.call,
        error=entry.error,
        attempts=entry.attempts,
        can_resend=entry.state in RESENDABLE,
    )
