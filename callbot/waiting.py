"""Who is to be called back and who is present: kept so that a crash loses and doubles nobody.

Every change is a compare-and-set, on disk before its future is done: what it allows is done
afterwards, and only if it says True. After a start, :meth:`Waiting.callbacks` and
:meth:`Waiting.presence` give back what the crash interrupted. Callers in a queue are not kept:
when the core is gone, their line worker passes them on.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

from callbot import waitingrecords as rows
from callbot.database import Database
from callbot.schema import instant
from common import logs
from telephony.callbackrecord import CLOSED, Callback, CallbackState
from telephony.callbackrequests import Asked, decide
from telephony.callbacks import CallbackPolicy
from telephony.callbacksteps import Step
from telephony.presence import RESTING, Presence

_CLOSED = tuple(str(state) for state in sorted(CLOSED))
_ERASABLE = (*_CLOSED, str(CallbackState.BY_HAND))


class Waiting:
    """Call-backs and presence on disk. Open with :meth:`open`, end with :meth:`close`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    async def open(cls, path: Path) -> Waiting:
        """Open or create the file; raises :class:`callbot.database.DatabaseError`."""
        return cls(await Database.open(path, "waiting", rows.MIGRATIONS))

    async def close(self) -> None:
        """Finish every queued write, then close."""
        await self._database.close()

    # Staff

    def set_presence(self, agent: str, wanted: Presence, at: datetime) -> asyncio.Future[bool]:
        """Keep what an agent asked for: available, break or offline (else ValueError)."""
        if wanted not in RESTING:
            raise ValueError(f"{wanted} is nothing that an agent asks for")
        return self._changes(
            "INSERT INTO presence (agent, wanted, at) VALUES (?1, ?2, ?3) "
            "ON CONFLICT (agent) DO UPDATE SET wanted = ?2, at = ?3",
            (agent, str(wanted), instant(at)),
        )

    async def presence(self) -> Mapping[str, Presence]:
        """Return what each agent last asked for."""

        def read(database: sqlite3.Connection) -> Mapping[str, Presence]:
            found = database.execute("SELECT agent, wanted FROM presence")
            return {row["agent"]: Presence(row["wanted"]) for row in found}

        return await self._database.submit(read)

    # Call-backs

    async def ask(
        self,
        policy: CallbackPolicy,
        new: Step,
        now: datetime,
        *,
        again: bool = False,
        not_before: datetime | None = None,
    ) -> Asked:
        """Keep a request (``CallbackPolicy.request``) unless its promise is there already.

        Deciding and keeping are one transaction: two requests at once make one promise.
        """

        def work(database: sqlite3.Connection) -> Asked:
            wanted = new.keep
            found = database.execute(
                "SELECT * FROM callbacks WHERE number = ? AND service = ?",
                (wanted.number, wanted.service),
            )
            known = [rows.callback_of_row(row) for row in found]
            asked = decide(policy, new, known, now, again=again, not_before=not_before)
            if asked.step is not None:
                fresh = asked.outcome == "new"
                statement = rows.INSERT_CALLBACK if fresh else rows.REPLACE_CALLBACK
                database.execute(statement, rows.callback_row(asked.callback))
            return asked

        return await self._database.submit(work)

    async def keep(self, callback: Callback) -> bool:
        """Keep the next version of a call-back, then do its actions if this says True.

        False: another version was kept meanwhile (read it again), or the same number is being
        called for another service (try later).
        """

        def work(database: sqlite3.Connection) -> bool:
            try:
                done = database.execute(rows.REPLACE_CALLBACK, rows.callback_row(callback))
            except sqlite3.IntegrityError as error:
                if error.sqlite_errorname != "SQLITE_CONSTRAINT_UNIQUE":
                    raise
                return False
            return done.rowcount > 0

        return await self._database.submit(work)

    async def callback(self, identifier: str) -> Callback | None:
        """Return one call-back, None when it is unknown or erased."""
        found = await self._callbacks("id = ?", (identifier,))
        return found[0] if found else None

    async def callbacks(
        self, *, number: str | None = None, closed_since: datetime | None = None
    ) -> tuple[Callback, ...]:
        """Return the open call-backs, due first first; with ``closed_since`` also the ended ones.

        ``number`` (E.164): only those of one resident, to tell a caller what is promised.
        """
        marks = ", ".join("?" * len(_CLOSED))
        condition, values = f"state NOT IN ({marks})", list(_CLOSED)
        if closed_since is not None:
            condition = f"({condition} OR changed_at >= ?)"
            values.append(instant(closed_since))
        if number is not None:
            condition += " AND number = ?"
            values.append(number)
        return await self._callbacks(condition, tuple(values))

    async def _callbacks(self, condition: str, values: tuple[str, ...]) -> tuple[Callback, ...]:
        def read(database: sqlite3.Connection) -> tuple[Callback, ...]:
            found = database.execute(
                f"SELECT * FROM callbacks WHERE {condition} "  # noqa: S608 - constants
                "ORDER BY due_at, rowid",
                values,
            )
            return tuple(rows.callback_of_row(row) for row in found)

        return await self._database.submit(read)

    # Personal data

    async def purge(self, before: datetime, today: date) -> int:
        """Erase what is no longer needed; return how many records were erased or emptied.

        The number and the words of an ended call-back go the day after it was asked for (until
        then they keep it from being done twice). What ended before ``before`` goes entirely, with
        what people left undone until then.
        """

        def work(database: sqlite3.Connection) -> int:
            closed = ", ".join("?" * len(_CLOSED))
            emptied = database.execute(
                "UPDATE callbacks SET number = NULL, reason = '' "  # noqa: S608 - constants
                f"WHERE number IS NOT NULL AND day < ? AND state IN ({closed})",
                (today.isoformat(), *_CLOSED),
            ).rowcount
            erasable = ", ".join("?" * len(_ERASABLE))
            erased = database.execute(
                "DELETE FROM callbacks WHERE changed_at < ? "  # noqa: S608 - constants
                f"AND state IN ({erasable})",
                (instant(before), *_ERASABLE),
            ).rowcount
            return emptied + erased

        count = await self._database.submit(work)
        if count:
            await self._database.truncate_log()
        return count

    async def keep_purged(
        self, days: int, clock: Callable[[], datetime], every_s: float = 3600.0
    ) -> None:
        """Erase what is no longer needed, now and every ``every_s`` seconds, until cancelled.

        ``clock`` gives the time on the town's clocks; ended call-backs are kept ``days``.
        """
        while True:
            now = clock()
            erased = await self.purge(now - timedelta(days=days), now.date())
            if erased:
                logs.get().info("waiting_purged", erased=erased)
            await asyncio.sleep(every_s)

    def _changes(self, statement: str, values: tuple[object, ...]) -> asyncio.Future[bool]:
        return self._database.submit(
            lambda database: database.execute(statement, values).rowcount > 0
        )
