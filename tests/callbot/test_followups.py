import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from callbot import schema
from callbot.records import Turn
from callbot.store import Store
from console.ports import FollowUp, Mark, Note

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def a_turn(n: int, heard: str, **changes: Any) -> Turn:
    values: dict[str, Any] = {
        "n": n,
        "at": at(n),
        "heard": heard,
        "intent": "encombrants",
        "confidence": 0.9,
        "decision": "answer",
        "said": "Les encombrants sont ramassés le mardi.",
    }
    return Turn(**(values | changes))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(tmp_path / "h.sqlite3", mask_callers=False)
    for call, minute in (("c1", 0), ("c2", 10)):
        await store.call_started(
            call, sip_call_id=call, caller="0612345678", called="mairie", at=at(minute)
        )
    store.turn("c1", a_turn(1, "bonjour", decision="social", intent="saluer"))
    store.turn("c1", a_turn(2, "un matelas à jeter rue des Œillets", lieu="dechetterie"))
    store.turn("c2", a_turn(1, "c'est pour l'état civil", intent="acte_etat_civil", said="Oui."))
    yield store
    await store.close()


async def test_notes_and_marks_outlive_the_core(store: Store, tmp_path: Path) -> None:
    assert await store.note("c1", "Marie", "À rappeler après 14 h", at(1))
    assert await store.note("c1", "Paul", "Fait.", at(2))
    assert await store.done("c1", "Marie", at(3))
    assert await store.done("c1", "Paul", at(4))
    assert await store.wrong_answer("c1", 2, "Paul", "jour faux", at(5))
    assert await store.wrong_answer("c1", 2, "Marie", "mauvais jour", at(6))
    again = await Store.open(tmp_path / "h.sqlite3")
    assert await again.follow_up("c1") == FollowUp(
        (Note(at(1), "Marie", "À rappeler après 14 h"), Note(at(2), "Paul", "Fait.")),
        (
            Mark("done", at(3), "Marie"),
            Mark("wrong", at(6), "Marie", 2, "mauvais jour"),
        ),
    )
    assert await again.reopen("c1")
    assert not await again.reopen("c1")
    assert (await again.follow_up("c1")).done is None
    await again.close()


async def test_what_is_not_in_the_history_cannot_be_noted(store: Store) -> None:
    assert not await store.note("absent", "Marie", "x", NOON)
    assert not await store.done("absent", "Marie", NOON)
    assert not await store.wrong_answer("c1", 9, "Marie", "x", NOON)
    assert await store.follow_up("absent") == FollowUp()


async def test_notes_go_with_their_call(store: Store, tmp_path: Path) -> None:
    await store.note("c1", "Marie", "phrase de la note", NOON)
    await store.wrong_answer("c1", 2, "Marie", "phrase du motif", NOON)
    await store.call_ended("c1", outcome="answered", at=at(5))
    assert await store.purge(at(5)) == 1
    on_disk = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"phrase de la note" not in on_disk
    assert b"phrase du motif" not in on_disk


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["c2", "c1"]),
        ("oeillets MATELAS", ["c1"]),
        ("matelas absent", []),
        ("etat civil", ["c2"]),
        ("encombrants", ["c1"]),
        ("0612", ["c2", "c1"]),
        ("josephine", ["c2"]),
        ("%", ["c2", "c1"]),
    ],
)
async def test_search_finds_each_word_wherever_it_stands(
    store: Store, words: str, found: list[str]
) -> None:
    await store.note("c2", "Marie", "Dossier de Joséphine", NOON)
    digests = await store.digests(since=NOON, words=words)
    assert [digest.call.id for digest in digests] == found


async def test_a_digest_tells_the_request_not_the_greeting(store: Store) -> None:
    (digest,) = await store.digests(since=NOON, words="matelas")
    assert digest.asked == "un matelas à jeter rue des Œillets"
    assert digest.intent == "encombrants"
    assert await store.digests(since=at(60)) == []
    assert len(await store.digests(since=NOON, limit=1)) == 1


async def test_a_history_of_the_first_version_gains_the_tables(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript(f"{schema._MIGRATIONS[0]} PRAGMA user_version = 1;")
    database.execute(
        "INSERT INTO calls (id, sip_call_id, started_at, caller, called) "
        "VALUES ('old', 'x', '2026-11-20T10:00:00.000+00:00', '', '')"
    )
    database.close()
    store = await Store.open(path)
    assert await store.note("old", "Marie", "retrouvé", NOON)
    assert [note.text for note in (await store.follow_up("old")).notes] == ["retrouvé"]
    await store.close()
