"""The patterns behind :mod:`knowledge.days`: each rule finds one kind of mention."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from common.french import Folded
from knowledge.holidays_fr import easter, public_holidays

PARIS = ZoneInfo("Europe/Paris")
Part = Literal["matin", "midi", "apres_midi", "soir", "nuit"]


@dataclass(frozen=True)
class Found:
    """A mention in the folded text."""

    start: int
    end: int
    dates: tuple[date, ...]
    part: Part | None = None
    holiday: str | None = None
    weekly: bool = False
    """A mere weekday: it comes every week."""


Rule = Callable[[Folded, datetime], Iterator[Found]]

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_WEEKDAY = r"(?P<weekday>lundi|mardi|mercre?di|jeudi|vendredi|sam ?e?di|dimanche?)(?:s|t|e)?"
_MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin",
    "juillet", "aout", "septembre", "octobre", "novembre", "decembre",
)  # fmt: skip
_MONTH = "(?P<month>" + "|".join(_MONTHS) + ")"
_UNITS = (
    "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze",
    "treize", "quatorze", "quinze", "seize", "dix sept", "dix huit", "dix neuf", "vingt",
    "vingt et un", "vingt deux", "vingt trois", "vingt quatre", "vingt cinq", "vingt six",
    "vingt sept", "vingt huit", "vingt neuf", "trente", "trente et un",
)  # fmt: skip
_NUMBERS = {word: value for value, word in enumerate(_UNITS, start=1)} | {
    "premier": 1, "1er": 1, "vingt un": 21, "trente un": 31,
}  # fmt: skip
_NUMBER = (
    r"(?P<number>[12][0-9]|3[01]|0?[1-9]|"
    + "|".join(sorted(_NUMBERS, key=len, reverse=True))
    + r")(?! ?%)"
)
_PART = (
    r"(?P<part>(?:en |dans la |au |a |le |l |en fin d |en fin de |fin d |fin de |debut d )?"
    r"(?:matins?|matinee|midi|aprem|apres midis?|apresmidi|soirs?|soiree|nuit|journee))"
)
_PARTS: tuple[tuple[str, Part], ...] = (
    ("matin", "matin"),
    ("apres", "apres_midi"),
    ("aprem", "apres_midi"),
    ("soir", "soir"),
    ("nuit", "nuit"),
    ("midi", "midi"),
)
_ORDINALS = {
    "premier": 1, "1er": 1, "deuxieme": 2, "second": 2, "2e": 2, "2eme": 2, "troisieme": 3,
    "3e": 3, "3eme": 3, "quatrieme": 4, "4e": 4, "4eme": 4, "dernier": -1,
}  # fmt: skip
_OPENING = re.compile(r"\b(?:ouv\w*|ferm\w*|horaires?|accueill\w*|recev\w*|permanence)\b")
_STREET = re.compile(
    r"\b(?:rue|place|avenue|boulevard|square|ecole|college|salle|cours|quai|stade|pont|rond point)"
    r"(?: du| de la| de| des)?(?: le)?$"
)
_NOT_A_DAY = re.compile(
    r"\b(?:marche|marches|vacances|arbre|colis|illuminations?|repas|sapins?|pere|gouter|spectacle|"
    r"feries|lumieres|parade|concert|chasse aux oeufs|oeufs|cloches|fetes?) (?:de |d )$"
)


def part_of(words: str | None) -> Part | None:
    """Return the part of the day that folded words name, or None."""
    for cue, part in _PARTS:
        if words and cue in words:
            return part
    return None


def weekday_index(word: str) -> int:
    """Return 0 for Monday to 6 for Sunday, for a weekday as recognition may spell it."""
    start = word.replace(" ", "")[:3]
    return next(index for index, name in enumerate(WEEKDAYS) if name.startswith(start))


def _number(words: str) -> int:
    return int(words) if words.isdigit() else _NUMBERS[words]


def _next_weekday(today: date, weekday: int) -> date:
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def _calendar_date(today: date, day: int, month: int, year: int | None) -> date | None:
    """The next such date; the one of ``year`` when it was said."""
    for candidate in (year,) if year else (today.year, today.year + 1, today.year + 2):
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue
        if year or found >= today:
            return found
    return None


_RELATIVE_DAYS = {
    "avant hier": -2,
    "hier": -1,
    "aujourd hui": 0,
    "aujourdhui": 0,
    "demain": 1,
    "apres demain": 2,
}
_RELATIVE = re.compile(
    rf"\b(?P<word>avant hier|hier|aujourd hui|aujourdhui|apres demain|demain)\b(?: {_PART}\b)?"
)
_THIS_PART = re.compile(
    r"\b(?:ce (?P<this>matin|midi|soir|soiree|aprem|apres midi)|cet (?:aprem|apres midi)|"
    r"cette (?:apres midi|nuit|aprem|matinee|soiree))\b"
)
_IN_DAYS = re.compile(rf"\bdans {_NUMBER} jours?\b")
_ONE_WEEK, _TWO_WEEKS = 8, 15
"""« dans huit jours » is in a week, « dans quinze jours » in two."""
_WEEKS_AFTER = re.compile(
    r"\b(?P<from>d aujourd hui|aujourd hui|de demain|demain) en (?P<shift>huit|8|quinze|15)\b"
)
_WEEK = re.compile(
    r"\b(?:(?:la|de|en (?:debut|milieu|fin) de|au debut de la|a la fin de la) )?"
    r"semaine (?:prochaine|qui vient|d apres|suivante)\b"
)
_TANTOT = re.compile(r"\b(?:ce )?tantot\b")


def relative(source: Folded, now: datetime) -> Iterator[Found]:
    """aujourd'hui, demain matin, hier, ce soir, cette nuit, dans trois jours."""
    today = now.date()
    for match in _RELATIVE.finditer(source.text):
        day = today + timedelta(days=_RELATIVE_DAYS[match["word"]])
        part = part_of(match["part"])
        end = match.end() if part else match.end("word")
        yield Found(match.start(), end, (day,), part)
    for match in _THIS_PART.finditer(source.text):
        yield Found(match.start(), match.end(), (today,), part_of(match.group()))
    for match in _IN_DAYS.finditer(source.text):
        count = _number(match["number"])
        days = count - 1 if count in (_ONE_WEEK, _TWO_WEEKS) else count
        yield Found(match.start(), match.end(), (today + timedelta(days=days),))


