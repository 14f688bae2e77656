"""The search over the town's knowledge, for requests that no intent covers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Finding:
    """Finds among a town's entries."""

    search: KnowledgeSearch

    def entry(self, text: str) -> str | None:
        """Return the entry that answers a text, None when none is sure."""
        hit = self.search.best(text)
        return hit.entry_id if hit is not None else None

    def chance(self, text: str, entries: Collection[str]) -> float:
        """Return the probability that one of ``entries`` answers a text."""
        return self.search.chance(text, entries)


def finder(town: Town, intents: Intents, paths: Paths, encoder: Encoder | None = None) -> Finding:
    """Return what finds the entry that answers a text.

    Whoever serves callers loads :func:`sentence_encoder` before; ``encoder`` stands for it.
    """
    encoder = encoder or LoadedWhenNeeded()
    examples = {name: intents.examples(name) for name in intents.names}
    return Finding(
        KnowledgeSearch(
            search_entries(town, examples, datetime.now(town.timezone).date()),
            encoder,
            foreign=examples.get(OUT_OF_SCOPE, ()),
            known=VectorCache(encoder, paths.vectors),
        )
    )
