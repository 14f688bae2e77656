"""Server-sent events: what has changed, as HTML for the parts of the page that show it.

A reader that lost its connection says where it stood (``Last-Event-ID``, or ``depuis`` in the
address) and gets what it missed; when that is no longer known, or the core has been restarted, it
gets everything.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from console.boardview import Viewer
from console.gate import LOG_IN, is_still, require
from console.live import LiveBoard
from console.rendering import ALL_REGIONS, REGIONS, Renderer
from console.roles import Permission

HEARTBEAT_S = 10.0
"""A page that hears nothing for some of these connects again."""

GATHER_S = 0.1
"""Changes are gathered for so long: bounds the work that many quick changes make."""

WRITE_LIMIT_S = 20.0
"""A reader that takes nothing for so long is let go."""

RETRY_MS = 1000
MAX_READERS = 100
WALL = frozenset({"mur"})
VIEWS: Mapping[str, frozenset[str]] = {"mur": WALL, "sms": frozenset()}
"""The regions that a page shows; all of the reception page where it is not named."""


class Streams:
    """Serves all readers of the board."""

    def __init__(
        self,
        board: LiveBoard,
        renderer: Renderer,
        viewer: Callable[[web.Request], Viewer],
        clock: Callable[[], datetime],
        *,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        self._board = board
        self._renderer = renderer
        self._viewer = viewer
        self._clock = clock
        self._heartbeat_s = heartbeat_s
        self._wakers: set[asyncio.Event] = set()
        self._closing = False

    async def close(self, _app: web.Application) -> None:
        """Let every reader go; their pages connect again."""
        self._closing = True
        for waker in self._wakers:
            waker.set()

    @require(Permission.SEE_CALLS)
    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one reader until it leaves, logs out, or the console ends."""
        if self._closing or len(self._wakers) >= MAX_READERS:
            raise web.HTTPServiceUnavailable
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        )
        await response.prepare(request)
        waker = asyncio.Event()
        self._wakers.add(waker)
        unsubscribe = self._board.subscribe(waker.set)
        try:
            await self._follow(request, response, waker)
        except (ConnectionError, TimeoutError):
            if request.transport is not None:
                request.transport.abort()
        finally:
            unsubscribe()
            self._wakers.discard(waker)
        return response

    async def _follow(
        self, request: web.Request, response: web.StreamResponse, waker: asyncio.Event
    ) -> None:
        shown = VIEWS.get(request.query.get("vue", ""), ALL_REGIONS)
        number = self._standing(request)
        await self._write(response, f"retry: {RETRY_MS}\n\n")
        first = True
        seconds = asyncio.get_running_loop().time
        known_at = seconds()
        while not self._closing:
            waker.clear()
            if seconds() - known_at >= self._heartbeat_s:
                if not await is_still(request):
                    await self._write(response, LOG_IN)
                    return
                known_at = seconds()
            if first or number != self._board.number:
                number = await self._catch_up(response, self._viewer(request), number, shown)
                first = False
            try:
                async with asyncio.timeout(self._heartbeat_s):
                    await waker.wait()
            except TimeoutError:
                await self._write(response, f"event: pouls\ndata: {self._clock().isoformat()}\n\n")
            else:
                await asyncio.sleep(GATHER_S)

    def _standing(self, request: web.Request) -> int:
        """Return the number of the last change the reader knows; -1: none."""
        text = request.headers.get("Last-Event-ID") or request.query.get("depuis", "")
        epoch, _, number = text.partition(":")
        known = epoch == self._board.epoch and number.isascii() and number.isdigit()
        return int(number[:18]) if known else -1

    async def _catch_up(
        self, response: web.StreamResponse, viewer: Viewer, number: int, shown: frozenset[str]
    ) -> int:
        changes = self._board.changes_since(number)
        reached, cursor = self._board.number, self._renderer.cursor
        whole = changes is None
        regions = set(ALL_REGIONS) if changes is None else set[str]()
        for change in changes or ():
            regions |= REGIONS[change.kind]
        if shown is WALL:
            regions = set(WALL) if regions else regions
        now = self._clock()
        data: dict[str, Any] = {
            "complet": whole,
            "maintenant": now.isoformat(),
            "regions": await self._renderer.regions(regions & shown, viewer, now),
            "details": sorted({change.call for change in changes or () if change.call}),
            "textes": whole or any(change.kind == "texts" for change in changes or ()),
        }
        body = json.dumps(data, ensure_ascii=False)
        await self._write(response, f"id: {cursor}\nevent: maj\ndata: {body}\n\n")
        return reached

    async def _write(self, response: web.StreamResponse, text: str) -> None:
        async with asyncio.timeout(WRITE_LIMIT_S):
            await response.write(text.encode())
