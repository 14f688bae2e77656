"""Tables of the call-backs and of presence, and rows to records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from callbot.schema import aware, instant
from telephony.callbackrecord import Callback, CallbackState

MIGRATIONS = (
    """
    CREATE TABLE waiting (
        call_id TEXT PRIMARY KEY,
        sip_call_id TEXT NOT NULL,
        queue TEXT NOT NULL,
        priority INTEGER NOT NULL,
        entered_at TEXT NOT NULL,
        agent TEXT,
        state TEXT NOT NULL CHECK (
            state IN ('waiting', 'talking', 'served', 'abandoned', 'overflowed', 'callback',
                      'bot', 'lost')
        ),
        changed_at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX waiting_state ON waiting (state);
    CREATE TABLE presence (
        agent TEXT PRIMARY KEY,
        wanted TEXT NOT NULL CHECK (wanted IN ('available', 'break', 'offline')),
        at TEXT NOT NULL
    ) STRICT;
    CREATE TABLE callbacks (
        id TEXT PRIMARY KEY,
        number TEXT,
        mobile INTEGER NOT NULL,
        service TEXT NOT NULL,
        reason TEXT NOT NULL,
        requested_at TEXT NOT NULL,
        day TEXT NOT NULL,
        waiting_since TEXT NOT NULL,
        due_at TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        state TEXT NOT NULL CHECK (
            state IN ('planned', 'queued', 'dialling', 'talking', 'closing', 'by_hand', 'done',
                      'given_up', 'cancelled')
        ),
        attempts INTEGER NOT NULL,
        round INTEGER NOT NULL,
        agent TEXT,
        call TEXT,
        by_hand TEXT,
        forced INTEGER NOT NULL,
        version INTEGER NOT NULL,
        changed_at TEXT NOT NULL,
        UNIQUE (number, service, day, round)
    ) STRICT;
    CREATE UNIQUE INDEX callbacks_open ON callbacks (number, service)
        WHERE state NOT IN ('done', 'given_up', 'cancelled');
    CREATE UNIQUE INDEX callbacks_engaged ON callbacks (number)
        WHERE state IN ('dialling', 'talking');
    CREATE INDEX callbacks_state ON callbacks (state, due_at);
    """,
    "DROP TABLE waiting;",
)
"""Script number n brings the tables from version n to n + 1; never change a published one."""

INSERT_CALLBACK = (
    "INSERT INTO callbacks (id, number, mobile, service, reason, requested_at, day, "
    "waiting_since, due_at, expires_at, state, attempts, round, agent, call, by_hand, forced, "
    "version, changed_at) VALUES (:id, :number, :mobile, :service, :reason, :requested_at, :day, "
    ":waiting_since, :due_at, :expires_at, :state, :attempts, :round, :agent, :call, :by_hand, "
    ":forced, :version, :changed_at)"
)

REPLACE_CALLBACK = (
    "UPDATE callbacks SET reason = :reason, requested_at = :requested_at, due_at = :due_at, "
    "expires_at = :expires_at, state = :state, attempts = :attempts, agent = :agent, "
    "by_hand = :by_hand, forced = :forced, version = :version, changed_at = :changed_at "
    "WHERE id = :id AND version = :version - 1"
)


def callback_row(callback: Callback) -> dict[str, Any]:
    """Return the values of INSERT_CALLBACK and REPLACE_CALLBACK."""
    return {
        "id": callback.id,
        "number": callback.number,
        "mobile": int(callback.mobile),
        "service": callback.service,
        "reason": callback.reason,
        "requested_at": instant(callback.requested_at),
        "day": callback.day.isoformat(),
        "waiting_since": instant(callback.waiting_since),
        "due_at": instant(callback.due_at),
        "expires_at": instant(callback.expires_at),
        "state": str(callback.state),
        "attempts": callback.attempts,
        "round": callback.round,
        "agent": callback.agent,
        "call": callback.call,
        "by_hand": callback.by_hand,
        "forced": int(callback.forced),
        "version": callback.version,
        "changed_at": instant(callback.changed_at),
    }


def callback_of_row(row: Mapping[str, Any]) -> Callback:
    """Return the record of one row of callbacks."""
    return Callback(
        id=row["id"],
        number=row["number"] or "",
        mobile=bool(row["mobile"]),
        service=row["service"],
        reason=row["reason"],
        requested_at=aware(row["requested_at"]),
        day=date.fromisoformat(row["day"]),
        waiting_since=aware(row["waiting_since"]),
        due_at=aware(row["due_at"]),
        expires_at=aware(row["expires_at"]),
        state=CallbackState(row["state"]),
        attempts=row["attempts"],
        round=row["round"],
        agent=row["agent"],
        call=row["call"],
        by_hand=row["by_hand"],
        forced=bool(row["forced"]),
        version=row["version"],
        changed_at=aware(row["changed_at"]),
    )
