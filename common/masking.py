"""Personal data taken out of what is logged or kept."""

from __future__ import annotations

import re

NUMBER = "[numéro]"
EMAIL = "[courriel]"
HIDDEN = "[masqué]"

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@(?!\d+\.\d+\.\d+\.\d+)[\w-]+(?:\.[\w-]+)+")
_SIP_USER = re.compile(r"\b((?:sips?|tel):)[^@\s<>\"']+(?=@)", re.IGNORECASE)
_TEL_URI = re.compile(r"\b(tel:)\+?[\d().-]+", re.IGNORECASE)
_SEPARATOR = r"[\s.\-\u00a0\u202f/]?"
_FRENCH = re.compile(
    r"(?<![\w+])(?<!\d\.)"
    rf"(?:(?:\+|00){_SEPARATOR}33{_SEPARATOR}(?:\(0\){_SEPARATOR})?|0)"
    rf"[1-9](?:{_SEPARATOR}\d\d){{4}}(?!\w)"
)
_INTERNATIONAL = re.compile(
    rf"(?<![\w+])(?:\+|00){_SEPARATOR}[1-9](?:{_SEPARATOR}\d){{6,14}}(?!\w)"
)


def mask_text(text: str) -> str:
    """Replace telephone numbers, e-mail addresses and the user part of SIP addresses."""
    text = _SIP_USER.sub(rf"\1{HIDDEN}", text)
    text = _TEL_URI.sub(rf"\1{NUMBER}", text)
    text = _EMAIL.sub(EMAIL, text)
    text = _FRENCH.sub(NUMBER, text)
    return _INTERNATIONAL.sub(NUMBER, text)


def mask_number(number: str) -> str:
    """Return a caller's number with all but its last two digits hidden; a name goes entirely."""
    if not number:
        return ""
    digits = [character for character in number if character.isdigit()]
    if len(digits) < 6 or len(digits) < len(number) / 2:
        return HIDDEN
    return "••••••" + "".join(digits[-2:])
