"""When a promised call comes, in spoken French."""

from __future__ import annotations

from datetime import date, datetime, timedelta

_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_SOON = timedelta(minutes=2)
AT_ONCE = "dès qu'un agent est libre"


def when_called(due: datetime | None, now: datetime) -> str:
    """Return what follows « on vous rappelle »: "lundi à partir de 9 heures".

    ``due`` is the earliest instant, None for at once; it is said on the clocks of ``now``.
    """
    if due is None or due <= now + _SOON:
        return AT_ONCE
    local = due.astimezone(now.tzinfo)
    return f"{_day(local.date(), now.date())} à partir de {_hour(local)}"


def _day(day: date, today: date) -> str:
    ahead = (day - today).days
    if ahead == 0:
        return "aujourd'hui"
    if ahead == 1:
        return "demain"
    weekday = _WEEKDAYS[day.weekday()]
    if ahead < 7:
        return weekday
    number = "1er" if day.day == 1 else str(day.day)
    return f"le {weekday} {number} {_MONTHS[day.month - 1]}"


def _hour(instant: datetime) -> str:
    if instant.minute:
        return f"{instant.hour} h {instant.minute:02d}"
    if instant.hour == 0:
        return "minuit"
    return f"{instant.hour} heure{'s' if instant.hour > 1 else ''}"
