"""French public holidays: dates, names as spoken, regional additions."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Literal

import holidays

Region = Literal["metropole", "alsace-moselle"]

_SPOKEN = {
    "Jour de l'an": "le jour de l'An",
    "Vendredi saint": "le Vendredi saint",
    "Lundi de Pâques": "le lundi de Pâques",
    "Fête du Travail": "la fête du Travail",
    "Fête de la Victoire": "le 8 mai",
    "Ascension": "le jeudi de l'Ascension",
    "Lundi de Pentecôte": "le lundi de Pentecôte",
    "Fête nationale": "la fête nationale",
    "Assomption": "le 15 août",
    "Toussaint": "la Toussaint",
    "Armistice": "le 11 Novembre",
    "Noël": "Noël",
    "Saint-Étienne": "la Saint-Étienne",
}


@lru_cache(maxsize=32)
def public_holidays(year: int, region: Region = "metropole") -> dict[date, str]:
    """Return the public holidays of ``year`` and their names as spoken, in date order."""
    subdivision = "57" if region == "alsace-moselle" else None
    calendar = holidays.country_holidays("FR", subdiv=subdivision, years=year, language="fr")
    return {day: _SPOKEN.get(name, name) for day, name in sorted(calendar.items())}


def holiday_name(day: date, region: Region = "metropole") -> str | None:
    """Return the spoken name of the public holiday that ``day`` is, or None."""
    return public_holidays(day.year, region).get(day)


def easter(year: int) -> date:
    """Return Easter Sunday (Gregorian, by the anonymous algorithm)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    leap, mod4 = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap - moon + 15) % 30
    quarter, remainder = divmod(rest, 4)
    weekday = (32 + 2 * mod4 + 2 * quarter - epact - remainder) % 7
    correction = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * correction + 114, 31)
    return date(year, month, day + 1)
