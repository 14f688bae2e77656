"""Spoken French brought to one form before it is turned into features."""

from __future__ import annotations

import re
import unicodedata

MAX_CHARACTERS = 1000
"""A turn longer than this is cut: about a minute and a half of speech."""

_FILLERS = re.compile(
    r"\b(?:e+u+h+|h+e+u+|hum+|hm+|ben|bah|hein|alors|donc|voila|bon|quoi|enfin|du coup|en fait"
    r"|vous savez|comment dire)\b"
)
_NUMBER = re.compile(r"\d{2,}(?: \d{2})*")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})


def written(text: str) -> str:
    """Return the text for the embedding: lower case (capitals cost it its meaning), cut to
    length, without what UTF-8 cannot hold."""
    return text[:MAX_CHARACTERS].lower().encode("utf-8", "replace").decode("utf-8")


def normalised(text: str) -> str:
    """Return lower-case words without accents, punctuation or fillers; '' when none is left."""
    folded = unicodedata.normalize("NFKD", text[:MAX_CHARACTERS].lower().translate(_LIGATURES))
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    words = re.sub(r"[^a-z0-9]+", " ", plain)
    words = _NUMBER.sub(" num ", words)
    kept = " ".join(_FILLERS.sub(" ", words).split())
    return kept or " ".join(words.split())
