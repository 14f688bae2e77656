"""Which questions of the history are thought to be asked again."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from callbot.mostasked import MOST, asked_of_late
from callbot.records import Turn
from callbot.store import Store

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
T = TypeVar("T")


def turn(n: int, heard: str, intent: str | None, lieu: str | None, **changes: Any) -> Turn:
    values: dict[str, Any] = {
        "n": n,
        "at": NOON - timedelta(minutes=60 - n),
        "heard": heard,
        "intent": intent,
        "confidence": 0.9,
        "decision": "answer",
        "said": "Oui.",
        "sources": (),
        "latency_ms": None,
        "lieu": lieu,
        "jour": None,
        "interrupted": False,
        "stages": {},
    }
    return Turn(**(values | changes))


async def test_what_is_asked_most_often_comes_first_and_the_newest_of_it(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "h.sqlite3", mask_callers=False)
    store.call_started("c1", sip_call_id="c1@pbx", caller="", called="mairie", at=NOON)
    for one in (
        turn(1, "elle ouvre quand la piscine", "horaires_lieu", "piscine"),
        turn(2, "pour un passeport", "passeport", None),
        turn(3, "la piscine est ouverte", "horaires_lieu", "piscine"),
        turn(4, "euh", None, None),
        turn(5, "", "horaires_lieu", "mairie"),
        turn(6, "passez-moi quelqu'un", "demander_agent", None, decision="transfer"),
        turn(7, "la mairie ferme quand", "horaires_lieu", "mairie"),
        turn(8, "il y a longtemps", "passeport", None, at=NOON - timedelta(days=31)),
    ):
        store.turn("c1", one)
    asked = await asked_of_late(store, NOON)
    assert [(one.text, one.intent, one.place) for one in asked] == [
        ("la piscine est ouverte", "horaires_lieu", "piscine"),
        ("elle ouvre quand la piscine", "horaires_lieu", "piscine"),
        ("la mairie ferme quand", "horaires_lieu", "mairie"),
        ("pour un passeport", "passeport", None),
    ]
    await store.close()


async def test_only_the_newest_questions_count(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "h.sqlite3", mask_callers=False)
    store.call_started("c1", sip_call_id="c1@pbx", caller="", called="mairie", at=NOON)
    for n in range(1, MOST + 11):
        at = NOON - timedelta(seconds=MOST + 11 - n)
        store.turn("c1", turn(n, f"question {n}", "passeport", None, at=at))
    asked = await asked_of_late(store, NOON)
    assert [one.text for one in asked] == [f"question {n}" for n in range(MOST + 10, 10, -1)]
    await store.close()


class Unreadable:
    """A history whose disk fails."""

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        raise sqlite3.OperationalError("disk I/O error")


async def test_a_history_that_cannot_be_read_holds_nothing_up() -> None:
    assert await asked_of_late(Unreadable(), NOON) == ()
