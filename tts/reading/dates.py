"""Dates: 21/11/2026, 2026-11-21, 1er janvier, abbreviated months and days."""

from __future__ import annotations

import re

from tts.reading.numbers import cardinal

MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_ANY_MONTH = "|".join(MONTHS)
_ANY_DAY = "|".join(_DAYS)
_DAY_SHORT = {day[:3]: day for day in _DAYS}

_ISO = re.compile(r"(?<![\w-])(\d{4})-(\d\d)-(\d\d)(?![\w-])")
_SLASHED = re.compile(r"(?<![\w/.-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d\d)(?![\w/-])")
_DAY_AND_MONTH = re.compile(
    rf"\b(?P<lead>le|du|au|{_ANY_DAY})\s+(?P<day>\d{{1,2}})/(?P<month>\d{{1,2}})(?![\w/])",
    re.IGNORECASE,
)
_FIRST = re.compile(rf"(?<![\w,])(?:1|01)(?=\s+(?:{_ANY_MONTH})\b)", re.IGNORECASE)
_PADDED = re.compile(rf"(?<![\w,])0(?=[2-9]\s+(?:{_ANY_MONTH})\b)", re.IGNORECASE)
_SHORT_MONTH = re.compile(
    r"(?<=\d )(janv|févr|fév|avr|juil|sept|oct|nov|déc)\b\.?(?=\s*(?:\d{4}|[,;:)]|\.|$|\s))",
    re.IGNORECASE,
)
_MONTH_BY_SHORT = {
    "janv": "janvier",
    "févr": "février",
    "fév": "février",
    "avr": "avril",
    "juil": "juillet",
    "sept": "septembre",
    "oct": "octobre",
    "nov": "novembre",
    "déc": "décembre",
}
_SHORT_DAYS_RANGE = re.compile(
    r"\b(lun|mar|mer|jeu|ven|sam|dim)\b\.?\s?[-–/]\s?(lun|mar|mer|jeu|ven|sam|dim)\b\.?",
    re.IGNORECASE,
)
_SHORT_DAY = re.compile(r"\b(lun|mar|mer|jeu|ven|sam|dim)\.(?=[\s,;:)]|$)", re.IGNORECASE)
_DAYS_RANGE = re.compile(rf"\b({_ANY_DAY})\s?[-–]\s?({_ANY_DAY})\b", re.IGNORECASE)
_SCHOOL_YEAR = re.compile(r"(?<![\w/-])((?:19|20)\d\d)\s?[-/–]\s?((?:19|20)\d\d)(?![\w/-])")


def read(text: str) -> str:
    """Write out dates; what is no valid date is left alone."""
    text = _ISO.sub(lambda m: _date(m, m.group(3), m.group(2), m.group(1)), text)
    text = _SLASHED.sub(lambda m: _date(m, m.group(1), m.group(3), m.group(4)), text)
    text = _DAY_AND_MONTH.sub(_day_and_month, text)
    text = _SHORT_MONTH.sub(lambda m: _MONTH_BY_SHORT[m.group(1).lower()], text)
    text = _FIRST.sub("premier", text)
    text = _PADDED.sub("", text)
    text = _SCHOOL_YEAR.sub(
        lambda m: f"{cardinal(int(m.group(1)))}, {cardinal(int(m.group(2)))}", text
    )
    text = _SHORT_DAYS_RANGE.sub(
        lambda m: f"{_DAY_SHORT[m.group(1).lower()]}-{_DAY_SHORT[m.group(2).lower()]}", text
    )
    text = _SHORT_DAY.sub(lambda m: _DAY_SHORT[m.group(1).lower()], text)
    return _DAYS_RANGE.sub(_days_range, text)


def _day_words(day: int) -> str:
    return "premier" if day == 1 else cardinal(day)


def _date(match: re.Match[str], day: str, month: str, year: str) -> str:
    if not (1 <= int(day) <= 31 and 1 <= int(month) <= 12):
        return match.group()
    full_year = int(year) if len(year) == 4 else 2000 + int(year)
    return f"{_day_words(int(day))} {MONTHS[int(month) - 1]} {cardinal(full_year)}"


def _day_and_month(match: re.Match[str]) -> str:
    day, month = int(match.group("day")), int(match.group("month"))
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return match.group()
    return f"{match.group('lead')} {_day_words(day)} {MONTHS[month - 1]}"


def _days_range(match: re.Match[str]) -> str:
    before = match.string[: match.start()].rstrip().lower()
    spoken = f"{match.group(1).lower()} au {match.group(2).lower()}"
    if before.endswith(" du") or before == "du":
        return spoken
    return ("Du " if match.group(1)[0].isupper() else "du ") + spoken
