"""The tasks of the core, and what becomes of it when one of them fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from common import logs

Work: TypeAlias = Coroutine[Any, Any, None]

AGAIN_S = 60.0
"""A service that failed is begun again after this time."""


class Tasks:
    """Work of one call or one person, which ends by itself. A failure is logged, the others go
    on."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()
        self._log = logs.get()

    def passing(self, work: Coroutine[Any, Any, object]) -> None:
        """Run something, whatever comes of it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def close(self) -> None:
        """Cancel all, and wait for their ends."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("task_failed", exc_info=error)


class Upkeep(Tasks):
    """Those of the core, and two kinds more.

    *service*: goes on as long as the core, and calls can do without it for a while: it is begun
    again.
    *vital*: goes on as long as the core, and its state cannot be trusted once it failed: the core
    must stop taking calls and begin anew.
    """

    def __init__(self, failed: Callable[[], None]) -> None:
        """``failed`` is called, maybe more than once, when a vital task has ended."""
        super().__init__()
        self._failed = failed

    def service(self, name: str, begin: Callable[[], Work]) -> None:
        """Run what ``begin`` returns, and again when it fails."""
        self.passing(self._again(name, begin))

    def vital(self, name: str, work: Work) -> None:
        """Run what the core cannot be without."""
        self.passing(self._watched(name, work))

    async def _again(self, name: str, begin: Callable[[], Work]) -> None:
        while True:
            try:
                await begin()
            except Exception:
                self._log.exception("service_failed", service=name)
            else:
                return
            await asyncio.sleep(AGAIN_S)

    async def _watched(self, name: str, work: Work) -> None:
        try:
            await work
        except Exception:
            self._log.exception("vital_task_failed", task=name)
        else:
            self._log.error("vital_task_ended", task=name)
        self._failed()
