"""Puts together how people get in: the gate, log-in and the journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from aiohttp import web

from console.access import Access, AccountIdentity, Identity, LocalIdentity
from console.accountpages import AccountPages
from console.gate import Gate
from console.login import LogIn
from console.loginpages import JournalPages, LoginPages, OpenPages, PlainPages
from console.reception import Reception

PARIS = ZoneInfo("Europe/Paris")


class _Adds(Protocol):
    def add_to(self, router: web.UrlDispatcher) -> None: ...


class Entrance:
    """The gate of an application, and the pages before it."""

    def __init__(
        self,
        access: Access,
        names: tuple[str, ...],
        reception: Reception | None,
        *,
        admin: bool = False,
    ) -> None:
        """``names`` are our host names; with ``admin`` there are pages to change the town."""
        clock = _clock(access, reception)
        zone = reception.board.zone if reception else PARIS
        town = reception.town if reception else ""
        links = {
            "ville": admin,
            "comptes": access.accounts is not None,
            "journal": access.journal is not None,
        }
        self.pages = pages = PlainPages(
            town, zone, clock, links=[n for n, here in links.items() if here]
        )
        identity = _identity(access, reception)
        self.gate = Gate(identity, access.journal, names, clock, pages.forbidden)
        self._parts: list[_Adds] = []
        if isinstance(identity, AccountIdentity) and access.accounts is not None:
            parts = access.accounts
            self._parts.append(LoginPages(LogIn(parts), pages, identity))
            self._parts.append(AccountPages(parts, _agents(reception), pages, identity))
        else:
            self._parts.append(OpenPages(pages))
        if access.journal is not None:
            self._parts.append(JournalPages(access.journal, pages))

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the addresses."""
        for part in self._parts:
            part.add_to(router)


def _identity(access: Access, reception: Reception | None) -> Identity:
    parts = access.accounts
    if parts is not None:
        return AccountIdentity(
            parts.sessions, parts.session_limits, parts.clock, parts.machine_token
        )

    def name_of(agent: str) -> str | None:
        person = reception.board.person(agent) if reception else None
        return person.name if person else None

    return LocalIdentity(name_of)


def _agents(reception: Reception | None) -> Callable[[], Mapping[str, str]]:
    """Return what returns the names of staff by id."""

    def names() -> Mapping[str, str]:
        people = reception.board.snapshot().people if reception else ()
        return {person.id: person.name for person in people}

    return names


def _clock(access: Access, reception: Reception | None) -> Callable[[], datetime]:
    if access.accounts is not None:
        return access.accounts.clock
    return reception.clock if reception else lambda: datetime.now(UTC)
