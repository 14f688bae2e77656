"""What a normal week, the public holidays and the school holidays look like, in French."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta

from knowledge.days import Part
from knowledge.holidays_fr import public_holidays
from knowledge.hours import Hours, Span, spans_on, usual_week
from knowledge.nouns import Noun
from knowledge.phrases import date_words, days_words, join_words, spans_words

_MAX_GROUPS = 3
_VACATION_DAYS = 21
_USUALLY: dict[Part, str] = {
    "matin": "le matin",
    "midi": "entre midi et deux",
    "apres_midi": "l'après-midi",
    "soir": "le soir",
    "nuit": "la nuit",
}
Week = Sequence[Sequence[Span]]


def week_sentence(noun: Noun, hours: Hours, day: date) -> str:
    """Return the usual week around ``day``: "Elle est ouverte du lundi au vendredi de …"."""
    week = usual_week(hours, day)
    if not any(week) or all(len(s) == 1 and s[0].all_day for s in week):
        return ""
    groups = _groups(week)
    be = noun.verb("est", "sont")
    head = f"{noun.pronoun[0].upper()}{noun.pronoun[1:]} {be} {noun.agree('ouvert')}"
    if len(groups) > _MAX_GROUPS:
        days = days_words([index for index, spans in enumerate(week) if spans])
        return f"{head} {days}, avec des horaires différents. Quel jour vous intéresse ?"
    return f"{head} {_groups_words(groups)}."


def coming_week_reply(noun: Noun, hours: Hours, days: Sequence[date]) -> str:
    """Say when a place is open in the next week, whose seven ``days`` begin with its Monday."""
    week = [spans_on(hours, day) for day in days]
    groups = _groups(week)
    head = f"La semaine prochaine, {noun.phrase} {noun.verb('est', 'sont')}"
    if not groups:
        return f"{head} {noun.agree('fermé')}."
    if len(groups) > _MAX_GROUPS:
        open_on = days_words([index for index, spans in enumerate(week) if spans])
        different = "avec des horaires différents. Quel jour vous intéresse ?"
        return f"{head} {noun.agree('ouvert')} {open_on}, {different}"
    return f"{head} {noun.agree('ouvert')} {_groups_words(groups)}."


def part_reply(noun: Noun, hours: Hours, day: date, part: Part, window: tuple[time, time]) -> str:
    """Say whether a place is open in a part of the day, in the usual week around ``day``."""
    first, last = window
    week = usual_week(hours, day)
    wanted = [tuple(s for s in spans if _touches(s, first, last)) for spans in week]
    be, usually = noun.verb("est", "sont"), _USUALLY[part]
    if not any(wanted):
        said = f"{noun.phrase} {be} {noun.agree('fermé')} {usually}."
        return f"{said} {week_sentence(noun, hours, day)}".strip()
    groups = _groups(wanted)
    is_open = f"{noun.phrase} {be} {noun.agree('ouvert')}"
    if len(groups) > _MAX_GROUPS or part == "midi":
        days = days_words([index for index, spans in enumerate(wanted) if spans])
        return f"{is_open} {usually}, {days}."
    return f"{usually}, {is_open} {_groups_words(groups)}."


def holidays_reply(noun: Noun, hours: Hours, today: date) -> str:
    """Answer "are you open on public holidays?"."""
    days = _coming_holidays(hours, today)
    closed = [day for day in days if not spans_on(hours, day)]
    opened = [day for day in days if spans_on(hours, day)]
    be = noun.verb("est", "sont")
    following = f"Le prochain est le {date_words(days[0], today)}."
    if not opened:
        return f"Les jours fériés, {noun.phrase} {be} {noun.agree('fermé')}. {following}"
    usual = usual_week(hours, today)
    if all(_shape(spans_on(hours, day)) == _shape(usual[day.weekday()]) for day in opened):
        keep = noun.verb("garde ses", "gardent leurs")
        missing = _except([day for day in closed if usual[day.weekday()]], hours)
        return f"Les jours fériés, {noun.phrase} {keep} horaires habituels{missing}."
    shapes = {_shape(spans_on(hours, day)) for day in opened}
    if len(shapes) == 1 and len(closed) < len(opened):
        except_for = _except(closed, hours)
        times = spans_words(spans_on(hours, opened[0]))
        return f"Les jours fériés, {noun.phrase} {be} {noun.agree('ouvert')} {times}{except_for}."
    spans = spans_on(hours, days[0])
    state = f"{noun.agree('ouvert')} {spans_words(spans)}" if spans else noun.agree("fermé")
    return (
        f"Cela dépend du jour férié. Le prochain, {date_words(days[0], today)}, "
        f"{noun.phrase} {be} {state}."
    )


def vacation_reply(noun: Noun, hours: Hours, today: date) -> str:
    """Answer "are you open during the school holidays?"."""
    coming = [(start, end) for start, end in hours.school_holidays if end >= today]
    if not coming:
        keep = noun.verb("garde ses", "gardent leurs")
        said = f"Pendant les vacances scolaires, {noun.phrase} {keep} horaires habituels."
        return f"{said} {week_sentence(noun, hours, today)}".strip()
    start, end = min(coming)
    first = max(start, today)
    week: list[tuple[Span, ...]] = [()] * 7
    for offset in range(_VACATION_DAYS):
        day = first + timedelta(days=offset)
        if day <= end and hours.holiday(day) is None and not week[day.weekday()]:
            week[day.weekday()] = spans_on(hours, day, usual=True)
    be = noun.verb("est", "sont")
    groups = _groups(week)
    if not groups:
        return f"Pendant les vacances scolaires, {noun.phrase} {be} {noun.agree('fermé')}."
    return (
        f"Pendant les vacances scolaires, {noun.phrase} {be} {noun.agree('ouvert')} "
        f"{_groups_words(groups)}."
    )


def _except(closed: Sequence[date], hours: Hours) -> str:
    names = join_words([hours.holiday(day) or "" for day in closed])
    return f", sauf {names}" if names else ""


def _coming_holidays(hours: Hours, today: date) -> list[date]:
    found = [
        day
        for year in (today.year, today.year + 1)
        for day in public_holidays(year, hours.region)
        if today <= day <= today + timedelta(days=365)
    ]
    return sorted(found)


def _shape(spans: Sequence[Span]) -> tuple[tuple[time, time], ...]:
    return tuple((span.start.time(), span.end.time()) for span in spans)


def _groups(week: Week) -> list[tuple[list[int], Sequence[Span]]]:
    """Weekdays that share the same openings, in the order of their first day."""
    groups: dict[object, tuple[list[int], Sequence[Span]]] = {}
    for weekday, spans in enumerate(week):
        if spans:
            groups.setdefault(_shape(spans), ([], spans))[0].append(weekday)
    return list(groups.values())


def _groups_words(groups: Sequence[tuple[Sequence[int], Sequence[Span]]]) -> str:
    said = [f"{days_words(days)} {spans_words(spans)}" for days, spans in groups]
    return join_words(said, last=", et ")


def _touches(span: Span, first: time, last: time) -> bool:
    ends_later = span.end.date() > span.start.date()
    return span.start.time() < last and (ends_later or span.end.time() > first)
