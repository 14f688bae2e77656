"""A dictated number put right: « non, c'est 57 à la fin »."""

from __future__ import annotations

import re

from common.french import fold
from common.frenchnumbers import digits_of

__all__ = ["corrected", "digits_of", "hidden"]

_NOT = re.compile(r"\b(?:et |mais )?(?:pas|au lieu d[eu])\b")
_END = re.compile(r"\b(?:fin|dernier\w*|termine\w*)\b")
_START = re.compile(r"\b(?:debut|premier\w*|commence\w*)\b")


def corrected(known: str, digits: str, said: str) -> str | None:
    """Return ``known`` with the ``digits`` of a correction in their place, None if none fits.

    "57 à la fin" and "57 pas 78" say where. Digits that begin with 0 begin the number anew.
    Otherwise they replace the pairs that they resemble most, the last ones rather than the first.
    """
    count = len(digits)
    folded = fold(said)
    replaced = _instead(known, folded)
    if replaced is not None or not 0 < count < len(known):
        return replaced or digits or None
    if _END.search(folded):
        return known[:-count] + digits
    if _START.search(folded):
        return digits + known[count:]
    if digits.startswith("0") or count % 2:
        return digits if digits.startswith("0") else None
    places = range(0, len(known) - count + 1, 2)
    place = max(places, key=lambda at: (_alike(known[at : at + count], digits), at))
    return known[:place] + digits + known[place + count :]


def hidden(digits: str) -> str:
    """Return a number as a record may show it: only its last two digits, of a whole one."""
    plain = re.sub(r"\D", "", digits)
    shown = plain[-2:] if len(plain) >= 10 else "••"
    return f"•• •• •• •• {shown}"


def _instead(known: str, folded: str) -> str | None:
    """« 57 pas 78 », « pas 78 mais 57 »: the wrong digits are named."""
    before, *after = _NOT.split(folded, maxsplit=1)
    if not after:
        return None
    right, wrong = digits_of(before), digits_of(after[0])
    if not right and len(wrong) % 2 == 0:
        half = len(wrong) // 2
        wrong, right = wrong[:half], wrong[half:]
    if not wrong or len(wrong) != len(right):
        return None
    places = [at for at in range(len(known)) if known.startswith(wrong, at)]
    if not places:
        return None
    place = max(places, key=lambda at: (at % 2 == 0, at))
    return known[:place] + right + known[place + len(wrong) :]


def _alike(one: str, other: str) -> int:
    return sum(a == b for a, b in zip(one, other, strict=True))
