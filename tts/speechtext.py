"""Written French to the sentences that the voice speaks."""

from __future__ import annotations

import re

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")


def spoken_sentences(text: str) -> list[str]:
    """Return the sentences of ``text`` in order; empty when there is nothing to say."""
    return [part for part in _SENTENCE_END.split(text.strip()) if re.search(r"\w", part)]
