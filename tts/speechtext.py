"""Written French to spoken French: what the voice is given to say.

:func:`speech_text` writes out numbers, times, dates, prices, telephone numbers, addresses,
acronyms and signs in words. It is idempotent and never raises.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from tts.reading import (
    abbreviations,
    acronyms,
    addresses,
    dates,
    money,
    numbers,
    phones,
    symbols,
    times,
    units,
    web,
)
from tts.reading.pronunciation import respell

_STEPS: Final = (
    symbols.clean,
    web.read,
    phones.read,
    dates.read,
    times.read,
    money.read,
    units.read,
    abbreviations.read,
    addresses.read,
    numbers.read_ordinals,
    acronyms.read,
    symbols.read,
    numbers.read,
    symbols.tidy,
)
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=\S)")
_CLAUSE_END = re.compile(r"(?<=[,;:])\s+(?=\S)")
_SAYABLE = re.compile(r"[^\W_]")

FIRST_CHUNK_MIN: Final = 18
"""Characters. A first chunk shorter than this sounds clipped from the rest."""
CHUNK_MAX: Final = 180
"""Characters. A longer sentence is cut at its clauses."""


@lru_cache(maxsize=2048)
def speech_text(text: str) -> str:
    """Return ``text`` as it is said, in words and plain punctuation."""
    for step in _STEPS:
        text = step(text)
    return text


def spoken_sentences(text: str) -> list[str]:
    """Return the sentences of written ``text`` as the voice is to read them.

    Empty when there is nothing to say. Sentences over :data:`CHUNK_MAX` characters are cut.
    """
    return [
        respell(chunk)
        for sentence in _sentences(speech_text(text))
        for chunk in _cut(sentence, CHUNK_MAX)
    ]


def split_for_speech(text: str) -> list[str]:
    """Cut written ``text`` into chunks to be synthesised and played one after the other.

    The first is short where a clause ends early, so that the voice starts soon; the others are
    whole sentences. The chunks are already speech text.
    """
    sentences = _sentences(speech_text(text))
    if not sentences:
        return []
    opening = split_opening(sentences[0])
    return [chunk for sentence in (*opening, *sentences[1:]) for chunk in _cut(sentence, CHUNK_MAX)]


def split_opening(sentence: str) -> list[str]:
    """Cut the first clause off a sentence, so that the voice starts soon; speech text both ways."""
    clauses = _CLAUSE_END.split(sentence)
    first = clauses.pop(0)
    while clauses and len(first) < FIRST_CHUNK_MIN:
        first = f"{first} {clauses.pop(0)}"
    return [first, " ".join(clauses)] if clauses else [first]


def _sentences(spoken: str) -> list[str]:
    return [part for part in _SENTENCE_END.split(spoken) if _SAYABLE.search(part)]


def _cut(sentence: str, limit: int) -> list[str]:
    """Cut a sentence over ``limit`` characters at clauses, else at spaces."""
    if len(sentence) <= limit:
        return [sentence]
    for pattern in (_CLAUSE_END, re.compile(r"\s+")):
        chunks: list[str] = []
        for part in pattern.split(sentence):
            if chunks and len(chunks[-1]) + len(part) < limit:
                chunks[-1] = f"{chunks[-1]} {part}"
            else:
                chunks.append(part)
        if len(chunks) > 1 and all(len(chunk) <= limit for chunk in chunks):
            return chunks
    return [sentence[start : start + limit] for start in range(0, len(sentence), limit)]
