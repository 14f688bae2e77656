"""Logging in and out, and changing one's own password. What is said is French."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic

from common import logs
from console.accounts import (
    Account,
    AccountError,
    Accounts,
    account_name,
    fit_to_show,
    is_account_name,
)
from console.audit import Entry, Journal
from console.directory import Directory, DirectoryBusyError, DirectoryError
from console.loginlimits import LoginLimits
from console.passwords import MAX_LENGTH, BusyError, Passwords, refusal
from console.roles import Who
from console.sessions import Session, SessionLimits, Sessions, key_of, new_token

WRONG = "Nom ou mot de passe incorrect."
BUSY = "Trop de connexions à la fois. Réessayez dans quelques secondes."
LOCKED = "Ce compte est verrouillé. Voyez avec l’administrateur."
DOWN = (
    "L’annuaire de la mairie ne répond pas : réessayez dans quelques minutes. Un compte du "
    "callbot lui-même, comme celui de secours, fonctionne toujours."
)
OF_DIRECTORY = "Votre mot de passe est celui de l’annuaire de la mairie : changez-le là."
NO_GROUP = (
    "Votre mot de passe est bon, mais aucun de vos groupes ne donne accès à la console. Voyez avec "
    "l’administrateur."
)
NOT_KEPT = "La connexion n’a pas pu être enregistrée : prévenez l’administrateur."


class LoginRefusedError(Exception):
    """Not let in; the message is for the person, ``wait_s`` how long to wait before a try."""

    def __init__(self, said: str, wait_s: float = 0.0) -> None:
        super().__init__(said)
        self.wait_s = wait_s


class _RefusedError(Exception):
    """What is said to the person, and what the journal keeps of the reason."""

    def __init__(self, said: str, kept: str = "") -> None:
        super().__init__(said)
        self.said = said
        self.kept = kept


class PasswordRefusedError(Exception):
    """The password is not changed; the message is for the person."""


@dataclass(frozen=True)
class Entered:
    """Somebody who was let in."""

    token: str
    asks: Who


@dataclass(frozen=True)
class Accountable:
    """What log-in works with."""

    accounts: Accounts
    sessions: Sessions
    journal: Journal
    passwords: Passwords
    session_limits: SessionLimits
    clock: Callable[[], datetime]
    machine_token: str = ""
    limits: LoginLimits = field(default_factory=LoginLimits)
    seconds: Callable[[], float] = monotonic
    directory: Directory | None = None
    """Asked for the password of whoever has no account of the callbot's own; None: nobody is."""


