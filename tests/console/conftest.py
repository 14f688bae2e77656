from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientResponse, ClientSession, CookieJar
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser as Chromium

from tests.console.accountscene import Browser, House
from tests.console.chromium import chromium, close_pages
from tests.console.scene import Scene


@dataclass
class Counter:
    """The console over HTTP, as a browser of staff would speak to it."""

    scene: Scene
    session: ClientSession
    url: str

    def be(self, agent: str) -> None:
        self.session.cookie_jar.update_cookies({"callbot_agent": agent})

    async def text(self, path: str, status: int = 200) -> str:
        async with self.session.get(self.url + path) as answer:
            assert answer.status == status
            return await answer.text()

    async def post(self, path: str, **fields: str) -> tuple[int, Any]:
        """Post as the page's script does."""
        headers = {"Sec-Fetch-Site": "same-origin", "Accept": "application/json"}
        async with self.session.post(self.url + path, data=fields, headers=headers) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    scene = await Scene.open(tmp_path)
    server = TestServer(scene.app(names=("callbot.mairie.local",), heartbeat_s=0.2))
    await server.start_server()
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        yield Counter(scene, session, f"http://127.0.0.1:{server.port}")
    await server.close()
    await scene.store.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def module_browser() -> AsyncIterator[Chromium]:
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def browser(module_browser: Chromium) -> AsyncIterator[Chromium]:
    """A browser without any page."""
    yield module_browser
    await close_pages(module_browser)


async def next_event(answer: ClientResponse, kind: str = "maj") -> tuple[str, Any]:
    """Return the id and the data of the next event of that kind."""
    fields: dict[str, str] = {}
    async for raw in answer.content:
        line = raw.decode().rstrip("\n")
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields.get("event") == kind:
            text = fields["data"]
            return fields.get("id", ""), json.loads(text) if kind == "maj" else text
        else:
            fields = {}
    raise AssertionError("the stream ended")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = await House.open(tmp_path)
    yield house
    await house.close()


@pytest.fixture
async def visit(house: House) -> AsyncIterator[Callable[[], Awaitable[Browser]]]:
    """Return new browsers before one console with log-in."""
    server = TestServer(house.app())
    await server.start_server()
    browsers: list[Browser] = []

    async def new() -> Browser:
        browsers.append(Browser(f"http://127.0.0.1:{server.port}"))
        return browsers[-1]

    yield new
    for browser in browsers:
        await browser.session.close()
    await server.close()
