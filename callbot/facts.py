"""The town's knowledge, in the shape that the dialogue's port asks for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from common.french import fold
from dialogue.ports import Closed, Day
from knowledge.days import DayMention, find_day
from knowledge.personal import asks_own_file
from knowledge.procedures import asked_aspects
from knowledge.town import Reply, Town


class Finder(Protocol):
    """Finds among the town's entries by what is meant."""

    def entry(self, text: str) -> str | None:
        """Return the entry that answers a text, None when none is sure."""
        ...

    def chance(self, text: str, entries: Collection[str]) -> float:
        """Return the probability that one of ``entries`` answers a text."""
        ...


class TownFacts:
    """See :class:`dialogue.ports.Facts`."""

    def __init__(
        self, town: Town, tries_closed: Collection[str] = (), found: Finder | None = None
    ) -> None:
        """``tries_closed`` are the services whose telephone rings at any hour; without ``found``,
        nothing is looked up."""
        self.town = town
        self._found = found
        self._of_intent: dict[str, set[str]] = {}
        for entry in town.entries:
            for intent in entry.intents:
                self._of_intent.setdefault(intent, set()).add(entry.id)
        self._tries_closed = frozenset(tries_closed)

    @property
    def timezone(self) -> ZoneInfo:
        """Where the town's clocks are."""
        return self.town.timezone

    @property
    def main_service(self) -> str:
        """Where requests without a better home go."""
        return self.town.main_service

    @property
    def default_place(self) -> str:
        """The place that is meant when none is named."""
        return self.town.main_place

    def place(self, text: str, intent: str) -> str | None:
        """Return the place that the caller means."""
        found = self.town.find_place(text, intent)
        return found.place if found else None

    def places(self, text: str, intent: str) -> tuple[str, ...]:
        """Return the places that a question names in a row; () for one or none."""
        return self.town.find_places(text, intent)

    def service(self, text: str) -> str | None:
        """Return the service that the caller names."""
        return self.town.find_service(text)

    def day(self, text: str, now: datetime) -> DayMention | None:
        """Return the day that the caller means."""
        return find_day(text, now)

    def answer(
        self, intent: str, text: str, lieu: str | None, day: Day | None, now: datetime
    ) -> Reply | None:
        """Return the answer to one question, None when nothing valid is known."""
        mention = day if isinstance(day, DayMention) else None
        return self.town.answer(intent, text, lieu, mention, now)

    def personal(self, text: str, intent: str) -> bool:
        """Tell whether only a person may answer: it is about somebody's own file."""
        return asks_own_file(text, intent)

    def detail(self, text: str) -> bool:
        """Tell whether a detail is asked for: the price, the papers, the delay, where to go."""
        return bool(asked_aspects(fold(text)))

    def place_of_service(self, service: str) -> str | None:
        """Return where a service receives residents."""
        found = self.town.services.get(service)
        return found.place if found else None

    def place_phrase(self, place: str) -> str:
        """Return the place after "à": "à la piscine", "au musée"."""
        return self.town.place_noun(place).at

    def service_of_place(self, place: str) -> str | None:
        """Return the service in charge of a place."""
        found = self.town.places.get(place)
        return found.service if found else None

    def service_name(self, service: str) -> str:
        """Return the service as spoken after « je vous passe »."""
        return self.town.service_noun(service).phrase

    def transfer_target(self, service: str) -> str:
        """Return the SIP address of a service, from the configuration only."""
        return self.town.services[service].sip

    def street(self, text: str) -> str | None:
        """Return the street of the town that the caller names."""
        return self.town.find_street(text)

    def near_streets(self, text: str, intent: str, *, answers: bool) -> tuple[str, ...]:
        """Return the streets that the caller may have named, the likeliest first."""
        return self.town.near_streets(text, intent, answers=answers)

    def search(self, text: str, now: datetime) -> Reply | None:
        """Return the entry about a request that no intent covers; None when none is sure."""
        entry = self._found.entry(text) if self._found is not None else None
        return self.town.entry_reply(entry, now) if entry is not None else None

    def chance(self, text: str, intent: str) -> float:
        """Return the probability, by the search, that what the intent answers is asked for.

        1 where no entries answer it, or nothing is looked up.
        """
        entries = self._of_intent.get(intent)
        return self._found.chance(text, entries) if self._found and entries else 1.0

    def when_closed(self, service: str, now: datetime) -> Closed | None:
        """Return what to tell a caller of a service that is closed, None while it is open."""
        reply = self.town.closed(service, now)
        return Closed(reply, service in self._tries_closed) if reply is not None else None

    def when_unreachable(self, service: str, now: datetime) -> Reply:
        """Return when and under which number a service can be reached."""
        return self.town.reach(service, now)
