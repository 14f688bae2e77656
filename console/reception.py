"""The reception console: its pages, its live stream and its actions, added to the application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from common import logs
from console.actions import Actions
from console.boardview import Viewer, finished_row
from console.detail import Details
from console.guard import is_same_origin
from console.live import LiveBoard, finished_of
from console.ports import ActionRefusedError, Desk, History, Notes
from console.rendering import Renderer
from console.stream import HEARTBEAT_S, Streams

STATIC = Path(__file__).parent / "static"
COOKIE = "callbot_agent"
COOKIE_DAYS = 90
MAX_FOUND = 50
MAX_QUERY = 100


@dataclass(frozen=True)
class Reception:
    """What the reception pages need."""

    board: LiveBoard
    desk: Desk
    notes: Notes
    services: Mapping[str, str]
    """Identifier to French name, in the order in which to offer them."""
    intents: Mapping[str, str] = field(default_factory=dict)
    """Identifier to French name."""
    places: Mapping[str, str] = field(default_factory=dict)
    """Identifier to French name."""
    town: str = ""
    full_numbers: bool = False
    """Staff see callers' whole numbers."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    heartbeat_s: float = HEARTBEAT_S


def add_reception(
    app: web.Application, reception: Reception, history: History, names: Iterable[str]
) -> None:
    """Add the pages to ``app``; at its start the calls of today come back on the board."""
    pages = _Pages(reception, history, tuple(names))
    router = app.router
    router.add_get("/accueil", pages.home)
    router.add_get("/mur", pages.wall)
    router.add_get("/accueil/direct", pages.streams.serve)
    router.add_get("/accueil/recherche", pages.search)
    router.add_get("/accueil/appels/{id}", pages.detail)
    router.add_post("/accueil/agent", pages.choose_agent)
    router.add_post("/accueil/presence", pages.presence)
    router.add_post("/accueil/appels/{id}/{action}", pages.act)
    router.add_static("/statique", STATIC)
    app.on_startup.append(pages.restore)
    app.on_shutdown.append(pages.streams.close)


class _Pages:
    def __init__(self, reception: Reception, history: History, names: tuple[str, ...]) -> None:
        self._reception = reception
        self._board = reception.board
        self._clock = reception.clock
        self._names = names
        self._renderer = Renderer(
            reception.board, reception.services, reception.intents, reception.places, reception.town
        )
        self._details = Details(reception.board, history, reception.notes)
        self._actions = Actions(
            reception.board, reception.desk, reception.notes, reception.services, reception.clock
        )
        self.streams = Streams(
            reception.board,
            self._renderer,
            self._viewer,
            reception.clock,
            heartbeat_s=reception.heartbeat_s,
        )

    async def restore(self, _app: web.Application) -> None:
        """Bring the ended calls of today back on the board."""
        now = self._clock()
        kept = await self._reception.notes.digests(since=self._midnight(now))
        self._board.restore(kept, now)

    async def home(self, request: web.Request) -> web.Response:
        return await self._home(request)

    async def wall(self, request: web.Request) -> web.Response:
        return _html(self._renderer.page("mur.html", self._viewer(request), self._clock()))

    async def detail(self, request: web.Request) -> web.Response:
        """The part of the page about one call, for the script."""
        call = await self._details.page(request.match_info["id"], self._viewer(request))
        page = self._renderer.render("detail.html", appel=call, maintenant=self._clock())
        return _html(page, 200 if call else 404)

    async def search(self, request: web.Request) -> web.Response:
        """The list of the calls found, for the script."""
        viewer, words = self._viewer(request), _words(request)
        return _html(
            self._renderer.render(
                "regions/trouves.html", trouves=await self._found(words, viewer), recherche=words
            )
        )

    async def choose_agent(self, request: web.Request) -> web.Response:
        """Remember in the browser who works there."""
        form = await self._form(request)
        agent = form.get("agent", "")
        answer = web.HTTPSeeOther("/accueil")
        if agent == "":
            answer.del_cookie(COOKIE, path="/")
        elif self._board.person(agent) is None:
            return await self._home(request, error="Ce nom n’est pas dans la liste.")
        else:
            answer.set_cookie(
                COOKIE,
                agent,
                path="/",
                httponly=True,
                samesite="Strict",
                max_age=COOKIE_DAYS * 86400,
            )
        raise answer

    async def presence(self, request: web.Request) -> web.StreamResponse:
        form = await self._form(request)
        agent = self._viewer(request).agent
        return await self._answer(request, self._actions.presence(form, agent))

    async def act(self, request: web.Request) -> web.StreamResponse:
        call, name = request.match_info["id"], request.match_info["action"]
        form = await self._form(request)
        agent = self._viewer(request).agent
        return await self._answer(request, self._actions.on_call(name, call, form, agent), call)

    async def _answer(
        self, request: web.Request, work: Awaitable[str], call: str | None = None
    ) -> web.StreamResponse:
        script = "application/json" in request.headers.get("Accept", "")
        try:
            said = await work
        except KeyError:
            raise web.HTTPNotFound from None
        except ActionRefusedError as error:
            logs.get().info("action_refused")
            if script:
                return web.json_response({"erreur": str(error)}, status=409)
            return await self._home(request, error=str(error), call_id=call)
        if script:
            return web.json_response({"message": said})
        chosen = f"?appel={quote(call, safe='')}" if call else ""
        raise web.HTTPSeeOther(f"/accueil{chosen}")

    async def _home(
        self, request: web.Request, *, error: str = "", call_id: str | None = None
    ) -> web.Response:
        viewer, now, words = self._viewer(request), self._clock(), _words(request)
        chosen = call_id or request.query.get("appel")
        call = await self._details.page(chosen, viewer) if chosen else None
        page = self._renderer.page(
            "accueil.html",
            viewer,
            now,
            appel=call,
            choisi=chosen or "",
            erreur=error,
            recherche=words,
            trouves=await self._found(words, viewer) if words else None,
        )
        return _html(page, 409 if error else 200)

    async def _found(self, words: str, viewer: Viewer) -> list[object]:
        digests = await self._reception.notes.digests(
            since=self._midnight(self._clock()), words=words, limit=MAX_FOUND
        )
        return [
            finished_row(finished_of(digest), viewer)
            for digest in digests
            if digest.call.ended_at is not None
        ]

    async def _form(self, request: web.Request) -> Mapping[str, str]:
        if not is_same_origin(request, self._names):
            raise web.HTTPForbidden
        data = await request.post()
        return {name: value for name, value in data.items() if isinstance(value, str)}

    def _viewer(self, request: web.Request) -> Viewer:
        agent = self._board.person(request.cookies.get(COOKIE, ""))
        return Viewer(agent, self._reception.full_numbers)

    def _midnight(self, now: datetime) -> datetime:
        today = now.astimezone(self._board.zone).date()
        return datetime.combine(today, time(), self._board.zone)


def _words(request: web.Request) -> str:
    return request.query.get("q", "").strip()[:MAX_QUERY]


def _html(page: str, status: int = 200) -> web.Response:
    return web.Response(
        text=page,
        status=status,
        content_type="text/html",
        charset="utf-8",
        headers={"Referrer-Policy": "same-origin"},
    )
