"""Plays the town's golden conversations and test sentences on a model, before anybody hears it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, TypeAlias

from callbot.adapters import RasaEngine
from callbot.assistant import Assistant, load_assistant
from callbot.commands import CommandError
from callbot.evaluation.runner import WatchedEngine
from callbot.finding import LoadedWhenNeeded
from callbot.golden import beginner, load, record
from callbot.parts import understanding, understanding_with
from callbot.paths import Paths
from callbot.publishing.memory import Answers, RememberingEncoder, RememberingEngine
from callbot.publishing.sentences import Sentence, load_sentences
from callbot.settings import Settings
from dialogue.apprentice import Apprentice, ApprenticeClient
from dialogue.golden import Result, replay
from dialogue.goldenfile import Placed
from dialogue.ports import Engine, ServiceUnavailableError
from dialogue.rasa_client import RasaError, RasaQuestions
from dialogue.versions import Version

AT_ONCE = 4
"""Conversations that are played at the same time."""


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


class Scene:
    """What is played: the town as it would be, its conversations and test sentences."""

    def __init__(self, paths: Paths, before: Version | None) -> None:
        """``before`` is the model in service; what was encoded for it is not encoded again."""
        self._paths = paths
        self._before = before
        self._known = _answers(paths, before)
        self._assistant: Assistant | None = None
        self.conversations: tuple[Placed, ...] = ()
        self.sentences: Sequence[Sentence] = ()

    def set_up(self) -> None:
        """Read it all, once.

        Raises:
            ConfigError: it cannot be read.
        """
        if self._assistant is not None:
            return
        encoder = RememberingEncoder(self._known, LoadedWhenNeeded())
        assistant = load_assistant(self._paths, encoder)
        self.conversations = load(self._paths, assistant)
        self.sentences = load_sentences(self._paths.config)
        self._assistant = assistant

    @property
    def assistant(self) -> Assistant:
        """The town; :meth:`set_up` comes first."""
        assert self._assistant is not None
        return self._assistant

    def answers_of(self, model: Version) -> Answers:
        """Return what a model answered when it was played before."""
        if model == self._before:
            return self._known
        answers = _answers(self._paths, model)
        answers.vectors = self._known.vectors
        return answers


def _answers(paths: Paths, model: Version | None) -> Answers:
    name = model.name if model is not None else "sans"
    return Answers(paths.var / "reference" / f"{name}.msgpack")


Opening: TypeAlias = AbstractAsyncContextManager[RasaQuestions]
"""Starts or borrows the model, when something must be asked after all."""


@contextlib.asynccontextmanager
async def learnt(rasa: Apprentice, model: Version) -> AsyncIterator[RasaQuestions]:
    """Yield the process that has just learnt, with the model as it is on disk.

    Raises:
        ServiceUnavailableError: the model cannot be loaded.
    """
    client = ApprenticeClient(rasa)
    try:
        await client.load(model.model)
    except RasaError as error:
        raise ServiceUnavailableError("rasa") from error
    yield client


def served(settings: Settings, paths: Paths) -> Opening:
    """Return the running callbot's model, or the same in a process of its own."""
    return understanding(settings, paths)


def own(paths: Paths, model: Version) -> Opening:
    """Return a model in a process of its own."""
    return understanding_with(paths, model.model)


def play(
    scene: Scene, model: Version, opening: Opening, advance: Callable[[], None] = lambda: None
) -> Played:
    """Play everything on ``model``, which ``opening`` gives when it has to be asked.

    Raises:
        CommandError: Rasa does not start, or does not answer to the end.
    """
    answers = scene.answers_of(model)

    async def all_of_it() -> Played:
        async with contextlib.AsyncExitStack() as stack:

            async def open_engine() -> Engine:
                return RasaEngine(await stack.enter_async_context(opening))

            engine = RememberingEngine(answers, open_engine)
            results = await _conversations(scene, engine, advance)
            return Played(results, await _sentences(scene.sentences, engine))

    try:
        played = asyncio.run(all_of_it())
    except ServiceUnavailableError as error:
        raise CommandError("Rasa n'a pas répondu jusqu'au bout. Relancez.") from error
    answers.save()
    return played


async def _conversations(
    scene: Scene, engine: Engine, advance: Callable[[], None]
) -> Sequence[Result]:
    """Play some at a time: while the model answers one, the dialogue of another goes on."""
    watched = WatchedEngine(engine)
    room = asyncio.Semaphore(AT_ONCE)

    async def play_one(placed: Placed) -> Result:
        async with room:
            begin = beginner(scene.assistant, watched, f"reference-{placed.golden.id}")
            result = await replay(placed, begin, scene.assistant.facts.timezone)
            watched.check()
            advance()
            return result

    return await asyncio.gather(*(play_one(placed) for placed in scene.conversations))


async def _sentences(sentences: Sequence[Sentence], engine: Engine) -> Mapping[str, bool]:
    understood = {}
    for sentence in sentences:
        ranking = await engine.ranking(sentence.dit)
        understood[sentence.dit] = bool(ranking) and ranking[0][0] == sentence.intention
    return understood
