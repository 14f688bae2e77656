"""Prices in euros."""

from __future__ import annotations

import re

from tts.reading.numbers import INTEGER, cardinal, integer_aloud

_EURO = r"(?:€|EUR\b|euros?\b)"
_PRICE_RANGE = re.compile(
    rf"(?<![\w,.])(\d{{1,4}}(?:,\d{{1,2}})?)\s?(?:€\s?)?(?:-|–|à)\s?(\d{{1,4}}(?:,\d{{1,2}})?)\s?{_EURO}"
)
_SPLIT_PRICE = re.compile(rf"(?<![\w,.])({INTEGER})\s?€\s?(\d\d)(?![\d,])(?!\s?[€%hH/])")
_PRICE = re.compile(
    rf"(?<![\w,.])(?P<whole>{INTEGER})(?:[,.](?P<decimals>\d{{1,2}}))?\s?{_EURO}"
    r"(?:\s?/\s?(?P<per>m[²2³3](?!\w)|[a-zé]+))?"
)
_PER = {
    "h": "de l'heure",
    "heure": "de l'heure",
    "m²": "le mètre carré",
    "m2": "le mètre carré",
    "m³": "le mètre cube",
    "m3": "le mètre cube",
    "kg": "le kilo",
    "l": "le litre",
    "pers": "par personne",
    "j": "par jour",
}


def read(text: str) -> str:
    """Write out prices."""
    text = _PRICE_RANGE.sub(_range, text)
    text = _SPLIT_PRICE.sub(lambda match: _price(match.group(1), match.group(2)), text)
    return _PRICE.sub(_single, text)


def _single(match: re.Match[str]) -> str:
    spoken = _price(match.group("whole"), match.group("decimals") or "")
    per = match.group("per")
    return spoken if per is None else f"{spoken} {_PER.get(per, f'par {per}')}"


def _range(match: re.Match[str]) -> str:
    low, high = match.groups()
    if "," in low:
        return f"{_price(*_split(low))} à {_price(*_split(high))}"
    return f"{integer_aloud(low)} à {_price(*_split(high))}"


def _split(written: str) -> tuple[str, str]:
    whole, _, decimals = written.partition(",")
    return whole, decimals


def _price(whole: str, decimals: str) -> str:
    euros = int(re.sub(r"\D", "", whole))
    cents = int(decimals.ljust(2, "0")) if decimals else 0
    if cents and not euros:
        return f"{cardinal(cents)} centime{'s' if cents > 1 else ''}"
    link = " d'" if euros >= 1_000_000 and euros % 1_000_000 == 0 else " "
    spoken = f"{integer_aloud(whole)}{link}euro{'s' if euros > 1 else ''}"
    return f"{spoken} {cardinal(cents)}" if cents else spoken
