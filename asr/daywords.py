"""Days and parts of the day as callers say them: the words that recognition should not miss.

A closed vocabulary, the same for every town. No number is among them, so that none appears where
a day was misheard.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_WEEKDAYS: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_PARTS: Final = ("matin", "midi", "après-midi", "aprèm", "soir")
MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
    "novembre", "décembre",
)  # fmt: skip
"""They stay where they were heard, and are not looked for: a month alone answers nothing."""
_RELATIVE: Final = (
    "demain", "après-demain", "aujourd'hui", "hier", "avant-hier", "ce matin", "ce midi",
    "cet après-midi", "cet aprèm", "ce soir", "cette nuit", "ce week-end", "le week-end",
    "week-end prochain", "cette semaine", "la semaine prochaine",
)  # fmt: skip
_FEASTS: Final = (
    "Noël", "Pâques", "lundi de Pâques", "Pentecôte", "lundi de Pentecôte", "jeudi de l'Ascension",
    "Toussaint", "jour de l'an", "jours fériés", "jour férié", "vacances scolaires",
)  # fmt: skip


def _all() -> Iterator[str]:
    yield from _RELATIVE
    for day in _WEEKDAYS:
        yield day
        yield f"{day} prochain"
        yield from (f"{day} {part}" for part in _PARTS)
    yield from (f"demain {part}" for part in _PARTS)
    yield from (f"hier {part}" for part in ("matin", "soir"))
    yield from _FEASTS
    yield from (f"premier {month}" for month in MONTHS)


DAY_PHRASES: Final = tuple(_all())
"""The ways to say a day that are looked for in what was heard."""
