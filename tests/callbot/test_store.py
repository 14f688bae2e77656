import asyncio
import multiprocessing
import os
import sqlite3
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from callbot.records import Turn
from callbot.store import Store, StoreError

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def a_turn(n: int = 1, **changes: Any) -> Turn:
    values: dict[str, Any] = {
        "n": n,
        "at": NOON + timedelta(seconds=n),
        "heard": "vous êtes ouverts samedi",
        "intent": "horaires_lieu",
        "confidence": 0.91,
        "decision": "answer",
        "said": "Oui, de 9 h à 12 h.",
        "sources": ("lieux/mairie#horaires",),
        "latency_ms": 840.5,
        "lieu": "mairie",
        "jour": "samedi",
        "interrupted": True,
        "stages": {"asr": 510.0, "nlu": 12.5},
    }
    return Turn(**(values | changes))


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def start(store: Store, call_id: str, at: datetime = NOON, caller: str = "") -> None:
    await store.call_started(
        call_id, sip_call_id=f"{call_id}@pbx", caller=caller, called="mairie", at=at
    )


async def test_a_call_comes_back_as_it_was_lived(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "h.sqlite3", mask_callers=False)
    # Nothing is awaited on the way: the order alone must hold.
    store.call_started(
        "c1",
        sip_call_id="abc@pbx",
        caller="+33612345678",
        called="mairie",
        at=NOON,
        versions={"modele": "7"},
    )
    store.turn("c1", a_turn(1, latency_ms=None))
    store.turn("c1", a_turn(1, latency_ms=840.5))
    last = a_turn(2, heard="", intent=None, decision="transfer", confidence=0.0)
    store.turn("c1", last)
    store.event("c1", "transfer", NOON + timedelta(seconds=9), {"target": "sip:x@y"})
    store.call_ended("c1", outcome="transferred", at=NOON + timedelta(minutes=1), service="ccas")
    call = await store.call("c1")
    assert call is not None
    assert call.caller == "+33612345678"
    assert (call.outcome, call.service) == ("transferred", "ccas")
    assert call.started_at == NOON
    assert call.versions == {"modele": "7"}
    assert call.turns == (
        a_turn(1),
        a_turn(2, heard="", intent=None, decision="transfer", confidence=0.0),
    )
    assert [event.kind for event in call.events] == ["transfer"]
    assert await store.call("c2") is None
    await store.close()


async def test_the_number_is_masked_before_it_reaches_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite3"
    store = await Store.open(path)
    await start(store, "c1", caller="0612345678")
    call = await store.call("c1")
    assert call is not None
    assert call.caller == "••••••78"
    on_disk = bytes_of(tmp_path)
    assert b"c1@pbx" in on_disk
    assert b"061234" not in on_disk
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    await store.close()


async def test_lists_are_filtered_and_newest_first(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "h.sqlite3")
    for hour in range(5):
        await start(store, f"c{hour}", NOON + timedelta(hours=hour))
    assert [call.id for call in await store.calls(limit=2)] == ["c4", "c3"]
    paris = (NOON + timedelta(hours=3)).astimezone(datetime.now().astimezone().tzinfo)
    assert [call.id for call in await store.calls(since=paris)] == ["c4", "c3"]
    assert [call.id for call in await store.calls(sip_call_id="c1@pbx")] == ["c1"]
    assert await store.calls(sip_call_id="c1") == []
    await store.close()


async def test_purge_erases_old_calls_and_their_words_but_no_running_one(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite3"
    store = await Store.open(path)
    for call_id, at in (("old", NOON), ("running", NOON), ("new", NOON + timedelta(days=9))):
        await start(store, call_id, at)
        await store.turn(call_id, a_turn(heard=f"phrase de {call_id}"))
        if call_id != "running":
            await store.call_ended(call_id, outcome="answered", at=at + timedelta(minutes=1))
    assert await store.purge(NOON + timedelta(days=1)) == 1
    assert {call.id for call in await store.calls()} == {"running", "new"}
    on_disk = bytes_of(tmp_path)
    assert b"phrase de new" in on_disk
    assert b"phrase de old" not in on_disk
    await store.close()


def _crash_in_a_call(path: Path) -> None:
    async def live() -> None:
        store = await Store.open(path)
        await start(store, "c1")
        await store.turn("c1", a_turn())
        os.kill(os.getpid(), 9)

    asyncio.run(live())


async def test_a_killed_core_loses_no_turn_and_leaves_no_call_open(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite3"
    process = multiprocessing.get_context("spawn").Process(target=_crash_in_a_call, args=(path,))
    process.start()
    await asyncio.to_thread(process.join)
    assert process.exitcode == -9
    store = await Store.open(path, now=NOON + timedelta(hours=1))
    call = await store.call("c1")
    assert call is not None
    assert call.turns == (a_turn(),)
    assert (call.outcome, call.ended_at) == ("failed", NOON + timedelta(hours=1))
    await store.call_ended("c1", outcome="answered", at=NOON)
    again = await store.call("c1")
    assert again is not None
    assert again.outcome == "failed"
    await store.close()


async def test_the_loop_goes_on_while_the_database_is_locked(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite3"
    store = await Store.open(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writing = store.call_started("c1", sip_call_id="x", caller="", called="", at=NOON)
    await asyncio.sleep(0.05)
    assert not writing.done()
    other.execute("COMMIT")
    await writing
    other.close()
    await store.close()


async def test_a_failed_write_is_raised_to_who_awaits(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "h.sqlite3")
    with pytest.raises(sqlite3.IntegrityError):
        await store.turn("unknown", a_turn())
    with pytest.raises(ValueError, match="naive"):
        store.event("c", "x", datetime(2026, 1, 1))  # noqa: DTZ001
    await store.close()


async def test_an_unusable_file_is_named_in_french(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.sqlite3"
    damaged.write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreError, match="illisible"):
        await Store.open(damaged)
    newer = tmp_path / "newer.sqlite3"
    with sqlite3.connect(newer) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="plus récente"):
        await Store.open(newer)
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="ne peut pas être écrit"):
        await Store.open(tmp_path / "file" / "h.sqlite3")
