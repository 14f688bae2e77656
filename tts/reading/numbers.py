"""Plain numbers, decimals, ranges, fractions, ordinals and Roman numerals in words."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from num2words import num2words

from tts.reading.gender import is_feminine

INTEGER: Final = r"\d{1,3}(?:[ .]\d{3})+(?!\d)|\d+"
"""A written integer, thousands apart by a space or a dot or not at all."""

_LONGEST_NUMBER = 9
_FEMININE_ONE = re.compile(r"\bun$")
_FRACTIONS = {"2": ("demi", "demis"), "3": ("tiers", "tiers"), "4": ("quart", "quarts")}
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_ROMAN = re.compile(r"(?=[IVXLC])(?:X{0,3}|XL|LX{0,3})(?:IX|IV|V?I{0,3})\Z")


@lru_cache(maxsize=4096)
def cardinal(number: int, feminine: bool = False) -> str:
    """Return 21 as "vingt et un", or "vingt et une" when ``feminine``."""
    words = str(num2words(number, lang="fr"))
    return _FEMININE_ONE.sub("une", words) if feminine else words


def digits_aloud(digits: str) -> str:
    """Return a digit string as a number, its leading zeros kept: "09" is "zéro neuf"."""
    bare = digits.lstrip("0")
    zeros = ["zéro"] * (len(digits) - len(bare))
    if len(bare) > _LONGEST_NUMBER:
        return ", ".join(digits_aloud(pair) for pair in re.findall(r"\d{1,2}", digits))
    return " ".join([*zeros, cardinal(int(bare))] if bare else zeros)


def integer_aloud(written: str, feminine: bool = False) -> str:
    """Return a written integer, thousands separators included, in words."""
    digits = re.sub(r"\D", "", written)
    if digits.startswith("0") and digits != "0":
        return digits_aloud(digits)
    if len(digits) > _LONGEST_NUMBER:
        return digits_aloud(digits)
    return cardinal(int(digits), feminine)


def decimal_aloud(whole: str, decimals: str, feminine: bool = False) -> str:
    """Return "3","5" as "trois virgule cinq"; no decimals, no comma."""
    if not decimals:
        return integer_aloud(whole, feminine)
    return f"{integer_aloud(whole)} virgule {digits_aloud(decimals)}"


def ordinal(number: int, feminine: bool = False, plural: bool = False) -> str:
    """Return 1 as "premier" or "première", 2 as "deuxième"."""
    words = str(num2words(number, lang="fr", to="ordinal"))
    if number == 1 and feminine:
        words = "première"
    return words + "s" if plural else words


def roman(numeral: str) -> int | None:
    """Return the value of a Roman numeral up to 89, or None."""
    if not _ROMAN.match(numeral):
        return None
    values = [_ROMAN_VALUES[letter] for letter in numeral]
    return sum(
        -value if any(later > value for later in values[index + 1 : index + 2]) else value
        for index, value in enumerate(values)
    )


_ORDINAL = re.compile(
    r"(?<![\w,.])(\d{1,3}|[IVX]{2,6}|(?:V|X)(?=e ))"
    r"(?:(ers?)|(res?|ères?)|(nde?s?)|((?:i?[eè]me|e|è)s?))(?![\w'’])"
)
_KINGS = re.compile(
    r"\b(Louis|Henri|Charles|François|Napoléon|Philippe|Jean-Paul|Jean|Paul|Pie|Benoît|Léon)"
    r" ([IVX]{1,5})(er)?\b"
)
_PARTS = re.compile(
    r"\b(article|chapitre|titre|tome|annexe|partie|section|phase|tranche|niveau|catégorie)"
    r" ([IVX]{1,5})\b",
    re.IGNORECASE,
)
_FRACTION = re.compile(r"(?<![\w/,.])(\d{1,2})/([234])(?![\w/])")
_RANGE = re.compile(r"(?<![\w,./-])(\d{1,4})\s?[-–]\s?(\d{1,4})(?![\w/-]|[.,]\d)")
_NUMBER = re.compile(
    rf"(?<![\w,.])(?P<minus>(?<!\S)[-−–]\s?(?=\d))?(?P<whole>{INTEGER})(?:,(?P<decimals>\d+))?"
    r"(?![\w])(?P<noun>\s+[^\W\d_]+)?"
)
_VULGAR = {"½": "un demi", "¼": "un quart", "¾": "trois quarts", "⅓": "un tiers"}


def read_ordinals(text: str) -> str:
    """Write out 1er, 2e, 3ème, XXe, Louis XIV."""

    def written(match: re.Match[str]) -> str:
        token, masculine, feminine, second, _ = match.groups()
        number = int(token) if token.isdigit() else roman(token)
        if number is None or not 0 < number < 1000:
            return match.group()
        if (masculine or feminine) and number != 1:
            return match.group()
        plural = match.group().endswith("s")
        if second:
            word = "seconde" if "nde" in second else "second"
            return (word + "s" if plural else word) if number == 2 else match.group()
        return ordinal(number, bool(feminine), plural)

    def king(match: re.Match[str]) -> str:
        value = roman(match.group(2))
        if value is None:
            return match.group()
        return f"{match.group(1)} {'premier' if value == 1 else cardinal(value)}"

    def part(match: re.Match[str]) -> str:
        value = roman(match.group(2))
        return match.group() if value is None else f"{match.group(1)} {cardinal(value)}"

    return _PARTS.sub(part, _KINGS.sub(king, _ORDINAL.sub(written, text)))


def read(text: str) -> str:
    """Write out every number that is left."""
    text = re.sub(r"½ (?=heure|journée)", "une demi-", text)
    for sign, words in _VULGAR.items():
        text = re.sub(rf"(?<=\d)\s?{sign}", f" et {words}", text).replace(sign, words)
    text = _FRACTION.sub(_fraction, text)
    text = re.sub(r"(?<![\w/])(\d{1,3})/(\d{1,3})(?![\w/])", r"\1 sur \2", text)
    text = _RANGE.sub(_range, text)
    text = _NUMBER.sub(_number, text)
    # What is glued to letters ("18x", "2b") is read apart.
    return re.sub(r"\d+", lambda match: f" {digits_aloud(match.group())} ", text)


def _fraction(match: re.Match[str]) -> str:
    numerator = int(match.group(1))
    if not 0 < numerator < int(match.group(2)):
        return match.group()
    singular, plural = _FRACTIONS[match.group(2)]
    return f"{cardinal(numerator)} {plural if numerator > 1 else singular}"


def _range(match: re.Match[str]) -> str:
    low, high = match.groups()
    years = len(low) == len(high) == 4
    if years or int(low) >= int(high) or low.startswith("0"):
        return f"{low}, {high}" if years else f"{low} tiret {high}"
    return f"{low} à {high}"


def _number(match: re.Match[str]) -> str:
    noun = match.group("noun") or ""
    words = decimal_aloud(
        match.group("whole"), match.group("decimals") or "", is_feminine(noun.strip())
    )
    return f"{'moins ' if match.group('minus') else ''}{words}{noun}"
