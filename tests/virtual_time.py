"""An event loop whose clock jumps to the next timer: a minute of conversation in milliseconds."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any


class _InstantSelector(selectors.SelectSelector):
    """Never sleeps; tells the loop how long it would have slept."""

    def __init__(self) -> None:
        super().__init__()
        self.slept = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is not None and timeout > 0:
            self.slept += timeout
        elif timeout is None:
            raise RuntimeError("the loop waits for ever: nothing is scheduled")
        return super().select(0)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Starts at 1000 s, so that a forgotten zero shows."""

    def __init__(self) -> None:
        self._instant = _InstantSelector()
        super().__init__(self._instant)

    def time(self) -> float:
        return 1000.0 + self._instant.slept


def run(coroutine: Any) -> Any:
    """Run one coroutine to its end on a virtual clock."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(coroutine)
