"""Who asks: by session, by the token of this machine's programs, or, on loopback, whoever is here.

Two ways, chosen in the settings. With accounts, people log in. Without, the console must listen on
loopback only; whoever sits at the machine may then do everything, as they may already with the
files of the town.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from common import logs
from console.audit import Journal
from console.login import Accountable
from console.roles import Role, Who
from console.sessions import COOKIE, SECURE_COOKIE, Session, SessionLimits, Sessions, key_of
from console.visits import COOKIE as AGENT_COOKIE

LOCAL_NAME = "Console locale"
MACHINE = Who("", "Programme de cette machine", Role.READER)
_RELAYED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "Via")
_SESSION = web.RequestKey("session", Session)


class LocalIdentity:
    """Without log-in: who is at this machine is an administrator."""

    def __init__(self, name_of: Callable[[str], str | None]) -> None:
        """``name_of`` returns the name of a member of staff by id, None when there is none."""
        self._name_of = name_of

    async def identify(self, request: web.Request) -> Who | None:
        """Return the one person there is; None for what a web server passes on to us."""
        if is_relayed(request):
            return None
        agent = request.cookies.get(AGENT_COOKIE, "")
        name = self._name_of(agent)
        return Who("", name or LOCAL_NAME, Role.ADMIN, agent if name else "")

    def address(self, request: web.Request) -> str:
        """Return where the request comes from."""
        return request.remote or ""

    def is_machine(self, request: web.Request) -> bool:
        """Tell whether a program of this machine asks."""
        return not is_relayed(request)


@dataclass(frozen=True)
class AccountIdentity:
    """With log-in."""

    sessions: Sessions
    limits: SessionLimits
    clock: Callable[[], datetime]
    machine_token: str = ""
    """What programs of this machine send as « Authorization: Bearer »; empty: none may."""

    async def identify(self, request: web.Request) -> Who | None:
        """Return whose session the request belongs to; a live stream does not keep it alive."""
        if self._has_token(request):
            return MACHINE
        session = await self._session(request)
        if session is None:
            return None
        request[_SESSION] = session
        now = self.clock()
        if session.to_touch(now) and not is_stream(request):
            await self._touch(session, now)
        return session.account.who()

    def address(self, request: web.Request) -> str:
        """Return where the request comes from; a web server on this machine may tell us."""
        peer = request.remote or ""
        if not _is_loopback(peer):
            return peer
        told = request.headers.getall("X-Forwarded-For", [])
        last = ",".join(told).rpartition(",")[2].strip()
        return last if _is_address(last) else peer

    def is_machine(self, request: web.Request) -> bool:
        """Tell whether a program of this machine asks, as far as can be seen."""
        return _is_here(request) and not is_relayed(request)

    async def _touch(self, session: Session, now: datetime) -> None:
        try:
            await self.sessions.touch(session.key, now)
        except Exception:
            # A full disk must not keep staff from the calls.
            logs.get().exception("session_not_written")

    def _has_token(self, request: web.Request) -> bool:
        sent = request.headers.get("Authorization", "").encode()
        return bool(self.machine_token) and hmac.compare_digest(
            sent, f"Bearer {self.machine_token}".encode()
        )

    async def _session(self, request: web.Request) -> Session | None:
        key = key_of(token_of(request))
        session = await self.sessions.find(key) if key else None
        if session is None or session.is_over(self.clock(), self.limits):
            return None
        return session


Identity = LocalIdentity | AccountIdentity


@dataclass(frozen=True)
class Access:
    """Who gets in, and what is written down."""

    accounts: Accountable | None = None
    """None: nobody logs in."""
    journal: Journal | None = None


OPEN = Access()


def session_of(request: web.Request) -> Session | None:
    """Return the session of a request that passed the gate."""
    return request.get(_SESSION)


def token_of(request: web.Request) -> str:
    """Return what the browser holds; empty: nothing."""
    cookies = request.cookies
    return cookies.get(SECURE_COOKIE) or cookies.get(COOKIE, "")


def is_stream(request: web.Request) -> bool:
    """Tell whether a page's script, rather than a person, keeps this request open."""
    return "text/event-stream" in request.headers.get("Accept", "")


def is_relayed(request: web.Request) -> bool:
    """Tell whether a web server says that it passes on somebody else's request."""
    return any(name in request.headers for name in _RELAYED)


def is_https(request: web.Request) -> bool:
    """Tell whether the browser speaks HTTPS: its form says so, or the web server before us."""
    headers = request.headers
    return (
        headers.get("Origin", "").startswith("https://")
        or headers.get("X-Forwarded-Proto", "") == "https"
    )


def _is_loopback(address: str) -> bool:
    return _is_address(address) and ipaddress.ip_address(address).is_loopback


def _is_here(request: web.Request) -> bool:
    """Tell whether the other end of the connection is this machine."""
    here = request.get_extra_info("sockname")
    peer = request.remote or ""
    return _is_loopback(peer) or (isinstance(here, tuple) and here[:1] == (peer,))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
