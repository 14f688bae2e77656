"""A caller that a test drives step by step."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from callbot.testphone.listening import Listener
from telephony.phone_client import PhoneClient, PhoneOptions
from telephony.phone_protocol import Connected, Ended, Heard, PhoneEvent, PlayedOut, ReferPolicy
from tests.harness import WAIT_S
from tests.harness.box import Box

E = TypeVar("E", bound=PhoneEvent)

QUIET_S = 1.5
"""A busy machine may fall silent for a second inside a sentence that it speaks live."""


class Caller:
    """One phone in one call; made by :func:`calling`."""

    def __init__(self, box: Box, phone: PhoneClient) -> None:
        self._box = box
        self.phone = phone
        self.events: list[PhoneEvent] = []
        self.sip_call_id = ""
        self._changed = asyncio.Event()
        self._listener = Listener(QUIET_S)

    async def pump(self) -> None:
        """Take events until the phone ends."""
        async for event in self.phone:
            if isinstance(event, Heard):
                self._listener.feed(event.pcm, event.at)
            else:
                self.events.append(event)
            self._changed.set()

    async def until(self, kind: type[E], seconds: float = WAIT_S) -> E:
        """Return the first event of one kind, past ones included."""
        async with asyncio.timeout(seconds):
            while True:
                for event in self.events:
                    if isinstance(event, kind):
                        return event
                self._changed.clear()
                await self._changed.wait()

    async def connect(self) -> None:
        """Dial and wait for the answer."""
        self.phone.dial(self._box.uri)
        self.sip_call_id = (await self.until(Connected)).sip_call_id

    async def hear(self, seconds: float = WAIT_S) -> list[bytes]:
        """Wait until the other side has spoken and stopped; return what it said."""
        async with asyncio.timeout(seconds):
            while not self._listener.finished(time.monotonic()):
                await asyncio.sleep(0.05)
        heard, self._listener = self._listener.segments(), Listener(QUIET_S)
        return heard

    async def hear_text(self, seconds: float = WAIT_S) -> str:
        """Return what the other side says next, in words."""
        segments = await self.hear(seconds)
        return " ".join([await self._box.recognise(segment) for segment in segments])

    async def say(self, pcm: bytes) -> None:
        """Speak, and wait until all has been said."""
        number = self.phone.play(pcm)
        while True:
            played = await self.until(PlayedOut)
            self.events.remove(played)
            if played.play == number:
                self._listener = self._listener.since(played.speech_at)
                return

    @property
    def ended(self) -> bool:
        """True once the call is over."""
        return any(isinstance(event, Ended) for event in self.events)

    async def hang_up(self) -> None:
        """End the call."""
        if not self.ended:
            self.phone.hangup()
            await self.until(Ended)


@asynccontextmanager
async def calling(box: Box, refer: ReferPolicy = "follow") -> AsyncIterator[Caller]:
    """Yield a caller that is connected to the callbot."""
    async with PhoneClient(PhoneOptions(refer=refer)) as phone:
        caller = Caller(box, phone)
        pump = asyncio.create_task(caller.pump())
        try:
            await caller.connect()
            yield caller
            await caller.hang_up()
        finally:
            pump.cancel()
            with suppress(asyncio.CancelledError):
                await pump
