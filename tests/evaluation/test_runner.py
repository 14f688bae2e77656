"""Each sentence is the first turn of a conversation of its own, heard as in a call."""

from __future__ import annotations

import wave
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from callbot.evaluation import runner
from callbot.evaluation.manifest import Item
from common.audio import duration_s
from dialogue.ports import Heard, ServiceUnavailableError

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@dataclass
class FakeRecogniser:
    asked: list[tuple[float, str]] = field(default_factory=list)
    broken: bool = False

    async def recognise(self, call: str, pcm: bytes, waiting_since: float, expects: str) -> Heard:
        if self.broken:
            raise ServiceUnavailableError("recognition")
        self.asked.append((duration_s(pcm), expects))
        return Heard("ce qui a été entendu", 0.7)


@dataclass
class FakeConversation:
    heard: list[Heard] = field(default_factory=list)
    closed: bool = False

    async def turn(self, heard: Heard, now: datetime) -> Any:
        self.heard.append(heard)
        return SimpleNamespace(
            decision="answer", intent="cantine", confidence=0.6, service=None, lieu=None, jour=None
        )

    async def close(self) -> None:
        self.closed = True


class Conversations:
    def __init__(self) -> None:
        self.made: dict[str, FakeConversation] = {}

    def __call__(self, name: str) -> FakeConversation:
        assert name not in self.made
        self.made[name] = FakeConversation()
        return self.made[name]


def item(number: str, audio: str | None = None) -> Item:
    return Item(id=number, text=f"texte {number}", intent="x", expect="answer", audio=audio)


async def test_written_sentences_are_understood_as_they_are_and_spoken_ones_are_heard(
    tmp_path: Path,
):
    with wave.open(str(tmp_path / "b.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16000))
    recogniser, conversations = FakeRecogniser(), Conversations()
    chain = runner.Chain(recogniser, conversations, lambda: NOW)
    pairs = [pair async for pair in runner.run([item("a"), item("b", "b.wav")], tmp_path, chain)]
    assert [result.heard for _, result in pairs] == ["texte a", "ce qui a été entendu"]
    assert recogniser.asked == [(1.0, "premier")]
    first, second = conversations.made.values()
    assert first.heard == [Heard("texte a", 1.0)]
    assert second.heard[0].confidence == 0.7
    assert first.closed
    assert second.closed


async def test_without_recognition_nothing_is_scored(tmp_path: Path):
    with wave.open(str(tmp_path / "b.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16000))
    chain = runner.Chain(FakeRecogniser(broken=True), Conversations(), lambda: NOW)
    with pytest.raises(ServiceUnavailableError):
        _ = [pair async for pair in runner.run([item("b", "b.wav")], tmp_path, chain)]


class BrokenEngine:
    async def ranking(self, text: str) -> list[tuple[str, float]]:
        raise ServiceUnavailableError("rasa")

    async def step(self, conversation: str, intent: str, entities: object) -> list[dict[str, Any]]:
        return [{"type": "ecouter"}]

    async def forget(self, conversation: str) -> None:
        return None


async def test_a_failure_that_a_conversation_hides_is_remembered():
    engine = runner.WatchedEngine(BrokenEngine())
    await engine.step("c", "x", {})
    engine.check()
    with pytest.raises(ServiceUnavailableError):
        await engine.ranking("bonjour")
    with pytest.raises(ServiceUnavailableError):
        engine.check()