def weeks(source: Folded, now: datetime) -> Iterator[Found]:
    """demain en huit; la semaine prochaine, as its seven days; tantôt, this afternoon."""
    today = now.date()
    for match in _WEEKS_AFTER.finditer(source.text):
        day = today + timedelta(days=1 if "demain" in match["from"] else 0)
        later = timedelta(days=7 if match["shift"] in ("huit", "8") else 14)
        yield Found(match.start("from"), match.end(), (day + later,))
    monday = today + timedelta(days=7 - today.weekday())
    for match in _WEEK.finditer(source.text):
        start = match.start() + len(match.group()) - len(match.group().removeprefix("la "))
        whole = tuple(monday + timedelta(days=offset) for offset in range(7))
        yield Found(start, match.end(), whole)
    for match in _TANTOT.finditer(source.text):
        yield Found(match.start(), match.end(), (today,), "apres_midi")


_WEEKEND = re.compile(
    r"\b(?:(?P<this>ce|ces) )?(?:week ?ends?|ouikende?)(?P<next> prochain| d apres| qui vient)?\b"
)


def weekend(source: Folded, now: datetime) -> Iterator[Found]:
    """ce week-end, le week-end, le week-end prochain."""
    today = now.date()
    saturday = today - timedelta(days=1) if today.weekday() == 6 else _next_weekday(today, 5)
    for match in _WEEKEND.finditer(source.text):
        shift = 7 if match["next"] and today.weekday() >= 5 else 0
        days = (saturday + timedelta(days=shift), saturday + timedelta(days=shift + 1))
        yield Found(match.start(), match.end(), tuple(day for day in days if day >= today))


_DAY = re.compile(
    rf"\b(?:(?P<this>ce) )?{_WEEKDAY}\b(?! gras)(?! de (?:paques|pentecote|l ascension))"
    rf"(?: {_NUMBER}(?=$| (?!h\b|heures?\b|h\d)))?"
    r"(?P<which> prochain| qui vient| en huit| en 8| en quinze| en 15| d apres|"
    r" de la semaine prochaine| dernier| passe)?"
    rf"(?: {_PART}\b)?"
)


