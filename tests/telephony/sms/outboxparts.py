"""A store without a thread, for virtual time, and gateways that do as they are told."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from callbot import outboxrecords
from callbot.database import Database
from callbot.outbox import Outbox
from telephony.sms.gateway import Accepted
from telephony.sms.model import Consent, Text, TextRequest
from telephony.sms.rules import OutboxRules

PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
RULES = OutboxRules()
ROOMY = OutboxRules(per_call=10**6, per_number_day=10**6, per_hour=10**6, per_day=10**6)

T = TypeVar("T")


def after(seconds: float) -> datetime:
    """Return an instant after noon."""
    return NOON + timedelta(seconds=seconds)


def request(
    key: str = "appel-1/acte", number: str = "+33612345678", call: str = "appel-1"
) -> TextRequest:
    """Return what a resident agreed to."""
    consent = Consent(NOON, "oui, allez-y")
    return TextRequest(key, number, "Mairie : pièce d'identité à apporter.", "acte", call, consent)


def clock() -> datetime:
    """Return the wall clock of a virtual loop, which starts at noon."""
    return after(asyncio.get_running_loop().time() - 1000.0)


class InlineDatabase(Database):
    """Does its work at once, in the thread of the loop: a virtual clock would not wait for it."""

    def submit_plain(self, work: Callable[[], T]) -> asyncio.Future[T]:
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)
        return done

    def _prepare(self, connection: sqlite3.Connection, migrations: Sequence[str]) -> None:
        super()._prepare(connection, migrations)
        connection.execute("PRAGMA synchronous = OFF")  # no test here cuts the power


async def inline_outbox(path: Path, rules: OutboxRules = ROOMY, **tells: Any) -> Outbox:
    """Return an outbox for a virtual clock."""
    database = await InlineDatabase.open(path, "outbox", outboxrecords.MIGRATIONS)
    return Outbox(database, rules, PARIS, **tells)


Answer = Callable[[Text], Awaitable[Accepted]]


class ToldGateway:
    """Plays its ``sends`` and ``finds`` one after the other: exceptions, answers, coroutines.

    When they are used up it takes everything, and has what it has taken.
    """

    def __init__(self, name: str = "premiere") -> None:
        self.name = name
        self.reports = True
        self.sends: list[Exception | Accepted | Answer] = []
        self.finds: list[Exception | Accepted | None] = []
        self.taken: list[tuple[str, datetime]] = []
        self.called: list[tuple[str, datetime]] = []
        self.asked: list[tuple[str, datetime]] = []

    async def start(self) -> None:
        """Nothing to connect."""

    async def close(self) -> None:
        """Nothing to let go of."""

    async def send(self, text: Text) -> Accepted:
        """Do what is told."""
        self.called.append((text.id, clock()))
        answer = self.sends.pop(0) if self.sends else Accepted(f"{self.name}-{len(self.taken)}")
        if isinstance(answer, Exception):
            raise answer
        if not isinstance(answer, Accepted):
            answer = await answer(text)
        self.taken.append((text.id, clock()))
        return answer

    async def find(self, text: Text) -> Accepted | None:
        """Say what is told."""
        self.asked.append((text.id, clock()))
        if self.finds:
            answer = self.finds.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        return Accepted() if text.id in [taken for taken, _ in self.taken] else None
