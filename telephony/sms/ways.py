"""Which gateway gets the next message: the first in order that is not known to be down."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from telephony.sms.gateway import Gateway
from telephony.sms.rules import OutboxRules

PROBE_MAX_S = 60.0
"""A gateway that is down is tried at least so often while messages wait."""


class Way:
    """One gateway, and how it has fared. After a failure it gets one message at a time."""

    def __init__(self, gateway: Gateway, rules: OutboxRules) -> None:
        self.gateway = gateway
        self.error = ""
        """French: why the last hand-over failed; empty while it works."""
        self.busy = 0
        """Hand-overs under way."""
        self.free_at: datetime | None = None
        self._failures = 0
        self._rules = rules

    @property
    def name(self) -> str:
        """As the configuration calls it."""
        return self.gateway.name

    def free(self, now: datetime) -> bool:
        """True when a message may be handed to it."""
        if self.free_at is None:
            return True
        return now >= self.free_at and self.busy == 0

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Count one hand-over while it lasts."""
        self.busy += 1
        try:
            yield
        finally:
            self.busy -= 1

    def worked(self) -> None:
        """It has answered: all is well."""
        self._failures, self.free_at, self.error = 0, None, ""

    def failed(self, error: str, now: datetime, *, silent: bool = False) -> None:
        """It is down, or ``silent``: then every further message might end in doubt, too."""
        self.error = error
        if self.free_at is not None and now < self.free_at:
            return  # several were under way when it failed
        self._failures += 1
        pause = self._rules.retry_delay_s(self._failures)
        if not silent:
            pause = min(pause, PROBE_MAX_S)
        self.free_at = now + timedelta(seconds=pause)


class Ways:
    """The gateways in the order of the configuration."""

    def __init__(self, gateways: Sequence[Gateway], rules: OutboxRules) -> None:
        self._ways = tuple(Way(gateway, rules) for gateway in gateways)

    def __len__(self) -> int:
        return len(self._ways)

    def pick(self, now: datetime, tried: Collection[str] = ()) -> Way | None:
        """Return the way for one message that was ``tried`` by some in vain."""
        open_ways = (way for way in self._ways if way.name not in tried)
        return next((way for way in open_ways if way.free(now)), None)

    def named(self, name: str) -> Way | None:
        """Return the way of a gateway, None when it is configured no longer."""
        return next((way for way in self._ways if way.name == name), None)

    def next_free(self) -> datetime | None:
        """Return when the first one may be tried again; None when that is not a matter of time."""
        times = [way.free_at for way in self._ways if way.free_at is not None and not way.busy]
        return min(times, default=None)

    def errors(self) -> dict[str, str]:
        """Return by name why gateways do not work at the moment."""
        return {way.name: way.error for way in self._ways if way.error}