def weekday(source: Folded, now: datetime) -> Iterator[Found]:
    """samedi, ce dimanche, jeudi aprèm, samedi prochain, samedi en huit, samedi 28."""
    today = now.date()
    for match in _DAY.finditer(source.text):
        part = part_of(match["part"])
        which = (match["which"] or "").strip()
        ends = [match.end("weekday"), match.end("which"), match.end("number")]
        end = match.end() if part else max(ends)
        if end == match.end("weekday") and re.match(r"[ste]\b", source.text[end:]):
            end += 1
        day = _which_day(today, weekday_index(match["weekday"]), which, match["number"])
        weekly = not (match["this"] or which or match["number"])
        yield Found(match.start(), end, (day,), part, weekly=weekly)


_SHIFTS = {
    "en huit": 7,
    "en 8": 7,
    "d apres": 7,
    "en quinze": 14,
    "en 15": 14,
    "dernier": -7,
    "passe": -7,
}


def _which_day(today: date, index: int, which: str, number: str | None) -> date:
    day = _next_weekday(today, index)
    if number is not None:
        wanted = _number(number)
        weeks = (day + timedelta(weeks=week) for week in range(60))
        return next((found for found in weeks if found.day == wanted), day)
    if which in ("prochain", "qui vient") and day == today:
        return day + timedelta(days=7)
    if which == "de la semaine prochaine":
        return today + timedelta(days=7 - today.weekday() + index)
    return day + timedelta(days=_SHIFTS.get(which, 0))


_NTH = re.compile(
    rf"\b(?P<nth>{'|'.join(_ORDINALS)}) {_WEEKDAY} "
    rf"(?:du mois|de chaque mois|d(?:e|u mois de)? {_MONTH})\b"
)


def nth_weekday(source: Folded, now: datetime) -> Iterator[Found]:
    """premier dimanche du mois, dernier samedi de novembre."""
    today = now.date()
    for match in _NTH.finditer(source.text):
        month = _MONTHS.index(match["month"]) + 1 if match["month"] else None
        nth, index = _ORDINALS[match["nth"]], weekday_index(match["weekday"])
        for offset in range(13):
            years, zero_month = divmod(today.month - 1 + offset, 12)
            if month not in (None, zero_month + 1):
                continue
            day = _nth_of_month(today.year + years, zero_month + 1, nth, index)
            if day >= today:
                yield Found(match.start(), match.end(), (day,))
                break


