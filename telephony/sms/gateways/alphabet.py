"""The GSM alphabet and UCS-2: which one a text needs, and how it is cut into messages.

7-bit texts are handled one septet in an octet, as SMPP and HTTP gateways take them.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

Coding: TypeAlias = Literal["gsm7", "ucs2"]

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPE = 0x1B
_EXTENDED = {
    "\x0c": 0x0A,
    "^": 0x14,
    "{": 0x28,
    "}": 0x29,
    "\\": 0x2F,
    "[": 0x3C,
    "~": 0x3D,
    "]": 0x3E,
    "|": 0x40,
    "€": 0x65,
}
_ENCODED = {
    **{c: bytes([i]) for i, c in enumerate(_BASIC) if i != _ESCAPE},
    **{c: bytes([_ESCAPE, code]) for c, code in _EXTENDED.items()},
}
_BACK = {code: c for c, code in _EXTENDED.items()}

_WHOLE: dict[Coding, int] = {"gsm7": 160, "ucs2": 140}
_PART: dict[Coding, int] = {"gsm7": 153, "ucs2": 134}
"""Octets of one part beside its six octets of header."""


def coding_of(text: str) -> Coding:
    """Return the alphabet that carries the text unharmed: ``ê`` or ``ç`` take UCS-2."""
    return "gsm7" if all(character in _ENCODED for character in text) else "ucs2"


def encode(text: str) -> tuple[Coding, bytes]:
    """Return the alphabet of the text and its octets."""
    coding = coding_of(text)
    return coding, b"".join(_units(text, coding))


def parts(text: str) -> tuple[Coding, tuple[bytes, ...]]:
    """Cut the text as telephones show it in one piece again; no character is cut in two.

    One part takes 160 septets or 70 UTF-16 units, each of several 153 or 67.
    """
    coding = coding_of(text)
    return coding, _cut(text, coding)


def ucs2_parts(text: str) -> tuple[bytes, ...]:
    """Cut the text like :func:`parts`, always in UCS-2."""
    return _cut(text, "ucs2")


def _cut(text: str, coding: Coding) -> tuple[bytes, ...]:
    units = _units(text, coding)
    if sum(map(len, units)) <= _WHOLE[coding]:
        return (b"".join(units),)
    cut: list[bytes] = [b""]
    for unit in units:
        if len(cut[-1]) + len(unit) > _PART[coding]:
            cut.append(b"")
        cut[-1] += unit
    return tuple(cut)


def decode_gsm7(octets: bytes) -> str:
    """Read one septet an octet; what the alphabet does not know becomes a space."""
    text: list[str] = []
    escaped = False
    for octet in octets:
        if escaped:
            text.append(_BACK.get(octet, " "))
        elif octet != _ESCAPE:
            text.append(_BASIC[octet] if octet < len(_BASIC) else " ")
        escaped = octet == _ESCAPE and not escaped
    return "".join(text)


def _units(text: str, coding: Coding) -> list[bytes]:
    if coding == "gsm7":
        return [_ENCODED[character] for character in text]
    return [character.encode("utf-16-be", "replace") for character in text]
