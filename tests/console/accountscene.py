"""A console with log-in, over the real store of accounts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import ClientResponse, ClientSession, CookieJar, web
from yarl import URL

from callbot.accountstore import AccountStore
from console.access import Access
from console.accounts import Account
from console.audit import Entry
from console.directory import Directory
from console.login import Accountable
from console.passwords import Passwords
from console.roles import Role
from console.sessions import SessionLimits
from tests.console.scene import Scene, now

PASSWORD = "un hibou dort au grenier"
TOKEN = "jeton-des-programmes"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}


@dataclass
class Clock:
    """Real time, moved ahead at will."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return now() + self.ahead

    def seconds(self) -> float:
        return self().timestamp()


@dataclass
class House:
    """The scene with its accounts: one of each role, and « marie » who answers the telephone."""

    scene: Scene
    store: AccountStore
    passwords: Passwords
    clock: Clock = field(default_factory=Clock)
    names: tuple[str, ...] = ()
    heartbeat_s: float = 0.05
    directory: Directory | None = None

    @classmethod
    async def open(cls, folder: Path, *, full_numbers: bool = False) -> House:
        scene = await Scene.open(folder, full_numbers=full_numbers)
        store = await AccountStore.open(folder / "comptes.sqlite3")
        house = cls(scene, store, Passwords(memory_kib=8, passes=1))
        for name, role, agent in (
            ("chef", Role.ADMIN, ""),
            ("plume", Role.EDITOR, ""),
            ("marie", Role.RECEPTION, "marie"),
            ("visiteur", Role.READER, ""),
        ):
            await house.add(name, role, agent)
        return house

    async def add(self, name: str, role: Role, agent: str = "") -> None:
        entry = Entry(self.clock(), "", None, "terminal", "compte.cree", on=name)
        secret = await self.passwords.hash(PASSWORD)
        await self.store.create(Account(name, name.capitalize(), role, agent), secret, entry)

    def parts(self) -> Accountable:
        limits = SessionLimits(timedelta(hours=2), timedelta(hours=12))
        return Accountable(
            accounts=self.store,
            sessions=self.store,
            journal=self.store,
            passwords=self.passwords,
            session_limits=limits,
            clock=self.clock,
            machine_token=TOKEN,
            seconds=self.clock.seconds,
            directory=self.directory,
        )

    def app(self) -> web.Application:
        access = Access(self.parts(), self.store)
        return self.scene.app(self.names, self.heartbeat_s, access)

    async def close(self) -> None:
        self.passwords.close()
        await self.store.close()
        await self.scene.store.close()

    async def journal(self) -> list[tuple[str, str, str]]:
        """Return who, what and on what, oldest first, without the accounts of the scene."""
        entries = await self.store.page(before=None, limit=200, who="", what="")
        return [
            (entry.who, entry.what, entry.on)
            for entry in reversed(entries)
            if entry.address != "terminal"
        ]


class Browser:
    """One browser of staff, without script."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = ClientSession(cookie_jar=CookieJar(unsafe=True))

    async def get(self, path: str, headers: Mapping[str, str] = SAME_ORIGIN) -> tuple[int, str]:
        async with self.session.get(
            self.url + path, headers=headers, allow_redirects=False
        ) as answer:
            return answer.status, await self._text(answer)

    async def post(
        self, path: str, headers: Mapping[str, str] = SAME_ORIGIN, **fields: str
    ) -> tuple[int, str]:
        async with self.session.post(
            self.url + path, data=fields, headers=headers, allow_redirects=False
        ) as answer:
            return answer.status, await self._text(answer)

    async def log_in(
        self,
        name: str,
        password: str = PASSWORD,
        wanted: str = "",
        headers: Mapping[str, str] = SAME_ORIGIN,
    ) -> tuple[int, str]:
        return await self.post("/connexion", headers, nom=name, mot_de_passe=password, suite=wanted)

    @property
    def token(self) -> str:
        """What the browser holds."""
        cookies = self.session.cookie_jar.filter_cookies(URL(self.url))
        return "".join(c.value for n, c in cookies.items() if n.endswith("callbot_session"))

    async def _text(self, answer: ClientResponse) -> str:
        if answer.status == 303:
            return answer.headers["Location"]
        if answer.content_type == "application/json":
            return json.dumps(await answer.json(), ensure_ascii=False)
        if answer.content_type.startswith("audio/"):
            return ""
        return re.sub(r"\s+", " ", await answer.text())
