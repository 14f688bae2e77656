"""Making up our mind: one plan at a time is made in a task, within a bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from dialogue.listening import UserTurn
from dialogue.manager import DialogueManager
from dialogue.plan import Plan
from dialogue.ports import Heard


class Mind:
    """Thinks of one thing at a time. ``changed`` is called when a thought ends."""

    def __init__(
        self,
        manager: DialogueManager,
        limit_s: float,
        clock: Callable[[], datetime],
        changed: Callable[[], None],
    ) -> None:
        """``limit_s`` is how long a turn may be thought about; ``clock`` gives the town's time."""
        self._manager = manager
        self._limit_s = limit_s
        self._clock = clock
        self._changed = changed
        self._task: asyncio.Task[Plan | None] | None = None
        self.turn: UserTurn | None = None
        """What was thought about last; None for something else than a turn."""

    @property
    def busy(self) -> bool:
        """True until the thought is taken or dropped."""
        return self._task is not None

    @property
    def ready(self) -> bool:
        """Whether the thought can be taken."""
        return self._task is not None and self._task.done()

    def answer(self, turn: UserTurn, awaited: str | None) -> None:
        """Make a plan for what the caller said; it may be None for one who waits for a person.

        ``awaited`` is the service that the caller waits for, None for one who talks to us.
        """
        if awaited is None:
            self._think(self._reply(turn.heard), turn)
        else:
            self._think(self._reply_in_queue(turn.heard, awaited), turn)

    def await_plan(self, making: asyncio.Task[Plan]) -> None:
        """Take a plan that is made elsewhere, in a bounded time; dropping it does not stop that."""
        self._think(_of(making), None)

    def take(self) -> Plan | None:
        """Return the plan and forget it; None when there is nothing to be said."""
        task, self._task = self._task, None
        return task.result() if task is not None and not task.cancelled() else None

    def drop(self) -> None:
        """Stop thinking."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _think(self, work: Coroutine[Any, Any, Plan | None], turn: UserTurn | None) -> None:
        self.turn = turn
        self._task = asyncio.create_task(work)
        self._task.add_done_callback(lambda _: self._changed())

    async def _reply(self, heard: Heard) -> Plan:
        try:
            async with asyncio.timeout(self._limit_s):
                return await self._manager.turn(heard, self._clock())
        except TimeoutError:
            return self._manager.incident()

    async def _reply_in_queue(self, heard: Heard, service: str) -> Plan | None:
        try:
            async with asyncio.timeout(self._limit_s):
                return await self._manager.turn_in_queue(heard, service)
        except TimeoutError:
            return None


async def _of(making: asyncio.Task[Plan]) -> Plan:
    return await asyncio.shield(making)
