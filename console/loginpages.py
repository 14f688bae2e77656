"""The pages of log-in, of one's own account, and of the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from console import labels
from console.access import Identity, is_https, session_of, token_of
from console.audit import ACTIONS, Journal, action_name, role_name
from console.gate import LOGIN, require, tell, visitor, who
from console.login import LogIn, LoginRefusedError, PasswordRefusedError
from console.passwords import MIN_LENGTH
from console.roles import ROLE_NAMES, Permission, Role, Who
from console.sessions import COOKIE, SECURE_COOKIE, Session
from console.visits import html

PAGE_SIZE = 100
MAX_FIELD = 64
_TEMPLATES = Path(__file__).parent / "templates"


class PlainPages:
    """Templates of the pages that need nothing of the calls."""

    def __init__(
        self, town: str, zone: ZoneInfo, clock: Callable[[], datetime], *, links: Iterable[str] = ()
    ) -> None:
        """``links`` name the other pages there are: "ville", "comptes", "journal"."""
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            jour=lambda at: at.astimezone(zone).strftime("%d/%m/%Y"),
            heure=lambda at: at.astimezone(zone).strftime("%H:%M"),
            instant=lambda at: at.astimezone(zone).strftime("%d/%m/%Y %H:%M:%S"),
            iso=lambda at: at.isoformat(),
            mots=labels.in_words,
            chemin=lambda text: quote(text, safe=""),
            action=action_name,
            role=role_name,
        )
        self._environment.globals.update(
            ville=town,
            droits=Permission,
            liens=frozenset(links),
            roles=ROLE_NAMES,
            quand=lambda at: labels.past(at, clock(), zone),
        )

    def render(self, template: str, asks: Who | None = None, **context: Any) -> str:
        """Return one page; ``asks`` is who reads it."""
        return self._environment.get_template(template).render(qui=asks, **context)

    def forbidden(self, asks: Who) -> str:
        """Return the page of what a role does not allow."""
        return self.render("interdit.html", asks)


class LoginPages:
    """Serves ``/connexion`` and ``/compte``."""

    def __init__(self, log_in: LogIn, pages: PlainPages, identity: Identity) -> None:
        self._log_in = log_in
        self._pages = pages
        self._identity = identity

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the addresses."""
        router.add_get(LOGIN, self.form)
        router.add_post(LOGIN, self.enter)
        router.add_post("/deconnexion", self.leave)
        router.add_get("/compte", self.account)
        router.add_post("/compte/mot-de-passe", self.change_password)
        router.add_post("/compte/sessions", self.close_others)

    @require(Permission.PUBLIC)
    async def form(self, request: web.Request) -> web.Response:
        """Ask for name and password; who is logged in goes on to where they wanted to go."""
        asks, wanted = visitor(request), request.query.get("suite", "")
        if asks is not None:
            raise web.HTTPSeeOther(after_login(wanted, asks))
        return self._form(wanted, left="sorti" in request.query)

    @require(Permission.PUBLIC, journal="")
    async def enter(self, request: web.Request) -> web.Response:
        """Let in, or say why not; the journal is written where it is decided."""
        form = await _fields(request)
        name, wanted = form.get("nom", ""), form.get("suite", "")
        try:
            entered = await self._log_in.log_in(
                name,
                form.get("mot_de_passe", ""),
                self._identity.address(request),
                before=token_of(request),
            )
        except LoginRefusedError as error:
            answer = self._form(wanted, name=name[:MAX_FIELD], error=str(error))
            answer.set_status(429 if error.wait_s else 403)
            if error.wait_s:
                answer.headers["Retry-After"] = str(int(error.wait_s) + 1)
            return answer
        found = web.HTTPSeeOther(after_login(wanted, entered.asks))
        _give(found, entered.token, secure=is_https(request))
        raise found

    @require(Permission.OWN_ACCOUNT, journal="deconnexion")
    async def leave(self, request: web.Request) -> web.Response:
        """End the session here and in the browser."""
        session = session_of(request)
        if session is not None:
            await self._log_in.log_out(session)
        found = web.HTTPSeeOther(f"{LOGIN}?sorti")
        _take_back(found)
        raise found

    @require(Permission.OWN_ACCOUNT)
    async def account(self, request: web.Request) -> web.Response:
        """One's own account."""
        done = {"mot-de-passe": "Mot de passe changé.", "sessions": "Autres sessions fermées."}
        return self._account(request, said=done.get(request.query.get("fait", ""), ""))

    @require(Permission.OWN_ACCOUNT, journal="")
    async def change_password(self, request: web.Request) -> web.Response:
        """Change one's own password; every other session ends."""
        form, session = await _fields(request), _own(request)
        try:
            token = await self._log_in.change_password(
                session,
                form.get("actuel", ""),
                form.get("nouveau", ""),
                form.get("encore", ""),
                self._identity.address(request),
            )
        except PasswordRefusedError as error:
            answer = self._account(request, error=str(error))
            answer.set_status(409)
            return answer
        found = web.HTTPSeeOther("/compte?fait=mot-de-passe")
        _give(found, token, secure=is_https(request))
        raise found

    @require(Permission.OWN_ACCOUNT, journal="compte.sessions_fermees")
    async def close_others(self, request: web.Request) -> web.Response:
        """End all sessions of the account but this one."""
        session = _own(request)
        closed = await self._log_in.close_others(session)
        tell(request, on=session.account.name, detail=str(closed))
        raise web.HTTPSeeOther("/compte?fait=sessions")

    def _form(
        self, wanted: str, *, name: str = "", error: str = "", left: bool = False
    ) -> web.Response:
        page = self._pages.render(
            "connexion.html",
            suite=wanted,
            nom=name,
            erreur=error,
            sorti=left,
            ouverte=False,
            annuaire=self._log_in.asks_directory,
        )
        return html(page)

    def _account(self, request: web.Request, *, said: str = "", error: str = "") -> web.Response:
        page = self._pages.render(
            "compte.html",
            who(request),
            session=session_of(request),
            longueur=MIN_LENGTH,
            dit=said,
            erreur=error,
        )
        return html(page)


