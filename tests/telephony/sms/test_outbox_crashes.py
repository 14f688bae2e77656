"""A crash at every step of a hand-over, and at every step of what follows it: nothing twice."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest

from callbot import outboxrecords
from callbot.outbox import Outbox
from telephony.sms.gateway import Accepted, GatewayDoubtError, GatewayDownError
from telephony.sms.model import Report, Text, TextState
from telephony.sms.sender import Sender
from tests.telephony.sms.outboxparts import PARIS, ROOMY, InlineDatabase, clock, request
from tests.virtual_time import run

T = TypeVar("T")

KEYS = ("simple", "réponse perdue", "passerelle en panne", "jamais reçu")


class CrashError(BaseException):
    """The process is gone: nothing catches this."""


class Fuse:
    """Blows at the n-th point (0 never); after that nothing can be done any more."""

    def __init__(self, at: int) -> None:
        self.passed = 0
        self._at = at

    def point(self) -> None:
        self.passed += 1
        if self._at and self.passed >= self._at:
            raise CrashError


class FusedDatabase(InlineDatabase):
    """Crashes before a transaction, before it is on disk, or right after."""

    fuse = Fuse(0)

    def _transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def fused(connection: sqlite3.Connection) -> T:
            result = work(connection)
            self.fuse.point()
            return result

        self.fuse.point()
        result = super()._transaction(fused)
        self.fuse.point()
        return result


class Operator:
    """Outlives the callbot. Each message meets its own trouble, once."""

    reports = True

    def __init__(self, name: str) -> None:
        self.name = name
        self.taken: list[str] = []
        self.fuse = Fuse(0)
        self._troubled: set[str] = set()

    async def start(self) -> None:
        """It is there already."""

    async def close(self) -> None:
        """It stays."""

    async def send(self, text: Text) -> Accepted:
        """Take it, unless its trouble says otherwise."""
        self.fuse.point()
        key = text.request.key
        trouble = "" if key in self._troubled else key
        self._troubled.add(key)
        if trouble == "passerelle en panne" and self.name == "a":
            raise GatewayDownError("en panne")
        if trouble == "jamais reçu":
            raise GatewayDoubtError("pas de réponse")
        self.taken.append(text.id)
        self.fuse.point()
        await asyncio.sleep(0.5)
        self.fuse.point()
        if trouble == "réponse perdue":
            raise GatewayDoubtError("pas de réponse")
        return Accepted(f"{self.name}-{len(self.taken)}")

    async def find(self, text: Text) -> Accepted | None:
        """Tell the truth."""
        self.fuse.point()
        return Accepted() if text.id in self.taken else None


class World:
    """The disk, the operators and what residents were promised: what a crash leaves."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.path = folder / "sms.sqlite3"
        self.operators = (Operator("a"), Operator("b"))
        self.promised: set[str] = set()

    def live(self, crash_at: int) -> int:
        """Be the callbot until it crashes or for an hour; return how many points were passed."""
        fuse = Fuse(crash_at)
        run(self._live(fuse))
        return fuse.passed

    async def _live(self, fuse: Fuse) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        FusedDatabase.fuse = Fuse(0)
        database = await FusedDatabase.open(self.path, "outbox", outboxrecords.MIGRATIONS)
        FusedDatabase.fuse = fuse
        for operator in self.operators:
            operator.fuse = fuse
        outbox = Outbox(database, ROOMY, PARIS)
        sending = asyncio.create_task(Sender(outbox, self.operators, ROOMY, clock).run())
        with suppress(CrashError):
            await self._day(outbox)
        sending.cancel()
        with suppress(CrashError, asyncio.CancelledError):
            await sending
        await database.close()

    async def _day(self, outbox: Outbox) -> None:
        for key in KEYS:
            done = await outbox.submit(request(key), clock())
            assert done.outcome in ("queued", "already")
            self.promised.add(key)
        await asyncio.sleep(3600)
        for text in await outbox.page():
            for _ in range(2):
                await outbox.report(Report(text.gateway, "delivered", clock(), id=text.id))

    def judge(self, after: str) -> None:
        """Compare what the callbot says with what the operators have."""
        with sqlite3.connect(self.path) as database:
            rows = database.execute("SELECT id, key, state FROM texts").fetchall()
        taken = Counter(identifier for operator in self.operators for identifier in operator.taken)
        assert self.promised <= {key for _, key, _ in rows}, f"lost {after}"
        assert max(taken.values()) == 1, f"left twice {after}"
        assert set(taken) == {identifier for identifier, _, _ in rows}, f"never left {after}"
        assert {state for _, _, state in rows} == {TextState.DELIVERED}, after


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> int:
    world = World(tmp_path_factory.mktemp("whole"))
    passed = world.live(0)
    world.judge("without a crash")
    assert passed > 60
    return passed


def test_a_crash_at_any_point(tmp_path: Path, points: int) -> None:
    for crash_at in range(1, points + 1):
        world = World(tmp_path / str(crash_at))
        world.live(crash_at)
        world.live(0)
        world.judge(f"after a crash at {crash_at}")


def test_a_crash_after_a_crash(tmp_path: Path, points: int) -> None:
    for first in range(2, points, 11):
        for second in range(1, 40, 7):
            world = World(tmp_path / f"{first}-{second}")
            world.live(first)
            world.live(second)
            world.live(0)
            world.judge(f"after crashes at {first} and {second}")
