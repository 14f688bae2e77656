"""What the sender needs of the messages kept on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from telephony.sms.model import Text

Step = Callable[[Text], Text | None]
"""What becomes of a message, None for nothing. Called while no other change can happen."""


class Store(Protocol):
    """Messages on disk; everything that was changed is there when the call returns."""

    @property
    def arrivals(self) -> asyncio.Event:
        """Set when a message waits for its hand-over; cleared by the sender."""
        ...

    async def change(self, identifier: str, step: Step, /) -> Text | None:
        """Keep what ``step`` makes of a message; None when it makes nothing, or is unknown."""
        ...

    async def due(self, now: datetime, limit: int, /) -> tuple[Text, ...]:
        """Return messages to hand over now, due first first."""
        ...

    async def interrupted(self, limit: int, /) -> tuple[Text, ...]:
        """Return messages that are being handed over and not in doubt."""
        ...

    async def doubts(self, now: datetime, limit: int, /) -> tuple[Text, ...]:
        """Return messages in doubt of which a gateway is to be asked now."""
        ...

    async def next_due(self, now: datetime, /) -> datetime | None:
        """Return when a message that waits is due or expires, None when none waits."""
        ...

    async def next_doubt(self) -> datetime | None:
        """Return when a gateway is to be asked next, None when nothing is in doubt."""
        ...

    async def expire(self, now: datetime, /) -> int:
        """End a batch of messages that are too old; return how many, 0 when none is left."""
        ...
