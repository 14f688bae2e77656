"""Telephone numbers out of pieces that are rendered ahead.

A number that is read back is known only in the call, but its pairs are not: each of them is
rendered once as it sounds inside a number and once as it sounds at the end of a sentence, and so is
what stands before and after the number. Pieces begin and end in silence (:mod:`tts.levels`), so
they are played one after the other without a seam.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from tts.reading.numbers import digits_aloud

_PAIRS: Final = frozenset(digits_aloud(f"{pair:02d}") for pair in range(100))
_DIGITS: Final = frozenset(digits_aloud(str(digit)) for digit in range(10))
_SPOKEN: Final = _PAIRS | _DIGITS
_FIRST: Final = frozenset(digits_aloud(f"0{digit}") for digit in range(1, 10))
_CLAUSE = re.compile(r",\s+")
_END = re.compile(r"[.?!]$")


def pieces(sentence: str) -> list[str]:
    """Return the pieces of a sentence (speech text) with a French number in it; else nothing.

    The number is a first pair ("zéro six") and at least one more, set off by commas.
    """
    ending = _END.search(sentence)
    clauses = _CLAUSE.split(_END.sub("", sentence))
    begun = _begun(clauses)
    if begun is None:
        return []
    at, before, first = begun
    number = [first]
    while at + len(number) < len(clauses) and clauses[at + len(number)] in _SPOKEN:
        number.append(clauses[at + len(number)])
    if len(number) < 2:
        return []
    rest = clauses[at + len(number) :]
    found = [*clauses[:at], *([before] if before else []), *number, *rest]
    last = found.pop() + (ending.group() if ending else "")
    return [*(f"{piece}," for piece in found), last]


def _begun(clauses: list[str]) -> tuple[int, str, str] | None:
    """Return which clause ends with the first pair, what stands before it there, and the pair."""
    for at, clause in enumerate(clauses):
        words = clause.split(" ")
        pair = " ".join(words[-2:])
        if pair in _FIRST:
            return at, " ".join(words[:-2]), pair
    return None


def number_pieces(sentences: Iterable[str]) -> Iterator[str]:
    """Yield all pieces that sentences like these can need, each once.

    ``sentences`` are speech text, each with some number in it.
    """
    around = [piece for sentence in sentences for piece in pieces(sentence)]
    pairs = sorted(_SPOKEN, key=lambda pair: (pair not in _PAIRS, pair))
    endings = {piece[-1] for piece in around if piece[:-1] in _SPOKEN}
    spoken = {f"{pair}{end}" for pair in pairs for end in (",", *endings)}
    yield from dict.fromkeys(piece for piece in around if piece not in spoken)
    for end in (",", *sorted(endings - {","})):
        yield from (f"{pair}{end}" for pair in pairs)
