"""Tables of the history, their versions, and rows to records."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from callbot.records import Call, CallEvent, Turn

_MIGRATIONS = (
    """
    CREATE TABLE calls (
        id TEXT PRIMARY KEY,
        sip_call_id TEXT NOT NULL,
        started_at TEXT NOT NULL,
        ended_at TEXT,
        caller TEXT NOT NULL,
        called TEXT NOT NULL,
        outcome TEXT CHECK (
            outcome IN ('answered', 'transferred', 'callback', 'abandoned', 'failed')
        ),
        service TEXT,
        sms TEXT NOT NULL DEFAULT '[]',
        versions TEXT NOT NULL DEFAULT '{}',
        CHECK ((outcome IS NULL) = (ended_at IS NULL))
    ) STRICT;
    CREATE INDEX calls_started_at ON calls (started_at);
    CREATE INDEX calls_sip_call_id ON calls (sip_call_id);
    CREATE TABLE turns (
        call_id TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
        n INTEGER NOT NULL,
        at TEXT NOT NULL,
        heard TEXT NOT NULL,
        asr_confidence REAL,
        intent TEXT,
        confidence REAL NOT NULL,
        decision TEXT NOT NULL,
        said TEXT NOT NULL,
        sources TEXT NOT NULL,
        service TEXT,
        lieu TEXT,
        jour TEXT,
        interrupted INTEGER NOT NULL,
        latency_ms REAL,
        stages TEXT NOT NULL,
        PRIMARY KEY (call_id, n)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        call_id TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
        at TEXT NOT NULL,
        kind TEXT NOT NULL,
        details TEXT NOT NULL
    ) STRICT;
    CREATE INDEX events_call ON events (call_id, at);
    """,
    """
    CREATE TABLE notes (
        id INTEGER PRIMARY KEY,
        call_id TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
        at TEXT NOT NULL,
        author TEXT NOT NULL,
        text TEXT NOT NULL
    ) STRICT;
    CREATE INDEX notes_call ON notes (call_id);
    CREATE TABLE marks (
        id INTEGER PRIMARY KEY,
        call_id TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
        kind TEXT NOT NULL CHECK (kind IN ('done', 'wrong')),
        turn INTEGER,
        at TEXT NOT NULL,
        author TEXT NOT NULL,
        reason TEXT NOT NULL DEFAULT '',
        CHECK ((kind = 'wrong') = (turn IS NOT NULL))
    ) STRICT;
    CREATE UNIQUE INDEX marks_once ON marks (call_id, kind, ifnull(turn, -1));
    """,
)
"""Script number n brings a history from version n to n + 1; never change a published one."""

PUT_TURN = (
    "INSERT INTO turns (call_id, n, at, heard, asr_confidence, intent, confidence, decision, "
    "said, sources, service, lieu, jour, interrupted, latency_ms, stages) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (call_id, n) DO UPDATE SET at = excluded.at, heard = excluded.heard, "
    "asr_confidence = excluded.asr_confidence, intent = excluded.intent, "
    "confidence = excluded.confidence, decision = excluded.decision, said = excluded.said, "
    "sources = excluded.sources, service = excluded.service, "
    "lieu = excluded.lieu, jour = excluded.jour, interrupted = excluded.interrupted, "
    "latency_ms = excluded.latency_ms, stages = excluded.stages"
)


class NewerSchemaError(Exception):
    """The history was made by a newer version of the program."""


def prepare(database: sqlite3.Connection) -> None:
    """Set the connection up and bring the tables to this version.

    Raises:
        NewerSchemaError: the history is newer than this program.
        sqlite3.DatabaseError: not a database, or damaged.
    """
    database.row_factory = sqlite3.Row
    database.execute("PRAGMA journal_mode = WAL").fetchall()
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA foreign_keys = ON")
    database.execute("PRAGMA secure_delete = ON").fetchall()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > len(_MIGRATIONS):
        raise NewerSchemaError(version)
    for number, script in enumerate(_MIGRATIONS[version:], start=version + 1):
        database.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")


def close_open_calls(database: sqlite3.Connection, now: datetime) -> None:
    """Close as failed the calls that were running when the core died."""
    database.execute(
        "UPDATE calls SET outcome = 'failed', ended_at = ? WHERE ended_at IS NULL",
        (instant(now),),
    )


def instant(at: datetime) -> str:
    """Return an aware datetime as sortable UTC text."""
    if at.tzinfo is None:
        raise ValueError("a naive datetime has no place in the history")
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def aware(text: str) -> datetime:
    """Return the datetime of :func:`instant`."""
    return datetime.fromisoformat(text)


def dump(value: Any) -> str:
    """Return compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def parse(text: str) -> Any:
    """Return what :func:`dump` wrote."""
    return json.loads(text)


def turn_row(call_id: str, turn: Turn) -> tuple[Any, ...]:
    """Return the values of PUT_TURN."""
    return (
        call_id,
        turn.n,
        instant(turn.at),
        turn.heard,
        turn.asr_confidence,
        turn.intent,
        turn.confidence,
        turn.decision,
        turn.said,
        dump(list(turn.sources)),
        turn.service,
        turn.lieu,
        turn.jour,
        int(turn.interrupted),
        turn.latency_ms,
        dump(dict(turn.stages)),
    )


def turn_of(row: Mapping[str, Any]) -> Turn:
    """Return the record of one row of turns."""
    return Turn(
        n=row["n"],
        at=aware(row["at"]),
        heard=row["heard"],
        intent=row["intent"],
        confidence=row["confidence"],
        decision=row["decision"],
        said=row["said"],
        sources=tuple(parse(row["sources"])),
        service=row["service"],
        lieu=row["lieu"],
        jour=row["jour"],
        asr_confidence=row["asr_confidence"],
        interrupted=bool(row["interrupted"]),
        latency_ms=row["latency_ms"],
        stages=parse(row["stages"]),
    )


def call_of(
    row: Mapping[str, Any], turns: tuple[Turn, ...] = (), events: tuple[CallEvent, ...] = ()
) -> Call:
    """Return the record of one row of calls."""
    return Call(
        id=row["id"],
        sip_call_id=row["sip_call_id"],
        started_at=aware(row["started_at"]),
        caller=row["caller"],
        called=row["called"],
        ended_at=None if row["ended_at"] is None else aware(row["ended_at"]),
        outcome=row["outcome"],
        service=row["service"],
        sms=tuple(parse(row["sms"])),
        versions=parse(row["versions"]),
        turns=turns,
        events=events,
    )
