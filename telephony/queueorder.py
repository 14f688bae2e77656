"""Who is next, how long it may take, and when it is worth saying. Durations are in seconds."""

from __future__ import annotations

import math
from dataclasses import dataclass

from telephony.queueactions import AnnouncementKind, WaitEstimate
from telephony.reception import Priority

AGEING_STEPS = (1, 2, 4)
"""Multiples of the ageing time after which a call ranks one class higher."""

KNOWN_AFTER = 3
"""Handled calls after which their mean is believed."""

_WEIGHT = 0.2
SAYABLE_MINUTES = (1, 2, 3, 4, 5, 10, 15, 20, 30)
_PATIENCE = 4


def rank(priority: Priority, waited_s: float, ageing_s: float) -> Priority:
    """Return the class of a call: waiting raises it step by step, in the end to the highest.

    Within one class whoever came first is first, so nobody waits for ever.
    """
    steps = sum(waited_s >= step * ageing_s for step in AGEING_STEPS)
    return Priority(max(priority, min(Priority.URGENT, Priority.NORMAL + steps)))


@dataclass(frozen=True)
class HandlingTime:
    """Moving average of what one call costs an agent, the writing-up included."""

    mean_s: float = 0.0
    count: int = 0

    def after(self, handled_s: float) -> HandlingTime:
        """Return the average with one more call."""
        weight = max(_WEIGHT, 1 / (self.count + 1))
        return HandlingTime(self.mean_s + weight * (handled_s - self.mean_s), self.count + 1)

    def known(self, usual_s: float | None) -> float | None:
        """Return the mean, else what the town assumes, else None."""
        return self.mean_s if self.count >= KNOWN_AFTER else usual_s


def estimate(ahead: float, agents: int, free: int, handling_s: float | None) -> WaitEstimate | None:
    """Return the wait of a call with ``ahead`` calls before it, None when it is not known.

    Busy agents become free one after the other, every ``handling_s / agents`` on average.
    """
    if agents <= 0:
        return None
    if free > ahead:
        return WaitEstimate(1)
    if handling_s is None:
        return None
    return rounded((ahead - free + 1) * handling_s / agents)


def rounded(wait_s: float) -> WaitEstimate:
    """Round a wait up to what people say; beyond half an hour only "more than" is honest."""
    minutes = math.ceil(wait_s / 60)
    for sayable in SAYABLE_MINUTES:
        if minutes <= sayable:
            return WaitEstimate(sayable)
    return WaitEstimate(SAYABLE_MINUTES[-1], more=True)


@dataclass(frozen=True)
class Said:
    """What a caller was last told, and how often an announcement has been passed over since."""

    position: int
    wait: WaitEstimate | None
    passed_over: int = 0


def worth_saying(
    said: Said | None, position: int, wait: WaitEstimate | None
) -> AnnouncementKind | None:
    """Return the kind of announcement to make now, or None when nothing much has changed.

    Silence is broken at every fourth occasion anyway: the caller must know not to be forgotten.
    """
    if said is None:
        return "first"
    if position < said.position or _differs(said.wait, wait):
        return "progress"
    return "still" if said.passed_over >= _PATIENCE - 1 else None


def _differs(before: WaitEstimate | None, now: WaitEstimate | None) -> bool:
    if before is None or now is None:
        return now is not None
    if before.more or now.more:
        return before.more != now.more
    return abs(before.minutes - now.minutes) >= max(2, round(0.3 * before.minutes))
