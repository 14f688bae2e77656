"""The pages where an administrator manages accounts: ``/comptes`` and ``/nouveau-compte``.

A password is shown in the answer to what made it, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from console.access import Identity
from console.accountchanges import AccountChanges, Asked, Fields
from console.accounts import AccountError, AccountRow
from console.gate import require, who
from console.login import Accountable
from console.loginpages import MAX_FIELD, PlainPages
from console.roles import ROLE_NAMES, Permission, Role
from console.visits import html

HOME = "/comptes"
NEW = "/nouveau-compte"
NAME = "{id:[a-z0-9][a-z0-9._-]{1,31}}"

ROLE_MEANINGS: Mapping[Role, str] = {
    Role.RECEPTION: "traite les appels, les rappels, les SMS et les messages ; voit les numéros",
    Role.EDITOR: "prépare des changements de la ville, qu’un administrateur publie",
    Role.READER: "voit les appels et la ville, numéros masqués, sans rien y faire",
    Role.ADMIN: "peut tout, dont publier, gérer les comptes et lire le journal",
}
"""In the order in which to offer them."""

_DONE = {
    "modifie": "C’est enregistré. Les sessions de ce compte sont fermées.",
    "verrouille": "Compte verrouillé. Ses sessions sont fermées.",
    "deverrouille": "Compte déverrouillé.",
    "supprime": "Compte supprimé.",
}


class AccountPages:
    """Serves the pages."""

    def __init__(
        self,
        parts: Accountable,
        agents: Callable[[], Mapping[str, str]],
        pages: PlainPages,
        identity: Identity,
    ) -> None:
        """``agents`` returns the names of staff by id."""
        self._parts = parts
        self._agents = agents
        self._pages = pages
        self._identity = identity
        self._changes = AccountChanges(parts, agents)

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the addresses."""
        router.add_get(HOME, self.home)
        router.add_get(NEW, self.new)
        router.add_post(NEW, self.create)
        one = f"{HOME}/{NAME}"
        router.add_get(one, self.one)
        router.add_post(f"{one}/modifier", self.change)
        router.add_post(f"{one}/mot-de-passe", self.new_password)
        router.add_post(f"{one}/verrouiller", self.lock)
        router.add_post(f"{one}/deverrouiller", self.unlock)
        router.add_post(f"{one}/supprimer", self.remove)

    @require(Permission.MANAGE_ACCOUNTS)
    async def home(self, request: web.Request) -> web.Response:
        """All accounts."""
        rows = await self._parts.accounts.rows()
        page = self._pages.render(
            "comptes.html", who(request), lignes=rows, agents=self._agents(), dit=_done(request)
        )
        return html(page)

    @require(Permission.MANAGE_ACCOUNTS)
    async def new(self, request: web.Request) -> web.Response:
        """The form of a new account."""
        return self._new(request, "", Fields("", "", ""))

    @require(Permission.MANAGE_ACCOUNTS, journal="")
    async def create(self, request: web.Request) -> web.Response:
        """Create an account and show its first password."""
        form = await _posted(request)
        name, fields = form.get("nom", ""), _fields(form)
        try:
            account, password = await self._changes.create(self._asked(request), name, fields)
        except AccountError as error:
            return self._new(request, name, fields, error=str(error))
        return await self._one(request, account.name, password=password, created=True)

    @require(Permission.MANAGE_ACCOUNTS)
    async def one(self, request: web.Request) -> web.Response:
        """One account, with what can be done to it."""
        return await self._one(request, request.match_info["id"], said=_done(request))

    @require(Permission.MANAGE_ACCOUNTS, journal="")
    async def change(self, request: web.Request) -> web.Response:
        """Change role, shown name and member of staff."""
        name, fields = request.match_info["id"], _fields(await _posted(request))
        try:
            await self._changes.change(self._asked(request), name, fields)
        except AccountError as error:
            return await self._one(request, name, typed=fields, error=str(error))
        raise web.HTTPSeeOther(f"{HOME}/{name}?fait=modifie")

    @require(Permission.MANAGE_ACCOUNTS, journal="")
    async def new_password(self, request: web.Request) -> web.Response:
        """Make another password and show it."""
        name = request.match_info["id"]
        try:
            password = await self._changes.new_password(self._asked(request), name)
        except AccountError as error:
            return await self._one(request, name, error=str(error))
        return await self._one(request, name, password=password)

    @require(Permission.MANAGE_ACCOUNTS, journal="")
    async def lock(self, request: web.Request) -> web.Response:
        """Let nobody in with an account any more."""
        name = request.match_info["id"]
        try:
            await self._changes.lock(self._asked(request), name)
        except AccountError as error:
            return await self._one(request, name, error=str(error))
        raise web.HTTPSeeOther(f"{HOME}/{name}?fait=verrouille")

    @require(Permission.MANAGE_ACCOUNTS, journal="")
    async def unlock(self, request: web.Request) -> web.Response:
        """Let people in with an account again."""
        name = request.match_info["id"]
        try:
            await self._changes.unlock(self._asked(request), name)
        except AccountError as error:
            return await self._one(request, name, error=str(error))
        raise web.HTTPSeeOther(f"{HOME}/{name}?fait=deverrouille")

    @require(Permission.MANAGE_ACCOUNTS, journal="")
    async def remove(self, request: web.Request) -> web.Response:
        """Forget a locked account."""
        name = request.match_info["id"]
        try:
            await self._changes.remove(self._asked(request), name)
        except AccountError as error:
            return await self._one(request, name, error=str(error))
        raise web.HTTPSeeOther(f"{HOME}?fait=supprime")

    def _asked(self, request: web.Request) -> Asked:
        return Asked(who(request), self._identity.address(request))

    def _new(
        self, request: web.Request, name: str, fields: Fields, *, error: str = ""
    ) -> web.Response:
        page = self._pages.render(
            "compte_nouveau.html",
            who(request),
            nom=name[:MAX_FIELD],
            saisi=fields,
            erreur=error,
            **self._choices(fields.agent),
        )
        return html(page, 409 if error else 200)

    async def _one(
        self,
        request: web.Request,
        name: str,
        *,
        typed: Fields | None = None,
        said: str = "",
        error: str = "",
        password: str = "",
        created: bool = False,
    ) -> web.Response:
        """Return the page of one account, « Page inconnue » where there is none."""
        row = await self._row(name)
        if row is None:
            raise web.HTTPNotFound
        account = row.account
        page = self._pages.render(
            "compte_un.html",
            who(request),
            ligne=row,
            saisi=typed or Fields(account.shown, account.role, account.agent),
            moi=account.name == who(request).account,
            dit=said,
            erreur=error,
            mot_de_passe=password,
            cree=created,
            **self._choices(account.agent),
        )
        return html(page, 409 if error else 200)

    def _choices(self, agent: str) -> Mapping[str, Any]:
        """Return what the fields of an account offer; a member of staff who has left stays."""
        agents = dict(self._agents())
        if agent and agent not in agents:
            agents[agent] = f"{agent} (n’est plus dans accueil.yml)"
        return {"agents": agents, "sens": ROLE_MEANINGS, "noms_roles": ROLE_NAMES}

    async def _row(self, name: str) -> AccountRow | None:
        rows = await self._parts.accounts.rows()
        return next((row for row in rows if row.account.name == name), None)


async def _posted(request: web.Request) -> Mapping[str, str]:
    data = await request.post()
    return {name: value for name, value in data.items() if isinstance(value, str)}


def _fields(form: Mapping[str, str]) -> Fields:
    return Fields(form.get("affiche", ""), form.get("role", ""), form.get("agent", ""))


def _done(request: web.Request) -> str:
    return _DONE.get(request.query.get("fait", ""), "")
