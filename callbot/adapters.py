"""The other rooms, in the shape that the dialogue's ports ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from asr.client import RecognitionClient, RecognitionUnavailable
from dialogue.ports import Heard, ServiceUnavailableError
from dialogue.rasa_client import RasaClient, RasaError
from tts.client import SpeechClient, SpeechUnavailable


class Recogniser:
    """Recognition over its socket."""

    def __init__(self, client: RecognitionClient) -> None:
        self._client = client

    async def recognise(self, call: str, pcm: bytes, waiting_since: float, expects: str) -> Heard:
        """See :class:`dialogue.ports.Recogniser`."""
        try:
            transcript = await self._client.recognise(call, pcm, waiting_since, expects)
        except RecognitionUnavailable as error:
            raise ServiceUnavailableError("recognition") from error
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


class RasaEngine:
    """Rasa over HTTP."""

    def __init__(self, client: RasaClient) -> None:
        self._client = client

    async def ranking(self, text: str) -> Sequence[tuple[str, float]]:
        """See :class:`dialogue.ports.Engine`."""
        try:
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
