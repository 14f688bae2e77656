"""What an admin writes under ``config/ville/calendriers``: collections and coming events."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from common.yamlfile import StrictModel
from knowledge.models import Identifier, NounPhrase, Text, Valid

Weekday = Literal["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
Weeks = Literal["toutes", "paires", "impaires"]
_DAY_MONTH = re.compile(r"^(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})$")
_LEAP_YEAR = 2024


def day_month(text: str) -> tuple[int, int]:
    """Return month and day of "01/04" (the first of April); raises ValueError."""
    match = _DAY_MONTH.match(text)
    if match:
        month, day = int(match["month"]), int(match["day"])
        try:
            date(_LEAP_YEAR, month, day)
        except ValueError:
            pass
        else:
            return month, day
    raise ValueError(f"« {text} » n'est pas un jour de l'année. Écrivez-le comme 01/04.")


def _checked_day_month(text: str) -> str:
    day_month(text)
    return text


DayMonth = Annotated[str, AfterValidator(_checked_day_month)]


class Stream(StrictModel):
    """A kind of waste."""

    id: Identifier
    name: NounPhrase = Field(alias="nom")
    cues: tuple[Text, ...] = Field(alias="mots", min_length=1)
    usual: bool = Field(alias="habituel", default=False)
    """Meant by « les poubelles » without more."""
    elsewhere: Text | None = Field(alias="sinon", default=None)
    """Said where it is not collected: one sentence."""


class Round(StrictModel):
    """When one kind of waste is collected in a sector."""

    stream: Identifier = Field(alias="flux")
    weekdays: tuple[Weekday, ...] = Field(alias="jours", min_length=1)
    weeks: Weeks = Field(alias="semaines", default="toutes")
    """By the number of the ISO week."""
    since: date | None = Field(alias="une_sur_deux_depuis", default=None)
    """A day of collection, from which every second week counts, whatever the number."""
    season_from: DayMonth | None = Field(alias="saison_du", default=None)
    season_to: DayMonth | None = Field(alias="saison_au", default=None)
    moment: Text | None = None
    """Said after the days: « matin »."""

    @model_validator(mode="after")
    def _whole(self) -> Round:
        if (self.season_from is None) != (self.season_to is None):
            raise ValueError("« saison_du » et « saison_au » vont ensemble.")
        if self.since is not None and self.weeks != "toutes":
            raise ValueError("choisissez entre « semaines » et « une_sur_deux_depuis ».")
        return self


class Sector(StrictModel):
    """Streets with the same collections."""

    id: Identifier
    name: NounPhrase = Field(alias="nom")
    feminine: bool = Field(alias="feminin", default=False)
    names: tuple[Text, ...] = Field(alias="autres_noms", default=())
    streets: tuple[Text, ...] = Field(alias="rues", min_length=1)
    rounds: tuple[Round, ...] = Field(alias="collectes", min_length=1)


class Moved(StrictModel):
    """A collection that takes place on another day, or not at all."""

    on: date = Field(alias="le")
    to: date | None = Field(alias="reporte_au", default=None)
    streams: tuple[Identifier, ...] = Field(alias="flux", default=())
    """Empty: all."""


class CollectionCalendar(Valid):
    """``calendriers/<id>.yml`` with ``type: collecte``."""

    id: Identifier
    kind: Literal["collecte"] = Field(alias="type")
    intents: tuple[Identifier, ...] = Field(alias="intentions", min_length=1)
    service: Identifier
    refines: tuple[Identifier, ...] = Field(alias="precise", default=())
    """The answers that give way to the calendar, which knows more."""
    on_holidays: Literal["maintenue", "annulee", "lendemain", "semaine"] = Field(
        alias="jours_feries"
    )
    """``lendemain``: the day after; ``semaine``: that one and the rest of its week a day later."""
    days_off: tuple[DayMonth, ...] = Field(alias="feries_chomes", default=())
    """The holidays that count: « 25/12 ». Empty: all of them."""
    ends_at: time = Field(alias="fin_de_tournee", default=time(13, 0))
    """From then on, today's collection is over."""
    put_out: Text | None = Field(alias="sortie", default=None)
    """« la veille après 19 heures »."""
    streams: tuple[Stream, ...] = Field(alias="flux", min_length=1)
    sectors: tuple[Sector, ...] = Field(alias="secteurs", min_length=1)
    moved: tuple[Moved, ...] = Field(alias="exceptions", default=())


class EventDay(StrictModel):
    """A day of an event, or all days from ``start`` to ``end``."""

    on: date | None = Field(alias="le", default=None)
    start: date | None = Field(alias="du", default=None)
    end: date | None = Field(alias="au", default=None)
    opens: time | None = Field(alias="de", default=None)
    closes: time | None = Field(alias="a", default=None)

    @model_validator(mode="after")
    def _whole(self) -> EventDay:
        if (self.on is None) == (self.start is None) or (self.start is None) != (self.end is None):
            raise ValueError("écrivez « le », ou bien « du » et « au ».")
        if self.last < self.first:
            raise ValueError("« au » est avant « du ».")
        return self

    @property
    def first(self) -> date:
        """The first day."""
        return self.on or self.start or date.min

    @property
    def last(self) -> date:
        """The last day."""
        return self.on or self.end or date.min


class Event(StrictModel):
    """Something to go to: on days of its own, or whenever a place is open."""

    id: Identifier
    name: NounPhrase = Field(alias="nom")
    cues: tuple[Text, ...] = Field(alias="mots", default=())
    where: Text | None = Field(alias="ou", default=None)
    """Said after the date: « place des Halles », « à la médiathèque »."""
    note: Text | None = Field(alias="precision", default=None)
    """One sentence more, said when the event itself is asked about."""
    days: tuple[EventDay, ...] = Field(alias="dates", default=())
    place_hours: Identifier | None = Field(alias="horaires_de", default=None)
    """On the days and at the hours at which this place is open."""

    @model_validator(mode="after")
    def _dated(self) -> Event:
        if bool(self.days) == (self.place_hours is not None):
            raise ValueError("écrivez « dates », ou bien « horaires_de ».")
        return self


class Agenda(Valid):
    """``calendriers/<id>.yml`` with ``type: agenda``."""

    id: Identifier
    kind: Literal["agenda"] = Field(alias="type")
    intents: tuple[Identifier, ...] = Field(alias="intentions", min_length=1)
    service: Identifier
    refines: tuple[Identifier, ...] = Field(alias="precise", default=())
    """The answers that give way to the agenda, which knows the dates."""
    more: Text | None = Field(alias="suite", default=None)
    """Said after a list: where the whole programme is."""
    events: tuple[Event, ...] = Field(alias="evenements", min_length=1)
