"""Plays golden conversations aloud: the box's voice, a telephone line, the box's recognition."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import numpy as np
import soxr

from callbot import parts
from callbot.adapters import RasaEngine, Recogniser
from callbot.assistant import Assistant
from callbot.commands import CommandError
from callbot.evaluation.manifest import TELEPHONE_RATE
from callbot.evaluation.runner import WatchedEngine
from callbot.golden import beginner
from callbot.paths import Paths
from callbot.settings import load_settings
from common.audio import SAMPLE_RATE
from dialogue.golden import Hear, Result, replay_spoken
from dialogue.goldenfile import Placed
from dialogue.ports import Engine, Heard, ServiceUnavailableError
from tts.client import SpeechUnavailable


def at_telephone(pcm: bytes) -> bytes:
    """Return what a telephone line leaves of a sound."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32)
    narrow = soxr.resample(samples, SAMPLE_RATE, TELEPHONE_RATE)
    wide = soxr.resample(narrow, TELEPHONE_RATE, SAMPLE_RATE)
    return bytes(np.clip(np.rint(wide), -32768, 32767).astype("<i2").tobytes())


@asynccontextmanager
async def hearing(paths: Paths, assistant: Assistant) -> AsyncIterator[Hear]:
    """Yield what says a sentence and recognises it, in processes of its own.

    Raises:
        CommandError: the voice or the recognition does not start.
    """
    settings, paths = load_settings(paths)
    async with (
        parts.speech(settings, paths) as voice,
        parts.recognition(settings, paths, borrow=False, vocabulary=assistant.vocabulary) as client,
    ):
        recogniser = Recogniser(client)

        async def hear(text: str, expects: str) -> Heard:
            try:
                spoken = await voice.say(text)
            except SpeechUnavailable as error:
                raise ServiceUnavailableError("speech") from error
            return await recogniser.recognise("reference", at_telephone(spoken), 0.0, expects)

        yield hear


async def play(
    conversations: Sequence[Placed], assistant: Assistant, engine: Engine, hear: Hear
) -> AsyncIterator[Result]:
    """Yield what became of each conversation: its decisions, services and errands.

    Raises:
        ServiceUnavailableError: Rasa, the voice or the recognition does not answer.
    """
    watched = WatchedEngine(engine)
    for placed in conversations:
        begin = beginner(assistant, watched, f"parle-{placed.golden.id}")
        yield await replay_spoken(placed, begin, assistant.facts.timezone, hear)
        watched.check()


def play_all(
    paths: Paths,
    assistant: Assistant,
    conversations: Sequence[Placed],
    advance: Callable[[], None] = lambda: None,
) -> Sequence[Result]:
    """Play those marked ``parle`` on the active model; ``advance`` is called after each.

    Raises:
        CommandError: a process does not start, or does not answer to the end.
    """

    async def all_of_them() -> list[Result]:
        results = []
        async with (
            parts.understanding_with(paths, None) as client,
            hearing(paths, assistant) as hear,
        ):
            async for result in play(conversations, assistant, RasaEngine(client), hear):
                results.append(result)
                advance()
        return results

    try:
        return asyncio.run(all_of_them())
    except ServiceUnavailableError as error:
        raise CommandError(
            "Rasa, la voix ou la reconnaissance n'a pas répondu jusqu'au bout. Relancez."
        ) from error


def marked(conversations: Sequence[Placed]) -> tuple[Placed, ...]:
    """Return the conversations that are to be spoken as well."""
    return tuple(placed for placed in conversations if placed.golden.parle)
