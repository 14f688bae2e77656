"""The town's facts: what is known, and the answer to each question.

The conversation calls :func:`load_town` once and then only methods of :class:`Town`. Nothing here
keeps state between calls; the instant of the call is always passed in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from common.french import fold
from common.yamlfile import ConfigError, Problem
from knowledge import hours
from knowledge.agenda import AgendaDesk
from knowledge.collectiondesk import CollectionDesk
from knowledge.days import DayMention, find_day
from knowledge.hours import PARIS, Hours
from knowledge.loading import GENERATED_INTENTS, SourcedEntry, TownData, read_town
from knowledge.matching import Lexicon, Named, phrase_matcher
from knowledge.models import Entry, Place, Service
from knowledge.notices import About, NoticeBoard
from knowledge.nouns import Noun
from knowledge.phrases import spelt
from knowledge.procedureguide import ProcedureGuide
from knowledge.replies import Reply, preceded
from knowledge.weekwords import week_sentence
from knowledge.wording import Asked, hours_reply, now_reply, still_to_come
from knowledge.writtenhours import week_text
from knowledge.writtenplaces import hours_text, place_text, service_text

__all__ = ["PlaceMention", "Reply", "Town", "load_town"]

_PLACE_INTENTS = frozenset({"horaires_lieu", "adresse_lieu", "tarifs_lieu", "inscription_activite"})
_NOT_YES_NO = re.compile(r"\b(?:quel\w*|quand|horaires?|heures?|combien|ferm\w*|pourquoi)\b")
_YES_NO = re.compile(r"\bouv(?:ert\w*|rez|re)\b")
_ASKS_EMAIL = re.compile(r"\b(?:e ?mail|mail|mel|courriel|adresse electronique|internet|ecrire)\b")

_ASKS_LETTERS = re.compile(r"\b(?:epel\w*|lettre par lettre|(?:ca s |s )ecrit)\b")


@dataclass(frozen=True)
class PlaceMention:
    """A place that the caller means."""

    place: str
    surface: str
    by_name: bool
    """False when only a cue word ("mes livres") points to the place."""


class Town:
    """An immutable view of ``config/ville``."""

    def __init__(self, data: TownData) -> None:
        """``data`` must be free of errors; use :func:`load_town`."""
        if data.town is None:
            raise ValueError("a town without ville.yml")
        self._file = data.town.value
        self.name = self._file.name
        self.main_place = self._file.main_place
        self.timezone = ZoneInfo(self._file.timezone)
        self.places = MappingProxyType(data.places)
        self.services = MappingProxyType(data.services)
        self.entries: tuple[Entry, ...] = tuple(sourced.entry for sourced in data.entries)
        self.warnings: tuple[Problem, ...] = tuple(data.warnings)
        self._sourced = tuple(data.entries)
        self._hours = dict(data.hours)
        self._place_lexicon = Lexicon(
            (_named_place(place) for place in data.places.values()), self._file.main_place
        )
        self._service_lexicon = Lexicon(
            (_named_service(service) for service in data.services.values()),
            self._file.main_service,
        )
        self._notices = NoticeBoard(data.notices)
        self._collections = tuple(
            CollectionDesk(calendar, data.services[calendar.service], self._file.region)
            for calendar in data.collections
        )
        self._procedures = ProcedureGuide(data.procedures, data.services, data.places)
        self._agendas = tuple(AgendaDesk(agenda, self._opening) for agenda in data.agendas)
        self._offices = frozenset(place.id for place in data.places.values() if place.office)

    @property
    def main_service(self) -> str:
        """The service that everything without a better home belongs to."""
        return self._file.main_service

    def reach(self, service: str, now: datetime) -> Reply:
        """Say when and under which number a service can be reached directly."""
        desk, noun = self.services[service], self.service_noun(service)
        week = week_sentence(noun, self.service_hours(service), self._today(now))
        said = f"Le numéro direct {noun.of} est le {desk.phone}. {week}".strip()
        sources = (f"services/{service}#telephone", f"services/{service}#horaires")
        written = self.service_hours_text(service, now)
        sms = service_text(desk, f"Horaires : {written}." if written else "")
        return Reply(said, sources if week else sources[:1], service, sms, "answer", True)

    def closed(self, service: str, now: datetime) -> Reply | None:
        """Say that nobody is there at ``now`` and when that changes; None while it is open."""
        opening = self.service_hours(service)
        if hours.is_open(opening, now):
            return None
        said = now_reply(Asked(self.service_noun(service), opening, now))
        return Reply(said, (f"services/{service}#horaires",), service, None, "answer")

    @property
    def intents(self) -> frozenset[str]:
        """The intents that this knowledge can answer."""
        spoken = {intent for entry in self.entries for intent in entry.intents}
        return frozenset(spoken | GENERATED_INTENTS | self._procedures.intents)

    def place_noun(self, place: str) -> Noun:
        """Return the short name of a place with its forms ("à la piscine")."""
        found = self.places[place]
        return Noun(found.short, found.feminine)

    def service_noun(self, service: str) -> Noun:
        """Return the name of a service as spoken ("au service de l'urbanisme")."""
        found = self.services[service]
        return Noun(found.spoken, found.feminine)

    def place_hours(self, place: str) -> Hours:
        """Return the opening hours of a place."""
        return self._hours[f"lieux/{place}"]

    def service_hours(self, service: str) -> Hours:
        """Return when a service can be reached: its own hours, else those of its place."""
        own = self._hours.get(f"services/{service}")
        return own or self.place_hours(self.services[service].place)

    def service_hours_text(self, service: str, now: datetime) -> str:
        """Return a service's usual week to be read: "lun-ven 8h30-12h"; '' if it never opens."""
        return week_text(self.service_hours(service), self._today(now))

    def find_place(self, text: str, intent: str | None = None) -> PlaceMention | None:
        """Return the place that the caller means, or None.

        With ``intent``, cue words and the desks of the town hall count only where the intent is
        about a place: in "je veux un rendez-vous au CCAS" no place is asked for.
        """
        about_place = intent is None or intent in _PLACE_INTENTS
        excluded: Collection[str] = () if about_place else self._offices
        found = self._place_lexicon.find(text, cues=about_place, excluded=excluded)
        return PlaceMention(found.id, found.surface, found.by_name) if found else None

    def find_places(self, text: str, intent: str) -> tuple[str, ...]:
        """Return the places that a question about places names in a row; () for one or none."""
        if intent not in _PLACE_INTENTS:
            return ()
        return self._place_lexicon.find_joined(text)

    def find_service(self, text: str) -> str | None:
        """Return the service that the caller names or whose matter it plainly is, or None."""
        service = self._service_lexicon.find(text)
        if service is not None and service.by_name and service.id != self._file.main_service:
            return service.id
        place = self._place_lexicon.find(text, cues=False)
        if place is not None and place.id != self._file.main_place:
            return self.places[place.id].service
        if service is not None:
            return service.id
        return self.places[place.id].service if place is not None else None

    def answer(
        self, intent: str, text: str, lieu: str | None, jour: DayMention | None, now: datetime
    ) -> Reply | None:
        """Return the answer to one question, or None when nothing valid is known.

        ``lieu`` and ``jour`` are what the dialogue has understood so far; what is missing is
        looked for in ``text``.
        """
        mention = self.find_place(text, intent)
        if lieu not in self.places or (mention is None and self._names_other_service(text, lieu)):
            lieu = None
        if lieu is None and mention is not None:
            lieu = mention.place
        jour = jour or find_day(text, now)
        reply = self._usual_answer(intent, text, lieu, jour, now)
        return self._with_notices(reply, intent, text, lieu, jour, now)

    def find_street(self, text: str) -> str | None:
        """Return the street that the text names, as a calendar of collection writes it."""
        for desk in self._collections:
            found = desk.find_street(text)
            if found is not None and found.street is not None:
                return found.street
        return None

    def near_streets(self, text: str, intent: str, *, answers: bool) -> tuple[str, ...]:
        """Return the streets that a request, or an answer, may name where none is sure.

        Only for what a calendar of collection answers, street by street.
        """
        desks = (desk for desk in self._collections if intent in desk.intents)
        return next((desk.near_streets(text, answers=answers) for desk in desks), ())

    def prepared(self, now: datetime) -> Iterator[Reply]:
        """Yield what can be said at ``now`` of notices, collections, procedures and events."""
        local = self._local(now)
        for notice in self._notices.holding((), local):
            source = f"avis/{notice.id}"
            yield Reply(notice.text, (source,), None, notice.sms, "answer")
        for desk in self._collections:
            yield from desk.sector_replies(local)
        yield from self._procedures.replies(local.date())
        for agenda in self._agendas:
            yield from agenda.event_replies(local)

    def _usual_answer(
        self, intent: str, text: str, lieu: str | None, jour: DayMention | None, now: datetime
    ) -> Reply | None:
        """The answer without what is out of the ordinary."""
        if intent == "horaires_lieu":
            return self._hours_answer(text, lieu, jour, now)
        if intent == "adresse_lieu":
            return self._address_answer(text, lieu)
        if intent == "contact_service":
            return self._contact_answer(text, lieu)
        chosen = self._choose(intent, text, lieu, now)
        nearer = self._timely_answer(intent, text, chosen, jour, now)
        if nearer is None and (lieu is None or intent != "tarifs_lieu"):
            entry = chosen.entry if chosen else None
            nearer = self._procedures.answer(intent, text, entry, self._today(now))
        if intent == "tarifs_lieu" and lieu is not None and not (chosen and chosen.entry.cues):
            nearer = self._prices_answer(lieu, fold(text)) or nearer
        return nearer or (self._entry_answer(chosen, text) if chosen else None)

    def vocabulary(self) -> tuple[str, ...]:
        """Return the town's words for the recogniser, most useful first, without repeats."""
        words = [self.name]
        words += [place.name.split(" ", 1)[-1] for place in self.places.values()]
        words += [service.name for service in self.services.values()]
        words += self._file.vocabulary
        named: list[Place | Service] = [*self.places.values(), *self.services.values()]
        words += [name for item in named for name in item.names]
        words += [cue for item in named for cue in item.cues if "*" not in cue]
        return tuple(dict.fromkeys(words))

    @property
    def streets(self) -> tuple[str, ...]:
        """The streets of the calendars of collection, as they write them."""
        sectors = (sector for desk in self._collections for sector in desk.calendar.sectors)
        return tuple(dict.fromkeys(street for sector in sectors for street in sector.streets))

    def entry_reply(self, identifier: str, now: datetime) -> Reply | None:
        """Return the answer of one entry, or None when it is not valid at ``now``."""
        today = self._today(now)
        for sourced in self._sourced:
            if sourced.entry.id == identifier and sourced.entry.valid_on(today):
                return self._entry_answer(sourced, "")
        return None

    def _timely_answer(
        self,
        intent: str,
        text: str,
        chosen: SourcedEntry | None,
        jour: DayMention | None,
        now: datetime,
    ) -> Reply | None:
        """What a calendar knows; a special answer goes before it unless it gives way."""
        entry = chosen.entry if chosen else None
        special = entry is not None and bool(entry.cues)
        local = self._local(now)
        desks: tuple[CollectionDesk | AgendaDesk, ...] = (*self._collections, *self._agendas)
        for desk in desks:
            if intent not in desk.intents or (entry is not None and entry.id not in desk.refines):
                continue
            if not special or desk.asked_precisely(text):
                reply = desk.answer(text, jour, local)
                if reply is not None:
                    return reply
        return None

    def _with_notices(
        self,
        reply: Reply | None,
        intent: str,
        text: str,
        lieu: str | None,
        jour: DayMention | None,
        now: datetime,
    ) -> Reply | None:
        """The answer after what is out of the ordinary about it."""
        days, local = jour.dates if jour else (), self._local(now)
        holding = self._notices.holding(days, local)
        if not holding:
            return reply
        by_service = any(notice.services for notice in holding)
        named = self._service_lexicon.find(text, cues=False) if by_service else None
        place = lieu
        if reply is not None and reply.sources[0].startswith("lieux/"):
            place = reply.sources[0].removeprefix("lieux/").partition("#")[0]
        service = named.id if named else (reply.service if reply else None)
        about = About(intent, text, place, service, named is not None)
        found = self._notices.relevant(about, holding)
        return preceded(reply, found, service) if found else reply

    def _hours_answer(
        self, text: str, lieu: str | None, jour: DayMention | None, now: datetime
    ) -> Reply:
        yes_no = _asks_yes_no(text)
        named = self.find_service(text) if lieu is None else None
        if named is not None and f"services/{named}" in self._hours:
            asked = Asked(self.service_noun(named), self.service_hours(named), now, yes_no)
            jour, source = still_to_come(asked, jour), f"services/{named}#horaires"
            sms = service_text(self.services[named], hours_text(asked, jour))
            return Reply(hours_reply(asked, jour), (source,), named, sms, "answer")
        place = self.places[lieu or self._default_place(named)]
        noun, opening = self.place_noun(place.id), self.place_hours(place.id)
        asked = Asked(noun, opening, now, yes_no, place.hours_note)
        jour, source = still_to_come(asked, jour), f"lieux/{place.id}#horaires"
        sms = place_text(place, hours_text(asked, jour))
        return Reply(hours_reply(asked, jour), (source,), place.service, sms, "answer")

    def _address_answer(self, text: str, lieu: str | None) -> Reply:
        named = self.find_service(text) if lieu is None else None
        place = self.places[lieu or self._default_place(named)]
        noun = Noun(place.name, place.feminine)
        service = place.service
        if named is not None and named != service:
            noun, service = self.service_noun(named), named
        where = "se trouvent" if noun.plural else "se trouve"
        said = f"{noun.capital} {where} {place.address}."
        if place.access:
            said += f" {place.access}"
        source = f"lieux/{place.id}#adresse"
        return Reply(said, (source,), service, place_text(place, place.access), "answer", True)

    def _contact_answer(self, text: str, lieu: str | None) -> Reply:
        named = self.find_service(text)
        place = self.places[lieu] if lieu is not None else None
        if place is not None and place.phone is not None:
            noun, phone, email = self.place_noun(place.id), place.phone, place.email
            source, service = f"lieux/{place.id}#telephone", place.service
        else:
            service = named or (place.service if place else self._file.main_service)
            desk = self.services[service]
            noun, phone, email = self.service_noun(service), desk.phone, desk.email
            source = f"services/{service}#telephone"
        asks_email = _ASKS_EMAIL.search(fold(text)) or _ASKS_LETTERS.search(fold(text))
        if email is not None and asks_email:
            said = f"Vous pouvez écrire {noun.at}, à l'adresse {email}."
            if _ASKS_LETTERS.search(fold(text)):
                said = f"L'adresse s'écrit {spelt(email)}."
            source = source.replace("#telephone", "#courriel")
        else:
            said = f"Le numéro {noun.of} est le {phone}."
        mail = f", {email}" if email else ""
        sms = f"{noun.title} : {phone}{mail}"
        return Reply(said, (source,), service, sms, "answer", True)

    def _prices_answer(self, lieu: str, folded: str) -> Reply | None:
        """The price that is named, else all prices of the place."""
        place = self.places[lieu]
        if place.prices is None:
            return None
        said = place.prices
        for case in place.price_cases:
            if any(phrase_matcher(cue).search(folded) for cue in case.cues):
                said = case.text
                break
        source = f"lieux/{lieu}#tarifs"
        sms = place_text(place, place.prices)
        return Reply(said, (source,), place.service, sms, "answer")

    def _choose(
        self, intent: str, text: str, lieu: str | None, now: datetime
    ) -> SourcedEntry | None:
        """The valid entry with the most cue words, the first of them in its file.

        Without any cue word, the usual answer.
        """
        today = self._today(now)
        folded = fold(text)
        best: tuple[tuple[int, int], SourcedEntry] | None = None
        for sourced in self._sourced:
            entry = sourced.entry
            if intent not in entry.intents or not entry.valid_on(today):
                continue
            if entry.place is not None and entry.place != lieu:
                continue
            found = (phrase_matcher(cue).search(folded) for cue in entry.cues)
            hits = {match.group() for match in found if match}
            if entry.cues and not hits:
                continue
            score = (len(hits), int(entry.place is not None))
            if best is None or score > best[0]:
                best = (score, sourced)
        return best[1] if best else None

    def _entry_answer(self, chosen: SourcedEntry, text: str) -> Reply:
        entry = chosen.entry
        service = entry.service
        if entry.named_service:
            service = self.find_service(text) or service
        decision: Literal["answer", "transfer"] = (
            "transfer" if entry.follow_up == "transferer" else "answer"
        )
        offered = entry.sms is not None and decision == "answer"
        return Reply(
            entry.text,
            (chosen.source,),
            service,
            entry.sms,
            decision,
            offered,
            simple=entry.simple,
            intents=entry.intents,
        )

    def _names_other_service(self, text: str, lieu: str | None) -> bool:
        """True when the text names a service, so that the place of an earlier turn is over."""
        found = self._service_lexicon.find(text, cues=False)
        if found is None or found.id == self._file.main_service:
            return False
        return lieu is None or self.places[lieu].service != found.id

    def _default_place(self, service: str | None) -> str:
        return self.services[service].place if service else self._file.main_place

    def _opening(self, place: str, day: date) -> tuple[time, time] | None:
        """When a place opens and closes on ``day``."""
        spans = hours.spans_on(self.place_hours(place), day)
        return (spans[0].start.time(), spans[-1].end.time()) if spans else None

    def _local(self, now: datetime) -> datetime:
        return now.astimezone(self.timezone) if now.tzinfo else now

    def _today(self, now: datetime) -> date:
        return self._local(now).date()


def load_town(
    folder: Path, *, intents: Collection[str] | None = None, today: date | None = None
) -> Town:
    """Read ``config/ville``; warnings are kept in :attr:`Town.warnings`.

    ``intents`` are those that must have an answer (default: those of the delivered dialogue);
    ``today`` decides which answers have expired.

    Raises:
        ConfigError: with every error of every file.
    """
    data = read_town(folder, today or datetime.now(PARIS).date(), intents)
    if data.errors:
        raise ConfigError(data.errors)
    return Town(data)


def _asks_yes_no(text: str) -> bool:
    words = fold(text)
    return bool(_YES_NO.search(words)) and not _NOT_YES_NO.search(words)


def _named_place(place: Place) -> Named:
    nouns = (Noun(place.name, place.feminine), Noun(place.short, place.feminine))
    forms: Sequence[str] = [form for noun in nouns for form in (noun.phrase, noun.at, noun.of)]
    return Named(place.id, (*forms, *place.names), place.cues, place.unless)


def _named_service(service: Service) -> Named:
    names = (service.spoken, *service.names)
    return Named(service.id, names, service.cues, service.unless)
