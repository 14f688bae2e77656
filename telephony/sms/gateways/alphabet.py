"""Octets of a text and back, as SMPP takes them: one septet an octet, or UCS-2."""

from __future__ import annotations

import string
from typing import Literal, TypeAlias

from telephony.sms import gsm7

Coding: TypeAlias = Literal["gsm7", "ucs2"]
Accents: TypeAlias = Literal["gsm", "ucs2"]
"""``ucs2``: all but plain letters takes UCS-2, for operators whose own alphabet is not GSM's."""

_ESCAPE = 0x1B
_CHARACTERS = {gsm7.encode(c): c for c in map(chr, range(0x2100)) if gsm7.is_gsm7(c)}
_PLAIN = frozenset(string.ascii_letters + string.digits + " \n!\"#%&'()*+,-./:;<=>?")
"""The same octets in the GSM alphabet, ASCII and Latin-1."""

_WHOLE_UNITS = 70
_PART_UNITS = 67


def encoded(text: str, accents: Accents = "gsm") -> tuple[Coding, bytes]:
    """Return the whole text in one piece."""
    if _coding(text, accents) == "gsm7":
        return "gsm7", gsm7.encode(text)
    return "ucs2", _ucs2(text)


def parts(text: str, accents: Accents = "gsm") -> tuple[Coding, tuple[bytes, ...]]:
    """Return the text in pieces that one message each carries; no character is cut in two."""
    if _coding(text, accents) == "gsm7":
        return "gsm7", tuple(gsm7.encode(part) for part in gsm7.parts(text))
    whole = _ucs2(text)
    if len(whole) <= 2 * _WHOLE_UNITS:
        return "ucs2", (whole,)
    cut = [b""]
    for character in text:
        octets = _ucs2(character)
        if len(cut[-1]) + len(octets) > 2 * _PART_UNITS:
            cut.append(b"")
        cut[-1] += octets
    return "ucs2", tuple(cut)


def decode_gsm7(octets: bytes) -> str:
    """Read one septet an octet; what the alphabet does not know becomes a space."""
    text: list[str] = []
    waiting = b""
    for octet in octets:
        code = waiting + bytes([octet])
        if octet == _ESCAPE and not waiting:
            waiting = code
        else:
            text.append(_CHARACTERS.get(code, " "))
            waiting = b""
    return "".join(text)


def _coding(text: str, accents: Accents) -> Coding:
    plain = set(text) <= _PLAIN if accents == "ucs2" else gsm7.is_gsm7(text)
    return "gsm7" if plain else "ucs2"


def _ucs2(text: str) -> bytes:
    return text.encode("utf-16-be", "replace")
