"""Waiting for news or for an instant of the wall clock, whichever is first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

ANSWER_MAX_S = 60.0
"""A gateway that has not answered by then never will."""

LOOK_AGAIN_S = 300.0
"""Longest wait for an instant, so that a clock that was set does not matter for long."""

_SHORTEST_S = 0.001


async def until(news: asyncio.Event, at: datetime | None, clock: Callable[[], datetime]) -> None:
    """Return when ``news`` is set, or at ``at`` when there is one; sometimes earlier."""
    if at is None:
        await news.wait()
        return
    left_s = min(max((at - clock()).total_seconds(), _SHORTEST_S), LOOK_AGAIN_S)
    with suppress(TimeoutError):
        async with asyncio.timeout(left_s):
            await news.wait()
