"""Writes the town's text messages: its facts, in the wordings of ``config/sms``."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from knowledge.phrases import clock, date_words
from knowledge.town import Town
from telephony.sms.messages import MessageBook, Rendered

_SOON = timedelta(minutes=2)


class Answer(Protocol):
    """An answer with a text for it; see :class:`dialogue.ports.Reply`."""

    @property
    def sms(self) -> str | None: ...
    @property
    def sms_source(self) -> str: ...


class TextWriter:
    """Immutable. Services are named by their id, instants are aware."""

    def __init__(self, book: MessageBook, town: Town) -> None:
        self._book = book
        self._town = town

    @property
    def zone(self) -> ZoneInfo:
        """Where the town's clocks are."""
        return self._town.timezone

    def answer(self, reply: Answer, now: datetime) -> Rendered | None:
        """Write an answer; None when it has nothing to be read or a link that is not allowed.

        How to reach a service is written in its own wording.
        """
        folder, _, rest = reply.sms_source.partition("/")
        service, _, what = rest.partition("#")
        if folder == "services" and what in ("telephone", "courriel"):
            message = self.contact(service, now)
        elif reply.sms:
            message = self.facts(reply.sms)
        else:
            return None
        return None if message.refused_links else message

    def facts(self, facts: str) -> Rendered:
        """Write what the knowledge says, after the name of the town."""
        return self._book.render("reponse", ville=self._town.name, faits=facts)

    def contact(self, service: str, now: datetime) -> Rendered:
        """Write how and when to reach a service."""
        service = self._known(service)
        desk = self._town.services[service]
        return self._book.render(
            "coordonnees",
            ville=self._town.name,
            service=desk.name,
            telephone=desk.phone,
            courriel=desk.email or "",
            adresse=self._town.places[desk.place].address,
            horaires=self._town.service_hours_text(service, now),
        )

    def callback_promised(self, service: str, due: datetime | None, now: datetime) -> Rendered:
        """Confirm a call-back; ``due`` is the earliest instant, None for at once."""
        desk = self._town.services[self._known(service)]
        return self._book.render(
            "rappel_promis",
            ville=self._town.name,
            service=desk.name,
            quand=self._when(due, now),
            telephone=desk.phone,
        )

    def callback_missed(self, service: str, now: datetime) -> Rendered:
        """Say that the town called back in vain, and which number to call."""
        service = self._known(service)
        desk = self._town.services[service]
        return self._book.render(
            "rappel_manque",
            ville=self._town.name,
            service=desk.name,
            telephone=desk.phone,
            horaires=self._town.service_hours_text(service, now),
        )

    def _known(self, service: str) -> str:
        """Return who answers for a service that may have been removed since it was named."""
        return service if service in self._town.services else self._town.main_service

    def _when(self, due: datetime | None, now: datetime) -> str:
        """A date, for a message is not always read at once."""
        if due is None or due <= now + _SOON:
            return "dès qu'un agent est libre"
        there = due.astimezone(self._town.timezone)
        today = now.astimezone(self._town.timezone).date()
        return f"{date_words(there.date(), today)} à partir de {clock(there)}"
