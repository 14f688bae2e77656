"""How long a text message is on the network, and French kept within the short alphabet.

A message in the GSM alphabet (3GPP TS 23.038) has 160 characters, in UCS-2 only 70; longer ones
are cut into segments that are billed one by one. The alphabet has é è à ù ì ò É and Ç, but
neither ê â î ô û ë ï ç nor any typographic mark: one of them would make every segment less than
half as long. So these marks get their plain form and these letters lose their accent (« être »
becomes « etre »), which readers of text messages are used to. A message stays in UCS-2, then with
its accents, only where a character has no plain form at all.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Encoding: TypeAlias = Literal["gsm7", "ucs2"]

_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPE: Final = 0x1B
_EXTENSION: Final = {
    "\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F,
    "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40, "€": 0x65,
}  # fmt: skip
_SEPTETS: Final = {
    **{character: bytes([code]) for code, character in enumerate(_BASIC) if code != _ESCAPE},
    **{character: bytes([_ESCAPE, code]) for character, code in _EXTENSION.items()},
}
_LIMITS: Final[dict[Encoding, tuple[int, int]]] = {"gsm7": (160, 153), "ucs2": (70, 67)}
"""Septets or UTF-16 units of a message in one segment, and of each segment of a longer one."""

_PLAIN: Final = str.maketrans(
    {
        **dict.fromkeys("’‘ʼ′`´", "'"),
        **dict.fromkeys("“”„″", '"'),
        **dict.fromkeys("–—‑‐−•·", "-"),
        **dict.fromkeys("\u00a0\u202f\u2009\u2007\u2002\u2003\t", " "),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
        "…": "...", "œ": "oe", "Œ": "Oe", "æ": "ae", "Æ": "Ae", "°": "o", "⁄": "/", "×": "x",
    }
)  # fmt: skip
_QUOTES: Final = (("«\u00a0", '"'), ("« ", '"'), ("«", '"'), ("\u00a0»", '"'), (" »", '"'))


@dataclass(frozen=True)
class Measure:
    """What a text costs on the network."""

    encoding: Encoding
    units: int
    """Septets of GSM-7 or 16-bit units of UCS-2."""
    segments: int


def is_gsm7(text: str) -> bool:
    """True when every character is in the GSM alphabet or its extension."""
    return all(character in _SEPTETS for character in text)


def encode(text: str) -> bytes:
    """Return one byte per septet, characters of the extension taking two.

    Raises:
        ValueError: a character is not in the alphabet.
    """
    try:
        return b"".join(_SEPTETS[character] for character in text)
    except KeyError as error:
        raise ValueError(f"not in the GSM alphabet: {error.args[0]!r}") from error


def keep_gsm7(text: str) -> str:
    """Return French text in the GSM alphabet as far as it goes; what has no plain form stays."""
    return "".join(_plain(character) for character in _typed(text))


def fitted(text: str) -> str:
    """Return what to send: plain where that makes the whole text GSM-7, else with its accents."""
    plain = keep_gsm7(text)
    return plain if is_gsm7(plain) else unicodedata.normalize("NFC", text)


def parts(text: str) -> tuple[str, ...]:
    """Return the segments of ``text``; no character is ever cut in two. Empty text: none."""
    encoding = _encoding(text)
    alone, joined = _LIMITS[encoding]
    if sum(_width(character, encoding) for character in text) <= alone:
        return (text,) if text else ()
    found, start, used = [], 0, 0
    for index, character in enumerate(text):
        width = _width(character, encoding)
        if used + width > joined:
            found.append(text[start:index])
            start, used = index, 0
        used += width
    return (*found, text[start:])


def measure(text: str) -> Measure:
    """Return how ``text`` travels, exactly as it stands."""
    encoding = _encoding(text)
    units = sum(_width(character, encoding) for character in text)
    return Measure(encoding, units, len(parts(text)))


def _encoding(text: str) -> Encoding:
    return "gsm7" if is_gsm7(text) else "ucs2"


def _width(character: str, encoding: Encoding) -> int:
    if encoding == "gsm7":
        return len(_SEPTETS[character])
    return 2 if ord(character) > 0xFFFF else 1


def _typed(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    for quote, plain in _QUOTES:
        text = text.replace(quote, plain)
    return text.replace("»", '"').translate(_PLAIN)


def _plain(character: str) -> str:
    if character in _SEPTETS:
        return character
    decomposed = unicodedata.normalize("NFKD", character).translate(_PLAIN)
    bare = "".join(part for part in decomposed if not unicodedata.combining(part))
    return bare if bare and is_gsm7(bare) else character
