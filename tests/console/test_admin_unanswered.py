from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from callbot.finding import sentence_encoder
from callbot.records import Turn
from callbot.store import Store
from callbot.unanswered import MAX_SAMPLES, UnansweredQuestions, grouped
from console.unanswered import anonymous, usable
from knowledge.encoder import SIZE, Vectors

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SINCE = AT - timedelta(days=30)


class TopicEncoder:
    """One direction for each topic word; counts what it was given."""

    name = "topics"
    topics = ("ruche", "drone", "borne")

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        rows = np.zeros((len(texts), SIZE), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            found = [index for index, topic in enumerate(self.topics) if topic in text]
            row[found or [10 + len(text)]] = 1.0
        unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


class Past:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.encoder = TopicEncoder()
        self.questions = UnansweredQuestions(store, lambda: self.encoder)
        self._count = 0

    async def asked(self, heard: str, decision: str = "ask_again", **changes: Any) -> str:
        self._count += 1
        call, at = f"c{self._count}", AT + timedelta(minutes=self._count)
        await self.store.call_started(
            call, sip_call_id=call, caller="0612345678", called="mairie", at=at
        )
        values: dict[str, Any] = {
            "n": 1,
            "at": at,
            "heard": heard,
            "intent": None,
            "confidence": 0.2,
            "decision": decision,
            "said": "Pouvez-vous reformuler ?",
        }
        await self.store.turn(call, Turn(**(values | changes)))
        return call


@pytest.fixture
async def past(tmp_path: Path) -> AsyncIterator[Past]:
    store = await Store.open(tmp_path / "h.sqlite3")
    yield Past(store)
    await store.close()


async def test_what_was_asked_in_vain_is_grouped_by_meaning(past: Past) -> None:
    await past.asked("je veux poser une ruche", intent="animaux")
    await past.asked("une ruche dans mon jardin", intent="animaux")
    await past.asked("Une ruche, dans mon jardin ?", "transfer", intent="urbanisme_permis")
    await past.asked("faire voler un drone", "out_of_scope")
    await past.asked("la piscine est ouverte", "answer", intent="horaires_lieu")
    first, second = await past.questions.clusters(SINCE)
    assert (first.count, len(first.samples), first.intent) == (3, 2, "animaux")
    assert {sample.text for sample in first.samples} == {
        "je veux poser une ruche",
        "Une ruche, dans mon jardin ?",
    }
    assert first.latest == AT + timedelta(minutes=3)
    assert (second.title, second.count) == ("faire voler un drone", 1)


async def test_what_says_nothing_of_the_knowledge_is_left_out(past: Past) -> None:
    await past.asked("")
    await past.asked("allô")
    await past.asked("je veux parler à quelqu'un", "transfer", intent="demander_agent")
    await past.asked("une ruche au loin", asr_confidence=0.1)
    await past.asked("une ruche en avance", at=AT, n=0)
    assert await past.questions.clusters(SINCE) == ()
    assert await past.questions.clusters(AT + timedelta(days=1)) == ()


async def test_a_question_is_encoded_once(past: Past) -> None:
    await past.asked("une ruche au jardin")
    await past.questions.clusters(SINCE)
    await past.asked("faire voler un drone")
    await past.questions.clusters(SINCE)
    assert past.encoder.encoded == ["une ruche au jardin", "faire voler un drone"]


async def test_many_samples_are_cut(past: Past) -> None:
    for number in range(MAX_SAMPLES + 4):
        await past.asked(f"une ruche rue {'a' * (number + 1)}")
    (only,) = await past.questions.clusters(SINCE)
    assert (only.count, len(only.samples)) == (MAX_SAMPLES + 4, MAX_SAMPLES)


async def test_marked_answers_come_with_what_was_said(past: Past) -> None:
    call = await past.asked(
        "je suis madame Martin, la piscine", "answer", said="La piscine ouvre à 9 h.",
        sources=("lieux/piscine#horaires",), intent="horaires_lieu",
    )  # fmt: skip
    at = AT + timedelta(hours=1)
    await past.store.wrong_answer(call, 1, "Marie Dupont", "La réponse est inexacte : 10 h", at)
    await past.store.done(call, "Marie Dupont", at)
    (wrong,) = await past.questions.wrong(SINCE)
    assert (wrong.call, wrong.turn, wrong.author, wrong.at) == (call, 1, "Marie Dupont", at)
    assert wrong.heard == "je suis madame [nom], la piscine"
    assert wrong.sources == ("lieux/piscine#horaires",)
    assert await past.questions.wrong(at + timedelta(seconds=1)) == []


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("rappelez-moi au 06 12 34 56 78", "rappelez-moi au [numéro]"),
        ("mon dossier 20 26 114 58", "mon dossier [numéro]"),
        ("je m'appelle Jean Dupont et", "je m'appelle [nom] et"),
        ("je m’appelle dupont", "je m’appelle [nom]"),
        ("c'est Madame De La Tour pour", "c'est Madame [nom] pour"),
        ("monsieur Dupont-Aignan est là", "monsieur [nom] est là"),
        ("un dossier au nom de Martin", "un dossier au nom de [nom]"),
        ("née le 12 mars 1950 à Nantes", "née le [date] à Nantes"),
        ("écrivez à jean@exemple.fr", "écrivez à [courriel]"),
        ("le monsieur de la mairie", "le monsieur de la mairie"),
        ("deux sacs de 100 litres rue du 8 mai 1945", "deux sacs de 100 litres rue du 8 mai 1945"),
    ],
)
def test_personal_data_is_masked(said: str, kept: str) -> None:
    assert anonymous(said) == kept
    assert usable(anonymous(said)) == (said == kept)


def test_groups_are_joined_down_to_a_likeness() -> None:
    angles = np.radians([0, 10, 20, 90, 95, 200])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    groups = {frozenset(group) for group in grouped(vectors, [1] * 6, near=0.9)}
    assert groups == {frozenset({0, 1, 2}), frozenset({3, 4}), frozenset({5})}
    assert grouped(vectors[:1], [1]) == [[0]]
    assert len(grouped(vectors, [1] * 6, near=-2)) == 1


def test_questions_of_one_matter_find_each_other_by_the_real_encoder() -> None:
    texts = [
        "est-ce que j'ai le droit de mettre une ruche dans mon jardin",
        "je voudrais installer des ruches chez moi",
        "où recharger ma voiture électrique",
        "il y a une borne de recharge pour voiture électrique",
    ]
    vectors = sentence_encoder().encode(texts)
    groups = {frozenset(group) for group in grouped(vectors, [1] * 4)}
    assert groups == {frozenset({0, 1}), frozenset({2, 3})}
