"""E-mail and web addresses, said as people dictate them."""

from __future__ import annotations

import re

from tts.reading.numbers import digits_aloud

_TOP = (
    r"fr|com|org|net|eu|info|gouv|paris|bzh|alsace|corsica|re|gp|mq|gf|nc|pf|io|app|online|"
    r"be|ch|lu|de|uk|es|it|tv|biz|cat|shop|site|immo|asso"
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_URL = re.compile(
    rf"(?<![\w@.])(?:https?://)?(?:[\w-]+\.)+(?:{_TOP})(?![\w-])(?:/[\w./%#?=&~-]*)?", re.IGNORECASE
)
_WORDS = {
    ".": " point ",
    "@": " arobase ",
    "-": " tiret ",
    "_": " tiret bas ",
    "/": " barre oblique ",
    "+": " plus ",
    "%": " pour cent ",
    "#": " dièse ",
    "?": " point d'interrogation ",
    "=": " égale ",
    "&": " et ",
    "~": " tilde ",
}
_LETTER_TOPS = {"eu": "euh-u", "io": "i-o", "tv": "té-vé", "uk": "u-ka", "bzh": "bé-zède-hache"}
_SPELT = re.compile(r"(?<=point )(eu|io|tv|uk|bzh)(?= |$)")


def read(text: str) -> str:
    """Write out addresses; everything in them is lower case, as case means nothing there."""
    text = _EMAIL.sub(lambda match: _aloud(match.group()), text)
    return _URL.sub(lambda match: _aloud(match.group()), text)


def _aloud(address: str) -> str:
    tail = re.search(r"[.,;:!?-]+\Z", address)
    ending = tail.group() if tail else ""
    bare = address[: len(address) - len(ending)].lower()
    bare = re.sub(r"\Ahttps?://", "", bare).rstrip("/")
    three_w = bare.startswith("www.")
    spoken = "".join(_WORDS.get(sign, sign) for sign in bare.removeprefix("www."))
    if three_w:
        spoken = f"trois double-vé point {spoken}"
    spoken = re.sub(r"\d+", lambda match: f" {digits_aloud(match.group())} ", spoken)
    spoken = re.sub(r"\s+", " ", spoken).strip()
    return _SPELT.sub(lambda match: _LETTER_TOPS[match.group(1)], spoken) + ending
