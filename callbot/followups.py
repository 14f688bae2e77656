"""Notes and marks of staff, and the search in calls: the SQL of :class:`callbot.store.Store`."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from callbot import schema
from callbot.records import Call, Turn
from common.french import fold
from console.card import card_of
from console.ports import NO_FOLLOW_UP, Digest, FollowUp, Mark, Note

_IN_HISTORY = "EXISTS (SELECT 1 FROM calls WHERE id = ?1)"

NOTE = f"INSERT INTO notes (call_id, author, text, at) SELECT ?1, ?2, ?3, ?4 WHERE {_IN_HISTORY}"
DONE = (
    "INSERT INTO marks (call_id, kind, author, at) "
    f"SELECT ?1, 'done', ?2, ?3 WHERE {_IN_HISTORY} "
    "ON CONFLICT DO UPDATE SET author = author"
)
REOPEN = "DELETE FROM marks WHERE call_id = ? AND kind = 'done'"
WRONG = (
    "INSERT INTO marks (call_id, kind, turn, author, reason, at) "
    "SELECT ?1, 'wrong', ?2, ?3, ?4, ?5 "
    "WHERE EXISTS (SELECT 1 FROM turns WHERE call_id = ?1 AND n = ?2) "
    "ON CONFLICT DO UPDATE SET author = excluded.author, reason = excluded.reason, "
    "at = excluded.at"
)


def follow_up(database: sqlite3.Connection, call_id: str) -> FollowUp:
    """Return what staff noted and marked on one call."""
    return _follow_ups(database, "= ?", (call_id,)).get(call_id, NO_FOLLOW_UP)


def digests(database: sqlite3.Connection, since: datetime, words: str, limit: int) -> list[Digest]:
    """Return the calls since then that hold every word, newest first."""
    wanted = fold(words).split()
    start = (schema.instant(since),)
    rows = database.execute(
        "SELECT * FROM calls WHERE started_at >= ? ORDER BY started_at DESC, rowid DESC", start
    ).fetchall()
    turns: defaultdict[str, list[Turn]] = defaultdict(list)
    for row in database.execute(
        "SELECT turns.* FROM turns JOIN calls ON calls.id = call_id "
        "WHERE started_at >= ? ORDER BY call_id, n",
        start,
    ):
        turns[row["call_id"]].append(schema.turn_of(row))
    selected = "IN (SELECT id FROM calls WHERE started_at >= ?)"
    follow_ups = _follow_ups(database, selected, start)
    found: list[Digest] = []
    for row in rows:
        call = schema.call_of(row)
        kept = follow_ups.get(call.id, NO_FOLLOW_UP)
        if _holds(call, turns[call.id], kept, wanted):
            card = card_of(turns[call.id])
            found.append(
                Digest(call, card.asked if card else "", card.intent if card else None, kept)
            )
        if len(found) >= limit:
            break
    return found


def _follow_ups(
    database: sqlite3.Connection, condition: str, values: Sequence[Any]
) -> dict[str, FollowUp]:
    notes: defaultdict[str, list[Note]] = defaultdict(list)
    marks: defaultdict[str, list[Mark]] = defaultdict(list)
    for row in database.execute(
        f"SELECT * FROM notes WHERE call_id {condition} ORDER BY at, id",  # noqa: S608 - constants
        values,
    ):
        notes[row["call_id"]].append(Note(schema.aware(row["at"]), row["author"], row["text"]))
    for row in database.execute(
        f"SELECT * FROM marks WHERE call_id {condition} ORDER BY at, id",  # noqa: S608 - constants
        values,
    ):
        marks[row["call_id"]].append(
            Mark(row["kind"], schema.aware(row["at"]), row["author"], row["turn"], row["reason"])
        )
    return {call: FollowUp(tuple(notes[call]), tuple(marks[call])) for call in {*notes, *marks}}


def _holds(call: Call, turns: Iterable[Turn], kept: FollowUp, wanted: Sequence[str]) -> bool:
    if not wanted:
        return True
    texts = [call.caller, call.service or ""]
    for turn in turns:
        texts += (turn.heard, turn.said, turn.intent or "", turn.lieu or "")
    for note in kept.notes:
        texts += (note.text, note.author)
    text = fold(" ".join(texts))
    return all(word in text for word in wanted)
