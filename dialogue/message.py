"""A message that a caller leaves: one long talk, taken utterance by utterance.

Instants are seconds of the event loop's clock.
"""

from __future__ import annotations

import asyncio
from typing import Final

from common.audio import SAMPLE_BYTES, SAMPLE_RATE, duration_s
from dialogue.events import SpeechPaused
from dialogue.ports import OPEN, Recogniser, ServiceUnavailableError

LONGEST_S: Final = 80.0
QUIET_S: Final = 4.0
"""Whoever says nothing for so long has finished."""
BEGIN_S: Final = 8.0
"""Time to begin to speak."""
UTTERANCE_S: Final = 15.0
"""An utterance this long ends at its next pause: a line worker holds no endless ones."""
RECOGNITION_S: Final = 12.0
"""How long the end of the transcript is waited for; the sound is kept in any case."""


class MessageTaker:
    """Collects the sound of one message and has it transcribed as it comes in."""

    def __init__(self, call: str, recogniser: Recogniser, began_at: float) -> None:
        self._call = call
        self._recogniser = recogniser
        self._began_at: float | None = began_at
        self._limit = began_at + LONGEST_S
        self._quiet_at = began_at + BEGIN_S
        self._talking = False
        self._parts: dict[int, bytes] = {}
        self._texts: dict[int, asyncio.Task[str]] = {}

    @property
    def deadline(self) -> float:
        """When the message is over unless something more is said."""
        return self._limit if self._talking else min(self._quiet_at, self._limit)

    @property
    def pcm(self) -> bytes:
        """All that was said."""
        return b"".join(self._parts[utterance] for utterance in sorted(self._parts))

    def speaking(self) -> None:
        """The caller speaks."""
        self._talking = True

    def speaking_already(self) -> None:
        """The caller spoke before there was a tone: what they said then belongs to the message."""
        self._talking = True
        self._began_at = None

    def paused(self, event: SpeechPaused) -> bool:
        """Take what was said so far; True when the utterance is to be closed."""
        self._talking = False
        self._quiet_at = event.speech_end + QUIET_S
        self._parts[event.utterance] = self._since_tone(event)
        earlier = self._texts.pop(event.utterance, None)
        if earlier is not None:
            earlier.cancel()
        self._texts[event.utterance] = asyncio.create_task(self._recognise(event))
        return duration_s(event.pcm) >= UTTERANCE_S

    async def transcript(self) -> str:
        """Return the words, as far as they could be recognised in time."""
        tasks = [self._texts[utterance] for utterance in sorted(self._texts)]
        if tasks:
            await asyncio.wait(tasks, timeout=RECOGNITION_S)
        done = [task.result() for task in tasks if task.done() and not task.cancelled()]
        self.discard()
        return " ".join(text for text in done if text)

    def discard(self) -> None:
        """Stop recognising."""
        for task in self._texts.values():
            task.cancel()

    def _since_tone(self, event: SpeechPaused) -> bytes:
        """Return the sound without what came in while the tone was heard."""
        if self._began_at is None:
            return event.pcm
        early_s = self._began_at - (event.at - duration_s(event.pcm))
        return event.pcm[max(0, round(early_s * SAMPLE_RATE)) * SAMPLE_BYTES :]

    async def _recognise(self, event: SpeechPaused) -> str:
        try:
            heard = await self._recogniser.recognise(self._call, event.pcm, event.speech_end, OPEN)
        except ServiceUnavailableError:
            return ""
        return heard.text.strip()
