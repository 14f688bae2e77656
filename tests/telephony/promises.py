"""A town hall's hours and a call-back, for the tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from telephony.callbackrecord import Callback
from telephony.callbacks import CallbackPolicy
from telephony.callbacksteps import Step
from telephony.callbacktimes import CallbackTimes
from telephony.reception import CallbackRules

PARIS = ZoneInfo("Europe/Paris")


def at(day: int, clock: str) -> datetime:
    """An instant of November 2026: the 2nd is a Monday, winter time."""
    hour, minute = clock.split(":")
    return datetime(2026, 11, day, int(hour), int(minute), tzinfo=PARIS)


@dataclass
class OfficeHours:
    """Monday to Friday, 8:30 to 12:00 and 13:30 to 17:00.

    "jamais" is never open, "veille" always is.
    """

    spans: tuple[tuple[time, time], ...] = (
        (time(8, 30), time(12)),
        (time(13, 30), time(17)),
    )

    def is_open(self, service: str, at: datetime) -> bool:
        local = at.astimezone(PARIS)
        if service in ("jamais", "veille"):
            return service == "veille"
        return local.weekday() < 5 and any(a <= local.time() < b for a, b in self.spans)

    def next_opening(self, service: str, at: datetime) -> datetime | None:
        if service in ("jamais", "veille"):
            return None
        local = at.astimezone(PARIS)
        for offset in range(8):
            day = local.date() + timedelta(days=offset)
            for start, _ in self.spans:
                begin = datetime.combine(day, start, PARIS)
                if begin > at and begin.weekday() < 5:
                    return begin
        return None


def policy(*, texts: bool = True, hours: OfficeHours | None = None) -> CallbackPolicy:
    rules = CallbackRules()
    return CallbackPolicy(rules, CallbackTimes(rules, hours or OfficeHours(), PARIS), texts=texts)


def asked(
    now: datetime,
    *,
    identifier: str = "r1",
    number: str = "+33612345678",
    mobile: bool = True,
    service: str = "etat_civil",
    reason: str = "mon passeport",
    waiting_since: datetime | None = None,
    not_before: datetime | None = None,
) -> Step:
    return policy().request(
        identifier,
        number=number,
        mobile=mobile,
        service=service,
        reason=reason,
        now=now,
        waiting_since=waiting_since,
        not_before=not_before,
    )


def promise(now: datetime, **values: Any) -> Callback:
    return asked(now, **values).keep
