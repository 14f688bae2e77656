"""The days of waste collection as French sentences, and to be read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from knowledge.calendars import CollectionCalendar, Round, Sector, Stream, day_month
from knowledge.collection import Pickup
from knowledge.nouns import Noun
from knowledge.phrases import (
    MONTHS,
    WEEKDAYS,
    capital,
    days_words,
    join_words,
    near_date_words,
)
from knowledge.writtenhours import days_text

_MONTH_ENDS = (28, 29, 30, 31)
_WRITTEN_WEEKS = {"toutes": "", "paires": "semaines paires", "impaires": "semaines impaires"}


def stream_noun(stream: Stream) -> Noun:
    """Return the name of a kind of waste with its forms."""
    return Noun(stream.name, feminine=False)


def rounds_of(sector: Sector, stream: Stream) -> tuple[Round, ...]:
    """Return when one kind of waste is collected in a sector."""
    return tuple(rule for rule in sector.rounds if rule.stream == stream.id)


def rule_words(rules: Sequence[Round]) -> str:
    """Return "le mardi et le vendredi matin", "le mercredi, une semaine sur deux"."""
    return join_words([_round_words(rule) for rule in rules])


def streams_sentence(where: str, streams: Sequence[tuple[Stream, Sequence[Round]]]) -> str:
    """Return "Rue des Lilas, les ordures passent le mardi, et les bacs jaunes le mercredi."."""
    first, *others = streams
    noun = stream_noun(first[0])
    said = f"{noun.phrase} {noun.verb('passe', 'passent')} {rule_words(first[1])}"
    for stream, rules in others:
        said += f", et {stream.name} {rule_words(rules)}"
    return capital(f"{where}, {said}." if where else f"{said}.")


def next_sentence(pickup: Pickup, stream: Stream | None, today: date) -> str:
    """Return "Le prochain passage est demain, mardi 1er décembre."; ``stream``: of what."""
    of = f" {stream_noun(stream).of}" if stream else ""
    because = ", à cause du jour férié" if pickup.moved else ""
    return f"Le prochain passage{of} est {near_date_words(pickup.day, today)}{because}."


def day_sentence(where: str, day: date, streams: Sequence[Stream], today: date) -> str:
    """Say what is collected on one day, or that nothing is."""
    when = capital(near_date_words(day, today))
    place = f", {where}" if where else ""
    if not streams:
        return f"{when}{place}, il n'y a pas de collecte."
    collected = join_words([stream_noun(stream).of for stream in streams])
    return f"{when}{place}, c'est le jour {collected}."


def written(calendar: CollectionCalendar, sector: Sector, where: str) -> str:
    """Return the whole week of a sector to be read; it does not depend on the day."""
    lines = []
    for stream in calendar.streams:
        rules = rounds_of(sector, stream)
        if rules:
            title = stream_noun(stream).title
            lines.append(f"{title} : {' ; '.join(_round_text(rule) for rule in rules)}.")
    put_out = f" À sortir {calendar.put_out}." if calendar.put_out else ""
    return f"Collecte, {where}. {' '.join(lines)}{put_out}"


def _round_words(rule: Round) -> str:
    said = days_words(_weekdays(rule))
    if rule.moment:
        said += f" {rule.moment}"
    if rule.weeks != "toutes" or rule.since is not None:
        said += ", une semaine sur deux"
    season = _season_words(rule)
    return f"{said}, {season}" if season else said


def _round_text(rule: Round) -> str:
    said = days_text(_weekdays(rule))
    if rule.moment:
        said += f" {rule.moment}"
    if rule.since is not None:
        said += f", une semaine sur deux (dont le {rule.since:%d/%m/%Y})"
    elif rule.weeks != "toutes":
        said += f", {_WRITTEN_WEEKS[rule.weeks]}"
    season = _season_words(rule)
    return f"{said}, {season}" if season else said


def _season_words(rule: Round) -> str:
    if rule.season_from is None or rule.season_to is None:
        return ""
    (first_month, first), (last_month, last) = (
        day_month(rule.season_from),
        day_month(rule.season_to),
    )
    start, end = MONTHS[first_month - 1], MONTHS[last_month - 1]
    if first == 1 and last in _MONTH_ENDS:
        return f"{_of(start)} à {end}"
    begin = "1er" if first == 1 else str(first)
    return f"du {begin} {start} au {last} {end}"


def _of(month: str) -> str:
    return f"d'{month}" if month[0] in "ao" else f"de {month}"


def _weekdays(rule: Round) -> list[int]:
    return sorted(WEEKDAYS.index(weekday) for weekday in rule.weekdays)
