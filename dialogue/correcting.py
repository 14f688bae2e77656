"""« La crèche, euh non, la maternelle »: what a caller says instead of what was just said. Pure."""

from __future__ import annotations

import re

from common.french import folded

_TAKEN_BACK = (
    r"\b(?:(?:euh|ah|mais|ben|pardon|enfin|excusez moi) non|"
    r"non (?:pardon|enfin|excusez moi|plutot)|ou plutot|"
    r"je (?:veux|voulais) dire|non je me trompe|je me suis trompee?|"
    r"qu est ce que je (?:dis|raconte))\b(?: (?:euh|pardon|enfin|plutot|non))*"
)
_DENIED = (
    r"\b(?P<denied>(?:ce n est|c est|"
    r"(?:je|on) (?:ne |n )?(?:veux|veut|cherche|appelle|demande)) pas)"
    r" .{3,80}? (?=c est\b|mais\b|juste\b|seulement\b|plutot\b)"
)
_INSTEAD = re.compile(f"{_TAKEN_BACK}|{_DENIED}")
_FEWEST_WORDS = 2


def instead(text: str) -> str | None:
    """Return the words after the last correction or denial, None where there is none.

    A sentence that begins with « non » corrects nothing that stands in it.
    """
    source = folded(text)
    found = list(_INSTEAD.finditer(source.text))
    if not found:
        return None
    last = found[-1]
    before = source.text[: last.start()].split()
    words = source.surface(last.end(), len(source.text)).strip(" ,.;:")
    takes_back = not last["denied"]
    if len(words.split()) < _FEWEST_WORDS or (takes_back and len(before) < _FEWEST_WORDS):
        return None
    return words
