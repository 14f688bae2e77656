"""Who gets in to the console, as the settings have it; and the first account."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from callbot.accountstore import AccountStore
from callbot.paths import Paths
from callbot.settings import Console
from common import logs
from console.access import Access
from console.accounts import Account
from console.audit import Entry
from console.login import Accountable
from console.passwords import Passwords, generated
from console.roles import Role
from console.sessions import SessionLimits

if TYPE_CHECKING:
    from callbot.directory import LdapDirectory

TERMINAL = "terminal"
"""The address of what is done from the command line."""

FIRST = Account("admin", "Administrateur", Role.ADMIN)
PURGE_S = 3600.0


class ConsoleAccess:
    """What the core needs of accounts, for as long as it runs."""

    def __init__(
        self, settings: Console, paths: Paths, store: AccountStore, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._clock = clock
        self._limits = SessionLimits(
            timedelta(minutes=settings.inactivite), timedelta(hours=settings.session)
        )
        self._file = paths.console_token
        self._passwords = Passwords() if settings.has_accounts else None
        self._directory = _directory(settings)

    def open(self) -> Access:
        """Return who gets in; with accounts, programs of this machine find their token on disk.

        Raises:
            OSError: the token cannot be written.
        """
        self._file.unlink(missing_ok=True)
        if self._passwords is None:
            return Access(journal=self._store)
        token = secrets.token_urlsafe(32)
        _write_secret(self._file, token)
        parts = Accountable(
            accounts=self._store,
            sessions=self._store,
            journal=self._store,
            passwords=self._passwords,
            session_limits=self._limits,
            clock=self._clock,
            machine_token=token,
            directory=self._directory,
        )
        return Access(parts, self._store)

    async def keep_purged(self) -> None:
        """Forget the sessions that are over, now and every hour, until cancelled."""
        while True:
            await self._store.purge(self._clock(), self._limits)
            await asyncio.sleep(PURGE_S)

    def close(self) -> None:
        """Take the token back."""
        self._file.unlink(missing_ok=True)
        if self._passwords is not None:
            self._passwords.close()
        if self._directory is not None:
            self._directory.close()


def machine_token(paths: Paths) -> str:
    """Return what the console of this machine knows its programs by; empty: it asks for nothing."""
    try:
        return paths.console_token.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


async def has_accounts(paths: Paths) -> bool:
    """Tell whether anybody has an account; raises DatabaseError."""
    store = await AccountStore.open(paths.accounts)
    try:
        return bool(await store.rows())
    finally:
        await store.close()


async def make_first_account(paths: Paths, clock: Callable[[], datetime]) -> str | None:
    """Create the first administrator and return the password; None when there is an account.

    Raises:
        DatabaseError: the file cannot be used.
    """
    store = await AccountStore.open(paths.accounts)
    passwords = Passwords()
    try:
        if await store.rows():
            return None
        password = generated()
        entry = Entry(clock(), "", None, TERMINAL, "compte.cree", on=FIRST.name)
        await store.create(FIRST, await passwords.hash(password), entry)
        logs.get().info("first_account_created")
        return password
    finally:
        passwords.close()
        await store.close()


def _directory(settings: Console) -> LdapDirectory | None:
    if settings.connexion != "annuaire" or settings.annuaire is None:
        return None
    # ldap3 takes long to be read, and most towns have no directory.
    from callbot.directory import LdapDirectory  # noqa: PLC0415

    return LdapDirectory(settings.annuaire)


def _write_secret(file: Path, text: str) -> None:
    """Write a file that only its owner may ever read."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600, exist_ok=False)
    file.write_text(text, "ascii")
