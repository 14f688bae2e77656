"""Plays the town's golden conversations and test sentences on a model, before anybody hears it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from callbot.adapters import RasaEngine
from callbot.assistant import Assistant
from callbot.commands import CommandError
from callbot.evaluation.runner import WatchedEngine
from callbot.golden import beginner, record
from callbot.parts import understanding, understanding_with
from callbot.paths import Paths
from callbot.publishing.memory import Answers, RememberingEngine
from callbot.publishing.sentences import Sentence, load_sentences
from callbot.settings import Settings
from dialogue.golden import Result, replay
from dialogue.goldenfile import Placed
from dialogue.ports import Engine, ServiceUnavailableError
from dialogue.versions import Version


@dataclass(frozen=True)
class Played:
    """What became of the conversations and sentences."""

    results: Sequence[Result]
    sentences: Mapping[str, bool]
    """Whether each test sentence was understood."""

    @property
    def golden(self) -> Mapping[str, Any]:
        """What a manifest keeps."""
        return record(self.results)

    @property
    def accuracy(self) -> float | None:
        """Share of the sentences that were understood."""
        return accuracy(self.sentences)


def accuracy(sentences: Mapping[str, bool]) -> float | None:
    """Return the share of the sentences that were understood, None without any."""
    return sum(sentences.values()) / len(sentences) if sentences else None


def answers_of(model: Version, paths: Paths) -> Answers:
    """Return what a model answered when it was played before."""
    return Answers(paths.var / "reference" / f"{model.name}.msgpack")


def play(
    paths: Paths,
    assistant: Assistant,
    conversations: Sequence[Placed],
    model: Version,
    answers: Answers,
    settings: Settings | None = None,
    advance: Callable[[], None] = lambda: None,
) -> Played:
    """Play everything on ``model``; with ``settings`` the running callbot's Rasa may be borrowed.

    Raises:
        CommandError: Rasa does not start, or does not answer to the end.
        ConfigError: the test sentences cannot be read.
    """
    sentences = load_sentences(paths.config)

    async def all_of_it() -> Played:
        async with contextlib.AsyncExitStack() as stack:

            async def open_engine() -> Engine:
                starting = (
                    understanding(settings, paths)
                    if settings is not None
                    else understanding_with(paths, model.model)
                )
                return RasaEngine(await stack.enter_async_context(starting))

            engine = RememberingEngine(answers, open_engine)
            results = await _conversations(assistant, conversations, engine, advance)
            return Played(results, await _sentences(sentences, engine))

    try:
        played = asyncio.run(all_of_it())
    except ServiceUnavailableError as error:
        raise CommandError("Rasa n'a pas répondu jusqu'au bout. Relancez.") from error
    answers.save()
    return played


async def _conversations(
    assistant: Assistant,
    conversations: Sequence[Placed],
    engine: Engine,
    advance: Callable[[], None],
) -> Sequence[Result]:
    watched = WatchedEngine(engine)
    results = []
    for placed in conversations:
        begin = beginner(assistant, watched, f"reference-{placed.golden.id}")
        results.append(await replay(placed, begin, assistant.facts.timezone))
        watched.check()
        advance()
    return results


async def _sentences(sentences: Sequence[Sentence], engine: Engine) -> Mapping[str, bool]:
    understood = {}
    for sentence in sentences:
        ranking = await engine.ranking(sentence.dit)
        understood[sentence.dit] = bool(ranking) and ranking[0][0] == sentence.intention
    return understood
