"""Places and services to be read, after the name of the town: text messages are short."""

from __future__ import annotations

from knowledge.days import DayMention
from knowledge.models import Place, Service
from knowledge.nouns import Noun
from knowledge.wording import Asked
from knowledge.writtenhours import dates_text, week_text


def place_text(place: Place, facts: str | None) -> str:
    """Return the place and how to get there."""
    title = Noun(place.name, place.feminine).title
    phone = f"Tél. {place.phone}" if place.phone else ""
    return _joined(f"{title}, {place.address}.", facts or "", phone)


def service_text(service: Service, hours: str) -> str:
    """Return the service with its number."""
    return _joined(f"{service.name} : {service.phone}.", hours)


def hours_text(asked: Asked, day: DayMention | None) -> str:
    """Return the days that were asked for, then the usual week."""
    dates = dates_text(asked.hours, day.dates[:3]) if day else ""
    week = week_text(asked.hours, asked.today)
    return _joined(f"{dates.capitalize()}." if dates else "", f"Horaires : {week}." if week else "")


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
