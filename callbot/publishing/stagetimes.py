"""How long the stages of a publication took."""

from __future__ import annotations

import time
from collections.abc import Callable


class StageTimes:
    """Stages, one after the other; ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun: list[tuple[str, float]] = []

    def begin(self, stage: str) -> None:
        """The stage before is over; this one, in French, begins."""
        self._begun.append((stage, self._clock()))

    def told(self) -> str:
        """Return all of it as one French line; the last stage ends now."""
        ends = [*(at for _, at in self._begun[1:]), self._clock()]
        took = [(stage, end - at) for (stage, at), end in zip(self._begun, ends, strict=True)]
        each = ", ".join(f"{stage.lower()} {seconds:.0f} s" for stage, seconds in took)
        return f"En {sum(seconds for _, seconds in took):.0f} s : {each}."
