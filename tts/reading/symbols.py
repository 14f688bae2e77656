"""Unusual characters before reading, signs and punctuation after it."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"[\u00a0\u2000-\u200a\u202f\u205f\u3000\t]")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufe0e\ufe0f\ufeff]")
_SUPERSCRIPTS = str.maketrans(
    {"ᵉ": "e", "ʳ": "r", "ˢ": "s", "ᵈ": "d", "’": "'", "ʼ": "'", "‑": "-", "º": "°"}
)
_MARKUP = re.compile(r"\*\*|__|`|^#+\s+", re.MULTILINE)
_TAG = re.compile(r"<[a-zA-Z/][^<>]{0,200}>")
_LINE = re.compile(r"([^\s.,;:!?…])?[ ]*(?:\r\n?|\n)\s*(?:[-–—•*·▪]\s+)?")
_BULLET = re.compile(r"(?:^|\s)[•·▪■►✓→⇒]\s*")
_PHONE_KEYS = re.compile(r"\b(touche|tapez|faites|appuyez sur|sur|ou|et|la) ([*#])(?!\w)")

_SIGNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"\bet\s?/\s?ou\b", "et ou"),
        (r"\s?&\s?", " et "),
        (r"(?<=\w)\s?\+(?=\s|[.,;:!?)]|$)", " plus"),
        (r"\s?\+\s?", " plus "),
        (r"\s?=\s?", " égale "),
        (r"\s?≥\s?", " au moins "),
        (r"\s?≤\s?", " au plus "),
        (r"\s?>\s?(?=\d)", " plus de "),
        (r"\s?<\s?(?=\d)", " moins de "),
        (r"\s?±\s?", " plus ou moins "),
        (r"(?<=[^\W\d_])\s?/\s?(?=[^\W\d_])", " ou "),
        (r"§\s?", "paragraphe "),
        (r"\s?@\s?", " arobase "),
        (r"(?<=\d)\s?°", " degrés"),
        (r"[€]", " euros"),
        (r"²", " carré"),
        (r"³", " cube"),
        (r"(?<=\d)\s?[×xX]\s?(?=\d)", " fois "),
        (r"×", " fois "),
        (r"(?<=\d)\*(?=\d)", " étoile "),
    )
)


def clean(text: str) -> str:
    """Bring ``text`` to one line of plain characters."""
    text = unicodedata.normalize("NFC", text)
    text = _TAG.sub(" ", _INVISIBLE.sub("", _SPACES.sub(" ", text)))
    text = text.translate(_SUPERSCRIPTS)
    text = _MARKUP.sub("", text)
    text = _LINE.sub(lambda match: f"{match.group(1)}. " if match.group(1) else " ", text)
    text = _BULLET.sub(", ", text)
    text = "".join(
        " " if unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") else character
        for character in text
    )
    return re.sub(r" {2,}", " ", text).strip(" ,")


def read(text: str) -> str:
    """Write out the signs that people say."""
    text = _PHONE_KEYS.sub(
        lambda match: f"{match.group(1)} {'étoile' if match.group(2) == '*' else 'dièse'}", text
    )
    for pattern, words in _SIGNS:
        text = pattern.sub(words, text)
    return text


_TIDY: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\.{2,}", "…"),
        (r"[«»“”„\"]", " "),
        (r"\s[-–—]+\s|\s?[–—]+\s?", ", "),
        (r"\s*[(\[{]\s*", ", "),
        (r"\s*[)\]}]\s*(?=[.,;:!?…]|$)", ""),
        (r"\s*[)\]}]\s*", ", "),
        (r"[*#_|\\^~<>/°=+@&`¨´•·]", " "),
        (r"\s+", " "),
        (r"(?:\s*,)+", ","),
        (r"\s+([.,…])", r"\1"),
        (r"(?<=\w)([;:!?])", r" \1"),
        (r"([,;:])\s*(?=[.;:!?…])", ""),
        (r"([.!?…])\s*,", r"\1"),
        (r",(?=[^\s\d])", ", "),
        (r"^[\s,;:.…-]+", ""),
        (r"[\s,;:-]+$", ""),
    )
)


def tidy(text: str) -> str:
    """Drop what nobody says and leave punctuation that the voice understands."""
    text = "".join(
        character if unicodedata.category(character)[0] in "LNPZM" or character in "$" else " "
        for character in text
    )
    for pattern, replacement in _TIDY:
        text = pattern.sub(replacement, text)
    return text.strip()
