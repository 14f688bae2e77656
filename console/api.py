"""The HTTP side of the core: health, figures, history of calls.

Errors are JSON: ``{"erreur": "…"}`` in French.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from aiohttp import web

from console.access import OPEN, Access
from console.adminpages import Admin, add_admin
from console.entrance import Entrance
from console.gate import require, who
from console.guard import Handler, add_headers, host_guard
from console.loginpages import PlainPages
from console.metrics import CONTENT_TYPE, Metrics
from console.pages import start_context
from console.ports import Health, History
from console.reception import Reception, add_reception
from console.roles import Permission
from console.views import call_detail, call_summary
from console.visits import html

MAX_BODY = 16 * 1024
"""Longest request, in bytes."""

MAX_LIMIT = 1000
DEFAULT_LIMIT = 100

_LOST_PLUS = re.compile(r"(T\S+) (\d\d:?\d\d)\Z")
"""An offset whose "+" was not percent-encoded arrives as a space."""


@dataclass(frozen=True)
class Sources:
    """Where the console's answers come from."""

    health: Callable[[], Health]
    history: History
    metrics: Metrics
    restarts: Callable[[], Mapping[str, int]]
    """Restarts by process since the box started."""
    version: str = ""


def create_app(
    sources: Sources,
    address: str,
    names: Iterable[str] = (),
    reception: Reception | None = None,
    access: Access = OPEN,
    admin: Admin | None = None,
) -> web.Application:
    """Return the application; ``address`` is where it will listen, ``names`` its host names.

    With ``reception`` it also has the pages of the staff, with ``admin`` those where the town is
    changed, which need the others. ``access`` says who gets in: by default whoever is at this
    machine.
    """
    names = tuple(names)
    entrance = Entrance(access, names, reception, admin=admin is not None)
    app = web.Application(
        middlewares=[_errors(entrance.pages), host_guard(address, names), entrance.gate.middleware],
        client_max_size=MAX_BODY,
    )
    app.on_response_prepare.append(add_headers)
    entrance.add_to(app.router)
    api = _Api(sources, entrance.pages, reception=reception is not None)
    app.router.add_get("/", api.start)
    app.router.add_get("/healthz", api.health)
    app.router.add_get("/metrics", api.metrics)
    app.router.add_get("/api/calls", api.calls)
    app.router.add_get("/api/calls/{id}", api.call)
    if reception is not None:
        add_reception(app, reception, sources.history, admin=admin is not None)
        if admin is not None:
            add_admin(app, admin)
    return app


async def listen(app: web.Application, address: str, port: int) -> web.AppRunner:
    """Start serving; the caller awaits ``cleanup()`` of what is returned.

    Raises:
        OSError: the port is taken.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, address, port).start()
    except OSError:
        await runner.cleanup()
        raise
    return runner


_ERRORS = {
    403: "demande venue d’un autre site : refusée",
    404: "adresse inconnue",
    413: "demande trop longue",
}


class _BadRequestError(Exception):
    """The query cannot be understood; the message is French."""


class _Api:
    def __init__(self, sources: Sources, pages: PlainPages, *, reception: bool) -> None:
        self._sources = sources
        self._pages = pages
        self._reception = reception

    @require(Permission.SEE_CALLS)
    async def start(self, request: web.Request) -> web.Response:
        calls = await self._sources.history.calls(limit=20)
        asks = who(request)
        context = start_context(
            self._sources.health(),
            calls,
            self._sources.version,
            full=asks.may(Permission.SEE_NUMBERS),
            reception=self._reception,
        )
        return html(self._pages.render("debut.html", asks, **context))

    @require(Permission.PUBLIC)
    async def health(self, _request: web.Request) -> web.Response:
        return web.json_response(
            asdict(self._sources.health()) | {"version": self._sources.version}
        )

    @require(Permission.MACHINE)
    async def metrics(self, _request: web.Request) -> web.Response:
        sources = self._sources
        body = sources.metrics.render(sources.health(), sources.restarts())
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    @require(Permission.SEE_CALLS)
    async def calls(self, request: web.Request) -> web.Response:
        query = request.query
        unknown = set(query) - {"limit", "since", "sip_call_id"}
        if unknown:
            raise _BadRequestError(f"paramètre inconnu : {sorted(unknown)[0]}")
        calls = await self._sources.history.calls(
            limit=_limit(query.get("limit")),
            since=_since(query.get("since")),
            sip_call_id=query.get("sip_call_id"),
        )
        full = who(request).may(Permission.SEE_NUMBERS)
        return web.json_response({"calls": [call_summary(call, full=full) for call in calls]})

    @require(Permission.SEE_CALLS)
    async def call(self, request: web.Request) -> web.Response:
        call = await self._sources.history.call(request.match_info["id"])
        if call is None:
            return web.json_response({"erreur": "appel inconnu"}, status=404)
        return web.json_response(call_detail(call, full=who(request).may(Permission.SEE_NUMBERS)))


def _errors(pages: PlainPages) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Return what answers errors: JSON, and a page to who opens an unknown address."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await _json_errors(request, handler)
        except web.HTTPNotFound:
            if "text/html" in request.headers.get("Accept", ""):
                return html(pages.render("introuvable.html"), 404)
            return web.json_response({"erreur": _ERRORS[404]}, status=404)

    return middleware


async def _json_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except _BadRequestError as error:
        return web.json_response({"erreur": str(error)}, status=400)
    except web.HTTPMethodNotAllowed as error:
        return web.json_response(
            {"erreur": "méthode refusée"}, status=405, headers={"Allow": error.headers["Allow"]}
        )
    except web.HTTPNotFound:
        raise
    except web.HTTPClientError as error:
        said = _ERRORS.get(error.status, "demande refusée")
        return web.json_response({"erreur": said}, status=error.status)
    except web.HTTPServiceUnavailable:
        return web.json_response({"erreur": "service indisponible"}, status=503)


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_LIMIT):
        raise _BadRequestError(f"« limit » doit être un nombre de 1 à {MAX_LIMIT}")
    return int(text)


def _since(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", text.strip()))
    except ValueError as error:
        raise _BadRequestError(
            "« since » doit être une date comme 2026-11-21T08:00:00+01:00"
        ) from error
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)
