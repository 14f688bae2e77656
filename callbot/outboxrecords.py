"""Rows of the text messages, stopped numbers and early reports, and their records."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from callbot.schema import aware, instant
from common.french import folded
from telephony.sms.limits import day_of, hour_of
from telephony.sms.model import Consent, Report, Text, TextRequest, TextState

MIGRATIONS = (
    """
    CREATE TABLE texts (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        key TEXT NOT NULL,
        round INTEGER NOT NULL,
        number TEXT NOT NULL,
        text TEXT NOT NULL,
        words TEXT NOT NULL,
        source TEXT NOT NULL,
        call_id TEXT NOT NULL,
        consent_at TEXT NOT NULL,
        consent_words TEXT NOT NULL,
        state TEXT NOT NULL CHECK (
            state IN ('queued', 'sending', 'sent', 'delivered', 'failed', 'expired')
        ),
        created_at TEXT NOT NULL,
        day TEXT NOT NULL,
        hour TEXT NOT NULL,
        changed_at TEXT NOT NULL,
        due_at TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        gateway TEXT NOT NULL,
        gateway_id TEXT NOT NULL,
        error TEXT NOT NULL,
        doubt_since TEXT,
        version INTEGER NOT NULL,
        UNIQUE (key, round)
    ) STRICT;
    CREATE INDEX texts_due ON texts (state, due_at);
    CREATE INDEX texts_expiry ON texts (expires_at) WHERE state = 'queued';
    CREATE INDEX texts_doubt ON texts (due_at)
        WHERE state = 'sending' AND doubt_since IS NOT NULL;
    CREATE INDEX texts_named ON texts (gateway, gateway_id) WHERE gateway_id <> '';
    CREATE INDEX texts_number ON texts (number, day, round);
    CREATE INDEX texts_day ON texts (day, round, state);
    CREATE INDEX texts_hour ON texts (hour, round);
    CREATE INDEX texts_call ON texts (call_id) WHERE call_id <> '';
    CREATE TABLE stopped (
        number TEXT PRIMARY KEY,
        at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE early (
        seq INTEGER PRIMARY KEY,
        gateway TEXT NOT NULL,
        gateway_id TEXT NOT NULL,
        state TEXT NOT NULL,
        at TEXT NOT NULL,
        error TEXT NOT NULL
    ) STRICT;
    CREATE INDEX early_named ON early (gateway, gateway_id);
    """,
)
"""Script number n brings the tables from version n to n + 1; never change a published one."""

INSERT_TEXT = (
    "INSERT INTO texts (id, key, round, number, text, words, source, call_id, consent_at, "
    "consent_words, state, created_at, day, hour, changed_at, due_at, expires_at, attempts, "
    "gateway, gateway_id, error, doubt_since, version) VALUES (:id, :key, :round, :number, :text, "
    ":words, :source, :call_id, :consent_at, :consent_words, :state, :created_at, :day, :hour, "
    ":changed_at, :due_at, :expires_at, :attempts, :gateway, :gateway_id, :error, :doubt_since, "
    ":version)"
)

REPLACE_TEXT = (
    "UPDATE texts SET state = :state, changed_at = :changed_at, due_at = :due_at, "
    "attempts = :attempts, gateway = :gateway, gateway_id = :gateway_id, error = :error, "
    "doubt_since = :doubt_since, version = :version WHERE id = :id AND version = :version - 1"
)

INSERT_EARLY = "INSERT INTO early (gateway, gateway_id, state, at, error) VALUES (?, ?, ?, ?, ?)"


@dataclass(frozen=True)
class StateCounts:
    """How many messages stand where."""

    today: Mapping[TextState, int]
    """Of those that were agreed to today, on the town's clocks."""
    total: Mapping[TextState, int]
    """Of all that are kept."""


def changing(text: Text) -> dict[str, Any]:
    """Return the values of REPLACE_TEXT."""
    return {
        "id": text.id,
        "state": str(text.state),
        "changed_at": instant(text.changed_at),
        "due_at": instant(text.due_at),
        "attempts": text.attempts,
        "gateway": text.gateway,
        "gateway_id": text.gateway_id,
        "error": text.error,
        "doubt_since": instant(text.doubt_since) if text.doubt_since else None,
        "version": text.version,
    }


def whole(text: Text, zone: ZoneInfo) -> dict[str, Any]:
    """Return the values of INSERT_TEXT."""
    request = text.request
    return {
        **changing(text),
        "key": request.key,
        "round": text.round,
        "number": request.number,
        "text": request.text,
        "words": folded(request.text).text,
        "source": request.source,
        "call_id": request.call,
        "consent_at": instant(request.consent.at),
        "consent_words": request.consent.words,
        "created_at": instant(text.created_at),
        "day": day_of(text.created_at, zone),
        "hour": hour_of(text.created_at),
        "expires_at": instant(text.expires_at),
    }


def text_of(row: Mapping[str, Any]) -> Text:
    """Return the record of one row of texts."""
    return Text(
        id=row["id"],
        request=_request_of(row),
        state=TextState(row["state"]),
        created_at=aware(row["created_at"]),
        changed_at=aware(row["changed_at"]),
        due_at=aware(row["due_at"]),
        expires_at=aware(row["expires_at"]),
        attempts=row["attempts"],
        gateway=row["gateway"],
        gateway_id=row["gateway_id"],
        error=row["error"],
        doubt_since=aware(row["doubt_since"]) if row["doubt_since"] else None,
        round=row["round"],
        version=row["version"],
    )


def _request_of(row: Mapping[str, Any]) -> TextRequest:
    return TextRequest(
        key=row["key"],
        number=row["number"],
        text=row["text"],
        source=row["source"],
        call=row["call_id"],
        consent=Consent(aware(row["consent_at"]), row["consent_words"]),
    )


def early_of(row: Mapping[str, Any]) -> Report:
    """Return the record of one row of early."""
    return Report(
        gateway=row["gateway"],
        state=row["state"],
        at=aware(row["at"]),
        gateway_id=row["gateway_id"],
        error=row["error"],
    )


def search(states: Collection[TextState], words: str, before: str) -> tuple[str, tuple[str, ...]]:
    """Return the condition and its values for a page of messages.

    ``words`` that are a number, however written, are looked for in numbers and in texts.
    """
    conditions = ["TRUE"]
    values: list[str] = []
    if states:
        conditions.append(f"state IN ({', '.join('?' * len(states))})")
        values.extend(str(state) for state in states)
    digits = re.sub(r"\D", "", words)
    folded_words = folded(words).text.split()
    if digits and not re.search(r"[^\d\s+().-]", words):
        conditions.append("(number LIKE ? OR words LIKE ?)")
        values += [f"%{_significant(words, digits)}%", f"%{' '.join(folded_words)}%"]
    else:
        conditions.extend("words LIKE ?" for _ in folded_words)
        values.extend(f"%{word}%" for word in folded_words)
    if before:
        conditions.append("seq < (SELECT seq FROM texts WHERE id = ?)")
        values.append(before)
    return " AND ".join(conditions), tuple(values)


def _significant(words: str, digits: str) -> str:
    """Return the digits as they stand in E.164: 06… has its zero replaced there."""
    if words.strip().startswith("+"):
        return digits
    return digits.removeprefix("00") if digits.startswith("00") else digits.removeprefix("0")
