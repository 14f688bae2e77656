"""Messages of which nobody knows whether the gateway has them: asked for, never just repeated."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from telephony.sms import policy
from telephony.sms.gateway import Accepted, GatewayDownError
from telephony.sms.model import Text
from telephony.sms.policy import Silence
from telephony.sms.rules import OutboxRules
from telephony.sms.store import Store
from telephony.sms.waits import ANSWER_MAX_S, until
from telephony.sms.ways import Way, Ways

NO_GATEWAY = "cette passerelle n'est plus configurée"

log = logging.getLogger(__name__)


class Doubts:
    """Asks the gateway that may have a message, until it answers or people have to look."""

    def __init__(
        self,
        store: Store,
        ways: Ways,
        rules: OutboxRules,
        clock: Callable[[], datetime],
        answered: asyncio.Event,
    ) -> None:
        self.news = asyncio.Event()
        """Set when a message has come into doubt."""
        self._store = store
        self._ways = ways
        self._rules = rules
        self._clock = clock
        self._answered = answered
        """Set when a gateway has answered a question: it may be used again."""

    async def found_after_start(self) -> None:
        """Doubt every hand-over that the end of the process before has cut."""
        while cut := await self._store.interrupted(self._rules.in_flight):
            for text in cut:
                await self._store.change(
                    text.id,
                    lambda found: policy.in_doubt(
                        found, policy.INTERRUPTED, self._clock(), self._rules
                    ),
                )

    async def settle(self) -> None:
        """Ask what is to be asked now, then wait until there is something to ask."""
        self.news.clear()
        doubts = await self._store.doubts(self._clock(), self._rules.in_flight)
        if doubts:
            async with asyncio.TaskGroup() as group:
                for text in doubts:
                    group.create_task(self._ask(text))
            return
        await until(self.news, await self._store.next_doubt(), self._clock)

    async def _ask(self, text: Text) -> None:
        way = self._ways.named(text.gateway)
        answer: Accepted | Silence | None = "cannot_tell"
        if way is not None:
            answer = await self._answer(way, text)
        await self._store.change(text.id, partial(self._judged, text.gateway, answer))
        if way is not None and not isinstance(answer, str):
            way.worked()
            self._answered.set()

    async def _answer(self, way: Way, text: Text) -> Accepted | Silence | None:
        try:
            async with asyncio.timeout(ANSWER_MAX_S):
                return await way.gateway.find(text)
        except GatewayDownError:
            return "not_reached"
        except Exception as error:
            log.info("gateway %s cannot tell: %s", way.name, type(error).__name__)
            return "cannot_tell"

    def _judged(self, gateway: str, answer: Accepted | Silence | None, text: Text) -> Text | None:
        now = self._clock()
        if isinstance(answer, Accepted):
            return policy.accepted(text, gateway, answer.gateway_id, now)
        if answer is None:
            return policy.never_taken(text, now, self._rules)
        return policy.unanswered(text, answer, now, self._rules)
