"""The search over the town's knowledge, for requests that no intent covers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache

from callbot.paths import Paths
from dialogue.intents import Intents
from knowledge.encoder import SentenceEncoder
from knowledge.search import KnowledgeSearch
from knowledge.searchable import search_entries
from knowledge.town import Town
from knowledge.vectorcache import VectorCache

OUT_OF_SCOPE = "hors_sujet"


@cache
def sentence_encoder() -> SentenceEncoder:
    """Return the encoder of this process; the first call takes a second."""
    return SentenceEncoder()


def finder(town: Town, intents: Intents, paths: Paths) -> Callable[[str], str | None]:
    """Return what names the entry that answers a text, or None; takes a second to build."""
    encoder = sentence_encoder()
    examples = {name: intents.examples(name) for name in intents.names}
    search = KnowledgeSearch(
        search_entries(town, examples, datetime.now(town.timezone).date()),
        encoder,
        foreign=examples.get(OUT_OF_SCOPE, ()),
        known=VectorCache(encoder, paths.vectors),
    )

    def find(text: str) -> str | None:
        hit = search.best(text)
        return hit.entry_id if hit is not None else None

    return find
