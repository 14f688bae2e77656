"""What takes place in town: on a day, soon, or when one event takes place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from common.french import fold
from knowledge.calendars import Agenda, Event
from knowledge.days import DayMention
from knowledge.matching import phrase_matcher
from knowledge.phrases import capital, clock, date_words, join_words, near_date_words
from knowledge.replies import Reply

_SOON_DAYS = 21
_SEARCH_DAYS = 400
_MAX_EVENTS = 3
_WHATS_ON = re.compile(
    r"\b(?:animations?|programme|agenda|sorties?|a faire|qu ?est ce qu|il y a quoi|y a quoi|"
    r"y a t il|prevue?s?|evenements?|bientot|prochainement|prochaine?s? fetes?|quoi faire|"
    r"que faire|il se passe|truc|concerts?|spectacles?|sortir)\b"
)
_WHEN = re.compile(r"\b(?:quand|dates?|quels? jours?|quelle heure|prochaine?s?|a lieu|aura lieu)\b")
Opening = Callable[[str, date], tuple[time, time] | None]
"""When a place (its id) is open on a day, None: closed."""


@dataclass(frozen=True)
class Occurrence:
    """One day, or several in a row, on which an event takes place."""

    event: Event
    first: date
    last: date
    opens: time | None = None
    closes: time | None = None


class AgendaDesk:
    """The events of one agenda; immutable."""

    def __init__(self, agenda: Agenda, opening: Opening) -> None:
        self.agenda = agenda
        self.source = f"calendriers/{agenda.id}"
        self._opening = opening
        self._cues = {
            event.id: [phrase_matcher(cue) for cue in event.cues] for event in agenda.events
        }

    @property
    def intents(self) -> tuple[str, ...]:
        """What the agenda answers."""
        return self.agenda.intents

    @property
    def refines(self) -> tuple[str, ...]:
        """The answers that give way to it."""
        return self.agenda.refines

    def asked_precisely(self, text: str) -> bool:
        """True when the text asks when an event takes place."""
        folded = fold(text)
        return self._named(folded) is not None and _WHEN.search(folded) is not None

    def answer(self, text: str, day: DayMention | None, now: datetime) -> Reply | None:
        """Return what takes place, None when that is not asked or not known; ``now`` is local."""
        today = now.date()
        if not self.agenda.valid_on(today):
            return None
        folded = fold(text)
        event = self._named(folded)
        if event is not None:
            return self._event_answer(event, now)
        if day is not None and day.dates:
            return self._days_answer([found for found in day.dates if found >= today], now)
        return self._soon_answer(now) if _WHATS_ON.search(folded) else None

    def event_replies(self, now: datetime) -> list[Reply]:
        """Return the answer about each event that is still to come."""
        replies = [self._event_answer(event, now) for event in self.agenda.events]
        return [reply for reply in replies if reply is not None]

    def _named(self, folded: str) -> Event | None:
        best: tuple[int, Event] | None = None
        for event in self.agenda.events:
            hits = [
                len(m.group()) for cue in self._cues[event.id] for m in [cue.search(folded)] if m
            ]
            if hits and (best is None or max(hits) > best[0]):
                best = max(hits), event
        return best[1] if best else None

    def _event_answer(self, event: Event, now: datetime) -> Reply | None:
        occurrence = next(iter(self._coming(event, now)), None)
        if occurrence is None:
            return None
        said = f"{capital(event.name)}, c'est {_occurrence_words(occurrence, now.date())}."
        if event.note:
            said += f" {event.note}"
        sms = f"{capital(_bare(event.name))} : {_occurrence_words(occurrence, date.min)}."
        return self._reply(said, [event], sms)

    def _days_answer(self, days: Sequence[date], now: datetime) -> Reply | None:
        found = sorted(
            (o for event in self.agenda.events for day in days for o in self._on(event, day)),
            key=lambda o: (o.event.place_hours is not None, o.first, o.opens or time.min),
        )
        if not found:
            return None
        chosen = found[:_MAX_EVENTS]
        chosen.sort(key=lambda o: (o.first, o.opens or time.min))
        said = f"Il y a {join_words([_short_words(o, now.date()) for o in chosen])}."
        return self._reply(self._with_more(said), [o.event for o in chosen], None)

    def _soon_answer(self, now: datetime) -> Reply | None:
        last = now.date() + timedelta(days=_SOON_DAYS)
        coming = [
            occurrence
            for event in self.agenda.events
            if event.place_hours is None
            for occurrence in list(self._coming(event, now))[:1]
            if occurrence.first <= last
        ]
        coming.sort(key=lambda o: (o.first, o.opens or time.min))
        if not coming:
            return None
        chosen = coming[:_MAX_EVENTS]
        said = f"Bientôt, il y a {join_words([_short_words(o, now.date()) for o in chosen])}."
        return self._reply(self._with_more(said), [o.event for o in chosen], None)

    def _coming(self, event: Event, now: datetime) -> Iterable[Occurrence]:
        """What is not over at ``now``, in order."""
        today = now.date()
        if event.place_hours is not None:
            for offset in range(_SEARCH_DAYS):
                yield from self._not_over(self._on(event, today + timedelta(days=offset)), now)
            return
        days = sorted(event.days, key=lambda found: found.first)
        yield from self._not_over(
            [Occurrence(event, d.first, d.last, d.opens, d.closes) for d in days], now
        )

    def _not_over(self, occurrences: Iterable[Occurrence], now: datetime) -> Iterable[Occurrence]:
        for found in occurrences:
            ends = datetime.combine(found.last, found.closes or time.max)
            if ends >= now.replace(tzinfo=None) and self.agenda.valid_on(found.first):
                yield found

    def _on(self, event: Event, day: date) -> list[Occurrence]:
        if not self.agenda.valid_on(day):
            return []
        if event.place_hours is not None:
            hours = self._opening(event.place_hours, day)
            return [Occurrence(event, day, day, *hours)] if hours else []
        return [
            Occurrence(event, day, day, found.opens, found.closes)
            for found in event.days
            if found.first <= day <= found.last
        ]

    def _with_more(self, said: str) -> str:
        return f"{said} {self.agenda.more}" if self.agenda.more else said

    def _reply(self, said: str, events: Sequence[Event], sms: str | None) -> Reply:
        sources = tuple(dict.fromkeys(f"{self.source}#{event.id}" for event in events))
        return Reply(said, sources, self.agenda.service, sms, "answer")


def _occurrence_words(found: Occurrence, today: date) -> str:
    """Return "du 11 au 20 décembre, de 11 heures à 20 heures, place des Halles"."""
    if found.first == found.last:
        said = date_words(found.first, found.first)
        if today != date.min:
            said = near_date_words(found.first, today)
    elif found.first < today:
        said = f"jusqu'au {date_words(found.last, today)}"
    else:
        start = date_words(found.first, found.first)
        said = f"du {start} au {date_words(found.last, found.last)}"
    hours = _hours_words(found)
    where = f", {found.event.where}" if found.event.where else ""
    return f"{said}{f', {hours}' if hours else ''}{where}"


def _short_words(found: Occurrence, today: date) -> str:
    """Return "le conseil municipal jeudi 10 décembre à 19 heures"."""
    when = "aujourd'hui" if found.first == today else date_words(found.first, today)
    if found.first != found.last:
        end = date_words(found.last, today)
        when = f"du {when} au {end}" if found.first > today else f"jusqu'au {end}"
    hour = f" à {clock(found.opens)}" if found.opens and found.first == found.last else ""
    return f"{found.event.name} {when}{hour}"


def _hours_words(found: Occurrence) -> str:
    if found.opens is None:
        return ""
    if found.closes is None:
        return f"à {clock(found.opens)}"
    return f"de {clock(found.opens)} à {clock(found.closes)}"


def _bare(name: str) -> str:
    return re.sub(r"^(?:les? |la |l['’])", "", name)
