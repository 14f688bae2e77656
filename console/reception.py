"""The reception console: its pages, its live stream and its actions, added to the application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from console.actions import Actions
from console.boardview import Viewer, finished_row
from console.detail import CallPage, Details
from console.gate import require, tell, who
from console.live import LiveBoard, Person, finished_of
from console.ports import CallBacks, Desk, History, Notes, Outbox, VoiceMessages
from console.rendering import Renderer
from console.roles import Permission
from console.stream import HEARTBEAT_S, Streams
from console.tasks import Tasks
from console.textpages import TextPages
from console.visits import COOKIE, Visits, answer, html, words_of

STATIC = Path(__file__).parent / "static"
COOKIE_DAYS = 90
MAX_FOUND = 50
MAX_SEEN = 10_000
"""Whole numbers remembered as seen."""
MESSAGE_ID = "[A-Za-z0-9_-]{1,64}"


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
    callbacks: CallBacks | None = None
    """None: no call-back is promised."""
    outbox: Outbox | None = None
    """None: there is no page of text messages."""
    messages: VoiceMessages | None = None
    """None: nobody leaves voice messages."""
    full_numbers: bool = False
    """Staff see callers' whole numbers."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    heartbeat_s: float = HEARTBEAT_S


def add_reception(
    app: web.Application, reception: Reception, history: History, *, admin: bool = False
) -> None:
    """Add the pages to ``app``; at its start the calls of today come back on the board.

    With ``admin`` they lead to the pages that change the town.
    """
    pages = _Pages(reception, history, admin=admin)
    router = app.router
    router.add_get("/accueil", pages.home)
    router.add_get("/mur", pages.wall)
    router.add_get("/accueil/direct", pages.streams.serve)
    router.add_get("/accueil/recherche", pages.search)
    router.add_get("/accueil/appels/{id}", pages.detail)
    router.add_post("/accueil/agent", pages.choose_agent)
    router.add_post("/accueil/presence", pages.presence)
    router.add_post("/accueil/appels/{id}/{action}", pages.act)
    router.add_post("/accueil/rappels/{id}/{action}", pages.act_on_callback)
    router.add_get(f"/accueil/messages/{{id:{MESSAGE_ID}}}.wav", pages.listen)
    router.add_post(f"/accueil/messages/{{id:{MESSAGE_ID}}}/{{action}}", pages.act_on_message)
    if pages.texts is not None:
        pages.texts.add_to(router)
    router.add_static("/statique", STATIC)
    app.on_startup.append(pages.restore)
    app.on_shutdown.append(pages.streams.close)


