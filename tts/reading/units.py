"""Units of measure after a number."""

from __future__ import annotations

import re

from tts.reading.numbers import INTEGER, decimal_aloud, digits_aloud, integer_aloud

_UNITS: dict[str, tuple[str, str, bool]] = {
    "m²": ("mètre carré", "mètres carrés", False),
    "m2": ("mètre carré", "mètres carrés", False),
    "m³": ("mètre cube", "mètres cubes", False),
    "m3": ("mètre cube", "mètres cubes", False),
    "km²": ("kilomètre carré", "kilomètres carrés", False),
    "km/h": ("kilomètre heure", "kilomètres heure", False),
    "km": ("kilomètre", "kilomètres", False),
    "cm": ("centimètre", "centimètres", False),
    "mm": ("millimètre", "millimètres", False),
    "m": ("mètre", "mètres", False),
    "ha": ("hectare", "hectares", False),
    "kg": ("kilo", "kilos", False),
    "g": ("gramme", "grammes", False),
    "t": ("tonne", "tonnes", True),
    "l": ("litre", "litres", False),
    "L": ("litre", "litres", False),
    "cl": ("centilitre", "centilitres", False),
    "ml": ("millilitre", "millilitres", False),
    "dB": ("décibel", "décibels", False),
    "kWh": ("kilowattheure", "kilowattheures", False),
    "kW": ("kilowatt", "kilowatts", False),
    "W": ("watt", "watts", False),
    "V": ("volt", "volts", False),
    "°C": ("degré", "degrés", False),
    "°": ("degré", "degrés", False),
    "Go": ("giga-octet", "giga-octets", False),
    "Mo": ("méga-octet", "méga-octets", False),
    "Ko": ("kilo-octet", "kilo-octets", False),
    "ko": ("kilo-octet", "kilo-octets", False),
    "sec": ("seconde", "secondes", True),
    "hab.": ("habitant", "habitants", False),
    "hab": ("habitant", "habitants", False),
    "pers.": ("personne", "personnes", True),
    "pers": ("personne", "personnes", True),
    "%": ("pour cent", "pour cent", False),
    "‰": ("pour mille", "pour mille", False),
}
_ANY_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_MEASURE = re.compile(
    rf"(?<![\w,.])(?P<whole>{INTEGER})(?:[,.](?P<decimals>\d{{1,3}}))?\s?(?P<unit>{_ANY_UNIT})(?![\w²³'’])"
)
_DIMENSIONS = re.compile(
    r"(?<=\d)\s?(?:cm|mm|m)?\s?[x×]\s?(?=\d+(?:,\d+)?\s?(?:cm|mm|m|x|×)(?!\w))"
)
_RANGE = re.compile(
    rf"(?<![\w,./-])(\d{{1,4}}(?:,\d+)?)\s?[-–]\s?(?=\d{{1,4}}(?:,\d+)?\s?(?:{_ANY_UNIT})(?!\w))"
)
_ALONE = (
    (re.compile(r"\bkm/h\b"), "kilomètres heure"),
    (re.compile(r"\b([Ll]e|du|au|par) m²"), r"\1 mètre carré"),
    (re.compile(r"\b([Ll]e|du|au|par) m³"), r"\1 mètre cube"),
    (re.compile(r"\bm²"), "mètres carrés"),
    (re.compile(r"\bm³"), "mètres cubes"),
    (re.compile(r"\bkm\b"), "kilomètres"),
    (re.compile(r"\bkg\b"), "kilos"),
    (re.compile(r"%"), " pour cent"),
)


def read(text: str) -> str:
    """Write out measures; the number before a unit is written out with it."""
    text = _DIMENSIONS.sub(" sur ", text)
    text = _RANGE.sub(r"\1 à ", text)
    text = _MEASURE.sub(_measure, text)
    for pattern, words in _ALONE:
        text = pattern.sub(words, text)
    return text


def _measure(match: re.Match[str]) -> str:
    whole, decimals = match.group("whole"), match.group("decimals") or ""
    singular, plural, feminine = _UNITS[match.group("unit")]
    several = int(re.sub(r"\D", "", whole)) >= 2
    unit = plural if several else singular
    if match.group("unit") == "m" and len(decimals) == 2 and decimals[0] != "0":
        return f"{integer_aloud(whole)} {unit} {digits_aloud(decimals)}"
    return f"{decimal_aloud(whole, decimals, feminine)} {unit}"
