"""The door of every page: who asks, whether the role allows it, what is written in the journal.

Each handler says with :func:`require` what it needs; one that says nothing is refused to everybody.
Static files of ours are public. What changes something is only accepted from a page of ours
(:func:`console.guard.is_same_origin`), and is written in the journal once it is done.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from urllib.parse import quote

from aiohttp import web
from aiohttp.web_urldispatcher import StaticResource

from common import logs
from console.audit import Entry, Journal
from console.guard import Handler, is_same_origin
from console.roles import Permission, Who

LOGIN = "/connexion"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LOG_IN = f"event: connexion\ndata: {LOGIN}\n\n"
"""What a live stream tells a page whose reader is not, or no longer, logged in."""
_WHO = web.RequestKey("who", Who)
_IDENTITY = web.RequestKey["Identity"]("identity")
_TOLD = web.RequestKey("told", dict[str, str])
_NEEDS = "needs_of_the_console"

F = TypeVar("F", bound=Callable[..., Awaitable[web.StreamResponse]])


@dataclass(frozen=True)
class Needs:
    """What a handler declares."""

    permission: Permission
    journal: str | None = None
    """What the journal calls the action; empty: it is not worth an entry; None: changes nothing."""


class Identity(Protocol):
    """Tells who makes a request."""

    async def identify(self, request: web.Request) -> Who | None:
        """Return who asks; None: nobody that we know."""

    def address(self, request: web.Request) -> str:
        """Return where the request comes from, behind our own web server too."""

    def is_machine(self, request: web.Request) -> bool:
        """Tell whether a program of this machine asks, rather than somebody through a proxy."""


def require(permission: Permission, journal: str | None = None) -> Callable[[F], F]:
    """Declare what a handler needs.

    A handler that changes something names itself for the journal: « sms » with the ``action`` and
    ``id`` of the address becomes the action « sms.renvoyer » on that id. "" keeps it out.
    """

    def declare(handler: F) -> F:
        setattr(handler, _NEEDS, Needs(permission, journal))
        return handler

    return declare


def needs_of(route: web.AbstractRoute) -> Needs | None:
    """Return what a route has declared; None: nothing, so that it is refused."""
    if isinstance(route.resource, StaticResource):
        return Needs(Permission.PUBLIC)
    return getattr(route.handler, _NEEDS, None)


def who(request: web.Request) -> Who:
    """Return who makes a request that passed the gate.

    Raises:
        KeyError: it needs nothing, and nobody is logged in.
    """
    return request[_WHO]


def visitor(request: web.Request) -> Who | None:
    """Return who makes a request, None when nobody is logged in."""
    return request.get(_WHO)


def tell(request: web.Request, *, what: str = "", on: str = "", detail: str = "") -> None:
    """Say more precisely what the journal is to keep of this request; never a caller's words.

    ``what`` replaces the action, or makes one of a page that is only looked at; ``on`` replaces
    the object.
    """
    request[_TOLD].update({k: v for k, v in (("what", what), ("on", on), ("detail", detail)) if v})


async def is_still(request: web.Request) -> bool:
    """Tell whether who makes a long request is still logged in, with the same role."""
    now, then = await request[_IDENTITY].identify(request), visitor(request)
    if now is None or then is None:
        return now is then
    return (now.account, now.role, now.agent) == (then.account, then.role, then.agent)


class Gate:
    """Lets requests through, or not."""

    def __init__(
        self,
        identity: Identity,
        journal: Journal | None,
        names: Iterable[str],
        clock: Callable[[], datetime],
        forbidden: Callable[[Who], str],
    ) -> None:
        """``names`` are our host names; ``forbidden`` makes the page of a refusal."""
        self._identity = identity
        self._journal = journal
        self._names = tuple(names)
        self._clock = clock
        self._forbidden = forbidden

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse, or let through and write down."""
        request[_TOLD] = {}
        request[_IDENTITY] = self._identity
        if request.match_info.http_exception is not None:
            return await handler(request)
        needs = needs_of(request.match_info.route)
        if needs is None:
            logs.get().error("route_without_permission", route=str(request.match_info.route))
            raise web.HTTPForbidden
        if request.method not in _SAFE and not is_same_origin(request, self._names):
            raise web.HTTPForbidden
        refusal = await self._refusal(request, needs)
        if refusal is not None:
            return refusal
        return await self._done(request, handler, needs)

    async def _refusal(self, request: web.Request, needs: Needs) -> web.StreamResponse | None:
        """Return the answer to whoever may not, None for who may."""
        asks = await self._identity.identify(request)
        if asks is not None:
            request[_WHO] = asks
        if needs.permission is Permission.PUBLIC:
            return None
        if needs.permission is Permission.MACHINE and self._identity.is_machine(request):
            return None
        if asks is None:
            return _log_in_first(request)
        if asks.may(needs.permission):
            return None
        await self._keep(request, "acces.refuse", on=request.path)
        if _wants_page(request):
            return _page(self._forbidden(asks), 403)
        return web.json_response({"erreur": NOT_ALLOWED}, status=403)

    async def _done(
        self, request: web.Request, handler: Handler, needs: Needs
    ) -> web.StreamResponse:
        """Carry out; what is done is written down, what fails is not."""
        try:
            response = await handler(request)
        except web.HTTPRedirection:
            await self._write(request, needs)
            raise
        if response.status < 400:
            await self._write(request, needs)
        return response

    async def _write(self, request: web.Request, needs: Needs) -> None:
        if needs.journal or request[_TOLD].get("what"):
            action = request.match_info.get("action")
            what = f"{needs.journal}.{action}" if action else needs.journal or ""
            await self._keep(request, what, on=request.match_info.get("id", ""))

    async def _keep(
        self, request: web.Request, what: str, *, on: str = "", detail: str = ""
    ) -> None:
        asks, told = visitor(request), request[_TOLD]
        if self._journal is None:
            return
        entry = Entry(
            at=self._clock(),
            who=(asks.account or asks.name) if asks else "",
            role=asks.role if asks else None,
            address=self._identity.address(request),
            what=told.get("what", what),
            on=told.get("on", on),
            detail=told.get("detail", detail),
        )
        try:
            await self._journal.add(entry)
        except Exception:
            # It is done already, and callers wait: the page must not fail for its journal.
            logs.get().exception("journal_not_written", what=entry.what)


NOT_ALLOWED = "Votre rôle ne permet pas cette action."
NOT_LOGGED_IN = "Vous n’êtes plus connecté. Rechargez la page pour vous connecter."


def login_address(request: web.Request) -> str:
    """Return the address of the log-in page that leads back to where the request wanted to go."""
    wanted = request.path_qs if request.method in _SAFE else "/"
    return LOGIN if wanted == "/" else f"{LOGIN}?suite={quote(wanted, safe='')}"


def _log_in_first(request: web.Request) -> web.StreamResponse:
    accepted = request.headers.get("Accept", "")
    if "text/event-stream" in accepted:
        # A browser never tells a page's script why a stream was refused.
        return web.Response(text=LOG_IN, content_type="text/event-stream")
    if _wants_page(request):
        raise web.HTTPSeeOther(login_address(request))
    return web.json_response({"erreur": NOT_LOGGED_IN}, status=401)


def _wants_page(request: web.Request) -> bool:
    return "text/html" in request.headers.get("Accept", "")


def _page(text: str, status: int) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8")
