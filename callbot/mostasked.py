"""What callers have asked of late, the most frequent subject first: it will be asked again."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from callbot import schema
from callbot.unanswered import Reader
from common import logs

MOST: Final = 300
"""Questions that are looked at, the newest of them."""
_LATELY: Final = timedelta(days=30)
_ASKED: Final = (
    "SELECT heard, intent, lieu FROM turns WHERE at >= ?1 AND decision = 'answer' "
    "AND intent IS NOT NULL AND heard != '' ORDER BY at DESC LIMIT ?2"
)


@dataclass(frozen=True)
class Asked:
    """A question that was answered."""

    text: str
    intent: str
    place: str | None


def most_asked(database: sqlite3.Connection, now: datetime) -> list[Asked]:
    """Return the last questions of a month, those about what is asked most often first."""
    rows = database.execute(_ASKED, (schema.instant(now - _LATELY), MOST))
    asked = [Asked(row["heard"], row["intent"], row["lieu"]) for row in rows]
    often = Counter((one.intent, one.place) for one in asked)
    return sorted(asked, key=lambda one: -often[one.intent, one.place])


async def asked_of_late(store: Reader, now: datetime) -> Sequence[Asked]:
    """Return what :func:`most_asked` finds in the history; nothing where it cannot be read."""
    try:
        return await store.read(lambda database: most_asked(database, now))
    except sqlite3.Error as error:
        logs.get().warning("history_not_read", error=str(error))
        return ()