class _Pages:
    def __init__(self, reception: Reception, history: History, *, admin: bool) -> None:
        self._reception = reception
        self._board = reception.board
        self._clock = reception.clock
        self._seen: dict[tuple[str, str], None] = {}
        self._visits = Visits(reception.board, full_numbers=reception.full_numbers)
        self._renderer = Renderer(
            reception.board,
            reception.services,
            reception.intents,
            reception.places,
            reception.town,
            messages=reception.messages,
            parts=_parts(reception, admin=admin),
        )
        self._details = Details(
            reception.board, history, reception.notes, reception.outbox, reception.messages
        )
        self._actions = Actions(
            reception.board, reception.desk, reception.notes, reception.services, reception.clock
        )
        self._tasks = Tasks(
            reception.board, reception.callbacks, reception.outbox, reception.messages
        )
        self.texts = self._text_pages(reception.outbox) if reception.outbox else None
        self.streams = Streams(
            reception.board,
            self._renderer,
            self._visits.viewer,
            reception.clock,
            heartbeat_s=reception.heartbeat_s,
        )

    async def restore(self, _app: web.Application) -> None:
        """Bring the ended calls of today back on the board."""
        now = self._clock()
        kept = await self._reception.notes.digests(since=self._midnight(now))
        self._board.restore(kept, now)

    @require(Permission.SEE_CALLS)
    async def home(self, request: web.Request) -> web.Response:
        return await self._home(request)

    @require(Permission.SEE_CALLS)
    async def wall(self, request: web.Request) -> web.Response:
        return html(
            await self._renderer.page("mur.html", self._visits.viewer(request), self._clock())
        )

    @require(Permission.SEE_CALLS)
    async def detail(self, request: web.Request) -> web.Response:
        """The part of the page about one call, for the script."""
        viewer = self._visits.viewer(request)
        call = await self._details.page(request.match_info["id"], viewer)
        self._note_number(request, call)
        page = self._renderer.render(
            "detail.html", appel=call, lecteur=viewer, maintenant=self._clock()
        )
        return html(page, 200 if call else 404)

    @require(Permission.SEE_CALLS)
    async def search(self, request: web.Request) -> web.Response:
        """The list of the calls found, for the script."""
        viewer, words = self._visits.viewer(request), words_of(request)
        return html(
            self._renderer.render(
                "regions/trouves.html", trouves=await self._found(words, viewer), recherche=words
            )
        )

    @require(Permission.HANDLE_CALLS, journal="")
    async def choose_agent(self, request: web.Request) -> web.Response:
        """Remember in the browser who works there."""
        form = await self._visits.form(request)
        if who(request).account:
            return await self._home(request, error="Votre compte dit déjà qui vous êtes.")
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

    @require(Permission.HANDLE_CALLS, journal="")
    async def presence(self, request: web.Request) -> web.StreamResponse:
        form = await self._visits.form(request)
        agent = self._visits.actor(request)
        return await self._answer(request, self._actions.presence(form, agent))

    @require(Permission.HANDLE_CALLS, journal="appel")
    async def act(self, request: web.Request) -> web.StreamResponse:
        call, name = request.match_info["id"], request.match_info["action"]
        form = await self._visits.form(request)
        agent = self._visits.actor(request)
        return await self._answer(request, self._actions.on_call(name, call, form, agent), call)

    @require(Permission.HANDLE_CALLS, journal="rappel")
    async def act_on_callback(self, request: web.Request) -> web.StreamResponse:
        return await self._act_on(self._tasks.on_callback, request)

    @require(Permission.HANDLE_CALLS, journal="message")
    async def act_on_message(self, request: web.Request) -> web.StreamResponse:
        return await self._act_on(self._tasks.on_message, request)

    @require(Permission.HANDLE_CALLS, journal="message.ecoute")
    async def listen(self, request: web.Request) -> web.Response:
        """What a resident left after the tone, for a page of ours only."""
        messages = self._reception.messages
        if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise web.HTTPForbidden
        audio = await messages.audio(request.match_info["id"]) if messages else None
        if audio is None or not (audio[:4] == b"RIFF" and audio[8:12] == b"WAVE"):
            raise web.HTTPNotFound
        return web.Response(body=audio, content_type="audio/wav")

    async def _act_on(
        self, action: Callable[[str, str, Person | None], Awaitable[str]], request: web.Request
    ) -> web.StreamResponse:
        """Carry out an action on what is not a call; ``appel`` is the call that was shown."""
        form = await self._visits.form(request)
        agent = self._visits.actor(request)
        work = action(request.match_info["action"], request.match_info["id"], agent)
        return await self._answer(request, work, form.get("appel") or None)

    async def _answer(
        self, request: web.Request, work: Awaitable[str], call: str | None = None
    ) -> web.StreamResponse:
        back = f"/accueil?appel={quote(call, safe='')}" if call else "/accueil"
        return await answer(
            request, work, lambda said: self._home(request, error=said, call_id=call), back
        )

    async def _home(
        self, request: web.Request, *, error: str = "", call_id: str | None = None
    ) -> web.Response:
        viewer, now, words = self._visits.viewer(request), self._clock(), words_of(request)
        chosen = call_id or request.query.get("appel")
        call = await self._details.page(chosen, viewer) if chosen else None
        self._note_number(request, call)
        page = await self._renderer.page(
            "accueil.html",
            viewer,
            now,
            appel=call,
            choisi=chosen or "",
            erreur=error,
            recherche=words,
            trouves=await self._found(words, viewer) if words else None,
        )
        return html(page, 409 if error else 200)

    def _note_number(self, request: web.Request, call: CallPage | None) -> None:
        """Have the journal keep who opened a call with its whole number, once a person."""
        if call is None or not call.whole_number:
            return
        asks = who(request)
        seen = (asks.account or asks.name, call.id)
        if seen not in self._seen:
            self._seen[seen] = None
            tell(request, what="appel.numero", on=call.id)
        while len(self._seen) > MAX_SEEN:
            self._seen.pop(next(iter(self._seen)))

    async def _found(self, words: str, viewer: Viewer) -> list[object]:
        digests = await self._reception.notes.digests(
            since=self._midnight(self._clock()), words=words, limit=MAX_FOUND
        )
        return [
            finished_row(finished_of(digest), viewer)
            for digest in digests
            if digest.call.ended_at is not None
        ]

    def _text_pages(self, outbox: Outbox) -> TextPages:
        return TextPages(
            outbox, self._tasks, self._renderer, self._visits, self._clock, self._midnight
        )

    def _midnight(self, now: datetime) -> datetime:
        today = now.astimezone(self._board.zone).date()
        return datetime.combine(today, time(), self._board.zone)


def _parts(reception: Reception, *, admin: bool) -> list[str]:
    parts = {"rappels": reception.callbacks, "sms": reception.outbox, "ville": admin or None}
    return [name for name, part in parts.items() if part is not None]