class LogIn:
    """Lets people in."""

    def __init__(self, parts: Accountable) -> None:
        self._parts = parts

    @property
    def asks_directory(self) -> bool:
        """Tell whether the passwords of the town's directory are of use."""
        return self._parts.directory is not None

    async def log_in(self, name: str, password: str, address: str, *, before: str = "") -> Entered:
        """Start a new session; ``before`` is the token of the one it takes the place of.

        The answer to an account that does not exist takes as long, and says the same.

        Raises:
            LoginRefusedError: wrong, locked, too often, or too many at once.
        """
        parts, wanted = self._parts, account_name(name)[:MAX_LENGTH]
        known = await parts.accounts.account(wanted)
        wait = parts.limits.begin(wanted, address, parts.seconds())
        if wait > 0:
            raise LoginRefusedError(_wait(wait), wait)
        try:
            account = await self._verified(wanted, known, password, address)
        except (BusyError, DirectoryBusyError):
            raise LoginRefusedError(BUSY) from None
        except _RefusedError as error:
            await self._refused(wanted if known else "", address, error.kept)
            raise LoginRefusedError(error.said) from None
        parts.limits.succeeded(wanted, address)
        return Entered(await self._start(account, address, before), account.who())

    async def log_out(self, session: Session) -> None:
        """End a session."""
        await self._parts.sessions.end(session.key)

    async def close_others(self, session: Session) -> int:
        """End all other sessions of the account; return how many."""
        return await self._parts.sessions.end_of(session.account.name, but=session.key)

    async def change_password(
        self, session: Session, old: str, new: str, again: str, address: str
    ) -> str:
        """Change one's own password; return the token of the session that goes on.

        Raises:
            PasswordRefusedError: the old one is wrong, the new one is not accepted, or it is the
                directory's.
        """
        parts, account = self._parts, session.account
        if account.directory:
            raise PasswordRefusedError(OF_DIRECTORY)
        if new != again:
            raise PasswordRefusedError("Les deux nouveaux mots de passe ne sont pas les mêmes.")
        refused = refusal(new, account.name)
        if refused is not None:
            raise PasswordRefusedError(refused)
        wait = parts.limits.begin(account.name, address, parts.seconds())
        if wait > 0:
            raise PasswordRefusedError(_wait(wait))
        try:
            kept = await parts.accounts.secret(account.name)
            if not await parts.passwords.verify(kept, old):
                raise PasswordRefusedError("Le mot de passe actuel n’est pas le bon.")
            secret = await parts.passwords.hash(new)
        except BusyError:
            raise PasswordRefusedError(BUSY) from None
        parts.limits.succeeded(account.name, address)
        entry = self._entry(account.who(), "compte.mot_de_passe", address)
        await parts.accounts.change_secret(account.name, secret, replace(entry, on=account.name))
        token = new_token()
        await parts.sessions.start(key_of(token), account.name, parts.clock())
        return token

    async def _verified(
        self, wanted: str, known: Account | None, password: str, address: str
    ) -> Account:
        """Return the account that a password opens; raises _RefusedError."""
        directory = self._parts.directory
        if directory is not None and (known is None or known.directory):
            account = await self._by_directory(directory, wanted, password, address)
        else:
            account = await self._by_secret(wanted, known, password)
        if account.locked:
            raise _RefusedError(LOCKED, "verrouillé")
        return account

    async def _by_secret(self, wanted: str, known: Account | None, password: str) -> Account:
        parts = self._parts
        kept = await parts.accounts.secret(wanted)
        right = await parts.passwords.verify(kept, password)
        if not right or known is None or kept is None:
            raise _RefusedError(WRONG)
        if not known.locked:
            await self._renew(known, kept, password)
        return known

    async def _by_directory(
        self, directory: Directory, wanted: str, password: str, address: str
    ) -> Account:
        """Ask the directory; nothing is kept of who is not let in."""
        if not is_account_name(wanted) or not password.strip():
            raise _RefusedError(WRONG)
        try:
            member = await directory.member(wanted, password)
        except DirectoryBusyError:
            raise
        except DirectoryError:
            raise _RefusedError(DOWN, "annuaire") from None
        if member is None:
            raise _RefusedError(WRONG)
        if member.role is None:
            raise _RefusedError(NO_GROUP, "aucun groupe")
        account = Account(wanted, fit_to_show(member.shown) or wanted, member.role, directory=True)
        detail = f"{account.role}, annuaire"
        entry = self._entry(account.who(), "compte.cree", address)
        try:
            return await self._parts.accounts.keep_from_directory(
                account, replace(entry, on=wanted, detail=detail)
            )
        except AccountError:
            # Made by an administrator between two steps of this very log-in.
            raise _RefusedError(WRONG) from None

    async def _start(self, account: Account, address: str, before: str) -> str:
        token = new_token()
        try:
            await self._parts.sessions.start(
                key_of(token), account.name, self._parts.clock(), instead_of=key_of(before)
            )
        except Exception as error:
            logs.get().exception("session_not_written")
            raise LoginRefusedError(NOT_KEPT) from error
        await self._keep(self._entry(account.who(), "connexion", address))
        logs.get().info("logged_in", role=str(account.role))
        return token

    async def _renew(self, account: Account, kept: str, password: str) -> None:
        """Keep a hash of today's costs."""
        if self._parts.passwords.is_outdated(kept):
            try:
                secret = await self._parts.passwords.hash(password)
            except BusyError:
                return
            await self._parts.accounts.renew_hash(account.name, kept, secret)

    async def _refused(self, account: str, address: str, why: str = "") -> None:
        """Write a failure down; what was typed is kept only where it names an account."""
        logs.get().warning("login_refused", known=bool(account))
        at = self._parts.clock()
        entry = Entry(at, "", None, address, "connexion.refusee", on=account, detail=why)
        await self._keep(entry)

    async def _keep(self, entry: Entry) -> None:
        try:
            await self._parts.journal.add(entry)
        except Exception:
            # Calls wait: who may get in gets in, also when the disk is full.
            logs.get().exception("journal_not_written", what=entry.what)

    def _entry(self, asks: Who, what: str, address: str) -> Entry:
        return Entry(self._parts.clock(), asks.account, asks.role, address, what)


def _wait(seconds: float) -> str:
    minutes, whole = divmod(int(seconds) + 1, 60)
    time = f"{minutes} min {whole:02} s" if minutes else f"{whole} s"
    return f"Trop d’essais. Réessayez dans {time}."
