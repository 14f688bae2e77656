"""Times, dates and lists in written French, as the speech room expects them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

from knowledge.hours import Span

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_SIGNS = {"-": "tiret", ".": "point", "_": "tiret bas", "+": "plus"}
_YEAR_SAID_AFTER_DAYS = 300


def clock(instant: datetime | time) -> str:
    """Return a time of day: "9 heures", "9 h 30", "minuit"."""
    if instant.hour == 0 and instant.minute == 0:
        return "minuit"
    if instant.minute == 0:
        return f"{instant.hour} heure{'s' if instant.hour > 1 else ''}"
    return f"{instant.hour} h {instant.minute:02d}"


def date_words(day: date, today: date) -> str:
    """Return "samedi 28 novembre"; the year is said only for days far away."""
    number = "1er" if day.day == 1 else str(day.day)
    words = f"{WEEKDAYS[day.weekday()]} {number} {MONTHS[day.month - 1]}"
    far = abs((day - today).days) > _YEAR_SAID_AFTER_DAYS
    return f"{words} {day.year}" if far else words


def near_date_words(day: date, today: date) -> str:
    """Return "aujourd'hui", "demain, mercredi 2 décembre", "samedi 28 novembre"."""
    if day == today:
        return "aujourd'hui"
    tomorrow = "demain, " if (day - today).days == 1 else ""
    return f"{tomorrow}{date_words(day, today)}"


def join_words(words: Sequence[str], last: str = " et ") -> str:
    """Return "a, b et c"."""
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + last + words[-1]


def spans_words(spans: Sequence[Span]) -> str:
    """Return "de 9 heures à 12 heures et de 14 heures à 18 heures"."""
    if len(spans) == 1 and spans[0].all_day:
        return "toute la journée"
    said = join_words([f"de {clock(span.start)} à {clock(span.end)}" for span in spans])
    comments = {span.comment for span in spans}
    comment = comments.pop() if len(comments) == 1 else ""
    return f"{said}, {comment}" if comment else said


def day_runs(weekdays: Sequence[int]) -> list[list[int]]:
    """Return the days that follow each other, together (0 is Monday)."""
    runs: list[list[int]] = []
    for weekday in weekdays:
        if runs and weekday == runs[-1][-1] + 1:
            runs[-1].append(weekday)
        else:
            runs.append([weekday])
    return runs


def days_words(weekdays: Sequence[int]) -> str:
    """Return "du lundi au vendredi", "le lundi et le jeudi", "tous les jours" (0 is Monday)."""
    if len(weekdays) == 7:
        return "tous les jours"
    said: list[str] = []
    for run in day_runs(weekdays):
        if len(run) > 2:
            said.append(f"du {WEEKDAYS[run[0]]} au {WEEKDAYS[run[-1]]}")
        else:
            said += [f"le {WEEKDAYS[weekday]}" for weekday in run]
    return join_words(said)


def spelt(email: str) -> str:
    """Return an address letter by letter up to the @: "C, C, A, S, arobase, ville point fr"."""
    local, _, domain = email.partition("@")
    letters = ", ".join(_SIGNS.get(character, character.upper()) for character in local)
    words = domain.replace(".", " point ").replace("-", " tiret ")
    return f"{letters}, arobase, {words}"


def capital(words: str) -> str:
    """Return the words as the beginning of a sentence."""
    return words[:1].upper() + words[1:]
