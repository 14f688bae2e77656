"""Answers about waste collection: which waste, which street, which day, then the sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from common.french import fold
from knowledge.calendars import CollectionCalendar, Round, Sector, Stream
from knowledge.collection import next_pickup, pickups
from knowledge.collectionwording import (
    day_sentence,
    next_sentence,
    rounds_of,
    stream_noun,
    streams_sentence,
    written,
)
from knowledge.days import DayMention
from knowledge.holidays_fr import Region, public_holidays
from knowledge.matching import phrase_matcher
from knowledge.models import Service
from knowledge.nouns import Noun
from knowledge.phrases import capital, date_words
from knowledge.replies import Reply
from knowledge.streets import StreetLexicon, StreetMention

_WHEN = re.compile(
    r"\b(?:quand|quels? jours?|qu ?elles? jours?|jours?|calendriers?|pass(?:e|ent|era|eront|age)|"
    r"ramass\w*|collect\w*|prochaine?s?|prochains?|sor(?:t|s|tir|tez|tent)|tournee)\b"
)
_PUT_OUT = re.compile(r"\b(?:sor(?:t|s|tir|tez|tent)|quelle heure)\b")
_COMPLAINT = re.compile(
    r"\b(?:pas|jamais|oublie\w*)(?: \w+){0,2} (?:pass|ramass|vid|collect|pris|releve)\w*"
)
_WHAT_TIME = re.compile(r"\bquelle heure\b")
_ASK = "Dans quelle rue habitez-vous ?"
_STREET_ONLY_WORDS = 5
_LOOK_AHEAD_DAYS = 35
_FEW_DAYS = 2
"""Who asks about more of them, a week, wants to know the rule."""


@dataclass(frozen=True)
class _Where:
    """The sector that is meant; none while the street is not known."""

    sector: Sector | None
    words: str = ""
    """« rue des Lilas », « dans le quartier des Coteaux »."""
    unknown: str = ""
    """A street as the caller said it that the calendar does not have."""


class CollectionDesk:
    """The collections of one calendar; immutable."""

    def __init__(self, calendar: CollectionCalendar, service: Service, region: Region) -> None:
        """``service`` tells callers what the calendar does not."""
        self.calendar = calendar
        self.source = f"calendriers/{calendar.id}"
        self._service = service
        self._region = region
        self._sectors = {sector.id: sector for sector in calendar.sectors}
        self._streams = {stream.id: stream for stream in calendar.streams}
        for year in range(calendar.reviewed.year, calendar.reviewed.year + 3):
            public_holidays(year, region)  # takes long the first time
        self._streets = StreetLexicon(
            (street, sector.id) for sector in calendar.sectors for street in sector.streets
        )
        self._names = [
            (phrase_matcher(name), sector)
            for sector in calendar.sectors
            for name in (re.sub(r"^(?:les? |la |l['’])", "", sector.name), *sector.names)
        ]
        self._cues = {
            stream.id: [phrase_matcher(cue) for cue in stream.cues] for stream in calendar.streams
        }

    @property
    def intents(self) -> tuple[str, ...]:
        """What the calendar answers."""
        return self.calendar.intents

    @property
    def refines(self) -> tuple[str, ...]:
        """The answers that give way to it."""
        return self.calendar.refines

    def find_street(self, text: str) -> StreetMention | None:
        """Return the street that the text names."""
        return self._streets.find(text)

    def near_streets(self, text: str, *, answers: bool) -> tuple[str, ...]:
        """Return the streets that the text may name; none where it names one for sure."""
        found = self.find_street(text)
        if found is None or found.street is None:
            return self._streets.near(text, answers=answers)
        return (found.street,) if answers and found.doubtful else ()

    def asked_precisely(self, text: str) -> bool:
        """True when the text names a kind of waste, so that no other answer is nearer."""
        return bool(self._named_streams(fold(text)))

    def answer(self, text: str, day: DayMention | None, now: datetime) -> Reply | None:
        """Return when waste is collected, None when that is not asked; ``now`` is local."""
        if not self.calendar.valid_on(now.date()):
            return None
        folded = fold(text)
        where = self._where(text, folded)
        asked = _WHEN.search(folded) or self._only_where(folded, where)
        if not asked or _COMPLAINT.search(folded):
            return None
        if day is not None and len(day.dates) > _FEW_DAYS:
            day = None
        dates = self._dates(day, folded, now.date())
        if day is not None and day.dates and not dates:
            return None
        streams = self._named_streams(folded) or [s for s in self.calendar.streams if s.usual]
        sector = where.sector or self._any_sector(streams)
        if sector is None or (_WHAT_TIME.search(folded) and where.sector is None):
            return self._without_sector(folded, where, streams)
        if dates:
            return self._on_days(sector, where.words, streams, dates, now)
        return self._rule(sector, where.words, streams, now, put_out=bool(_PUT_OUT.search(folded)))

    def sector_replies(self, now: datetime) -> list[Reply]:
        """Return the usual answer for each sector, as said without a street."""
        usual = [stream for stream in self.calendar.streams if stream.usual]
        return [
            self._rule(sector, f"dans {sector.name}", usual, now, put_out=False)
            for sector in self.calendar.sectors
        ]

    def _where(self, text: str, folded: str) -> _Where:
        street = self._streets.find(text)
        if street is not None and street.street is not None:
            return _Where(self._sectors[street.group], street.street)
        for pattern, sector in self._names:
            if pattern.search(folded):
                return _Where(sector, f"dans {sector.name}")
        return _Where(None, unknown=street.surface if street else "")

    def _only_where(self, folded: str, where: _Where) -> bool:
        """True when little but a street is said, which answers our question."""
        known = where.sector is not None
        return known and len(folded.split()) <= len(fold(where.words).split()) + _STREET_ONLY_WORDS

    def _named_streams(self, folded: str) -> list[Stream]:
        return [
            stream
            for stream in self.calendar.streams
            if any(cue.search(folded) for cue in self._cues[stream.id])
        ]

    def _dates(self, day: DayMention | None, folded: str, today: date) -> list[date]:
        """The days of collection that are asked for, none of them past.

        What is put out in the evening is collected the next day.
        """
        if day is None:
            return []
        evening = day.part in ("soir", "nuit") and _PUT_OUT.search(folded)
        shift = timedelta(days=1 if evening else 0)
        return [found + shift for found in day.dates if found + shift >= today][:2]

    def _any_sector(self, streams: Sequence[Stream]) -> Sector | None:
        """A sector that stands for all, when they agree."""
        first, *others = self.calendar.sectors
        same = all(
            rounds_of(sector, stream) == rounds_of(first, stream)
            for sector in others
            for stream in streams
        )
        return first if same else None

    def _rule(
        self,
        sector: Sector,
        where: str,
        streams: Sequence[Stream],
        now: datetime,
        *,
        put_out: bool,
    ) -> Reply:
        collected = [(s, rounds_of(sector, s)) for s in streams if rounds_of(sector, s)]
        if not collected:
            return self._not_here(sector, where, streams)
        said = streams_sentence(where, collected)
        following = self._next(sector, collected, now)
        if put_out and self.calendar.put_out:
            put_out_words = f"ortez votre bac {self.calendar.put_out}."
            following = f"{following[:-1]} ; s{put_out_words}" if following else f"S{put_out_words}"
        return self._reply(f"{said} {following}".strip(), sector, where)

    def _next(
        self, sector: Sector, streams: Sequence[tuple[Stream, Sequence[Round]]], now: datetime
    ) -> str:
        """The next collection: of what is rare, else of the first."""
        rare = [stream for stream, rules in streams if any(_is_rare(rule) for rule in rules)]
        stream = (rare or [streams[0][0]])[0]
        pickup = next_pickup(self.calendar, sector, stream.id, now, self._region)
        if pickup is None:
            return ""
        return next_sentence(pickup, stream if len(streams) > 1 else None, now.date())

    def _on_days(
        self,
        sector: Sector,
        where: str,
        streams: Sequence[Stream],
        dates: Sequence[date],
        now: datetime,
    ) -> Reply:
        wanted = {stream.id for stream in streams}
        sentences = []
        for day in dates:
            found = pickups(self.calendar, sector, day, day, self._region)
            collected = [self._streams[p.stream] for p in found if p.stream in wanted]
            sentences.append(day_sentence(where, day, list(dict.fromkeys(collected)), now.date()))
            if not collected and len(dates) == 1:
                sentences.append(self._instead(sector, streams, day, now.date()))
        return self._reply(" ".join(sentences).strip(), sector, where)

    def _instead(self, sector: Sector, streams: Sequence[Stream], day: date, today: date) -> str:
        """When there is a collection, after a day without."""
        last = day + timedelta(days=_LOOK_AHEAD_DAYS)
        wanted = {stream.id for stream in streams}
        found = pickups(self.calendar, sector, day, last, self._region)
        coming = [pickup for pickup in found if pickup.stream in wanted]
        if not coming:
            return ""
        put_off = next((pickup for pickup in coming if pickup.usual == day), None)
        if put_off is not None:
            return f"La collecte est reportée au {date_words(put_off.day, today)}."
        stream = self._streams[coming[0].stream]
        return next_sentence(coming[0], stream if len(streams) > 1 else None, today)

    def _without_sector(self, folded: str, where: _Where, streams: Sequence[Stream]) -> Reply:
        if _WHAT_TIME.search(folded) and self.calendar.put_out:
            said = f"Sortez votre bac {self.calendar.put_out}."
            return Reply(said, (self.source,), self.calendar.service, None, "answer")
        if where.unknown:
            return self._unknown_street(where.unknown)
        return self._general(streams)

    def _general(self, streams: Sequence[Stream]) -> Reply:
        """What holds in every sector, then the question that settles the rest."""
        said = []
        for stream in streams:
            rules = [rounds_of(sector, stream) for sector in self.calendar.sectors]
            if all(rules) and len({_shape(rule) for rule in rules}) == 1:
                said.append((stream, rules[0]))
        if said and len(said) == len(streams):
            text = streams_sentence("", said)
        elif len(streams) == 1:
            noun = stream_noun(streams[0])
            text = f"Le jour {noun.of} dépend de votre rue."
        else:
            text = "Le jour de collecte dépend de votre rue."
        return Reply(f"{text} {_ASK}", (self.source,), self.calendar.service, None, "answer")

    def _not_here(self, sector: Sector, where: str, streams: Sequence[Stream]) -> Reply:
        told = next((stream.elsewhere for stream in streams if stream.elsewhere), None)
        if told is None:
            noun = stream_noun(streams[0])
            verb = noun.verb("n'est pas ramassé", "ne sont pas ramassés")
            told = capital(f"{where}, {noun.phrase} {verb} à domicile.".removeprefix(", "))
        return self._reply(told, sector, where)

    def _unknown_street(self, surface: str) -> Reply:
        desk = Noun(self._service.spoken, self._service.feminine)
        verb = desk.verb("renseigne", "renseignent")
        said = f"Je ne trouve pas « {surface} » dans le calendrier de collecte. "
        said += f"{desk.capital} vous {verb} au {self._service.phone}."
        source = f"services/{self._service.id}#telephone"
        sources = (self.source, source)
        return Reply(said, sources, self.calendar.service, None, "answer")

    def _reply(self, said: str, sector: Sector, where: str) -> Reply:
        if not where:
            return Reply(said, (self.source,), self.calendar.service, None, "answer")
        sms = written(self.calendar, sector, where)
        source = f"{self.source}#{sector.id}"
        return Reply(said, (source,), self.calendar.service, sms, "answer", sms_offered=True)


def _is_rare(rule: Round) -> bool:
    return rule.weeks != "toutes" or rule.since is not None or rule.season_from is not None


def _shape(rules: Sequence[Round]) -> tuple[tuple[object, ...], ...]:
    """What is said of rounds in general: days and moment, and that only some weeks count."""
    return tuple(
        (
            rule.weekdays,
            rule.moment,
            rule.weeks != "toutes" or rule.since is not None,
            rule.season_from,
            rule.season_to,
        )
        for rule in rules
    )
