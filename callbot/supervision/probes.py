"""How to know that a process is ready. A probe never raises: not ready is False."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from callbot.supervision.child import Probe
from common.wire import Channel, Message, WireError

TIMEOUT_S = 5.0


def greets(path: Path, ready: type[Message], accepted: Any) -> Probe:
    """Ready when a connection to the socket is greeted with a ``ready`` message."""

    async def probe() -> bool:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                channel: Channel[Message] = await Channel.connect(path, accepted)
                try:
                    async for message in channel:
                        return isinstance(message, ready)
                    return False
                finally:
                    await channel.close()
        except (OSError, TimeoutError, WireError):
            return False

    return probe


def answers(url: str) -> Probe:
    """Ready when a GET is answered with 200."""

    async def probe() -> bool:
        return await _get(url) is not None

    return probe


def connects(host: str, port: int) -> Probe:
    """Ready when a TCP connection is accepted."""

    async def probe() -> bool:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                _, writer = await asyncio.open_connection(host.strip("[]"), port)
        except (OSError, TimeoutError):
            return False
        writer.close()
        return True

    return probe


OPENING = "l'ouverture des lignes"
"""What the core says it waits for while the supervisor has not opened the public port."""


@dataclass(frozen=True)
class CoreProbes:
    """What the core's ``/healthz`` tells; ``url`` is its address."""

    url: str
    on_wait: Callable[[tuple[str, ...]], None]
    """Called with what the core still waits for, in French."""

    async def listens(self) -> bool:
        """The core answers."""
        return await self._health() is not None

    async def takes_calls(self) -> bool:
        """The core has all that it needs for a call."""
        health = await self._health()
        if health is None:
            return False
        missing = tuple(name for name in health.get("waiting_for", ()) if name != OPENING)
        self.on_wait(missing)
        return not missing and health.get("status") != "draining"

    def has_worker(self, worker: int) -> Probe:
        """Return a probe: this line worker is connected."""

        async def probe() -> bool:
            health = await self._health()
            return health is not None and worker in health.get("workers", ())

        return probe

    async def _health(self) -> dict[str, Any] | None:
        body = await _get(self.url)
        try:
            value = json.loads(body or "null")
        except ValueError:
            return None
        return value if isinstance(value, dict) else None


async def _get(url: str) -> str | None:
    try:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
            return await answer.text() if answer.status == 200 else None
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
        return None
