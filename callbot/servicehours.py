"""The opening hours of the services, in the shape that call-backs ask for."""

from __future__ import annotations

from datetime import datetime

from knowledge import hours
from knowledge.town import Town


class TownServiceHours:
    """See :class:`telephony.callbacktimes.ServiceHours`.

    A service that the town no longer has is never open: people decide about its call-backs.
    """

    def __init__(self, town: Town) -> None:
        self._town = town

    def renew(self, town: Town) -> None:
        """Go by the hours of another version."""
        self._town = town

    def is_open(self, service: str, at: datetime) -> bool:
        """True when somebody is there at ``at``."""
        known = service in self._town.services
        return known and hours.is_open(self._town.service_hours(service), at)

    def next_opening(self, service: str, at: datetime) -> datetime | None:
        """Return the first opening that begins after ``at``, None when there is none."""
        if service not in self._town.services:
            return None
        span = hours.next_opening(self._town.service_hours(service), at)
        return span.start if span is not None else None
