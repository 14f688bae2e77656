"""Opening hours as French sentences, short enough to be heard and noted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from knowledge.days import DayMention, Part
from knowledge.hours import (
    Hours,
    Span,
    current,
    local,
    next_opening,
    spans_on,
)
from knowledge.nouns import Noun
from knowledge.phrases import clock, date_words, join_words, spans_words
from knowledge.weekwords import (
    coming_week_reply,
    holidays_reply,
    part_reply,
    vacation_reply,
    week_sentence,
)

_WEEK = 7
_WINDOWS: dict[Part, tuple[time, time]] = {
    "matin": (time(5), time(12)),
    "midi": (time(12, 15), time(13, 30)),
    "apres_midi": (time(14), time(18)),
    "soir": (time(18), time(23, 59)),
    "nuit": (time(22), time(23, 59)),
}
_AFTER_DATE: dict[Part, str] = {
    "matin": " au matin",
    "midi": " à midi",
    "apres_midi": " après-midi",
    "soir": " au soir",
    "nuit": " dans la nuit",
}
_TODAY: dict[Part, str] = {
    "matin": "Ce matin",
    "midi": "Ce midi",
    "apres_midi": "Cet après-midi",
    "soir": "Ce soir",
    "nuit": "Cette nuit",
}
_TOMORROW: dict[Part, str] = {
    "matin": "Demain matin",
    "midi": "Demain midi",
    "apres_midi": "Demain après-midi",
    "soir": "Demain soir",
    "nuit": "Demain dans la nuit",
}


@dataclass(frozen=True)
class Asked:
    """What is asked about the hours of one place."""

    noun: Noun
    hours: Hours
    now: datetime
    yes_no: bool = False
    """The caller asked "are you open?", so that "Oui" or "Non" is a fitting first word."""
    note: str | None = None

    @property
    def today(self) -> date:
        """The day of the call where the place is."""
        return local(self.hours, self.now).date()


def hours_reply(asked: Asked, day: DayMention | None) -> str:
    """Return the answer to a question about opening hours, in one to three sentences."""
    if day is None:
        return f"{now_reply(asked)} {week_sentence(asked.noun, asked.hours, asked.today)}".strip()
    if len(day.dates) == _WEEK and day.part is None:
        return coming_week_reply(asked.noun, asked.hours, day.dates)
    if len(day.dates) > 1:
        return _several(asked, day.dates[:3], day.part)
    if day.dates:
        return _one(asked, day.dates[0], day.part)
    return _in_general(asked, day)


def still_to_come(asked: Asked, day: DayMention | None) -> DayMention | None:
    """Return the day that is meant: who says « dimanche » on a Sunday after the last opening
    means the next one."""
    if day is None or not day.weekly or day.dates != (asked.today,):
        return day
    spans = spans_on(asked.hours, asked.today)
    wanted = in_part(spans, day.part) if day.part else spans
    if not wanted or wanted[-1].end > local(asked.hours, asked.now):
        return day
    return replace(day, dates=(asked.today + timedelta(days=_WEEK),))


def _in_general(asked: Asked, day: DayMention) -> str:
    if day.holiday == "jours fériés":
        return holidays_reply(asked.noun, asked.hours, asked.today)
    if day.holiday == "vacances":
        return vacation_reply(asked.noun, asked.hours, asked.today)
    if day.part is not None:
        window = _WINDOWS[day.part]
        said = part_reply(asked.noun, asked.hours, asked.today, day.part, window)
        if not asked.yes_no:
            return _cap(said)
        is_open = asked.noun.agree("ouvert") in said.split(".")[0]
        return f"{'Oui' if is_open else 'Non'}, {said}"
    return now_reply(asked)


def in_part(spans: Sequence[Span], part: Part) -> tuple[Span, ...]:
    """Return the openings that touch a part of the day."""
    first, last = _WINDOWS[part]
    return tuple(
        span
        for span in spans
        if span.all_day
        or (
            span.start.time() < last
            and (span.end.date() > span.start.date() or span.end.time() > first)
        )
    )


def _one(asked: Asked, day: date, part: Part | None) -> str:
    spans = spans_on(asked.hours, day)
    if day == asked.today and part is None:
        return now_reply(asked)
    if part is not None and spans:
        return _part_of_day(asked, day, part, spans)
    return _whole_day(asked, day, spans)


def _whole_day(asked: Asked, day: date, spans: Sequence[Span]) -> str:
    noun, past = asked.noun, day < asked.today
    exception = asked.hours.exceptional(day)
    holiday = asked.hours.holiday(day)
    be = _be(noun, past)
    opening = f"{noun.phrase} {be} {noun.agree('ouvert')} {spans_words(spans)}"
    closed = f"{noun.phrase} {be} {noun.agree('fermé')}"
    if exception is not None:
        reason = f" : {exception.reason}" if exception.reason else ""
        said = f"Exceptionnellement, {_low(_opener(asked, day))}, {opening if spans else closed}"
        return _with_reopening(asked, day, f"{said}{reason}.", spans)
    if holiday is not None:
        verb = "était" if past else "est"
        head = f"{_holiday_opener(asked, day)} {verb} férié"
        if spans:
            return f"{head}, mais {opening}."
        return _with_reopening(asked, day, f"{head} : {closed}.", spans)
    if spans:
        return f"{_yes(asked)}{_opener(asked, day, low=asked.yes_no)}, {opening}.{_note(asked)}"
    said = f"{_no(asked)}{_opener(asked, day, low=asked.yes_no)}, {closed}."
    return _with_reopening(asked, day, said, spans)


def _part_of_day(asked: Asked, day: date, part: Part, spans: Sequence[Span]) -> str:
    noun, be = asked.noun, _be(asked.noun, day < asked.today)
    wanted = in_part(spans, part)
    if day == asked.today and local(asked.hours, asked.now) >= (wanted or spans)[-1].end:
        return now_reply(asked)
    head = _part_opener(asked, day, part)
    if not wanted:
        said = f"{_no(asked)}{_low(head) if asked.yes_no else head}, {noun.phrase} {be} "
        said += f"{noun.agree('fermé')}."
        when = "Aujourd'hui" if day == asked.today else "Ce jour-là"
        return f"{said} {when}, {noun.pronoun} {be} {noun.agree('ouvert')} {spans_words(spans)}."
    head = _low(head) if asked.yes_no else head
    if day == asked.today and part in ("soir", "nuit") and len(wanted) == 1:
        when = f"jusqu'à {clock(wanted[0].end)}"
        if wanted[0].start.time() >= _WINDOWS[part][0]:
            when = spans_words(wanted)
        return (
            f"{_yes(asked)}{head}, {noun.phrase} {be} {noun.agree('ouvert')} {when}.{_note(asked)}"
        )
    opening = f"{noun.phrase} {be} {noun.agree('ouvert')} {spans_words(wanted)}"
    return f"{_yes(asked)}{head}, {opening}."


def _several(asked: Asked, days: Sequence[date], part: Part | None) -> str:
    """One sentence a day; days that are all closed share one."""
    noun = asked.noun
    chosen = [
        in_part(spans_on(asked.hours, d), part) if part else spans_on(asked.hours, d) for d in days
    ]
    if not any(chosen):
        words = join_words([date_words(day, asked.today) for day in days])
        be = _be(noun, days[-1] < asked.today)
        closed = f"{_cap(words)}, {noun.phrase} {be} {noun.agree('fermé')}."
        return _with_reopening(asked, days[-1], closed, ())
    sentences: list[str] = []
    for day, spans in zip(days, chosen, strict=True):
        who = noun.phrase if not sentences else noun.pronoun
        be = _be(noun, day < asked.today)
        state = f"{noun.agree('ouvert')} {spans_words(spans)}" if spans else noun.agree("fermé")
        holiday = ", férié" if asked.hours.holiday(day) else ""
        sentences.append(f"{_cap(date_words(day, asked.today))}{holiday}, {who} {be} {state}.")
    return " ".join(sentences)


def now_reply(asked: Asked) -> str:
    """What is true at the moment of the call, and when that changes."""
    noun, hours, now = asked.noun, asked.hours, local(asked.hours, asked.now)
    be, is_open = _be(noun, past=False), noun.agree("ouvert")
    span = current(hours, now)
    today = spans_on(hours, asked.today)
    later = tuple(s for s in today if s.start > now)
    if span is not None:
        if span.all_day:
            return f"{noun.capital} {be} {is_open} jour et nuit."
        then = f", puis {spans_words(later)}" if later else ""
        said = f"{noun.capital} {be} {is_open} en ce moment, jusqu'à {clock(span.end)}{then}."
        return said + _note(asked)
    closed = f"{noun.capital} {be} {noun.agree('fermé')}"
    if later:
        verb = noun.verb("ouvre", "ouvrent")
        return (
            f"{closed} en ce moment. {_cap(noun.pronoun)} {verb} aujourd'hui {spans_words(later)}."
        )
    if today:
        return _with_reopening(asked, asked.today, f"{closed} à cette heure-ci.", ())
    if asked.hours.exceptional(asked.today) or asked.hours.holiday(asked.today):
        return _whole_day(asked, asked.today, ())
    return _with_reopening(asked, asked.today, f"{closed} aujourd'hui.", ())


def _with_reopening(asked: Asked, day: date, said: str, spans: Sequence[Span]) -> str:
    """Add when a place that is closed on ``day`` opens again."""
    if spans or day < asked.today:
        return said
    noun = asked.noun
    end_of_day = datetime.combine(day, time(23, 59), asked.hours.timezone)
    span = next_opening(asked.hours, end_of_day)
    if span is None:
        return said
    verb = noun.verb("rouvre", "rouvrent")
    tomorrow = span.start.date() == asked.today + timedelta(days=1)
    when = f"{'demain, ' if tomorrow else ''}{date_words(span.start.date(), asked.today)}"
    comma = "," if tomorrow else ""
    return f"{said} {_cap(noun.pronoun)} {verb} {when}{comma} à {clock(span.start)}."


def _be(noun: Noun, past: bool) -> str:
    return noun.verb("était", "étaient") if past else noun.verb("est", "sont")


def _opener(asked: Asked, day: date, *, low: bool = False) -> str:
    words = date_words(day, asked.today)
    relative = {0: "Aujourd'hui, ", 1: "Demain, ", -1: "Hier, "}.get((day - asked.today).days, "")
    said = f"{relative}{words}" if relative else _cap(words)
    return _low(said) if low else said


def _holiday_opener(asked: Asked, day: date) -> str:
    words = date_words(day, asked.today)
    relative = {0: "Aujourd'hui, ", 1: "Demain, ", -1: "Hier, "}.get((day - asked.today).days)
    return f"{relative}{words}," if relative else f"Le {words}"


def _part_opener(asked: Asked, day: date, part: Part) -> str:
    if day == asked.today:
        return _TODAY[part]
    if day == asked.today + timedelta(days=1):
        return f"{_TOMORROW[part]}, {date_words(day, asked.today)}"
    return f"{_cap(date_words(day, asked.today))}{_AFTER_DATE[part]}"


def _yes(asked: Asked) -> str:
    return "Oui, " if asked.yes_no else ""


def _no(asked: Asked) -> str:
    return "Non, " if asked.yes_no else ""


def _note(asked: Asked) -> str:
    return f" {asked.note}" if asked.note else ""


def _cap(words: str) -> str:
    return words[0].upper() + words[1:]


def _low(words: str) -> str:
    return words[0].lower() + words[1:]
