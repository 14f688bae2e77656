"""Finding the entry that answers a question which no intent covers, or none.

Two readings are put together. Sentence embeddings compare what is meant with what an entry is asked
for and with what it says; BM25 compares the words. Their sum decides between the entries and "none
of them" (a softmax), so that a score is the probability that the entry answers the question. The
numbers of the sum are in ``search.json``; ``bench/search.py`` fits them.

The answer to a hit is the entry as it is written (:meth:`knowledge.town.Town.entry_reply`), or its
transfer. Nothing here keeps state between questions. One question takes a few milliseconds on its
caller's thread. A process that must stay on one thread starts with ``OPENBLAS_NUM_THREADS=1`` and
``DISABLE_TQDM=1``, since the libraries start idle ones otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import msgspec
import numpy as np
from numpy.typing import NDArray

from common.french import split_sentences
from knowledge.encoder import MAX_CHARACTERS, SIZE, Encoder, Vectors
from knowledge.letters import LetterIndex
from knowledge.personal import is_personal

Numbers = NDArray[np.float64]

_REMEMBERED = 32
"""Texts whose likeness is remembered: a turn asks for it several times, and as many may call."""


@dataclass(frozen=True)
class SearchEntry:
    """An entry of the knowledge, as it can be found."""

    id: str
    text: str
    """What is said."""
    questions: tuple[str, ...] = ()
    """What people ask when they want it; the more, the better it is found."""
    words: tuple[str, ...] = ()
    """What else it is about."""
    transfers: bool = False
    """It leads to a person."""


@dataclass(frozen=True)
class Hit:
    """An entry that may answer the question."""

    entry_id: str
    score: float
    """The probability that it does, 0 to 1."""
    margin: float
    """Its lead over the next entry."""


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """The fitted numbers."""

    asked: float
    """Of the likeness to what the entry is asked for."""
    said: float
    """Of the likeness to what the entry says."""
    letters: float
    """Of the words in common."""
    foreign: float
    """Of the likeness to what the town does not answer; it speaks for "none"."""
    none: float
    """For "none", whatever the question."""
    threshold: float
    """An answer needs at least this score."""
    margin: float
    """And this lead."""


@lru_cache(maxsize=1)
def fitted_weights() -> Weights:
    """Return the numbers of ``search.json``."""
    written = files("knowledge").joinpath("search.json").read_bytes()
    return msgspec.json.decode(written, type=Weights)


@dataclass(frozen=True)
class Likeness:
    """How a question compares with each entry, and with what the town does not answer."""

    entries: Numbers
    """One row for each entry: asked, said, letters."""
    foreign: float


class KnowledgeSearch:
    """Finds entries by what a caller asks."""

    def __init__(
        self,
        entries: Iterable[SearchEntry],
        encoder: Encoder,
        *,
        foreign: Sequence[str] = (),
        known: Encoder | None = None,
        weights: Weights | None = None,
    ) -> None:
        """Encode the entries.

        ``foreign`` are things that people say and the town does not answer; ``known`` encodes the
        entries instead of ``encoder``, where it keeps vectors on disk (:class:`VectorCache`).
        """
        self.entries = tuple(entries)
        self._encoder = encoder
        self._weights = weights or fitted_weights()
        self._transfers = frozenset(entry.id for entry in self.entries if entry.transfers)
        asked = [(i, text) for i, entry in enumerate(self.entries) for text in entry.questions]
        said = [(i, text) for i, entry in enumerate(self.entries) for text in _said(entry)]
        texts = [*(text for _, text in asked), *(text for _, text in said), *foreign]
        vectors = (known or encoder).encode(texts) if texts else np.zeros((0, SIZE), np.float32)
        self._asked = _Passages(vectors[: len(asked)], [i for i, _ in asked])
        self._said = _Passages(vectors[len(asked) :][: len(said)], [i for i, _ in said])
        self._foreign = _Passages(vectors[len(asked) + len(said) :], [0] * len(foreign))
        self._letters = LetterIndex([_everything(entry) for entry in self.entries])
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._likeness)

    def find(self, text: str, limit: int = 3) -> tuple[Hit, ...]:
        """Return the likeliest entries, best first; none for a text without words."""
        if not self.entries:
            return ()
        scores = chances(self.likeness(text), self._weights)[:-1]
        order = np.argsort(-scores, kind="stable")[: limit + 1]
        ranked = [float(scores[index]) for index in order] + [0.0]
        return tuple(
            Hit(self.entries[index].id, ranked[place], ranked[place] - ranked[place + 1])
            for place, index in enumerate(order[:limit])
            if ranked[place] > 0.0
        )

    def best(self, text: str) -> Hit | None:
        """Return the entry to answer with, or None when it is not sure.

        What is about somebody's own file or rights leads to an entry that transfers, or nowhere.
        """
        found = self.find(text, limit=1)
        if not found:
            return None
        hit = found[0]
        if hit.score < self._weights.threshold or hit.margin < self._weights.margin:
            return None
        if hit.entry_id not in self._transfers and is_personal(text):
            return None
        return hit

    def chance(self, text: str, entries: Collection[str]) -> float:
        """Return the probability that one of ``entries`` answers the question."""
        scores = chances(self.likeness(text), self._weights)
        pairs = zip(self.entries, scores, strict=False)
        return float(sum(score for entry, score in pairs if entry.id in entries))

    def likeness(self, text: str) -> Likeness:
        """Return what the decision rests on; asked again about the same words, at once."""
        return self._remembered(text[:MAX_CHARACTERS])

    def _likeness(self, text: str) -> Likeness:
        vector = self._encoder.encode([text])[0]
        count = len(self.entries)
        entries = np.column_stack(
            [
                self._asked.best(vector, count),
                self._said.best(vector, count),
                self._letters.likeness(text),
            ]
        )
        return Likeness(entries, float(self._foreign.best(vector, 1)[0]))


class _Passages:
    """Vectors of texts that belong to entries, by their index."""

    def __init__(self, vectors: Vectors, owners: Sequence[int]) -> None:
        self._vectors = np.ascontiguousarray(vectors)
        self._owners = np.array(owners, dtype=np.intp)

    def best(self, vector: Vectors, count: int) -> Numbers:
        """Return the likeness of the nearest text of each of ``count`` entries, at least 0."""
        found = np.zeros(count)
        # Not a matrix product: those start the threads of the linear algebra library.
        likeness = np.einsum("ij,j->i", self._vectors, vector)
        np.maximum.at(found, self._owners, likeness)
        return found


def chances(likeness: Likeness, weights: Weights) -> Numbers:
    """Return the probability of each entry and, last, that none of them answers."""
    sums = likeness.entries @ [weights.asked, weights.said, weights.letters]
    sums = np.append(sums, weights.none + weights.foreign * likeness.foreign)
    powers = np.exp(sums - sums.max())
    return np.asarray(powers / powers.sum())


def _said(entry: SearchEntry) -> list[str]:
    """What the entry says, whole and by sentence, and each of its words."""
    return list(dict.fromkeys([entry.text, *split_sentences(entry.text), *entry.words]))


def _everything(entry: SearchEntry) -> str:
    return " ".join([entry.text, *entry.words, *entry.questions])
