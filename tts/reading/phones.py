"""Telephone numbers in pairs, with commas, so that a caller can note them."""

from __future__ import annotations

import re

from tts.reading.numbers import digits_aloud

_SEPARATOR = r"[ .\-]?"
_INTERNATIONAL = re.compile(
    rf"(?<![\w+])(?:\+33|0033)\s?(?:\(0\)\s?)?([1-9](?:{_SEPARATOR}\d\d){{4}})(?!\d)"
)
_NATIONAL = re.compile(rf"(?<![\w+])0[1-9](?:{_SEPARATOR}\d\d){{4}}(?!\d)")
_SPECIAL = re.compile(r"(?<![\w+])0 ?(8\d\d) ?(?:(\d{3}) ?(\d{3})|(\d\d) ?(\d\d) ?(\d\d))(?!\d)")
_EUROPEAN = re.compile(
    r"(?<![\w ])(?<!\d )(116|118) ?(\d{3})(?! ?\d| ?(?:€|euros?|habitants?|m²))|"
    r"(?<=[^\d] )(116|118) ?(\d{3})(?! ?\d| ?(?:€|euros?|habitants?|m²))"
)
_CALLING = (
    r"(?:au|le|du|numéros?|composez|composer|appelez|appeler|tapez|faites|faire|joignez|"
    r"téléphone|téléphonez au|tél\.?|ou|et|:)"
)
_SHORT = re.compile(
    rf"\b({_CALLING}\s*)(3\d|10)\s?(\d\d)(?![\w%]|[.,]\d|\s?(?:€|euros?|%|m²|m2|km|kg|mètres?|"
    r"habitants?|personnes?|logements?|élèves?|électeurs?|enfants?|fois|ans|places?|arbres?|"
    r"heures?|h\b|minutes?|jours?|janvier|février|mars|avril|mai|juin|juillet|août|septembre|"
    r"octobre|novembre|décembre)|\s\d)",
    re.IGNORECASE,
)
_OTHER_COUNTRY = re.compile(r"(?<!\w)\+(\d{1,3})((?:[ .\-]?\d){6,12})(?!\d)")


def read(text: str) -> str:
    """Write out telephone numbers, national, special, short and international."""
    text = _INTERNATIONAL.sub(lambda match: _set_off(match, "0" + _bare(match.group(1))), text)
    text = _NATIONAL.sub(lambda match: _set_off(match, _bare(match.group())), text)
    text = _SPECIAL.sub(_special, text)
    text = _OTHER_COUNTRY.sub(
        lambda match: f"plus {digits_aloud(match.group(1))}, {_pairs(_bare(match.group(2)))}", text
    )
    text = _EUROPEAN.sub(
        lambda match: ", ".join(digits_aloud(part) for part in match.groups() if part), text
    )
    return _SHORT.sub(
        lambda match: (
            f"{match.group(1)}{digits_aloud(match.group(2))}, {digits_aloud(match.group(3))}"
        ),
        text,
    )


def _special(match: re.Match[str]) -> str:
    groups = [group for group in match.groups() if group]
    return "zéro " + ", ".join(digits_aloud(group) for group in groups)


def _bare(written: str) -> str:
    return re.sub(r"\D", "", written)


def _set_off(match: re.Match[str], digits: str) -> str:
    """The pairs, and a comma when the sentence goes on, so that the last pair is heard apart."""
    goes_on = re.match(r"\s+\w", match.string[match.end() :])
    return _pairs(digits) + ("," if goes_on else "")


def _pairs(digits: str) -> str:
    return ", ".join(digits_aloud(pair) for pair in re.findall(r"\d\d?", digits))
