"""What publishing would change: worked out beside the pages, which do not wait for it."""

from __future__ import annotations

import asyncio
from typing import Any

from console.publishing import Publishing, Review

PATIENCE_S = 0.05
"""How long a page waits for it."""
STALE_S = 10.0
"""Files may be changed on disk without a trace in what is listed."""


class Reviews:
    """Makes one review at a time, and keeps it while nothing changes."""

    def __init__(self, publishing: Publishing) -> None:
        self._publishing = publishing
        self._task: asyncio.Task[Review] | None = None
        self._of: Any = None
        self._at = 0.0

    async def close(self) -> None:
        """Stop working."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def soon(self) -> Review | None:
        """Return the review if it is there at once, else None; it is then in the making."""
        task = await self._current()
        await asyncio.wait({task}, timeout=PATIENCE_S)
        return task.result() if task.done() else None

    async def whole(self) -> Review:
        """Return the review; whoever stops waiting does not stop it."""
        return await asyncio.shield(await self._current())

    async def _current(self) -> asyncio.Task[Review]:
        of = await self._state()
        now = asyncio.get_running_loop().time()
        task = self._task
        if task is None or of != self._of or (task.done() and self._is_useless(task, now)):
            if task is not None:
                task.cancel()
            task = self._task = asyncio.create_task(self._publishing.review())
            task.add_done_callback(self._finished)
            self._of = of
        return task

    def _finished(self, task: asyncio.Task[Review]) -> None:
        if not task.cancelled():
            self._at = task.get_loop().time()
            task.exception()

    def _is_useless(self, task: asyncio.Task[Review], now: float) -> bool:
        return task.cancelled() or task.exception() is not None or now - self._at > STALE_S

    async def _state(self) -> Any:
        """Return what the review depends on, as far as it is cheap to know."""
        files = await self._publishing.files()
        changed = [(f.path, f.state, f.author, f.at) for f in files if f.state != "same"]
        progress = self._publishing.progress()
        return changed, progress.outcome, progress.version, self._publishing.serving().version
