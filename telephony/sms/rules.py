"""How many texts may leave, how fast, and how often a hand-over is tried again.

Durations are in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OutboxRules:
    """What the town allows. A limit counts what was agreed to, whatever became of it."""

    per_call: int = 3
    """Texts that one call may ask for."""
    per_number_day: int = 5
    """Texts to one number and day, on the town's clocks."""
    per_hour: int = 100
    """Texts to everybody in one hour of the clock; one more raises the alarm."""
    per_day: int = 500
    """Texts to everybody in one day; one more raises the alarm."""
    retry_delays_s: tuple[float, ...] = (10.0, 30.0, 120.0, 600.0, 1800.0)
    """Waits after a hand-over that failed; the last one repeats until the message expires."""
    lifetime_s: float = 24 * 3600.0
    """A message that has not left by then expires: it would come as a surprise."""
    pace_per_s: float = 5.0
    """Hand-overs begun in one second, over all gateways."""
    in_flight: int = 4
    """Hand-overs at the same time."""
    doubt_s: float = 15 * 60.0
    """How long a report is waited for when nobody can tell whether a hand-over succeeded."""
    settle_s: float = 5.0
    """How long after such a hand-over the gateway is first asked: it may still be on its way."""

    def __post_init__(self) -> None:
        limits = (self.per_call, self.per_number_day, self.per_hour, self.per_day, self.in_flight)
        if min(limits) < 1:
            raise ValueError("limits begin at 1")
        if not self.retry_delays_s or min(self.retry_delays_s) <= 0:
            raise ValueError("the waits between tries are positive, and there is one at least")
        if min(self.lifetime_s, self.pace_per_s, self.doubt_s) <= 0:
            raise ValueError("lifetime, pace and doubt are positive")
        if self.settle_s < 0:
            raise ValueError("nobody is asked before the hand-over")

    def retry_delay_s(self, attempts: int) -> float:
        """Return the wait after that many failed tries (1 or more)."""
        return self.retry_delays_s[min(attempts, len(self.retry_delays_s)) - 1]
