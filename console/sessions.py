"""Sessions: what the browser holds, what is kept, when one is over. Pure.

The browser holds a random token; only its hash is kept, so that whoever reads the file can use no
session. A session ends when nobody has used it for a while, when it is old, at log-out, and when
the account's password or role changes or the account goes.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from console.accounts import Account

COOKIE = "callbot_session"
SECURE_COOKIE = "__Host-callbot_session"
"""Behind HTTPS: no other host, and no page without HTTPS, can set one of this name."""

_TOKEN_BYTES = 32
_MAX_TOKEN = 100
TOUCH_EVERY = timedelta(minutes=1)
"""A use is written down no more often than that."""


@dataclass(frozen=True)
class SessionLimits:
    """How long a session lasts."""

    idle: timedelta
    """Without use."""
    whole: timedelta
    """From the log-in, however much it is used."""


@dataclass(frozen=True)
class Session:
    """One browser that is logged in."""

    key: str
    """Hash of its token."""
    account: Account
    started_at: datetime
    used_at: datetime

    def is_over(self, now: datetime, limits: SessionLimits) -> bool:
        """Tell whether it has ended by time."""
        return now - self.used_at >= limits.idle or now - self.started_at >= limits.whole

    def to_touch(self, now: datetime) -> bool:
        """Tell whether this use is to be written down."""
        return now - self.used_at >= TOUCH_EVERY


class Sessions(Protocol):
    """Keeps sessions across restarts."""

    async def start(self, key: str, account: str, at: datetime, *, instead_of: str = "") -> None:
        """Keep a new session; the one that the browser had before ends."""

    async def find(self, key: str) -> Session | None:
        """Return a session, whether over or not, with its account as it is now."""

    async def touch(self, key: str, at: datetime) -> None:
        """Write down that it was used."""

    async def end(self, key: str) -> None:
        """Forget one session."""

    async def end_of(self, account: str, *, but: str = "") -> int:
        """Forget all sessions of an account but one; return how many."""

    async def purge(self, now: datetime, limits: SessionLimits) -> int:
        """Forget the sessions that are over; return how many."""


def new_token() -> str:
    """Return a token of 256 random bits."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def key_of(token: str) -> str:
    """Return what is kept of a token; empty for what cannot be one."""
    if not token or len(token) > _MAX_TOKEN or not token.isascii():
        return ""
    return hashlib.sha256(token.encode()).hexdigest()
