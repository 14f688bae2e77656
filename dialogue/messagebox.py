"""The message that a caller leaves, from the tone until staff have it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from dialogue.events import SpeechPaused
from dialogue.manager import DialogueManager
from dialogue.message import MessageTaker
from dialogue.plan import Plan
from dialogue.ports import Recogniser


class MessageBox:
    """Takes at most one message at a time. Instants are seconds of the event loop's clock."""

    def __init__(
        self,
        call: str,
        manager: DialogueManager,
        recogniser: Recogniser,
        clock: Callable[[], datetime],
    ) -> None:
        """``clock`` gives the date and time in the town."""
        self._call = call
        self._manager = manager
        self._recogniser = recogniser
        self._clock = clock
        self._taker: MessageTaker | None = None
        self._keeping: asyncio.Task[Plan] | None = None

    @property
    def deadline(self) -> float | None:
        """When the message is over unless something more is said; None when none is taken."""
        return self._taker.deadline if self._taker is not None else None

    @property
    def taking(self) -> bool:
        """Whether a message is being taken."""
        return self._taker is not None

    @property
    def keeping(self) -> bool:
        """Whether a message is being given to staff, which nothing may cut short."""
        return self._keeping is not None and not self._keeping.done()

    def begin(self, now: float, *, speaking: bool) -> None:
        """Take a message from now on; the caller may be ``speaking`` already."""
        self._taker = MessageTaker(self._call, self._recogniser, now)
        if speaking:
            self._taker.speaking_already()

    def speaking(self) -> None:
        """The caller speaks."""
        if self._taker is not None:
            self._taker.speaking()

    def paused(self, event: SpeechPaused) -> bool:
        """Take what was said so far; True when the utterance is to be closed."""
        return self._taker is not None and self._taker.paused(event)

    def discard(self) -> None:
        """Drop the message that is being taken."""
        if self._taker is not None:
            self._taker.discard()
            self._taker = None

    def end(self) -> asyncio.Task[Plan] | None:
        """Give the message to staff: what the caller is told then. None when none was taken."""
        taker, self._taker = self._taker, None
        if taker is None:
            return None
        self._keeping = asyncio.create_task(self._keep(taker))
        return self._keeping

    async def close(self) -> None:
        """Keep what was said before the caller hung up."""
        taker, self._taker = self._taker, None
        if taker is not None and taker.pcm:
            await self._keep(taker)
        if self._keeping is not None:
            await asyncio.wait([self._keeping])

    async def _keep(self, taker: MessageTaker) -> Plan:
        transcript = await taker.transcript()
        return await self._manager.message_left(taker.pcm, transcript, self._clock())
