"""A model is asked once for what it was asked before, and the whole conversation if it must."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from callbot.publishing.comparison import regressions
from callbot.publishing.memory import Answers, RememberingEncoder, RememberingEngine
from callbot.publishing.reference import Played
from callbot.publishing.versions import Manifest
from knowledge.encoder import SIZE, Vectors


class Model:
    """Answers by what was said so far, and notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._told: dict[str, list[str]] = {}

    async def ranking(self, text: str) -> Sequence[tuple[str, float]]:
        self.asked.append(text)
        return [("saluer", 1.0)]

    async def step(
        self, conversation: str, intent: str, entities: Mapping[str, str]
    ) -> list[dict[str, Any]]:
        told = self._told.setdefault(conversation, [])
        told.append(intent)
        self.asked.append(f"{conversation} {intent}")
        return [{"type": "phrase", "id": "+".join(told)}]

    async def forget(self, conversation: str) -> None:
        self._told.pop(conversation, None)


async def converse(engine: RememberingEngine, name: str, *intents: str) -> list[str]:
    said = [(await engine.step(name, intent, {}))[0]["id"] for intent in intents]
    await engine.forget(name)
    return said


def test_what_was_answered_is_not_asked_again(tmp_path: Path) -> None:
    file, model = tmp_path / "m.msgpack", Model()

    async def opened() -> Model:
        return model

    async def once() -> tuple[object, list[str]]:
        answers = Answers(file)
        engine = RememberingEngine(answers, opened)
        result = await engine.ranking("bonjour"), await converse(engine, "c", "a", "b")
        answers.save()
        return result

    first = asyncio.run(once())
    assert first == ([("saluer", 1.0)], ["a", "a+b"])
    asked = len(model.asked)
    assert asyncio.run(once()) == first
    assert len(model.asked) == asked
    file.write_bytes(b"\x00 damaged")
    assert asyncio.run(once()) == first


def test_a_conversation_that_goes_another_way_is_told_from_its_beginning(tmp_path: Path) -> None:
    model = Model()

    async def opened() -> Model:
        return model

    async def both() -> list[str]:
        answers = Answers(tmp_path / "m.msgpack")
        await converse(RememberingEngine(answers, opened), "c", "a", "b")
        return await converse(RememberingEngine(answers, opened), "c", "a", "x")

    assert asyncio.run(both()) == ["a", "a+x"]


class Encoder:
    """Encodes a text as its length, and notes what it is asked."""

    name = "longueur"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return np.array([[len(text)] * SIZE for text in texts], np.float32)


def test_a_question_is_encoded_once_for_all_publications(tmp_path: Path) -> None:
    file, encoder = tmp_path / "m.msgpack", Encoder()
    for texts in (["oui"], ["oui", "bonjour", "oui"], []):
        answers = Answers(file)
        rows = RememberingEncoder(answers, encoder).encode(texts)
        assert rows[:, 0].tolist() == [len(text) for text in texts]
        answers.save()
    assert encoder.asked == ["oui", "bonjour"]


def test_only_sentences_that_both_versions_heard_are_compared() -> None:
    heard = {"un": True, "deux": True, "trois": False}
    before = Manifest("n", "x", "y", "z", {}, "m", "", "", sentences=heard)
    assert not regressions(before, Played((), {"un": True, "deux": True, "quatre": False}))
    (worse,) = regressions(before, Played((), {"un": False, "deux": True, "trois": False}))
    assert "33%" in worse.replace(" ", "")
    assert "« un »" in worse
    assert not regressions(None, Played((), {"un": False}))
