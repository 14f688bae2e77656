"""What reaches a conversation: the events of its call in order, and wake-ups."""

from __future__ import annotations

import asyncio

from dialogue.events import Event


class Inbox:
    """Filled by whoever has news, emptied by the conversation alone."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue()

    def post(self, event: Event) -> None:
        """Hand over an event; returns at once."""
        self._queue.put_nowait(event)

    def wake(self) -> None:
        """Have the conversation look at what has become possible."""
        self._queue.put_nowait(None)

    async def next(self, deadline: float | None) -> Event | None:
        """Return the next event; None for a wake-up, or at ``deadline`` on the loop's clock."""
        try:
            async with asyncio.timeout_at(deadline):
                return await self._queue.get()
        except TimeoutError:
            return None
