"""Hands queued messages to the gateways: at their pace, a few at a time, each one once.

The order of things is what makes a crash harmless: SENDING is on disk before a gateway is called,
and its answer is on disk before anything else is done with the message.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial

from telephony.sms import policy
from telephony.sms.doubts import Doubts
from telephony.sms.gateway import (
    Gateway,
    GatewayDoubtError,
    GatewayDownError,
    GatewayRefusedError,
)
from telephony.sms.model import Text
from telephony.sms.rules import OutboxRules
from telephony.sms.store import Step, Store
from telephony.sms.waits import ANSWER_MAX_S, until
from telephony.sms.ways import Way, Ways

BATCH = 50
"""Messages in memory at a time."""

STOP_GRACE_S = 3.0
"""How long hand-overs under way may still take when the sender is stopped."""

TROUBLE_PAUSE_S = 5.0
"""Pause after the disk or something unforeseen has failed."""

SILENT = "la passerelle n'a pas répondu"
UNFORESEEN = "erreur inattendue de la passerelle"

log = logging.getLogger(__name__)


class Sender:
    """Owns every hand-over. Its owner starts and closes the gateways around :meth:`run`.

    Without a gateway nothing is handed over and nothing expires: what waits goes out when one is
    configured, unless it is too old by then.
    """

    def __init__(
        self,
        store: Store,
        gateways: Sequence[Gateway],
        rules: OutboxRules,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._ways = Ways(gateways, rules)
        self._rules = rules
        self._clock = clock
        self._freed = asyncio.Event()
        self._doubts = Doubts(store, self._ways, rules, clock, self._freed)
        self._slots = asyncio.Semaphore(rules.in_flight)
        self._hand_overs: set[asyncio.Task[None]] = set()
        self._next_start = 0.0

    def errors(self) -> dict[str, str]:
        """Return by name why gateways do not work at the moment, in French."""
        return self._ways.errors()

    async def run(self) -> None:
        """Hand over until cancelled; then let what is under way end, for a moment.

        Only one may run on the same messages.
        """
        await self._once(self._doubts.found_after_start)
        asking = asyncio.create_task(self._for_ever(self._doubts.settle))
        try:
            if len(self._ways):
                await self._for_ever(self._hand_over)
            await asking
        finally:
            asking.cancel()
            await self._finish()
            await asyncio.gather(asking, return_exceptions=True)

    async def _once(self, step: Callable[[], Awaitable[None]]) -> None:
        """Do one step, however often the disk fails."""
        while True:
            try:
                return await step()
            except Exception:
                log.exception("text messages cannot be handed over now")
                await asyncio.sleep(TROUBLE_PAUSE_S)

    async def _for_ever(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self._once(step)

    async def _hand_over(self) -> None:
        """Begin what is due, or wait until something is."""
        self._store.arrivals.clear()
        self._freed.clear()
        now = self._clock()
        while await self._store.expire(now):
            pass
        if self._ways.pick(now) is None:
            await until(self._freed, self._ways.next_free(), self._clock)
            return
        texts = await self._store.due(now, BATCH)
        for text in texts:
            if not await self._begin(text):
                return
        if not texts:
            await until(self._store.arrivals, await self._store.next_due(now), self._clock)

    async def _begin(self, text: Text) -> bool:
        """Take one message in hand; False when no gateway is free for it."""
        await self._slots.acquire()
        try:
            await self._paced()
        except asyncio.CancelledError:
            self._slots.release()
            raise
        way = self._ways.pick(self._clock())
        if way is None:
            self._slots.release()
            return False
        begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._deliver(text.id, way, begun))
        self._hand_overs.add(task)
        task.add_done_callback(self._ended)
        await asyncio.shield(begun)
        return True

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._hand_overs.discard(task)
        self._slots.release()
        self._freed.set()

    async def _paced(self) -> None:
        loop = asyncio.get_running_loop()
        if self._next_start > loop.time():
            await asyncio.sleep(self._next_start - loop.time())
        interval = 1.0 / self._rules.pace_per_s
        self._next_start = max(self._next_start, loop.time() - interval) + interval

    async def _deliver(self, identifier: str, first: Way, begun: asyncio.Future[None]) -> None:
        try:
            text = await self._store.change(
                identifier, lambda found: policy.begin(found, first.name, self._clock())
            )
        except Exception as error:
            begun.set_exception(error)
            return
        begun.set_result(None)
        way: Way | None = first
        tried: list[str] = []
        while text is not None and way is not None:
            tried.append(way.name)
            with way.in_use():
                step, following = await self._attempt(text, way, tried)
            text, way = await self._record(text.id, step), following

    async def _attempt(self, text: Text, way: Way, tried: Sequence[str]) -> tuple[Step, Way | None]:
        """Call the gateway; return what becomes of the message, and who is called next."""
        try:
            async with asyncio.timeout(ANSWER_MAX_S):
                taken = await way.gateway.send(text)
        except GatewayDownError as error:
            way.failed(str(error), self._clock())
            return self._not_taken(str(error), tried)
        except GatewayRefusedError as error:
            way.worked()
            return partial(policy.refused, error=str(error), now=self._clock()), None
        except Exception as error:
            return self._in_doubt(way, error), None
        way.worked()
        return (
            partial(
                policy.accepted,
                gateway=way.name,
                gateway_id=taken.gateway_id,
                now=self._clock(),
            ),
            None,
        )

    def _not_taken(self, error: str, tried: Sequence[str]) -> tuple[Step, Way | None]:
        now = self._clock()
        other = self._ways.pick(now, tried)
        if other is None:
            return partial(policy.down, error=error, now=now, rules=self._rules), None
        return partial(policy.redirected, gateway=other.name, now=now), other

    def _in_doubt(self, way: Way, error: Exception) -> Step:
        if isinstance(error, GatewayDoubtError):
            told = str(error)
        elif isinstance(error, TimeoutError):
            told = SILENT
        else:
            told = UNFORESEEN
            log.error("gateway %s failed unforeseen", way.name, exc_info=error)
        now = self._clock()
        way.failed(told, now, silent=True)
        return partial(policy.in_doubt, error=told, now=now, rules=self._rules)

    async def _record(self, identifier: str, step: Step) -> Text | None:
        """Keep the answer, however long the disk fails: nobody else knows it."""
        while True:
            try:
                text = await self._store.change(identifier, step)
            except Exception:
                log.exception("the answer of a gateway cannot be kept")
                await asyncio.sleep(TROUBLE_PAUSE_S)
            else:
                if text is not None and text.doubtful:
                    self._doubts.news.set()
                return text

    async def _finish(self) -> None:
        if not self._hand_overs:
            return
        _, late = await asyncio.wait(self._hand_overs, timeout=STOP_GRACE_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
