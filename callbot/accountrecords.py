"""Tables of accounts, sessions and the journal, and rows to records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from callbot.schema import aware, instant
from console.accounts import Account, AccountRow
from console.audit import Entry
from console.roles import Role
from console.sessions import Session

MIGRATIONS = (
    """
    CREATE TABLE accounts (
        name TEXT PRIMARY KEY,
        shown TEXT NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('administrateur', 'editeur', 'accueil', 'lecture')),
        agent TEXT NOT NULL,
        secret TEXT NOT NULL,
        created_at TEXT NOT NULL,
        last_login TEXT
    ) STRICT;
    CREATE TABLE sessions (
        key TEXT PRIMARY KEY,
        account TEXT NOT NULL,
        started_at TEXT NOT NULL,
        used_at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX sessions_account ON sessions (account);
    CREATE TRIGGER sessions_end_with_their_account AFTER DELETE ON accounts
    BEGIN DELETE FROM sessions WHERE account = OLD.name; END;
    CREATE TABLE journal (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        who TEXT NOT NULL,
        role TEXT,
        address TEXT NOT NULL,
        what TEXT NOT NULL,
        object TEXT NOT NULL,
        detail TEXT NOT NULL
    ) STRICT;
    CREATE INDEX journal_who ON journal (who, number);
    CREATE TRIGGER journal_keeps_what_is_written BEFORE UPDATE ON journal
    BEGIN SELECT raise(ABORT, 'the journal only grows'); END;
    CREATE TRIGGER journal_keeps_all BEFORE DELETE ON journal
    BEGIN SELECT raise(ABORT, 'the journal only grows'); END;
    CREATE TRIGGER journal_replaces_nothing BEFORE INSERT ON journal
    WHEN EXISTS (SELECT 1 FROM journal WHERE number = NEW.number)
    BEGIN SELECT raise(ABORT, 'the journal only grows'); END;
    """,
    "ALTER TABLE accounts ADD COLUMN locked INTEGER NOT NULL DEFAULT 0 CHECK (locked IN (0, 1));",
    "ALTER TABLE accounts ADD COLUMN directory INTEGER NOT NULL DEFAULT 0 "
    "CHECK (directory IN (0, 1));",
)
"""Script number n brings a file from version n to n + 1; never change a published one."""

PUT_ACCOUNT = (
    "INSERT INTO accounts (name, shown, role, agent, secret, created_at, directory) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)

PUT_ENTRY = (
    "INSERT INTO journal (at, who, role, address, what, object, detail) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)

MAX_TEXT = 200
"""Longest text of a field of the journal; what is longer is cut."""


def account_of(row: Mapping[str, Any]) -> Account:
    """Return the record of one row that holds an account."""
    return Account(
        row["name"],
        row["shown"],
        Role(row["role"]),
        row["agent"],
        locked=bool(row["locked"]),
        directory=bool(row["directory"]),
    )


def new_account_row(account: Account, secret: str, at: datetime) -> tuple[Any, ...]:
    """Return the values of PUT_ACCOUNT."""
    return (
        account.name,
        account.shown,
        str(account.role),
        account.agent,
        secret,
        instant(at),
        account.directory,
    )


def account_row(row: Mapping[str, Any]) -> AccountRow:
    """Return the record of one row with ``sessions`` counted."""
    login = row["last_login"]
    return AccountRow(
        account_of(row),
        aware(row["created_at"]),
        None if login is None else aware(login),
        row["sessions"],
    )


def session_of(row: Mapping[str, Any]) -> Session:
    """Return the record of one row of sessions with its account."""
    return Session(row["key"], account_of(row), aware(row["started_at"]), aware(row["used_at"]))


def entry_row(entry: Entry) -> tuple[Any, ...]:
    """Return the values of PUT_ENTRY."""
    role = None if entry.role is None else str(entry.role)
    texts = (entry.address, entry.what, entry.on, entry.detail)
    return (instant(entry.at), entry.who, role, *(text[:MAX_TEXT] for text in texts))


def entry_of(row: Mapping[str, Any]) -> Entry:
    """Return the record of one row of the journal."""
    return Entry(
        at=aware(row["at"]),
        who=row["who"],
        role=None if row["role"] is None else Role(row["role"]),
        address=row["address"],
        what=row["what"],
        on=row["object"],
        detail=row["detail"],
        number=row["number"],
    )
