"""Notices: what is out of the ordinary for a time, spoken before the usual answer.

A closure also closes its places and services, so that no other answer contradicts it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, model_validator

from common.french import fold
from common.yamlfile import StrictModel
from knowledge.hours import Exceptional, Hours, Span, spans_on
from knowledge.matching import phrase_matcher
from knowledge.models import Identifier, Text

DESK_INTENTS = frozenset(
    {"horaires_lieu", "adresse_lieu", "contact_service", "prendre_rdv", "retrait_titre"}
)
"""Questions that concern the desk of a service itself, not only its matters."""
MAX_SPOKEN = 2


def _moment(written: object) -> datetime | date:
    """Read "2026-12-07" or "2026-12-07 14:00"; raises ValueError."""
    try:
        text = str(written).strip()
        return datetime.fromisoformat(text) if ":" in text else date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            f"« {written} » n'est pas une date. Écrivez 2026-12-07, ou 2026-12-07 14:00."
        ) from error


Moment = Annotated[datetime | date, PlainValidator(_moment)]


class Notice(StrictModel):
    """``avis/<id>.yml``."""

    id: Identifier
    kind: Literal["fermeture", "travaux", "greve", "evenement", "information"] = Field(alias="type")
    places: tuple[Identifier, ...] = Field(alias="lieux", default=())
    services: tuple[Identifier, ...] = ()
    intents: tuple[Identifier, ...] = Field(alias="intentions", default=())
    cues: tuple[Text, ...] = Field(alias="mots", default=())
    """Where given, one must be said for the intents to count."""
    text: Text = Field(alias="texte")
    sms: Text | None = None
    starts: Moment = Field(alias="du")
    ends: Moment = Field(alias="au")
    """A day counts to its end."""
    announced: date | None = Field(alias="annoncer_des", default=None)
    """From this day on it is spoken ahead."""
    source: Text
    owner: Identifier = Field(alias="responsable")
    reviewed: date = Field(alias="relu_le")

    @model_validator(mode="after")
    def _whole(self) -> Notice:
        if self.until <= self.since:
            raise ValueError("« au » est avant « du ».")
        if not (self.places or self.services or self.intents):
            raise ValueError("il manque « lieux », « services » ou « intentions ».")
        if self.kind == "fermeture" and not (self.places or self.services):
            raise ValueError("une fermeture dit ce qui ferme : « lieux » ou « services ».")
        return self

    @property
    def since(self) -> datetime:
        """The first instant, local and naive."""
        return _instant(self.starts, end=False)

    @property
    def until(self) -> datetime:
        """The instant after the last one, local and naive."""
        return _instant(self.ends, end=True)

    @property
    def valid_until(self) -> date:
        """The last day."""
        return (self.until - timedelta(microseconds=1)).date()

    def valid_at(self, now: datetime) -> bool:
        """True when it may be spoken at ``now`` (local), without a day having been named."""
        local = now.replace(tzinfo=None)
        first = self.since
        if self.announced is not None:
            first = min(first, datetime.combine(self.announced, time.min))
        return first <= local < self.until

    def touches(self, day: date, now: datetime) -> bool:
        """True when it holds at some time of ``day`` that is not over at ``now`` (local)."""
        start = datetime.combine(day, time.min)
        start = max(start, now.replace(tzinfo=None)) if day == now.date() else start
        return self.since < datetime.combine(day, time.max) and start < self.until


@dataclass(frozen=True)
class About:
    """What a question is about, as far as it is understood."""

    intent: str
    text: str
    place: str | None = None
    service: str | None = None
    """The service in charge; counts for questions about its desk, or when it is named."""
    service_named: bool = False


class NoticeBoard:
    """All notices of a town; immutable."""

    def __init__(self, notices: Iterable[Notice]) -> None:
        self._notices = tuple(notices)
        self._cues = {
            notice.id: [phrase_matcher(cue) for cue in notice.cues] for notice in self._notices
        }

    def relevant(self, about: About, holding: Iterable[Notice]) -> tuple[Notice, ...]:
        """Return what must be said first, the closest to the question first, at most two."""
        folded = fold(about.text)
        ranked = [
            (rank, notice)
            for notice in holding
            if (rank := self._rank(notice, about, folded)) is not None
        ]
        ranked.sort(key=lambda item: (item[0], item[1].kind != "fermeture", item[1].since))
        return tuple(notice for _, notice in ranked[:MAX_SPOKEN])

    def holding(self, days: Collection[date], now: datetime) -> tuple[Notice, ...]:
        """Return what holds on one of ``days``, or at ``now`` (local) without any."""
        return tuple(notice for notice in self._notices if self._holds(notice, days, now))

    def _holds(self, notice: Notice, days: Collection[date], now: datetime) -> bool:
        if not days:
            return notice.valid_at(now)
        return any(day >= now.date() and notice.touches(day, now) for day in days)

    def _rank(self, notice: Notice, about: About, folded: str) -> int | None:
        """How far the notice is from the question; None when it does not concern it."""
        if about.place is not None and about.place in notice.places:
            return 0
        at_desk = about.service_named or about.intent in DESK_INTENTS
        if at_desk and about.service is not None and about.service in notice.services:
            return 1
        elsewhere = about.place is not None and notice.places
        if about.intent not in notice.intents or elsewhere:
            return None
        cues = self._cues[notice.id]
        return 2 if not cues or any(cue.search(folded) for cue in cues) else None


def closed_days(notice: Notice, usual: Hours) -> list[Exceptional]:
    """Return what a closure leaves of the hours of one place, day by day where it is partial."""
    first, last = notice.since.date(), notice.valid_until
    whole_from = first if notice.since.time() == time.min else first + timedelta(days=1)
    ends_early = notice.until.time() != time.min
    whole_to = last - timedelta(days=1) if ends_early else last
    found = [Exceptional(whole_from, whole_to, "off")] if whole_from <= whole_to else []
    for day in sorted({first, last}):
        if not whole_from <= day <= whole_to:
            left = _outside(spans_on(usual, day), notice.since, notice.until)
            found.append(Exceptional(day, day, left or "off"))
    return found


def _outside(spans: Sequence[Span], since: datetime, until: datetime) -> str:
    """The openings of one day without what lies between two instants, as an expression."""
    kept: list[tuple[datetime, datetime]] = []
    for span in spans:
        start, end = span.start.replace(tzinfo=None), span.end.replace(tzinfo=None)
        if start < since:
            kept.append((start, min(end, since)))
        if end > until:
            kept.append((max(start, until), end))
    return ",".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in kept)


def _instant(moment: datetime | date, *, end: bool) -> datetime:
    if isinstance(moment, datetime):
        return moment.replace(tzinfo=None)
    return datetime.combine(moment, time.min) + timedelta(days=1 if end else 0)
