"""Times of day, opening ranges and durations in hours."""

from __future__ import annotations

import re

from tts.reading.numbers import cardinal

_TIME = r"(?:[01]?\d|2[0-4])\s?(?:[hH]|heures?)\s?(?:[0-5]\d)?(?!\w)|(?:[01]?\d|2[0-3]):[0-5]\d"
_ONE_TIME = re.compile(r"(\d{1,2})\s?(?:[hH]|heures?|:)\s?(\d\d)?\Z")
_RANGE = re.compile(
    rf"(?P<lead>\b(?:de|entre|dès)\s+)?(?<![\w:/,.])(?P<open>{_TIME})\s?(?:-|–|—|/|→|>)\s?"
    rf"(?P<close>{_TIME})(?![\w:])"
)
_SHARED_HOUR_RANGE = re.compile(
    r"(?<![\w:/,.])(?P<open>[01]?\d|2[0-3])\s?[-–]\s?(?P<close>(?:[01]?\d|2[0-4])\s?[hH](?:\s?[0-5]\d)?)(?!\w)"
)
_CLOCK = re.compile(rf"(?<![\w:/,.])(?P<time>{_TIME})(?![\w:])")
_BEFORE_CLOCK = re.compile(
    r"(?:\b(?:à|de|dès|vers|avant|après|jusqu'à|jusqu’à|et|ou|entre|lendemain)|[-–,;:(])\s*\Z",
    re.IGNORECASE,
)
_BETWEEN_RANGES = re.compile(r"\s*/\s*(?=de [a-zé]+)")
_ALWAYS = (
    (
        re.compile(r"\b24\s?[hH](?:eures)?\s?(?:/|sur)\s?24\b"),
        "vingt-quatre heures sur vingt-quatre",
    ),
    (re.compile(r"\b7\s?(?:j|jours)\s?(?:/|sur)\s?7\b", re.IGNORECASE), "sept jours sur sept"),
)
_MINUTES = re.compile(r"(?<![\w,.])(\d{1,3})\s?(?:min|mn)\b\.?")
_LONG = re.compile(r"(?<![\w,.])(\d{2,3})\s?[hH](?:\s?([0-5]\d))?(?!\w)")


def clock_aloud(hour: int, minute: int, of_day: bool) -> str:
    """Return a time in words.

    ``of_day`` says that it is surely an instant, not a duration: 12:00 is then "midi" and 0:00 or
    24:00 "minuit".
    """
    if minute == 0 and of_day and hour == 12:
        return "midi"
    if hour == 0 or (of_day and hour == 24 and minute == 0):
        return "minuit" if not minute else f"minuit {_minutes_after(minute)}"
    spoken = f"{cardinal(hour, feminine=True)} heure{'s' if hour > 1 else ''}"
    return spoken if not minute else f"{spoken} {_minutes_after(minute)}"


def read(text: str) -> str:
    """Write out times, ranges of times and minutes."""
    for pattern, words in _ALWAYS:
        text = pattern.sub(words, text)
    text = _SHARED_HOUR_RANGE.sub(r"\g<open> h-\g<close>", text)
    text, ranges = _RANGE.subn(_range, text)
    if ranges > 1:
        text = _BETWEEN_RANGES.sub(" et ", text)
    text = _CLOCK.sub(_single, text)
    text = _LONG.sub(_long, text)
    return _MINUTES.sub(
        lambda match: (
            f"{cardinal(int(match.group(1)), feminine=True)} "
            f"minute{'s' if int(match.group(1)) > 1 else ''}"
        ),
        text,
    )


def _minutes_after(minute: int) -> str:
    return cardinal(minute, feminine=True)


def _parts(written: str) -> tuple[int, int]:
    match = _ONE_TIME.match(written.strip())
    assert match is not None
    return int(match.group(1)), int(match.group(2) or 0)


def _range(match: re.Match[str]) -> str:
    opening = clock_aloud(*_parts(match.group("open")), of_day=True)
    closing = clock_aloud(*_parts(match.group("close")), of_day=True)
    if (match.group("lead") or "").strip() == "entre":
        return f"entre {opening} et {closing}"
    return f"de {opening} à {closing}"


def _single(match: re.Match[str]) -> str:
    of_day = bool(_BEFORE_CLOCK.search(match.string[: match.start()]))
    return clock_aloud(*_parts(match.group("time")), of_day=of_day)


def _long(match: re.Match[str]) -> str:
    hours, minutes = int(match.group(1)), int(match.group(2) or 0)
    spoken = f"{cardinal(hours, feminine=True)} heures"
    return f"{spoken} {_minutes_after(minutes)}" if minutes else spoken
