"""Sentences that can be rendered before anyone asks, most likely first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from common.french import split_sentences
from knowledge.days import DayMention, Part
from knowledge.hours import local, spans_on
from knowledge.replies import Reply
from knowledge.town import Town

_DAYS_AHEAD = 7
_QUESTION = "vous êtes ouverts ?"
_PARTS: tuple[Part, ...] = ("matin", "apres_midi", "soir")


def sentences_ahead(town: Town, now: datetime) -> Iterator[str]:
    """Yield what can be said at ``now``, each sentence once, the likeliest first."""
    seen: set[str] = set()
    for reply in _replies(town, now):
        if reply is None:
            continue
        for sentence in split_sentences(reply.text):
            if sentence not in seen:
                seen.add(sentence)
                yield sentence


def _replies(town: Town, now: datetime) -> Iterator[Reply | None]:
    today = local(town.place_hours(next(iter(town.places))), now).date()
    saturday = today + timedelta(days=(5 - today.weekday()) % 7)
    for place in _places(town):
        for instant in _instants(town, place, now, today)[:2]:
            yield town.answer("horaires_lieu", "", place, None, instant)
        for day in dict.fromkeys((today + timedelta(days=1), saturday)):
            yield town.answer("horaires_lieu", "", place, _named(day), now)
            if place == town.main_place:
                mention = DayMention("", (day,), "matin")
                yield town.answer("horaires_lieu", _QUESTION, place, mention, now)
    prepared = list(town.prepared(now))
    yield from (reply for reply in prepared if reply.sources[0].startswith("avis/"))
    yield from _usual_answers(town, now)
    for place in _places(town):
        for intent in ("adresse_lieu", "tarifs_lieu", "contact_service"):
            yield town.answer(intent, "", place, None, now)
    for service in town.services.values():
        yield town.answer("contact_service", service.spoken, None, None, now)
    yield from _special_answers(town, now)
    yield from prepared
    for place in _places(town):
        yield from _other_hours(town, place, now, today)


def _places(town: Town) -> list[str]:
    """The main place first."""
    main = town.main_place
    return [main, *(place for place in town.places if place != main)]


def _usual_answers(town: Town, now: datetime) -> Iterator[Reply | None]:
    for entry in town.entries:
        if not entry.cues:
            yield town.entry_reply(entry.id, now)


def _special_answers(town: Town, now: datetime) -> Iterator[Reply | None]:
    for entry in town.entries:
        if entry.cues:
            yield town.entry_reply(entry.id, now)


def _other_hours(town: Town, place: str, now: datetime, today: date) -> Iterator[Reply | None]:
    """The rest of today and the week; for the coming days also "are you open on … morning?"."""
    saturday = today + timedelta(days=(5 - today.weekday()) % 7)
    for instant in _instants(town, place, now, today):
        yield town.answer("horaires_lieu", "", place, None, instant)
    for offset in range(1, _DAYS_AHEAD + 1):
        day = today + timedelta(days=offset)
        yield town.answer("horaires_lieu", "", place, _named(day), now)
        if day not in (today + timedelta(days=1), saturday):
            continue
        for part in _PARTS:
            mention = DayMention("", (day,), part)
            yield town.answer("horaires_lieu", _QUESTION, place, mention, now)


def _named(day: date) -> DayMention:
    return DayMention("", (day,))


def _instants(town: Town, place: str, now: datetime, today: date) -> list[datetime]:
    """Now and just after each opening and closing of the rest of the day."""
    hours = town.place_hours(place)
    start = local(hours, now)
    changes = {edge for span in spans_on(hours, today) for edge in (span.start, span.end)}
    later = sorted(edge + timedelta(minutes=1) for edge in changes if edge >= start)
    return [start, *later]
