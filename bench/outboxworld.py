"""Operators that lose answers and a callbot that is killed: what ``bench.outbox`` lets collide.

An operator remembers on its own disk what it was handed, whatever happens to the callbot, so that
afterwards it can be counted how often each message really left.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from callbot import outboxrecords
from callbot.database import Database
from callbot.outbox import Outbox
from telephony.sms.gateway import (
    Accepted,
    GatewayDoubtError,
    GatewayDownError,
    GatewayRefusedError,
)
from telephony.sms.model import Consent, Report, ReportState, Text, TextRequest, TextState
from telephony.sms.rules import OutboxRules
from telephony.sms.sender import Sender

PARIS = ZoneInfo("Europe/Paris")
RULES = OutboxRules(
    per_call=10**6,
    per_number_day=10**6,
    per_hour=10**6,
    per_day=10**6,
    retry_delays_s=(0.005, 0.01, 0.02),
    pace_per_s=5000.0,
    doubt_s=1.0,
    settle_s=0.005,
)
LIFE_MAX_S = 2.0
"""A callbot that nobody kills is stopped after so long."""

T = TypeVar("T")


def clock() -> datetime:
    """Return the wall clock."""
    return datetime.now(UTC)


class Fuse:
    """Kills this process at the n-th point it passes; 0 never."""

    def __init__(self, at: int) -> None:
        self._left = at

    def point(self) -> None:
        """Pass one point."""
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class FusedDatabase(Database):
    """Dies before a transaction, inside it, or when it is on disk and nobody knows."""

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


class Ledger:
    """What an operator has taken, and what the callbot has promised, in files of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def operator(self, name: str) -> sqlite3.Connection:
        """Return an operator's memory; it survives the callbot's death."""
        found = sqlite3.connect(
            self._folder / f"{name}.sqlite3", isolation_level=None, timeout=30.0
        )
        found.execute("PRAGMA journal_mode = WAL").fetchall()
        found.execute("PRAGMA synchronous = OFF")
        found.execute("CREATE TABLE IF NOT EXISTS taken (seq INTEGER PRIMARY KEY, id TEXT)")
        return found

    def promise(self, key: str) -> None:
        """The resident has heard that the text is on its way."""
        file = os.open(self._folder / "promised", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(file, f"{key}\n".encode())
        os.close(file)

    def promised(self) -> list[str]:
        """Return every key that was promised, repeats included."""
        path = self._folder / "promised"
        return path.read_text().splitlines() if path.exists() else []


class Operator:
    """A gateway whose answers get lost and whose reports come early, late, twice or never.

    ``blind``: it cannot be asked whether it has a message. ``lying``: asked, it always denies.
    """

    reports = True

    def __init__(
        self,
        name: str,
        ledger: Ledger,
        fuse: Fuse,
        chance: random.Random,
        *,
        blind: bool,
        lying: bool = False,
    ) -> None:
        self.name = name
        self.told: Callable[[Report], object] = lambda _report: None
        self._memory = ledger.operator(name)
        self._fuse = fuse
        self._chance = chance
        self._blind = blind
        self._lying = lying

    async def start(self) -> None:
        """It is there already."""

    async def close(self) -> None:
        """Close the memory."""
        self._memory.close()

    async def send(self, text: Text) -> Accepted:
        """Take it, or not, and say so, or not."""
        self._fuse.point()
        fate = self._chance.random()
        await asyncio.sleep(self._chance.random() * 0.003)
        if fate < 0.10:
            raise GatewayDownError("passerelle injoignable")
        if fate < 0.13:
            raise GatewayRefusedError("numéro refusé")
        if fate < 0.18:
            raise GatewayDoubtError("pas de réponse, rien reçu")
        gateway_id = self._take(text)
        self._fuse.point()
        await self._report(text, gateway_id)
        await asyncio.sleep(self._chance.random() * 0.003)
        if fate < 0.30:
            raise GatewayDoubtError("pas de réponse, message reçu")
        return Accepted(gateway_id)

    async def find(self, text: Text) -> Accepted | None:
        """Say whether it was taken."""
        self._fuse.point()
        await asyncio.sleep(self._chance.random() * 0.002)
        if self._blind or self._chance.random() < 0.1:
            raise GatewayDoubtError("la passerelle ne sait pas")
        if self._chance.random() < 0.1:
            raise GatewayDownError("passerelle injoignable")
        found = self._memory.execute("SELECT seq FROM taken WHERE id = ?", (text.id,)).fetchone()
        return Accepted(self._named(found[0])) if found and not self._lying else None

    def _take(self, text: Text) -> str:
        taken = self._memory.execute("INSERT INTO taken (id) VALUES (?)", (text.id,))
        return self._named(taken.lastrowid or 0)

    def _named(self, seq: int) -> str:
        return f"{self.name}-{seq}"

    async def _report(self, text: Text, gateway_id: str) -> None:
        """Some reports overtake the answer, others come afterwards, in any order, or twice."""
        states: list[ReportState] = ["accepted", "delivered", "delivered"]
        if self._chance.random() < 0.1:
            states = ["failed", "accepted"]
        self._chance.shuffle(states)
        loop = asyncio.get_running_loop()
        for state in states[: self._chance.randint(0, 3)]:
            named = {"id": text.id} if self._chance.random() < 0.5 else {"gateway_id": gateway_id}
            report = Report(self.name, state, clock(), error="absent", **named)
            loop.call_later(self._chance.choice((0.0, 0.001, 0.02)), self.told, report)


@dataclass(frozen=True)
class Life:
    """One run of the callbot."""

    folder: str
    seed: int
    new: int
    """Messages that residents agree to meanwhile."""
    crash_at: int
    """The point at which it kills itself; 0 for never."""
    lying: bool = False


def request(key: str) -> TextRequest:
    """Return what a resident agreed to."""
    number = f"+336{int(key.rsplit('-', maxsplit=1)[-1]) % 10**8:08d}"
    consent = Consent(clock(), "oui")
    return TextRequest(key, number, "Mairie : pièces à apporter.", "fiche", "", consent)


def live(life: Life) -> None:
    """Be the callbot, from the start until everything is settled, it is killed, or time is up."""
    asyncio.run(_live(life))


async def _live(life: Life) -> None:
    chance = random.Random(life.seed)
    ledger, fuse = Ledger(Path(life.folder)), Fuse(life.crash_at)
    FusedDatabase.fuse = fuse
    path = Path(life.folder) / "outbox.sqlite3"
    database = await FusedDatabase.open(path, "outbox", outboxrecords.MIGRATIONS)
    outbox = Outbox(database, RULES, PARIS)
    operators = [
        Operator("premier", ledger, fuse, chance, blind=False, lying=life.lying),
        Operator("second", ledger, fuse, chance, blind=True),
    ]
    told: set[asyncio.Task[None]] = set()

    def tell(report: Report) -> None:
        task = asyncio.create_task(outbox.report(report))
        told.add(task)
        task.add_done_callback(told.discard)

    for operator in operators:
        operator.told = tell
    sending = asyncio.create_task(Sender(outbox, operators, RULES, clock).run())
    before = ledger.promised()
    keys = [f"appel-{life.seed * 100 + n}" for n in range(life.new)]
    for key in [*keys, *before[-2:]]:
        done = await outbox.submit(request(key), clock())
        fuse.point()
        if done.outcome in ("queued", "already"):
            ledger.promise(key)
        await asyncio.sleep(chance.random() * 0.004)
    await _settled(outbox)
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending
    await asyncio.sleep(0.03)
    await asyncio.gather(*told)
    await outbox.close()


async def _settled(outbox: Outbox) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(LIFE_MAX_S):
            while True:
                total = (await outbox.counts(clock())).total
                if not total[TextState.QUEUED] + total[TextState.SENDING]:
                    return
                await asyncio.sleep(0.01)
