"""When a resident may be called back: while the service is open, and never early or late.

Instants are aware datetimes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from telephony.reception import CallbackRules

CLOSING_MARGIN = timedelta(minutes=5)
"""No call-back begins so shortly before the service closes."""

_MAX_STEPS = 100


class ServiceHours(Protocol):
    """The opening hours of the services."""

    def is_open(self, service: str, at: datetime) -> bool:
        """True when somebody is there at ``at``."""

    def next_opening(self, service: str, at: datetime) -> datetime | None:
        """Return the first opening that begins after ``at``, None when there is none."""


class CallbackTimes:
    """The instants at which telephones may ring."""

    def __init__(self, rules: CallbackRules, hours: ServiceHours, zone: ZoneInfo) -> None:
        self._rules = rules
        self._hours = hours
        self._zone = zone

    def local(self, at: datetime) -> datetime:
        """Return the instant on the town's clocks."""
        return at.astimezone(self._zone)

    def allowed(self, service: str, at: datetime) -> bool:
        """True when a call-back may begin at ``at``."""
        return self._within_day(at) and self._open_enough(service, at)

    def next_allowed(self, service: str, at: datetime) -> datetime | None:
        """Return the first instant from ``at`` on that is allowed, None when there is none."""
        candidate = at
        for _ in range(_MAX_STEPS):
            local = self.local(candidate)
            if local.time() < self._rules.from_time:
                candidate = self._morning(local)
            elif local.time() >= self._rules.until_time:
                candidate = self._morning(local + timedelta(days=1))
            elif self._open_enough(service, candidate):
                return candidate
            else:
                opening = self._hours.next_opening(service, candidate)
                if opening is None:
                    return None
                candidate = opening
        return None

    def retry(self, service: str, at: datetime, attempts: int) -> datetime | None:
        """Return when to try again after ``attempts`` failed tries, None when that was enough."""
        if attempts > len(self._rules.retries):
            return None
        delay = self._rules.retries[attempts - 1]
        if delay is not None:
            return self.next_allowed(service, at + timedelta(seconds=delay))
        opening = self._hours.next_opening(service, at)
        if opening is None:
            opening = self._morning(self.local(at) + timedelta(days=1))
        return self.next_allowed(service, opening)

    def _within_day(self, at: datetime) -> bool:
        return self._rules.from_time <= self.local(at).time() < self._rules.until_time

    def _open_enough(self, service: str, at: datetime) -> bool:
        return self._hours.is_open(service, at) and self._hours.is_open(
            service, at + CLOSING_MARGIN
        )

    def _morning(self, local: datetime) -> datetime:
        return datetime.combine(local.date(), self._rules.from_time, self._zone)
