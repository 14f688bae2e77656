"""What a trained model answered before: the same question to the same model is asked once.

A change of facts leaves the model alone, so its golden conversations need no Rasa.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from dialogue.ports import Engine
from knowledge.encoder import SIZE, Encoder, Vectors

OpenEngine = Callable[[], Awaitable[Engine]]
"""Starts or borrows the model, when something must be asked after all."""


class Answers:
    """The answers of one model, in one file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.rankings: dict[str, list[tuple[str, float]]] = {}
        self.steps: dict[str, list[dict[str, Any]]] = {}
        self.vectors: dict[str, bytes] = {}
        """Of the questions that were looked for in the knowledge, by encoder and text."""
        with contextlib.suppress(OSError, msgspec.DecodeError, KeyError, TypeError, ValueError):
            known = msgspec.msgpack.decode(file.read_bytes())
            self.rankings = {
                text: [(str(name), float(share)) for name, share in ranking]
                for text, ranking in known["rankings"].items()
            }
            self.steps = {str(key): list(payloads) for key, payloads in known["steps"].items()}
            self.vectors = {str(key): bytes(vector) for key, vector in known["vectors"].items()}

    def save(self) -> None:
        """Write the file; a disk that does not take it costs time later, nothing else."""
        known = {"rankings": self.rankings, "steps": self.steps, "vectors": self.vectors}
        content = msgspec.msgpack.encode(known)
        new = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            new.write_bytes(content)
            new.replace(self._file)


class RememberingEncoder:
    """See :class:`knowledge.encoder.Encoder`: encodes only what was not encoded before."""

    def __init__(self, answers: Answers, encoder: Encoder) -> None:
        self.name = encoder.name
        self._answers = answers
        self._encoder = encoder

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See :class:`knowledge.encoder.Encoder`."""
        known = self._answers.vectors
        missing = [text for text in texts if self._key(text) not in known]
        if missing:
            computed = self._encoder.encode(missing).astype(np.float32)
            for text, vector in zip(missing, computed, strict=True):
                known[self._key(text)] = vector.tobytes()
        rows = [np.frombuffer(known[self._key(text)], np.float32) for text in texts]
        return np.array(rows, np.float32).reshape(len(texts), SIZE)

    def _key(self, text: str) -> str:
        return f"{self.name}\n{text}"


class RememberingEngine:
    """See :class:`dialogue.ports.Engine`: asks the model only what it has not answered before."""

    def __init__(self, answers: Answers, open_engine: OpenEngine) -> None:
        self._answers = answers
        self._open = open_engine
        self._engine: Engine | None = None
        self._told: dict[str, list[tuple[str, dict[str, str]]]] = {}
        """What each conversation has told so far: an answer depends on it."""
        self._asked: dict[str, int] = {}
        """How much of it the model itself knows."""
        self._opening = asyncio.Lock()
        self.asked = 0
        """Requests that reached the model."""

    async def ranking(self, text: str) -> Sequence[tuple[str, float]]:
        """See :class:`dialogue.ports.Engine`."""
        known = self._answers.rankings.get(text)
        if known is None:
            known = list(await (await self._model()).ranking(text))
            self._answers.rankings[text] = known
        return known

    async def step(
        self, conversation: str, intent: str, entities: Mapping[str, str]
    ) -> list[dict[str, Any]]:
        """See :class:`dialogue.ports.Engine`."""
        told = self._told.setdefault(conversation, [])
        told.append((intent, dict(entities)))
        key = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
        known = self._answers.steps.get(key)
        if known is None:
            model = await self._model()
            for said, with_entities in told[self._asked.get(conversation, 0) :]:
                known = await model.step(conversation, said, with_entities)
            self._asked[conversation] = len(told)
            assert known is not None
            self._answers.steps[key] = known
        return known

    async def forget(self, conversation: str) -> None:
        """See :class:`dialogue.ports.Engine`."""
        self._told.pop(conversation, None)
        if self._asked.pop(conversation, 0) and self._engine is not None:
            await self._engine.forget(conversation)

    async def _model(self) -> Engine:
        async with self._opening:
            if self._engine is None:
                self._engine = await self._open()
        self.asked += 1
        return self._engine
