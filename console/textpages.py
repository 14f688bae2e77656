"""The page of the text messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, get_args
from urllib.parse import urlencode

from aiohttp import web

from console.gate import require
from console.labels import TEXTS
from console.ports import Outbox, TextState
from console.rendering import Renderer
from console.roles import Permission
from console.tasks import Tasks
from console.textview import text_rows
from console.visits import Visits, answer, html, words_of

PAGE_SIZE = 50
STATES: tuple[TextState, ...] = get_args(TextState)
MAX_ID = 100


class TextPages:
    """Serves ``/sms``."""

    def __init__(
        self,
        outbox: Outbox,
        tasks: Tasks,
        renderer: Renderer,
        visits: Visits,
        clock: Callable[[], datetime],
        midnight: Callable[[datetime], datetime],
    ) -> None:
        """``midnight`` returns the start of an instant's day."""
        self._outbox = outbox
        self._tasks = tasks
        self._renderer = renderer
        self._visits = visits
        self._clock = clock
        self._midnight = midnight

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the addresses."""
        router.add_get("/sms", self.home)
        router.add_get("/sms/liste", self.listing)
        router.add_post("/sms/{id}/{action}", self.act)

    @require(Permission.SEE_CALLS)
    async def home(self, request: web.Request) -> web.Response:
        return await self._home(request)

    @require(Permission.SEE_CALLS)
    async def listing(self, request: web.Request) -> web.Response:
        """The part of the page that changes, for the script."""
        return html(self._renderer.render("regions/textes.html", **await self._context(request)))

    @require(Permission.HANDLE_CALLS, journal="sms")
    async def act(self, request: web.Request) -> web.StreamResponse:
        await self._visits.form(request)
        agent = self._visits.actor(request)
        work = self._tasks.on_text(request.match_info["action"], request.match_info["id"], agent)
        return await answer(request, work, lambda said: self._home(request, error=said), "/sms")

    async def _home(self, request: web.Request, *, error: str = "") -> web.Response:
        context = await self._context(request)
        page = self._renderer.render(
            "sms.html", erreur=error, curseur=self._renderer.cursor, **context
        )
        return html(page, 409 if error else 200)

    async def _context(self, request: web.Request) -> dict[str, Any]:
        now, viewer, words = self._clock(), self._visits.viewer(request), words_of(request)
        wanted = [state for state in STATES if state in request.query.getall("etat", [])]
        before = request.query.get("avant", "")[:MAX_ID]
        found = await self._outbox.page(
            words=words, states=wanted, limit=PAGE_SIZE + 1, before=before
        )
        counts = await self._outbox.counts(since=self._midnight(now))
        shown = found[:PAGE_SIZE]
        older = {"avant": shown[-1].id} if len(found) > PAGE_SIZE else None
        return {
            "lecteur": viewer,
            "maintenant": now,
            "recherche": words,
            "etats": wanted,
            "avant": before,
            "passerelle": self._outbox.gateway,
            "textes": text_rows(
                shown,
                full=viewer.full_numbers,
                gateway=self._outbox.gateway,
                handles=viewer.handles,
            ),
            "comptes": [(state, TEXTS[state], counts.get(state, 0)) for state in STATES],
            "total": sum(counts.values()),
            "tous": _address(words, []),
            "filtres": {state: _address(words, [state]) for state in STATES},
            "suite": _address(words, wanted, older) if older else "",
            "debut": _address(words, wanted) if before else "",
        }


def _address(words: str, states: list[TextState], more: dict[str, str] | None = None) -> str:
    query = [("q", words)] if words else []
    query += [("etat", state) for state in states]
    query += list((more or {}).items())
    return f"/sms?{urlencode(query)}" if query else "/sms"
