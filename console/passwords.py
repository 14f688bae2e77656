"""Passwords: what is accepted, how they are kept, how the first one is made."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

MIN_LENGTH = 12
MAX_LENGTH = 256
_MIN_DISTINCT = 5
_COMMON = ("motdepasse", "azertyuiop", "qwertyuiop", "123456789", "password", "abcdefgh")
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""Without what is easily mistaken on paper: 32 characters, 5 bits each."""
_GROUPS, _GROUP = 5, 4

MAX_WAITING = 8
"""Verifications in line; more would only wear the machine that answers the telephone."""

T = TypeVar("T")


class BusyError(Exception):
    """Too many passwords are being verified at once."""


def refusal(password: str, account: str) -> str | None:
    """Return in French why a password is not accepted, None when it is."""
    text = normalised(password)
    plain = text.casefold()
    if len(text) < MIN_LENGTH:
        return f"Le mot de passe est trop court : {MIN_LENGTH} caractères au moins."
    if len(text) > MAX_LENGTH:
        return f"Le mot de passe est trop long : {MAX_LENGTH} caractères au plus."
    if account and account.casefold() in plain:
        return "Le mot de passe contient le nom du compte."
    if len(set(plain)) < _MIN_DISTINCT or any(word in plain for word in _COMMON):
        return "Ce mot de passe est trop facile à deviner."
    return None


def generated() -> str:
    """Return a new password of 100 random bits that can be copied from paper."""
    return "-".join(
        "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS)
    )


def normalised(password: str) -> str:
    """Return the one form of a password, whatever keyboard wrote its accents."""
    return unicodedata.normalize("NFKC", password)


class Passwords:
    """Makes and verifies hashes, one at a time in a thread of its own.

    Argon2id with 19 MiB, two passes, one lane: what OWASP's password storage cheat sheet asks for
    at least. More would take memory and cores from the calls whenever somebody guesses.
    """

    def __init__(self, *, memory_kib: int = 19_456, passes: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="passwords")
        self._waiting = 0
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))

    def close(self) -> None:
        """Let the thread go."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """Return what is kept of a password.

        Raises:
            BusyError: too many are in line.
        """
        return await self._run(lambda: self._hasher.hash(normalised(password)))

    async def verify(self, kept: str | None, password: str) -> bool:
        """Tell whether a password is the one that was kept.

        Takes as long for an account that does not exist (``kept`` None).

        Raises:
            BusyError: too many are in line.
        """
        right = await self._run(lambda: self._matches(kept or self._nobody, password))
        return right and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Tell whether a hash was made with other costs than today's."""
        return self._hasher.check_needs_rehash(kept)

    def _matches(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, normalised(password)[: MAX_LENGTH + 1])
        except (Argon2Error, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= MAX_WAITING:
            raise BusyError
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1
