"""Messages that residents leave after the tone: only where the town has turned them on.

The sound lies in a folder of its own, readable by its owner only; what is known of it in SQLite.
The row is written after the file, so that every row has its sound whenever the box stops.
"""

from __future__ import annotations

import asyncio
import sqlite3
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from callbot.database import Database
from callbot.schema import aware, instant
from common import logs
from common.audio import duration_s, wav_of
from console.ports import ActionRefusedError, Mark, VoiceMessage

MIGRATIONS = (
    """
    CREATE TABLE messages (
        id TEXT PRIMARY KEY,
        call TEXT NOT NULL,
        number TEXT NOT NULL,
        service TEXT NOT NULL,
        at TEXT NOT NULL,
        seconds REAL NOT NULL,
        transcript TEXT NOT NULL,
        done_by TEXT,
        done_at TEXT,
        CHECK ((done_by IS NULL) = (done_at IS NULL))
    ) STRICT;
    CREATE INDEX messages_at ON messages (at);
    """,
)


class Voicemail:
    """The kept messages. Open with :meth:`open`, end with :meth:`close`."""

    def __init__(
        self,
        folder: Path,
        database: Database,
        names: Mapping[str, str],
    ) -> None:
        self.changed: Callable[[str], None] = lambda _call: None
        """Told the call whose messages are different."""
        self._folder = folder
        self._database = database
        self._names = names

    @classmethod
    async def open(cls, folder: Path, names: Mapping[str, str]) -> Voicemail:
        """Open or create the folder; ``names`` are the staff by id.

        Raises:
            DatabaseError: the folder cannot be used.
        """
        database = await Database.open(folder / "messages.sqlite3", "voicemail", MIGRATIONS)
        await asyncio.to_thread(folder.chmod, 0o700)
        return cls(folder, database, names)

    def renew(self, names: Mapping[str, str]) -> None:
        """Know other staff."""
        self._names = names

    async def close(self) -> None:
        """Finish every queued write, then close."""
        await self._database.close()

    async def keep(
        self, call: str, number: str, pcm: bytes, transcript: str, service: str, at: datetime
    ) -> bool:
        """Keep one message (``pcm`` at the box's rate); False when the disk does not take it."""
        identifier = uuid.uuid4().hex
        row = (identifier, call, number, service, instant(at), duration_s(pcm), transcript)
        try:
            await asyncio.to_thread(self._write, identifier, pcm)
            await self._database.submit(
                lambda database: database.execute(
                    "INSERT INTO messages (id, call, number, service, at, seconds, transcript) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)",
                    row,
                )
            )
        except (OSError, sqlite3.Error) as error:
            logs.get().error("voice_message_lost", error=repr(error))
            self._path(identifier).unlink(missing_ok=True)
            return False
        self.changed(call)
        return True

    # What the console shows and asks: console.ports.VoiceMessages

    async def list(self) -> tuple[VoiceMessage, ...]:
        """Return all that are kept, newest first."""

        def read(database: sqlite3.Connection) -> tuple[VoiceMessage, ...]:
            rows = database.execute("SELECT * FROM messages ORDER BY at DESC, rowid DESC")
            return tuple(_message(row) for row in rows)

        return await self._database.submit(read)

    async def audio(self, message: str) -> bytes | None:
        """Return the WAV file; None when no such message is kept."""

        def known(database: sqlite3.Connection) -> bool:
            found = database.execute("SELECT 1 FROM messages WHERE id = ?", (message,))
            return found.fetchone() is not None

        if not await self._database.submit(known):
            return None
        try:
            return await asyncio.to_thread(self._path(message).read_bytes)
        except OSError:
            return None

    async def done(self, message: str, agent: str) -> str:
        """Mark as settled; whoever did so first stays named.

        Raises:
            ActionRefusedError: no such message.
        """
        name, at = self._names.get(agent, agent), instant(datetime.now(UTC))

        def mark(database: sqlite3.Connection) -> str | None:
            database.execute(
                "UPDATE messages SET done_by = ?, done_at = ? WHERE id = ? AND done_by IS NULL",
                (name, at, message),
            )
            row = database.execute("SELECT call FROM messages WHERE id = ?", (message,)).fetchone()
            return str(row["call"]) if row is not None else None

        call = await self._database.submit(mark)
        if call is None:
            raise ActionRefusedError("Ce message n'est plus gardé.")
        self.changed(call)
        return "Le message est marqué comme traité."

    # Retention

    async def keep_purged(self, days: int, every_s: float = 3600.0) -> None:
        """Erase what is older than ``days``, now and every ``every_s`` seconds, until cancelled."""
        while True:
            await self.purge(datetime.now(UTC) - timedelta(days=days))
            await asyncio.sleep(every_s)

    async def purge(self, before: datetime) -> int:
        """Erase the messages left before an instant, sound first; return how many."""

        def old(database: sqlite3.Connection) -> list[str]:
            rows = database.execute("SELECT id FROM messages WHERE at < ?", (instant(before),))
            return [row["id"] for row in rows]

        found = await self._database.submit(old)
        for identifier in found:
            await asyncio.to_thread(self._path(identifier).unlink, missing_ok=True)
            await self._database.submit(
                lambda database, key=identifier: database.execute(  # type: ignore[misc]
                    "DELETE FROM messages WHERE id = ?", (key,)
                )
            )
        if found:
            await self._database.truncate_log()
        await asyncio.to_thread(self._erase_files, before.timestamp())
        return len(found)

    def _erase_files(self, before: float) -> None:
        """Erase the sound whose row was never written because the box stopped."""
        for path in self._folder.glob("*.wav"):
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)

    def _path(self, identifier: str) -> Path:
        return self._folder / f"{identifier}.wav"

    def _write(self, identifier: str, pcm: bytes) -> None:
        path = self._path(identifier)
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(wav_of(pcm))


def _message(row: sqlite3.Row) -> VoiceMessage:
    done = None
    if row["done_by"] is not None:
        done = Mark("done", aware(row["done_at"]), row["done_by"])
    return VoiceMessage(
        id=row["id"],
        call=row["call"],
        number=row["number"],
        at=aware(row["at"]),
        seconds=row["seconds"],
        transcript=row["transcript"],
        service=row["service"] or None,
        done=done,
    )
