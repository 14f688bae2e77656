"""A word that is spelled aloud: « L, I, L, A, S », « L comme Louis, I comme Irène », « deux L »."""

from __future__ import annotations

import re
from typing import Final

from common.french import fold

_NAMES: Final = {
    "ah": "a", "be": "b", "ce": "c", "se": "c", "de": "d", "eux": "e", "euh": "e", "effe": "f",
    "ge": "g", "ache": "h", "hache": "h", "ji": "j", "gi": "j", "ka": "k", "elle": "l", "aile": "l",
    "el": "l", "aime": "m", "em": "m", "enne": "n", "haine": "n", "en": "n", "oh": "o", "eau": "o",
    "pe": "p", "cu": "q", "ku": "q", "erre": "r", "air": "r", "esse": "s", "te": "t", "hue": "u",
    "ve": "v", "ixe": "x", "ix": "x", "igrec": "y", "zed": "z", "zede": "z",
}  # fmt: skip
"""How the letters are called, as recognition writes it, folded."""
_AS_IN: Final = re.compile(r"\b([a-z]) comme \w+")
_TWICE: Final = re.compile(r"\b(?:deux|2) ([a-z]\b|[a-z]{2,5}\b)")
_LEADING: Final = re.compile(r"^(?:(?:c est|ca s ecrit|alors|donc|oui|non|euh) )+")
_BETWEEN: Final = frozenset(("tiret", "espace", "apostrophe", "accent", "aigu", "grave", "puis"))
_FEWEST: Final = 3
_SHARE: Final = 0.6
"""Of the words that must be letters; the others may lead up to them."""


def spelled(text: str) -> str:
    """Return the word that ``text`` spells, folded; '' where it spells none."""
    heard = _AS_IN.sub(r"\1", _LEADING.sub("", fold(text)))
    heard = _TWICE.sub(r"\1 \1", heard)
    words = [word for word in heard.split() if word not in _BETWEEN]
    letters = [letter for word in words if (letter := _letter(word))]
    enough = len(letters) >= max(_FEWEST, _SHARE * len(words))
    return "".join(letters) if enough else ""


def _letter(word: str) -> str:
    return word if len(word) == 1 and word.isalpha() else _NAMES.get(word, "")
