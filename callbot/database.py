"""A SQLite file in one owner thread: what is kept by it is on disk before its future is done."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

BUSY_TIMEOUT_S = 5.0

T = TypeVar("T")


class DatabaseError(Exception):
    """The file cannot be opened; the message is French."""


class Database:
    """Runs work on the connection, one piece after the other, each in a transaction of its own."""

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._connection: sqlite3.Connection | None = None

    @classmethod
    async def open(cls, path: Path, name: str, migrations: Sequence[str]) -> Database:
        """Open or create the file and bring its tables to this version.

        Raises:
            DatabaseError: damaged, made by a newer version, or not writable.
        """
        database = cls(path, name)
        try:
            await database.submit_plain(lambda: database._open(migrations))
        except BaseException:
            database._thread.shutdown(wait=False)
            raise
        return database

    async def close(self) -> None:
        """Finish what is queued, then close."""
        await self.submit_plain(self._close)
        self._thread.shutdown(wait=False)

    def submit(self, work: Callable[[sqlite3.Connection], T]) -> asyncio.Future[T]:
        """Run ``work`` in a transaction; it is rolled back when ``work`` raises."""
        return self.submit_plain(lambda: self._transaction(work))

    def submit_plain(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Run ``work`` in the owner thread, outside any transaction."""
        return asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def truncate_log(self) -> None:
        """Drop the write-ahead log, which still holds erased text until then."""

        def truncate() -> None:
            self._live().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

        await self.submit_plain(truncate)

    # What follows runs in the owner thread.

    def _live(self) -> sqlite3.Connection:
        if self._connection is None:
            raise sqlite3.ProgrammingError("the database is closed")
        return self._connection

    def _transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._live()
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(connection)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return result

    def _open(self, migrations: Sequence[str]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
            connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            try:
                self._prepare(connection, migrations)
            except BaseException:
                connection.close()
                raise
        except sqlite3.DatabaseError as error:
            raise DatabaseError(
                f"Le fichier {self._path} est illisible ({error}). "
                "Déplacez-le : le callbot en créera un nouveau."
            ) from error
        except OSError as error:
            raise DatabaseError(
                f"Le fichier {self._path} ne peut pas être écrit ({error.strerror}). "
                "Vérifiez les droits et la place sur le disque."
            ) from error
        self._connection = connection

    def _prepare(self, connection: sqlite3.Connection, migrations: Sequence[str]) -> None:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON").fetchall()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(migrations):
            raise DatabaseError(
                f"Le fichier {self._path} vient d'une version plus récente du callbot. "
                "Installez cette version, ou déplacez le fichier."
            )
        for number, script in enumerate(migrations[version:], start=version + 1):
            connection.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
