"""Whether two ways of writing a day mean the same one. Pure."""

from __future__ import annotations

from rapidfuzz.fuzz import ratio

from callbot.evaluation import wordcount
from common.french import fold

ALIKE = 80
"""Of 100, in letters: « samdi » is a « samedi » that was understood."""
_LEADING = frozenset({"ce", "cet", "cette", "le", "la", "les", "l", "de", "du", "un", "une"})


def same_day(labelled: str, understood: str) -> bool:
    """Compare « ce week-end » and « weekend », « 24 mai » and « vingt-quatre mai »."""
    expected, found = _letters(labelled), _letters(understood)
    if not found:
        return not expected
    return bool(expected) and (expected in found or ratio(expected, found) >= ALIKE)


def _letters(text: str) -> str:
    words = [fold(word) for word in wordcount.words(text)]
    while len(words) > 1 and words[0] in _LEADING:
        words.pop(0)
    return "".join(words)