def _nth_of_month(year: int, month: int, nth: int, index: int) -> date:
    if nth > 0:
        return _next_weekday(date(year, month, 1), index) + timedelta(weeks=nth - 1)
    after = date(year + month // 12, month % 12 + 1, 1)
    return _next_weekday(after - timedelta(days=7), index)


_DATE = re.compile(
    rf"\b(?:{_WEEKDAY} (?:le )?)?{_NUMBER} {_MONTH}(?: (?P<year>(?:19|20)[0-9]{{2}}))?\b"
    rf"(?: {_PART}\b)?"
)
_DAY_NUMBER = re.compile(rf"\ble {_NUMBER}(?: {_PART}\b)?\b")
_AFTER_NUMBER = re.compile(
    r"^ (?:vous|est ce|c est|c|on|je|j|y|il|elle|ca|la|le|les|l|au|du|prochain|si|et le|ou le)\b"
)


def calendar_date(source: Folded, now: datetime) -> Iterator[Found]:
    """le 11 novembre, vingt-quatre mai, samedi 28 novembre, le 11."""
    today = now.date()
    for match in _DATE.finditer(source.text):
        if _STREET.search(source.text[: match.start()].rstrip()):
            continue
        year = int(match["year"]) if match["year"] else None
        month = _MONTHS.index(match["month"]) + 1
        day = _calendar_date(today, _number(match["number"]), month, year)
        if day is None:
            continue
        part = part_of(match["part"])
        end = match.end() if part else max(match.end("month"), match.end("year"))
        yield _on(match.start(), end, day, part)
    for match in _DAY_NUMBER.finditer(source.text):
        part = part_of(match["part"])
        end = match.end() if part else match.end("number")
        follows = source.text[end:]
        if not (source.clause_ends_after(end) or part or _AFTER_NUMBER.match(follows)):
            continue
        if match["number"] in ("premier", "un", "1er") and not part:
            continue
        if _STREET.search(source.text[: match.start()].rstrip()):
            continue
        yield _on(
            match.start("number"), end, _next_day_number(today, _number(match["number"])), part
        )


def _on(start: int, end: int, day: date, part: Part | None) -> Found:
    return Found(start, end, (day,), part, public_holidays(day.year).get(day))


def _next_day_number(today: date, number: int) -> date:
    for offset in range(62):
        day = today + timedelta(days=offset)
        if day.day == number:
            return day
    return today


_FEAST = re.compile(
    r"\b(?P<feast>lundi de paques|dimanche de paques|vendredi saint|paques|lundi de pentecote|"
    r"dimanche de pentecote|pentecote|jeudi de l ascension|pont de l ascension|ascension|"
    r"veille de noel|reveillon de noel|reveillon du (?:nouvel an|jour de l an)|"
    r"veille du jour de l an|"
    r"lendemain de noel|noel|jour de l an|nouvel an|premier de l an|saint sylvestre|toussaint|"
    r"armistice|assomption|fete nationale|fete du travail|quatorze juillet|quinze aout)\b"
)
_FIXED = {
    "veille de noel": (12, 24),
    "reveillon de noel": (12, 24),
    "reveillon du nouvel an": (12, 31),
    "reveillon du jour de l an": (12, 31),
    "veille du jour de l an": (12, 31),
    "noel": (12, 25),
    "lendemain de noel": (12, 26),
    "jour de l an": (1, 1),
    "nouvel an": (1, 1),
    "premier de l an": (1, 1),
    "saint sylvestre": (12, 31),
    "toussaint": (11, 1),
    "armistice": (11, 11),
    "assomption": (8, 15),
    "fete nationale": (7, 14),
    "fete du travail": (5, 1),
    "quatorze juillet": (7, 14),
    "quinze aout": (8, 15),
}
_AFTER_EASTER = {
    "vendredi saint": -2,
    "dimanche de paques": 0,
    "paques": 0,
    "lundi de paques": 1,
    "jeudi de l ascension": 39,
    "pont de l ascension": 40,
    "ascension": 39,
    "dimanche de pentecote": 49,
    "pentecote": 49,
    "lundi de pentecote": 50,
}


def feast(source: Folded, now: datetime) -> Iterator[Found]:
    """lundi de Pâques, Noël, la Toussaint; not "marché de Noël" or "vacances de Pâques"."""
    for match in _FEAST.finditer(source.text):
        before = source.text[: match.start()]
        name = match["feast"]
        if _NOT_A_DAY.search(before) or _STREET.search(before.rstrip()):
            continue
        day = _feast_date(name, now.date())
        yield Found(
            match.start(), match.end(), (day,), None, public_holidays(day.year).get(day, name)
        )


def _feast_date(name: str, today: date) -> date:
    for year in (today.year, today.year + 1):
        if name in _FIXED:
            day = date(year, *_FIXED[name])
        else:
            day = easter(year) + timedelta(days=_AFTER_EASTER[name])
        if day >= today:
            return day
    return today


_HOLIDAYS = re.compile(r"\bjours? feries?\b")
_VACATION = re.compile(
    r"\b(?:pendant|durant|aux|avant|apres) (?:les )?(?:petites |grandes )?"
    r"vacances(?: scolaires?| d hiver| d ete| de printemps| de la toussaint| de noel| de paques)?\b"
)
_NOW = re.compile(r"\b(?:maintenant|tout de suite|actuellement|en ce moment|a cette heure ci|la)\b")
_BARE_PART = re.compile(
    r"\b(?:entre midi et (?:deux|2|quatorze heures|14 heures)|(?:le|a|l|en|la) "
    r"(?:midi|matin|matinee|apres midi|aprem|soir|soiree|nuit))\b"
)


def general(source: Folded, now: datetime) -> Iterator[Found]:
    """jours fériés, pendant les vacances; and, in a question about hours, now or a bare part."""
    today = now.date()
    for match in _HOLIDAYS.finditer(source.text):
        yield Found(match.start(), match.end(), (), None, "jours fériés")
    for match in _VACATION.finditer(source.text):
        yield Found(match.start(), match.end(), (), None, "vacances")
    if not _OPENING.search(source.text):
        return
    for match in _NOW.finditer(source.text):
        if match.group() == "la" and not _means_now(source, match):
            continue
        yield Found(match.start(), match.end(), (today,))
    for match in _BARE_PART.finditer(source.text):
        yield Found(match.start(), match.end(), (), part_of(match.group()))


def _means_now(source: Folded, match: re.Match[str]) -> bool:
    """True for the adverb "là" at the end of a clause, never for the article."""
    return source.clause_ends_after(match.end()) and source.surface(*match.span()) == "là"


RULES: tuple[Rule, ...] = (
    relative,
    weeks,
    weekend,
    weekday,
    nth_weekday,
    calendar_date,
    feast,
    general,
)
