"""The history of calls: SQLite in one owner thread.

Every write is a transaction of its own, on disk before its future is done. The caller's loop is
never blocked; a future need not be awaited: writes keep their order, and a failed one is logged.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from callbot import followups, schema
from callbot.records import Call, CallEvent, Outcome, Turn
from common import logs
from common.masking import mask_number
from console.ports import Digest, FollowUp

MAX_CALLS = 1000
"""Longest list of calls in one answer."""

BUSY_TIMEOUT_S = 5.0

T = TypeVar("T")


class StoreError(Exception):
    """The history cannot be opened; the message is French."""


class Store:
    """The history of calls. Open it with :meth:`open`, end it with :meth:`close`."""

    def __init__(self, path: Path, mask_callers: bool) -> None:
        self._path = path
        self._mask_callers = mask_callers
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._database: sqlite3.Connection | None = None
        self._log = logs.get()

    @classmethod
    async def open(
        cls, path: Path, *, mask_callers: bool = True, now: datetime | None = None
    ) -> Store:
        """Open or create the history; calls that a crash left open are closed as failed.

        Raises:
            StoreError: damaged, made by a newer version, or not writable.
        """
        store = cls(path, mask_callers)
        instant = now or datetime.now(UTC)
        try:
            await store._submit(lambda: store._open(instant))
        except BaseException:
            store._thread.shutdown(wait=False)
            raise
        return store

    async def close(self) -> None:
        """Finish every queued write, then close."""
        await self._submit(self._close)
        self._thread.shutdown(wait=False)

    def call_started(
        self,
        call_id: str,
        *,
        sip_call_id: str,
        caller: str,
        called: str,
        at: datetime,
        versions: Mapping[str, str] | None = None,
    ) -> asyncio.Future[None]:
        """Record a new call; the number is masked if the town wants so."""
        kept = mask_number(caller) if self._mask_callers else caller
        row = (call_id, sip_call_id, schema.instant(at), kept, called, schema.dump(versions or {}))
        return self._write(
            "INSERT INTO calls (id, sip_call_id, started_at, caller, called, versions) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            row,
        )

    def turn(self, call_id: str, turn: Turn) -> asyncio.Future[None]:
        """Record one exchange; the same ``n`` again replaces it (its latency is known later)."""
        return self._write(schema.PUT_TURN, schema.turn_row(call_id, turn))

    def event(
        self, call_id: str, kind: str, at: datetime, details: Mapping[str, Any] | None = None
    ) -> asyncio.Future[None]:
        """Add one point to a call's timeline."""
        return self._write(
            "INSERT INTO events (call_id, at, kind, details) VALUES (?, ?, ?, ?)",
            (call_id, schema.instant(at), kind, schema.dump(details or {})),
        )

    def sms(self, call_id: str, messages: tuple[Mapping[str, Any], ...]) -> asyncio.Future[None]:
        """Replace what is known of the call's text messages."""
        return self._write(
            "UPDATE calls SET sms = ? WHERE id = ?", (schema.dump(messages), call_id)
        )

    def call_ended(
        self, call_id: str, *, outcome: Outcome, at: datetime, service: str | None = None
    ) -> asyncio.Future[None]:
        """Close a call; a call already closed stays as it is."""
        return self._write(
            "UPDATE calls SET outcome = ?, ended_at = ?, service = ? "
            "WHERE id = ? AND ended_at IS NULL",
            (outcome, schema.instant(at), service, call_id),
        )

    async def calls(
        self,
        *,
        limit: int = 100,
        since: datetime | None = None,
        sip_call_id: str | None = None,
    ) -> list[Call]:
        """Return calls without their turns, newest first; ``limit`` is at most MAX_CALLS."""
        return await self._submit(lambda: self._calls(limit, since, sip_call_id))

    async def call(self, call_id: str) -> Call | None:
        """Return one call with its turns and timeline, or None."""
        return await self._submit(lambda: self._call(call_id))

    async def note(self, call_id: str, author: str, text: str, at: datetime) -> bool:
        """Keep a note of staff; False when the call is not in the history."""
        return await self._change(followups.NOTE, (call_id, author, text, schema.instant(at)))

    async def done(self, call_id: str, author: str, at: datetime) -> bool:
        """Mark a matter as done; whoever did so first stays named."""
        return await self._change(followups.DONE, (call_id, author, schema.instant(at)))

    async def reopen(self, call_id: str) -> bool:
        """Take the mark "done" back; False when there was none."""
        return await self._change(followups.REOPEN, (call_id,))

    async def wrong_answer(
        self, call_id: str, turn: int, author: str, reason: str, at: datetime
    ) -> bool:
        """Mark an answer of the bot as wrong; False when there is no such turn."""
        row = (call_id, turn, author, reason, schema.instant(at))
        return await self._change(followups.WRONG, row)

    async def follow_up(self, call_id: str) -> FollowUp:
        """Return what staff noted and marked on one call."""
        return await self._submit(lambda: followups.follow_up(self._connection(), call_id))

    async def digests(
        self, *, since: datetime, words: str = "", limit: int = MAX_CALLS
    ) -> list[Digest]:
        """Return the calls since then that hold every word, newest first."""
        most = max(0, min(limit, MAX_CALLS))
        return await self._submit(lambda: followups.digests(self._connection(), since, words, most))

    async def happened(
        self, kinds: Collection[str], since: datetime
    ) -> list[tuple[str, str, datetime]]:
        """Return the points of these kinds in all timelines: call, kind, instant; oldest first."""
        marks = ", ".join("?" * len(kinds))
        values = (*kinds, schema.instant(since))

        def read() -> list[tuple[str, str, datetime]]:
            rows = self._connection().execute(
                f"SELECT call_id, kind, at FROM events WHERE kind IN ({marks}) "  # noqa: S608
                "AND at >= ? ORDER BY at, id",
                values,
            )
            return [(row["call_id"], row["kind"], schema.aware(row["at"])) for row in rows]

        return await self._submit(read)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what ``work`` reads, in the owner thread; it changes nothing."""
        return await self._submit(lambda: work(self._connection()))

    async def purge(self, before: datetime) -> int:
        """Erase the ended calls that started before an instant; return how many."""
        return await self._submit(lambda: self._purge(before))

    async def keep_purged(self, days: int, every_s: float = 3600.0) -> None:
        """Erase what is older than ``days``, now and every ``every_s`` seconds, until cancelled.

        With 0 days ended calls go at the next round.
        """
        while True:
            erased = await self.purge(datetime.now(UTC) - timedelta(days=days))
            if erased:
                self._log.info("historique effacé", appels=erased, jours=days)
            await asyncio.sleep(every_s)

    # What follows runs in the owner thread.

    def _submit(self, work: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _write(self, statement: str, row: tuple[Any, ...]) -> asyncio.Future[None]:
        future = self._submit(lambda: self._execute(statement, row))
        future.add_done_callback(self._report)
        return future

    def _report(self, future: asyncio.Future[None]) -> None:
        if not future.cancelled() and (error := future.exception()) is not None:
            self._log.error("écriture de l'historique impossible", error=repr(error))

    def _open(self, now: datetime) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
            database = sqlite3.connect(
                self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=True
            )
            try:
                schema.prepare(database)
                schema.close_open_calls(database, now)
            except BaseException:
                database.close()
                raise
        except schema.NewerSchemaError as error:
            raise StoreError(
                f"L'historique {self._path} vient d'une version plus récente du callbot. "
                "Installez cette version, ou déplacez le fichier."
            ) from error
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"L'historique {self._path} est illisible ({error}). "
                "Déplacez ce fichier : le callbot en créera un nouveau."
            ) from error
        except OSError as error:
            raise StoreError(
                f"L'historique {self._path} ne peut pas être écrit ({error.strerror}). "
                "Vérifiez les droits et la place sur le disque."
            ) from error
        self._database = database

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def _connection(self) -> sqlite3.Connection:
        if self._database is None:
            raise sqlite3.ProgrammingError("the store is closed")
        return self._database

    async def _change(self, statement: str, row: tuple[Any, ...]) -> bool:
        return await self._submit(lambda: self._connection().execute(statement, row).rowcount > 0)

    def _execute(self, statement: str, row: tuple[Any, ...]) -> None:
        self._connection().execute(statement, row)

    def _calls(self, limit: int, since: datetime | None, sip_call_id: str | None) -> list[Call]:
        conditions, values = ["1"], list[Any]()
        if since is not None:
            conditions.append("started_at >= ?")
            values.append(schema.instant(since))
        if sip_call_id is not None:
            conditions.append("sip_call_id = ?")
            values.append(sip_call_id)
        values.append(max(0, min(limit, MAX_CALLS)))
        rows = self._connection().execute(
            f"SELECT * FROM calls WHERE {' AND '.join(conditions)} "  # noqa: S608 - constants
            "ORDER BY started_at DESC, rowid DESC LIMIT ?",
            values,
        )
        return [schema.call_of(row) for row in rows]

    def _call(self, call_id: str) -> Call | None:
        database = self._connection()
        row = database.execute("SELECT * FROM calls WHERE id = ?", (call_id,)).fetchone()
        if row is None:
            return None
        turns = database.execute("SELECT * FROM turns WHERE call_id = ? ORDER BY n", (call_id,))
        events = database.execute(
            "SELECT * FROM events WHERE call_id = ? ORDER BY at, id", (call_id,)
        )
        return schema.call_of(
            row,
            tuple(schema.turn_of(turn) for turn in turns),
            tuple(
                CallEvent(schema.aware(event["at"]), event["kind"], schema.parse(event["details"]))
                for event in events
            ),
        )

    def _purge(self, before: datetime) -> int:
        database = self._connection()
        erased = database.execute(
            "DELETE FROM calls WHERE ended_at IS NOT NULL AND started_at < ?",
            (schema.instant(before),),
        ).rowcount
        if erased:
            # The write-ahead log still holds the erased text until it is truncated.
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return erased
