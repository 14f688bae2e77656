"""Accounts: who may log in to the console."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from console.audit import Entry
from console.roles import Role, Who

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}\Z")
MAX_SHOWN = 60


class AccountError(Exception):
    """An account cannot be changed so; the message is French."""


@dataclass(frozen=True)
class Account:
    """One person."""

    name: str
    """To log in with: small letters, digits, « . _ - »."""
    shown: str
    """As people read it."""
    role: Role
    agent: str = ""
    """Id of the member of staff in ``accueil.yml``; empty: none."""
    locked: bool = False
    """Nobody gets in with it."""
    directory: bool = False
    """Password, shown name and role come from the town's directory."""

    def who(self) -> Who:
        """Return the person as the pages know them."""
        return Who(self.name, self.shown, self.role, self.agent)


@dataclass(frozen=True)
class AccountRow:
    """One account in a list."""

    account: Account
    created_at: datetime
    last_login: datetime | None
    sessions: int
    """Kept ones; some may be over."""


class Accounts(Protocol):
    """Keeps accounts. What changes one is kept together with its entry in the journal."""

    async def account(self, name: str) -> Account | None:
        """Return an account."""

    async def secret(self, name: str) -> str | None:
        """Return the hash of an account's password."""

    async def rows(self) -> Sequence[AccountRow]:
        """Return all accounts by name."""

    async def create(self, account: Account, secret: str, entry: Entry) -> None:
        """Keep a new account.

        Raises:
            AccountError: there is one of that name.
        """

    async def change_secret(self, name: str, secret: str, entry: Entry) -> None:
        """Keep another password; every session of the account ends.

        Raises:
            AccountError: there is no such account, or its password is that of the directory.
        """

    async def keep_from_directory(self, account: Account, entry: Entry) -> Account:
        """Keep who got in by the directory; return the account with its agent and its lock.

        An account that is new is created; one whose role has changed has its sessions ended. Only
        these two are written in the journal, the second one as « compte.role ».

        Raises:
            AccountError: the account of that name is not one of the directory.
        """

    async def renew_hash(self, name: str, old: str, new: str) -> None:
        """Keep another hash of the same password."""

    async def update(self, account: Account, entry: Entry) -> None:
        """Give an account another role, shown name or agent; every session of it ends.

        Raises:
            AccountError: there is no such account, it is the last administrator who gets in, or
                its role comes from the directory.
        """

    async def set_locked(self, name: str, locked: bool, entry: Entry) -> None:
        """Let nobody in with an account any more, or again; every session of it ends.

        Raises:
            AccountError: there is no such account, or it is the last administrator who gets in.
        """

    async def remove(self, name: str, entry: Entry) -> None:
        """Forget an account with its sessions.

        Raises:
            AccountError: there is no such account, or it is the last administrator who gets in.
        """


def account_name(text: str) -> str:
    """Return the one form of an account's name, as typed at log-in."""
    return text.strip().casefold()


def is_account_name(name: str) -> bool:
    """Tell whether an account can have that name."""
    return _NAME.match(name) is not None


def fit_to_show(text: str) -> str:
    """Return what can be shown of a name that somebody else keeps; may be empty."""
    return "".join(c for c in text if c.isprintable()).strip()[:MAX_SHOWN].strip()


def checked(account: Account) -> Account:
    """Return an account that can be created.

    Raises:
        AccountError: its names cannot be used.
    """
    if not is_account_name(account.name):
        raise AccountError(
            f"« {account.name} » ne peut pas être un nom de compte : 2 à 32 lettres minuscules "
            "sans accent, chiffres, points ou tirets. Écrivez par exemple « marie.dupont »."
        )
    shown = account.shown.strip()
    if not shown or len(shown) > MAX_SHOWN or not shown.isprintable():
        raise AccountError(
            f"Le nom affiché ne peut pas être employé : 1 à {MAX_SHOWN} caractères, sans retour à "
            "la ligne."
        )
    return replace(account, shown=shown, agent=account.agent.strip())
