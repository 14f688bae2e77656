"""The other rooms, in the shape that the dialogue's ports ask for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from typing import Any, Final

from asr.client import RecognitionClient, RecognitionUnavailable
from dialogue.ports import Engine, Heard, ServiceUnavailableError
from dialogue.rasa_client import RasaError, RasaQuestions, Understanding
from tts.client import SpeechClient, SpeechUnavailable

EXPECTED_S: Final = 5.0
"""A text is understood anew after this: there may be another model by then."""
MOST_EXPECTED: Final = 64


class Recogniser:
    """Recognition over its socket."""

    def __init__(
        self, client: RecognitionClient, understood_next: Callable[[str], None] = lambda _text: None
    ) -> None:
        """``understood_next`` is told each text, before the end of the turn is certain."""
        self._client = client
        self._understood_next = understood_next

    async def recognise(self, call: str, pcm: bytes, waiting_since: float, expects: str) -> Heard:
        """See :class:`dialogue.ports.Recogniser`."""
        try:
            transcript = await self._client.recognise(call, pcm, waiting_since, expects)
        except RecognitionUnavailable as error:
            raise ServiceUnavailableError("recognition") from error
        self._understood_next(transcript.text)
        return Heard(
            transcript.text,
            transcript.confidence,
            transcript.reason,
            transcript.queued_s,
            transcript.compute_s,
            transcript.language,
        )


class Speaker:
    """Speech over its socket; ``rate`` is the town's speaking rate (1 is normal)."""

    def __init__(self, client: SpeechClient, rate: float) -> None:
        self._client = client
        self._rate = rate

    async def pieces(
        self, text: str, pace: float = 1.0, *, keep: bool = True
    ) -> AsyncIterator[bytes]:
        """See :class:`dialogue.ports.Speaker`."""
        try:
            async for pcm in self._client.pieces(text, pace * self._rate, keep=keep):
                yield pcm
        except SpeechUnavailable as error:
            raise ServiceUnavailableError("speech") from error


class KnownIntents:
    """An engine whose model may have learnt other intents than the conversation knows."""

    def __init__(self, engine: Engine, names: Collection[str]) -> None:
        self._engine = engine
        self._names = frozenset(names)

    async def ranking(self, text: str) -> Sequence[tuple[str, float]]:
        """See :class:`dialogue.ports.Engine`; what is not known is left out."""
        return [found for found in await self._engine.ranking(text) if found[0] in self._names]

    async def step(
        self, conversation: str, intent: str, entities: Mapping[str, str]
    ) -> list[dict[str, Any]]:
        """See :class:`dialogue.ports.Engine`."""
        return await self._engine.step(conversation, intent, entities)

    async def forget(self, conversation: str) -> None:
        """See :class:`dialogue.ports.Engine`."""
        await self._engine.forget(conversation)


class RasaEngine:
    """Rasa. What will be asked may be said before, so that the answer is there then."""

    def __init__(self, client: RasaQuestions) -> None:
        self._client = client
        self._expected: dict[str, tuple[float, asyncio.Task[Understanding]]] = {}

    def expect(self, text: str) -> None:
        """Begin to understand a text that :meth:`ranking` will probably be asked for soon."""
        now = asyncio.get_running_loop().time()
        stale = [known for known, (at, _) in self._expected.items() if at < now - EXPECTED_S]
        for known in stale:
            del self._expected[known]
        if text.strip() and text not in self._expected and len(self._expected) < MOST_EXPECTED:
            task = asyncio.create_task(self._client.parse(text))
            # Nobody may ever ask; an error is that of whoever does.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._expected[text] = (now, task)

    async def ranking(self, text: str) -> Sequence[tuple[str, float]]:
        """See :class:`dialogue.ports.Engine`."""
        at, task = self._expected.pop(text, (float("-inf"), None))
        fresh = at >= asyncio.get_running_loop().time() - EXPECTED_S
        try:
            if task is not None and fresh:
                return (await asyncio.shield(task)).ranking
            return (await self._client.parse(text)).ranking
        except RasaError as error:
            raise ServiceUnavailableError("rasa") from error

    async def step(
        self, conversation: str, intent: str, entities: Mapping[str, str]
    ) -> list[dict[str, Any]]:
        """See :class:`dialogue.ports.Engine`."""
        try:
            return await self._client.step(conversation, intent, entities)
        except RasaError as error:
            raise ServiceUnavailableError("rasa") from error

    async def forget(self, conversation: str) -> None:
        """See :class:`dialogue.ports.Engine`."""
        try:
            await self._client.forget(conversation)
        except RasaError as error:
            raise ServiceUnavailableError("rasa") from error
