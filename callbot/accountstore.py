"""Accounts, sessions and the journal of the console, on disk for good.

The command line changes the same file while the core runs; nothing is remembered between two
requests, so that a changed password or role counts at once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from callbot import accountrecords as records
from callbot.database import Database
from callbot.schema import instant
from console.accounts import Account, AccountError, AccountRow
from console.audit import Entry
from console.roles import Role
from console.sessions import Session, SessionLimits

MAX_ENTRIES = 500
"""Longest page of the journal."""


class AccountStore:
    """Fills the protocols Accounts, Sessions and Journal of the console."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    async def open(cls, path: Path) -> AccountStore:
        """Open or create the file; raises :class:`callbot.database.DatabaseError`."""
        return cls(await Database.open(path, "accounts", records.MIGRATIONS))

    async def close(self) -> None:
        """Finish every queued write, then close."""
        await self._database.close()

    # Accounts

    async def account(self, name: str) -> Account | None:
        """Return an account."""
        row = await self._one("SELECT * FROM accounts WHERE name = ?", name)
        return None if row is None else records.account_of(row)

    async def secret(self, name: str) -> str | None:
        """Return the hash of an account's password."""
        row = await self._one("SELECT secret FROM accounts WHERE name = ?", name)
        return None if row is None else str(row["secret"])

    async def rows(self) -> Sequence[AccountRow]:
        """Return all accounts by name."""

        def read(database: sqlite3.Connection) -> list[AccountRow]:
            found = database.execute(
                "SELECT *, (SELECT count(*) FROM sessions WHERE account = name) AS sessions "
                "FROM accounts ORDER BY name"
            )
            return [records.account_row(row) for row in found]

        return await self._database.submit(read)

    async def create(self, account: Account, secret: str, entry: Entry) -> None:
        """Keep a new account; raises AccountError when there is one of that name."""

        def write(database: sqlite3.Connection) -> None:
            try:
                database.execute(
                    records.PUT_ACCOUNT, records.new_account_row(account, secret, entry.at)
                )
            except sqlite3.IntegrityError as error:
                raise AccountError(f"Le compte « {account.name} » existe déjà.") from error
            _write_entry(database, entry)

        await self._database.submit(write)

    async def change_secret(self, name: str, secret: str, entry: Entry) -> None:
        """Keep another password and end every session; raises AccountError."""

        def write(database: sqlite3.Connection) -> None:
            if _known(database, name).directory:
                raise AccountError(f"Le mot de passe de « {name} » est celui de l'annuaire.")
            database.execute("UPDATE accounts SET secret = ? WHERE name = ?", (secret, name))
            database.execute("DELETE FROM sessions WHERE account = ?", (name,))
            _write_entry(database, entry)

        await self._database.submit(write)

    async def keep_from_directory(self, account: Account, entry: Entry) -> Account:
        """Keep who got in by the directory; raises AccountError for a name that is not of it."""
        wanted = replace(account, directory=True)

        def write(database: sqlite3.Connection) -> Account:
            row = database.execute(
                "SELECT * FROM accounts WHERE name = ?", (wanted.name,)
            ).fetchone()
            if row is None:
                database.execute(records.PUT_ACCOUNT, records.new_account_row(wanted, "", entry.at))
                _write_entry(database, entry)
                return wanted
            before = records.account_of(row)
            if not before.directory:
                raise AccountError(f"« {wanted.name} » est un compte du callbot.")
            database.execute(
                "UPDATE accounts SET shown = ?, role = ? WHERE name = ?",
                (wanted.shown, str(wanted.role), wanted.name),
            )
            if before.role is not wanted.role:
                database.execute("DELETE FROM sessions WHERE account = ?", (wanted.name,))
                _write_entry(database, replace(entry, what="compte.role"))
            return replace(before, shown=wanted.shown, role=wanted.role)

        return await self._database.submit(write)

    async def renew_hash(self, name: str, old: str, new: str) -> None:
        """Keep another hash of the same password, unless it has changed meanwhile."""
        await self._run(
            "UPDATE accounts SET secret = ? WHERE name = ? AND secret = ?", new, name, old
        )

    async def update(self, account: Account, entry: Entry) -> None:
        """Change all but the password and end every session; raises AccountError."""

        def write(database: sqlite3.Connection) -> None:
            before = _known(database, account.name)
            if before.directory and before.role is not account.role:
                raise AccountError(
                    f"Le rôle de « {account.name} » vient des groupes de l'annuaire."
                )
            if account.role is not Role.ADMIN:
                _must_leave_an_admin(database, account.name)
            database.execute(
                "UPDATE accounts SET shown = ?, role = ?, agent = ? WHERE name = ?",
                (account.shown, str(account.role), account.agent, account.name),
            )
            database.execute("DELETE FROM sessions WHERE account = ?", (account.name,))
            _write_entry(database, entry)

        await self._database.submit(write)

    async def set_locked(self, name: str, locked: bool, entry: Entry) -> None:
        """Lock or unlock an account and end every session; raises AccountError."""

        def write(database: sqlite3.Connection) -> None:
            _known(database, name)
            if locked:
                _must_leave_an_admin(database, name)
            database.execute("UPDATE accounts SET locked = ? WHERE name = ?", (locked, name))
            database.execute("DELETE FROM sessions WHERE account = ?", (name,))
            _write_entry(database, entry)

        await self._database.submit(write)

    async def remove(self, name: str, entry: Entry) -> None:
        """Forget an account with its sessions; raises AccountError."""

        def write(database: sqlite3.Connection) -> None:
            _known(database, name)
            _must_leave_an_admin(database, name)
            database.execute("DELETE FROM accounts WHERE name = ?", (name,))
            _write_entry(database, entry)

        await self._database.submit(write)

    # Sessions

    async def start(self, key: str, account: str, at: datetime, *, instead_of: str = "") -> None:
        """Keep a new session; the one that the browser had before ends."""

        def write(database: sqlite3.Connection) -> None:
            database.execute("DELETE FROM sessions WHERE key = ?", (instead_of,))
            database.execute(
                "INSERT INTO sessions (key, account, started_at, used_at) VALUES (?1, ?2, ?3, ?3)",
                (key, account, instant(at)),
            )
            database.execute(
                "UPDATE accounts SET last_login = ? WHERE name = ?", (instant(at), account)
            )

        await self._database.submit(write)

    async def find(self, key: str) -> Session | None:
        """Return a session, whether over or not, with its account as it is now.

        One that began while its account was being locked is none.
        """
        row = await self._one(
            "SELECT * FROM sessions JOIN accounts ON accounts.name = sessions.account "
            "WHERE sessions.key = ? AND NOT accounts.locked",
            key,
        )
        return None if row is None else records.session_of(row)

    async def touch(self, key: str, at: datetime) -> None:
        """Write down that a session was used."""
        await self._run("UPDATE sessions SET used_at = ? WHERE key = ?", instant(at), key)

    async def end(self, key: str) -> None:
        """Forget one session."""
        await self._run("DELETE FROM sessions WHERE key = ?", key)

    async def end_of(self, account: str, *, but: str = "") -> int:
        """Forget all sessions of an account but one; return how many."""
        return await self._run("DELETE FROM sessions WHERE account = ? AND key <> ?", account, but)

    async def purge(self, now: datetime, limits: SessionLimits) -> int:
        """Forget the sessions that are over; return how many."""
        return await self._run(
            "DELETE FROM sessions WHERE used_at <= ? OR started_at <= ?",
            instant(now - limits.idle),
            instant(now - limits.whole),
        )

    # Journal

    async def add(self, entry: Entry) -> None:
        """Keep one entry of the journal."""
        await self._database.submit(lambda database: _write_entry(database, entry))

    async def page(self, *, before: int | None, limit: int, who: str, what: str) -> Sequence[Entry]:
        """Return entries, newest first, of the numbers below ``before``."""
        most = max(0, min(limit, MAX_ENTRIES))

        def read(database: sqlite3.Connection) -> list[Entry]:
            found = database.execute(
                "SELECT * FROM journal WHERE (?1 IS NULL OR number < ?1) "
                "AND (?2 = '' OR who = ?2) "
                "AND (?3 = '' OR what = ?3 OR substr(what, 1, length(?3) + 1) = ?3 || '.') "
                "ORDER BY number DESC LIMIT ?4",
                (before, who, what, most),
            )
            return [records.entry_of(row) for row in found]

        return await self._database.submit(read)

    async def _one(self, statement: str, *values: Any) -> Any:
        """Return the first row, None when there is none."""
        return await self._database.submit(
            lambda database: database.execute(statement, values).fetchone()
        )

    async def _run(self, statement: str, *values: Any) -> int:
        return await self._database.submit(
            lambda database: database.execute(statement, values).rowcount
        )


def _write_entry(database: sqlite3.Connection, entry: Entry) -> None:
    database.execute(records.PUT_ENTRY, records.entry_row(entry))


def _known(database: sqlite3.Connection, name: str) -> Account:
    """Return an account; raises AccountError when there is none."""
    row = database.execute("SELECT * FROM accounts WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise AccountError(f"Il n'y a pas de compte « {name} ».")
    return records.account_of(row)


def _must_leave_an_admin(database: sqlite3.Connection, name: str) -> None:
    """Refuse what takes the last administrator away who gets in, the directory answering or not."""
    found = database.execute(
        "SELECT name FROM accounts WHERE role = ? AND NOT locked AND NOT directory",
        (str(Role.ADMIN),),
    )
    if [row["name"] for row in found] == [name]:
        raise AccountError(
            f"« {name} » est le dernier administrateur : donnez d'abord ce rôle à un autre compte."
        )
