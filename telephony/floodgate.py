"""How many streams may come into being in a short time. No clock and no SIP here.

Each stream that a call offers takes two of the 64 socket handles that pjsip was built with, also
when the call is about to be refused. A handle is free again half a second after its socket was
closed, and pjsip aborts the process when none is left.
"""

from __future__ import annotations

from collections import deque

WINDOW_S = 0.6
MOST = 16
"""Together with those of four calls, and a call more, that have three streams each: 62 handles.
Nobody is let in who offers more."""
AT_ONCE = 5
"""So many are let in together without holding up the one thread of the stack."""


class Floodgate:
    """Counts the streams that come into being. Instants are passed in, in seconds."""

    def __init__(
        self, most: int = MOST, within_s: float = WINDOW_S, at_once: int = AT_ONCE
    ) -> None:
        self._most = most
        self._within_s = within_s
        self._at_once = at_once
        self._passed: deque[float] = deque()

    def passed(self, now: float) -> float:
        """Note a stream; return for how many seconds there must be no other one."""
        self._forget(now)
        self._passed.append(now)
        if len(self._passed) < self._most:
            return 0.0
        return self._passed[-self._most] + self._within_s - now

    def is_open(self, now: float) -> bool:
        """Tell whether there is room for all that may arrive at once."""
        self._forget(now)
        return len(self._passed) + self._at_once <= self._most

    def _forget(self, now: float) -> None:
        while self._passed and self._passed[0] <= now - self._within_s:
            self._passed.popleft()
