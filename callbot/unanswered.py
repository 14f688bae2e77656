"""What callers asked in vain: read from the history, grouped by meaning.

The grouping is agglomerative with average linkage over sentence embeddings. The vectors of recent
questions are kept in memory only, since they are made of what callers said.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

import numpy as np

from callbot import schema
from common.french import fold
from console.unanswered import Cluster, Question, WrongAnswer, anonymous
from dialogue.policy import AGENT, ASK_CALLBACK
from knowledge.encoder import Encoder, Vectors

T = TypeVar("T")

NEAR = 0.45
"""Mean likeness (cosine) down to which two groups are one."""
MAX_QUESTIONS = 500
MAX_SAMPLES = 8
MAX_WRONG = 200
KEPT_VECTORS = 2000
LEAST_HEARD = 0.25
"""Confidence of the transcript below which a sentence says nothing about the knowledge."""
LEAST_WORDS = 2

_NO_MATTER = frozenset({AGENT, ASK_CALLBACK})
"""Wishes that say nothing of what the caller wants to know, unless they are long."""
_FEW_WORDS = 6

_MISSED = (
    "SELECT call_id, n, at, heard, decision, intent FROM turns "
    "JOIN calls ON calls.id = call_id "
    "WHERE started_at >= ?1 AND n > 0 AND heard != '' "
    "AND decision IN ('ask_again', 'transfer', 'out_of_scope') "
    "AND ifnull(asr_confidence, 1.0) >= ?2 ORDER BY at DESC LIMIT ?3"
)
_WRONG = (
    "SELECT marks.call_id, marks.turn, marks.at, author, reason, heard, said, intent, sources "
    "FROM marks JOIN turns ON turns.call_id = marks.call_id AND turns.n = marks.turn "
    "WHERE kind = 'wrong' AND marks.at >= ? ORDER BY marks.at DESC LIMIT ?"
)


class Reader(Protocol):
    """The history, for reading."""

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what ``work`` reads."""
        ...


@dataclass(frozen=True)
class _Asked:
    """The same words, however often."""

    key: str
    questions: tuple[Question, ...]
    """Newest first."""


class UnansweredQuestions:
    """See :class:`console.unanswered.Questions`."""

    def __init__(self, store: Reader, encoder: Callable[[], Encoder]) -> None:
        """``encoder`` is called, and encodes, outside the event loop."""
        self._store = store
        self._encoder = encoder
        self._vectors: OrderedDict[str, np.ndarray] = OrderedDict()
        self._alone = asyncio.Lock()

    async def clusters(self, since: datetime) -> Sequence[Cluster]:
        """See :class:`console.unanswered.Questions`."""
        missed = await self._store.read(lambda database: missed_questions(database, since))
        if not missed:
            return ()
        async with self._alone:
            return await asyncio.to_thread(self._group, missed)

    async def wrong(self, since: datetime) -> Sequence[WrongAnswer]:
        """See :class:`console.unanswered.Questions`."""
        return await self._store.read(lambda database: wrong_answers(database, since))

    def _group(self, missed: Sequence[Question]) -> tuple[Cluster, ...]:
        asked = _same_words(missed)
        vectors = self._encoded([one.key for one in asked])
        weights = [len(one.questions) for one in asked]
        groups = [
            _cluster([asked[index] for index in _typical_first(vectors, members)])
            for members in grouped(vectors, weights)
        ]
        return tuple(sorted(groups, key=lambda one: (-one.count, -one.latest.timestamp())))

    def _encoded(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in texts if text not in self._vectors]
        if new:
            self._vectors.update(zip(new, self._encoder().encode(new), strict=True))
        for text in texts:
            self._vectors.move_to_end(text)
        while len(self._vectors) > max(KEPT_VECTORS, len(texts)):
            self._vectors.popitem(last=False)
        return np.array([self._vectors[text] for text in texts], dtype=np.float32)


def missed_questions(database: sqlite3.Connection, since: datetime) -> list[Question]:
    """Return what was asked in vain in calls since then, newest first."""
    rows = database.execute(_MISSED, (schema.instant(since), LEAST_HEARD, MAX_QUESTIONS))
    found = (
        Question(
            row["call_id"],
            row["n"],
            schema.aware(row["at"]),
            anonymous(row["heard"]),
            row["decision"],
            row["intent"],
        )
        for row in rows
    )
    return [question for question in found if _tells(question)]


def wrong_answers(database: sqlite3.Connection, since: datetime) -> list[WrongAnswer]:
    """Return the answers marked as wrong since then, newest first."""
    rows = database.execute(_WRONG, (schema.instant(since), MAX_WRONG))
    return [
        WrongAnswer(
            row["call_id"],
            row["turn"],
            schema.aware(row["at"]),
            row["author"],
            row["reason"],
            anonymous(row["heard"]),
            anonymous(row["said"]),
            row["intent"],
            tuple(schema.parse(row["sources"])),
        )
        for row in rows
    ]


def grouped(vectors: Vectors, weights: Sequence[int], near: float = NEAR) -> list[list[int]]:
    """Return the rows in groups: the two likest groups are joined until none are ``near``.

    ``vectors`` are of unit length; a row of weight n counts as n equal ones.
    """
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -np.inf)
    weight = np.array(weights, dtype=np.float32)
    members = [[index] for index in range(len(vectors))]
    while len(members) > 1:
        first, second = divmod(int(likeness.argmax()), len(members))
        if likeness[first, second] < near:
            break
        one, other = min(first, second), max(first, second)
        total = weight[one] + weight[other]
        joined = (weight[one] * likeness[one] + weight[other] * likeness[other]) / total
        likeness[one], likeness[:, one] = joined, joined
        likeness[one, one] = -np.inf
        weight[one] = total
        members[one] += members.pop(other)
        likeness = np.delete(np.delete(likeness, other, 0), other, 1)
        weight = np.delete(weight, other)
    return members


def _same_words(questions: Iterable[Question]) -> list[_Asked]:
    together: dict[str, list[Question]] = {}
    for question in questions:
        together.setdefault(fold(question.text), []).append(question)
    return [_Asked(key, tuple(found)) for key, found in together.items()]


def _typical_first(vectors: Vectors, members: Sequence[int]) -> list[int]:
    """Return rows in the order of their likeness to the middle of their group."""
    middle = vectors[list(members)].mean(axis=0)
    return sorted(members, key=lambda index: -float(vectors[index] @ middle))


def _cluster(asked: Sequence[_Asked]) -> Cluster:
    questions = [question for one in asked for question in one.questions]
    intents = Counter(question.intent for question in questions if question.intent)
    return Cluster(
        title=asked[0].questions[0].text,
        count=len(questions),
        samples=tuple(one.questions[0] for one in asked[:MAX_SAMPLES]),
        intent=intents.most_common(1)[0][0] if intents else None,
        latest=max(question.at for question in questions),
    )


def _tells(question: Question) -> bool:
    words = len(fold(question.text).split())
    if question.intent in _NO_MATTER:
        return words > _FEW_WORDS
    return words >= LEAST_WORDS