class OpenPages:
    """Serves the same two addresses where nobody logs in."""

    def __init__(self, pages: PlainPages) -> None:
        self._pages = pages

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the addresses."""
        router.add_get(LOGIN, self.form)
        router.add_get("/compte", self.account)

    @require(Permission.PUBLIC)
    async def form(self, request: web.Request) -> web.Response:
        """Say why somebody behind a web server is not let in."""
        asks = visitor(request)
        if asks is not None:
            raise web.HTTPSeeOther(after_login(request.query.get("suite", ""), asks))
        page = self._pages.render("connexion.html", erreur="", sorti=False, ouverte=True)
        return html(page, 403)

    @require(Permission.OWN_ACCOUNT)
    async def account(self, request: web.Request) -> web.Response:
        """Say that there is no account."""
        page = self._pages.render("compte.html", who(request), session=None, dit="", erreur="")
        return html(page)


class JournalPages:
    """Serves ``/journal``."""

    def __init__(self, journal: Journal, pages: PlainPages) -> None:
        self._journal = journal
        self._pages = pages

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the address."""
        router.add_get("/journal", self.home)

    @require(Permission.SEE_JOURNAL)
    async def home(self, request: web.Request) -> web.Response:
        """One page of the journal, newest first."""
        query = request.query
        author, what = query.get("qui", "").strip()[:MAX_FIELD], query.get("quoi", "")[:MAX_FIELD]
        before = _number(query.get("avant", ""))
        found = await self._journal.page(before=before, limit=PAGE_SIZE + 1, who=author, what=what)
        shown = found[:PAGE_SIZE]
        older = shown[-1].number if len(found) > PAGE_SIZE else None
        page = self._pages.render(
            "journal.html",
            who(request),
            lignes=shown,
            auteur=author,
            quoi=what,
            genres=sorted({action.partition(".")[0] for action in ACTIONS}),
            suite=_address(author, what, older) if older is not None else "",
            debut=_address(author, what) if before is not None else "",
        )
        return html(page)


def after_login(wanted: str, asks: Who) -> str:
    """Return where to go after log-in: an address of ours, whatever a link asks for."""
    ours = wanted.startswith("/") and not wanted.startswith(("//", LOGIN))
    plain = all(" " < character < "\x7f" and character != "\\" for character in wanted)
    if ours and plain:
        return wanted
    return "/accueil" if asks.role is Role.RECEPTION else "/"


async def _fields(request: web.Request) -> dict[str, str]:
    data = await request.post()
    return {name: value for name, value in data.items() if isinstance(value, str)}


def _own(request: web.Request) -> Session:
    """Return the session; a program of this machine has none."""
    session = session_of(request)
    if session is None:
        raise web.HTTPForbidden
    return session


def _give(answer: web.StreamResponse, token: str, *, secure: bool) -> None:
    """Hand the token to the browser, until it is closed."""
    _take_back(answer)
    answer.set_cookie(
        SECURE_COOKIE if secure else COOKIE,
        token,
        path="/",
        httponly=True,
        secure=secure,
        samesite="Lax",
    )


def _take_back(answer: web.StreamResponse) -> None:
    answer.del_cookie(COOKIE, path="/", httponly=True, samesite="Lax")
    answer.del_cookie(SECURE_COOKIE, path="/", secure=True, httponly=True, samesite="Lax")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _address(author: str, what: str, before: int | None = None) -> str:
    query = {"qui": author, "quoi": what, "avant": "" if before is None else str(before)}
    kept = {name: value for name, value in query.items() if value}
    return f"/journal?{urlencode(kept)}" if kept else "/journal"
