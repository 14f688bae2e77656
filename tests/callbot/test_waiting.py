"""What is kept of call-backs and staff survives a crash, once and once only."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callbot.database import Database, DatabaseError
from callbot.waiting import Waiting
from callbot.waitingrecords import MIGRATIONS
from telephony.callbackrecord import Callback, CallbackState
from telephony.callbacksteps import CallbackAction, DialResident, Join, Step
from telephony.presence import Presence
from tests.telephony.promises import asked, at, policy

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
POLICY = policy()


@pytest.fixture
async def waiting(tmp_path: Path) -> AsyncIterator[Waiting]:
    opened = await Waiting.open(tmp_path / "attente.sqlite3")
    yield opened
    await opened.close()


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_presence_is_what_was_asked_for_last(waiting: Waiting) -> None:
    await waiting.set_presence("anne", Presence.AVAILABLE, NOON)
    await waiting.set_presence("anne", Presence.BREAK, NOON)
    assert await waiting.presence() == {"anne": Presence.BREAK}
    with pytest.raises(ValueError, match="in_call"):
        waiting.set_presence("anne", Presence.IN_CALL, NOON)


async def test_a_promise_comes_back_as_it_was_made(waiting: Waiting) -> None:
    step = asked(at(2, "10:00"), waiting_since=at(2, "09:55"))
    made = await waiting.ask(POLICY, step, at(2, "10:00"))
    assert made.callback == await waiting.callback("r1")
    assert await waiting.callbacks(number="+33612345678") == (made.callback,)
    assert await waiting.callbacks(number="+33611111111") == ()
    assert await waiting.callback("r2") is None


async def test_two_requests_at_once_make_one_promise(waiting: Waiting) -> None:
    now = at(2, "10:00")
    requests = (asked(now, identifier=f"r{n}") for n in range(5))
    outcomes = await asyncio.gather(*(waiting.ask(POLICY, step, now) for step in requests))
    assert [made.outcome for made in outcomes].count("new") == 1
    assert len({made.callback.id for made in outcomes}) == 1
    assert len(await waiting.callbacks()) == 1


async def test_only_one_of_two_steps_from_the_same_state_is_kept(waiting: Waiting) -> None:
    now = at(2, "10:00")
    made = await waiting.ask(POLICY, asked(now), now)
    one, two = POLICY.due(made.callback, now), POLICY.cancelled(made.callback, now)
    assert one is not None
    assert two is not None
    assert await waiting.keep(one.keep)
    assert not await waiting.keep(two.keep)
    kept = await waiting.callback("r1")
    assert kept is not None
    assert kept.state is CallbackState.QUEUED


async def test_a_number_is_rung_for_one_service_at_a_time(waiting: Waiting) -> None:
    now = at(2, "10:00")
    results = []
    for identifier, service in (("r1", "etat_civil"), ("r2", "elections")):
        step = asked(now, identifier=identifier, service=service)
        made = await waiting.ask(POLICY, step, now)
        assert made.outcome == "new"
        queued = POLICY.due(made.callback, now)
        assert queued is not None
        assert await waiting.keep(queued.keep)
        ringing = POLICY.staff_answered(queued.keep, "anne", now)
        assert ringing is not None
        results.append(await waiting.keep(ringing.keep))
    assert results == [True, False]


class CrashError(Exception):
    """The core dies here."""


@dataclass
class World:
    """What really happened on the telephones; survives every crash."""

    crash_at: int | None
    points: int = 0
    dialled: int = 0
    joined: int = 0
    log: list[CallbackAction] = field(default_factory=list)

    def point(self) -> None:
        self.points += 1
        if self.points == self.crash_at:
            raise CrashError

    def act(self, action: CallbackAction) -> None:
        self.point()
        self.dialled += isinstance(action, DialResident)
        self.joined += isinstance(action, Join)
        self.log.append(action)
        self.point()


async def live(waiting: Waiting, world: World, now: datetime) -> None:
    """What the core does, with an agent and a resident who always answer."""

    async def apply(step: Step | None) -> Callback | None:
        if step is None:
            return None
        world.point()
        if await waiting.keep(step.keep):
            world.point()
            for action in step.actions:
                world.act(action)
        return await waiting.callback(step.keep.id)

    for found in await waiting.callbacks():
        callback: Callback | None = found
        while callback is not None:
            match callback.state:
                case CallbackState.PLANNED:
                    callback = await apply(POLICY.due(callback, now))
                case CallbackState.QUEUED:
                    callback = await apply(POLICY.staff_answered(callback, "anne", now))
                case CallbackState.DIALLING:
                    callback = await apply(POLICY.resident_answered(callback, now))
                case CallbackState.TALKING:
                    callback = await apply(POLICY.talk_ended(callback, now))
                case _:
                    callback = None


async def _until_the_crash(path: Path, world: World) -> None:
    waiting = await Waiting.open(path)
    try:
        now = at(2, "10:00")
        world.point()
        await waiting.ask(POLICY, asked(now), now)
        world.point()
        await live(waiting, world, now)
    except CrashError:
        pass
    finally:
        await waiting.close()


async def test_a_crash_at_any_point_neither_loses_nor_doubles(tmp_path: Path) -> None:
    whole = World(None)
    await _until_the_crash(tmp_path / "whole.sqlite3", whole)
    assert (whole.dialled, whole.joined) == (1, 1)
    assert whole.points > 10
    for crash_at in range(1, whole.points + 1):
        path = tmp_path / f"{crash_at}.sqlite3"
        world = World(crash_at)
        await _until_the_crash(path, world)
        asked_for = crash_at > 1
        waiting = await Waiting.open(path)
        later = at(2, "11:00")
        for callback in await waiting.callbacks():
            step = POLICY.recovered(callback, later, leg_alive=False)
            if step is not None and step.keep != callback:
                assert await waiting.keep(step.keep)
        await live(waiting, world, at(2, "15:00"))
        (kept,) = await waiting.callbacks(closed_since=at(1, "00:00")) or (None,)
        await waiting.close()
        assert (kept is not None) == asked_for
        if kept is None:
            continue
        assert kept.state in (CallbackState.DONE, CallbackState.BY_HAND), f"lost at {crash_at}"
        assert world.joined <= 1, f"talked twice after a crash at {crash_at}"
        if kept.state is CallbackState.DONE:
            assert world.joined == 1
        assert world.dialled <= 1 + kept.attempts


async def test_the_number_goes_the_day_after_and_the_rest_later(
    waiting: Waiting, tmp_path: Path
) -> None:
    now = at(2, "10:00")
    for identifier, number in (("r1", "+33612345678"), ("r2", "+33687654321")):
        step = asked(now, identifier=identifier, number=number)
        made = await waiting.ask(POLICY, step, now)
        if identifier == "r1":
            gone = POLICY.cancelled(made.callback, now)
            assert gone is not None
            await waiting.keep(gone.keep)
    assert await waiting.purge(NOON - timedelta(days=30), now.date()) == 0
    # The next day the ended one is emptied; the open promise needs its number.
    assert await waiting.purge(NOON - timedelta(days=30), at(3, "10:00").date()) == 1
    kept = await waiting.callback("r1")
    assert kept is not None
    assert (kept.number, kept.reason) == ("", "")
    on_disk = bytes_of(tmp_path)
    assert b"+33687654321" in on_disk
    assert b"+33612345678" not in on_disk
    assert await waiting.purge(NOON + timedelta(days=30), at(3, "10:00").date()) == 1
    assert await waiting.callback("r1") is None
    assert await waiting.callback("r2") is not None


def _killed(path: Path) -> None:
    async def run() -> None:
        waiting = await Waiting.open(path)
        await waiting.ask(POLICY, asked(at(2, "10:00")), at(2, "10:00"))
        await waiting.set_presence("anne", Presence.BREAK, NOON)
        os.kill(os.getpid(), 9)

    asyncio.run(run())


async def test_a_killed_core_keeps_all_that_was_said_to_be_kept(tmp_path: Path) -> None:
    path = tmp_path / "attente.sqlite3"
    process = multiprocessing.get_context("spawn").Process(target=_killed, args=(path,))
    process.start()
    await asyncio.to_thread(process.join)
    assert process.exitcode == -9
    waiting = await Waiting.open(path)
    assert len(await waiting.callbacks()) == 1
    assert await waiting.presence() == {"anne": Presence.BREAK}
    await waiting.close()


async def test_a_file_with_callers_of_an_older_version_keeps_its_promises(tmp_path: Path) -> None:
    path = tmp_path / "attente.sqlite3"
    database = await Database.open(path, "older", MIGRATIONS[:1])
    older = Waiting(database)
    await older.ask(POLICY, asked(at(2, "10:00")), at(2, "10:00"))
    await older.set_presence("anne", Presence.BREAK, NOON)

    def wait(connection: sqlite3.Connection) -> None:
        values = ("c1", "c1@pbx", "accueil", 1, "x", None, "waiting", "x")
        connection.execute("INSERT INTO waiting VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)

    await database.submit(wait)
    await older.close()
    waiting = await Waiting.open(path)
    (kept,) = await waiting.callbacks()
    assert kept.id == "r1"
    assert await waiting.presence() == {"anne": Presence.BREAK}
    await waiting.close()
    with sqlite3.connect(path) as found:
        tables = {name for (name,) in found.execute("SELECT name FROM sqlite_schema")}
    assert "callbacks" in tables
    assert not {"waiting", "waiting_state"} & tables


async def test_a_failed_change_leaves_nothing_behind(waiting: Waiting) -> None:
    def half(database: sqlite3.Connection) -> None:
        database.execute("INSERT INTO presence VALUES ('anne', 'break', 'x')")
        database.execute("INSERT INTO presence VALUES ('bruno', 'asleep', 'x')")

    with pytest.raises(sqlite3.IntegrityError):
        await waiting._database.submit(half)
    assert await waiting.presence() == {}


async def test_an_unusable_file_is_named_in_french(tmp_path: Path) -> None:
    (tmp_path / "damaged").write_bytes(b"this is no database" * 100)
    with pytest.raises(DatabaseError, match="illisible"):
        await Waiting.open(tmp_path / "damaged")
    with sqlite3.connect(tmp_path / "newer") as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(DatabaseError, match="plus récente"):
        await Waiting.open(tmp_path / "newer")
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseError, match="ne peut pas être écrit"):
        await Waiting.open(tmp_path / "file" / "h.sqlite3")
