"""What every admin page shares: templates, the reading of forms, refusals as pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from multidict import MultiDict

from console import adminlabels, labels
from console.gate import who
from console.roles import Permission
from console.visits import html

TEMPLATES = Path(__file__).parent / "templates"

MAX_FORM = 4_000_000
"""Bytes of a form with a whole file: its letters may take three times their size."""
MAX_FIELDS = 5000
JOURNAL = "/journal"
"""There is none where nobody logs in."""
_REACHED_FROM = {
    "/admin/fichier/": "/admin/contenu",
    "/admin/formulaire/": "/admin/contenu",
    "/admin/nouveau/": "/admin/contenu",
    "/admin/signalees": "/admin/questions",
}

Context = Mapping[str, Any]


class FormTooLongError(Exception):
    """A form is longer than any of ours."""


class Site:
    """Renders the admin pages and reads their forms."""

    def __init__(self, town: str, zone: ZoneInfo, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.zone = zone
        self.sections: tuple[tuple[str, str, Permission], ...] = ()
        """Address, French name and what it needs, of each page of the menu."""
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            pourcent=labels.percent,
            mots=labels.in_words,
            chemin=lambda text: quote(text, safe="/"),
            quand=lambda at: labels.past(at, clock(), zone),
            jour=lambda at: at.astimezone(zone).strftime("%d/%m/%Y"),
            heure=lambda at: at.astimezone(zone).strftime("%H:%M"),
            iso=lambda at: at.isoformat(),
            majuscule=lambda text: text[:1].upper() + text[1:],
        )
        self._environment.globals.update(
            ville=town,
            decisions=labels.DECISIONS,
            genres=adminlabels.KINDS,
            etats=adminlabels.STATES,
            effets=adminlabels.EFFECTS,
            droits=Permission,
            source_vers=adminlabels.file_of_source,
        )

    def render(self, template: str, **context: Any) -> str:
        """Return one template filled in."""
        return self._environment.get_template(template).render(**context)

    def page(
        self, request: web.Request, template: str, status: int = 200, **context: Any
    ) -> web.Response:
        """Return a whole page, with the menu of what the reader may see."""
        asks = who(request)
        path = _section_path(request.path)
        menu = [
            (address, name, path.startswith(address))
            for address, name, needs in self.sections
            if asks.may(needs) and (asks.account or address != JOURNAL)
        ]
        return html(
            self.render(
                template, menu=menu, moi=asks, qui=asks, **({"erreur": "", "dit": ""} | context)
            ),
            status,
        )

    def missing(self, request: web.Request, said: str) -> web.Response:
        """Return the page for what does not exist."""
        return self.page(request, "admin_absent.html", 404, message=said)


def _section_path(path: str) -> str:
    """Return the address in the menu of a page that is reached from there."""
    found = (section for begin, section in _REACHED_FROM.items() if path.startswith(begin))
    return next(found, path)


async def form_of(request: web.Request, limit: int = MAX_FORM) -> MultiDict[str]:
    """Return the text fields of a form, which may be longer than other requests.

    Raises:
        FormTooLongError: it is longer than ``limit`` bytes.
    """
    data = await posted(request, limit)
    return MultiDict(
        (name, value.replace("\r\n", "\n"))
        for name, value in data.items()
        if isinstance(value, str)
    )


async def posted(request: web.Request, limit: int) -> Mapping[str, Any]:
    """Return all fields of a form, files included; raises FormTooLongError."""
    longer = request.clone(client_max_size=limit, client_max_fields=MAX_FIELDS)
    try:
        return await longer.post()
    except web.HTTPRequestEntityTooLarge as error:
        raise FormTooLongError from error


def wants_json(request: web.Request) -> bool:
    """Tell whether the script of a page asks, rather than the browser itself."""
    return "application/json" in request.headers.get("Accept", "")


def author_of(request: web.Request) -> str:
    """Return how a draft or a publication names who made it."""
    asks = who(request)
    return asks.account or asks.name
