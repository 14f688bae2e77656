"""The search over the town's knowledge, for requests that no intent covers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from importlib.metadata import version

from callbot.paths import Paths
from dialogue.intents import Intents
from knowledge.encoder import PACKAGE, Encoder, SentenceEncoder, Vectors
from knowledge.search import KnowledgeSearch
from knowledge.searchable import search_entries
from knowledge.town import Town
from knowledge.vectorcache import VectorCache

OUT_OF_SCOPE = "hors_sujet"


@cache
def sentence_encoder() -> SentenceEncoder:
    """Return the encoder of this process; the first call takes a second."""
    return SentenceEncoder()


class LoadedWhenNeeded:
    """See :class:`knowledge.encoder.Encoder`: a process that keeps its vectors needs no model."""

    def __init__(self) -> None:
        self.name = f"{PACKAGE} {version(PACKAGE)}"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See :class:`knowledge.encoder.Encoder`."""
        return sentence_encoder().encode(texts)


def finder(
    town: Town, intents: Intents, paths: Paths, encoder: Encoder | None = None
) -> Callable[[str], str | None]:
    """Return what names the entry that answers a text, or None.

    Whoever serves callers loads :func:`sentence_encoder` before; ``encoder`` stands for it.
    """
    encoder = encoder or LoadedWhenNeeded()
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
