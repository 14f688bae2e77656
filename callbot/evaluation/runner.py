"""Puts each labelled sentence through hearing and understanding, as the first turn of a call."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from callbot import wavfile
from callbot.evaluation.manifest import TELEPHONE_RATE, Item
from callbot.evaluation.scoring import Pair, Result
from dialogue.ports import FIRST, Engine, Heard, Recogniser, ServiceUnavailableError

EXPECTS = FIRST
"""Every sentence is the first of its caller."""


class Understood(Protocol):
    """The part of a ``dialogue.manager.Plan`` that is scored."""

    @property
    def decision(self) -> str: ...
    @property
    def intent(self) -> str | None: ...
    @property
    def confidence(self) -> float: ...
    @property
    def service(self) -> str | None: ...
    @property
    def lieu(self) -> str | None: ...
    @property
    def jour(self) -> str | None: ...


class FreshConversation(Protocol):
    """The part of a ``dialogue.manager.DialogueManager`` that a first turn needs."""

    async def turn(self, heard: Heard, now: datetime) -> Understood: ...
    async def close(self) -> None: ...


@dataclass(frozen=True)
class Chain:
    """What a call uses to hear and to understand."""

    recogniser: Recogniser | None
    """None when no sentence is spoken."""
    conversation: Callable[[str], FreshConversation]
    clock: Callable[[], datetime]


class WatchedEngine:
    """A dialogue engine whose failures are remembered.

    A conversation hides them by handing its caller to a human, which would be scored as a
    transfer.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._failure: ServiceUnavailableError | None = None

    def check(self) -> None:
        """Raise the failure, if there was one."""
        if self._failure is not None:
            raise self._failure

    async def ranking(self, text: str) -> Sequence[tuple[str, float]]:
        """See :class:`dialogue.ports.Engine`."""
        with self._remembered():
            return await self._engine.ranking(text)

    async def step(
        self, conversation: str, intent: str, entities: Mapping[str, str]
    ) -> list[dict[str, Any]]:
        """See :class:`dialogue.ports.Engine`."""
        with self._remembered():
            return await self._engine.step(conversation, intent, entities)

    async def forget(self, conversation: str) -> None:
        """See :class:`dialogue.ports.Engine`."""
        await self._engine.forget(conversation)

    @contextmanager
    def _remembered(self) -> Iterator[None]:
        try:
            yield
        except ServiceUnavailableError as error:
            self._failure = error
            raise


async def run(items: Sequence[Item], folder: Path, chain: Chain) -> AsyncIterator[Pair]:
    """Yield each item with its result, in order, one at a time.

    Raises:
        ServiceUnavailableError: recognition went down.
    """
    for item in items:
        yield item, await _result(item, folder, chain)


def sound(item: Item, folder: Path) -> bytes:
    """Return the recording of an item, empty for a written one."""
    return wavfile.read(folder / item.audio, TELEPHONE_RATE) if item.audio else b""


async def _result(item: Item, folder: Path, chain: Chain) -> Result:
    pcm = sound(item, folder)
    begun = time.monotonic()
    heard = await _hear(item, pcm, begun, chain)
    conversation = chain.conversation(f"eval-{item.id}")
    try:
        plan = await conversation.turn(heard, chain.clock())
    finally:
        latency_ms = (time.monotonic() - begun) * 1000
        await conversation.close()
    return Result(
        id=item.id,
        heard=heard.text,
        intent=plan.intent or "",
        confidence=plan.confidence,
        lieu=plan.lieu,
        jour=plan.jour,
        decision=plan.decision,
        service=plan.service,
        latency_ms=latency_ms,
        hearing=heard.confidence,
    )


async def _hear(item: Item, pcm: bytes, now: float, chain: Chain) -> Heard:
    if not item.audio or chain.recogniser is None:
        return Heard(item.text, 1.0)
    return await chain.recogniser.recognise(f"eval-{item.id}", pcm, now, EXPECTS)
