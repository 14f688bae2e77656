"""« Essayer »: a conversation in text or from a recording, as callers would have it, explained.

Nothing leaves the box: errands are only told of.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from common.audio import wav_of
from console.ports import ActionRefusedError
from console.tryreasons import Named, reasons
from dialogue.config import DialogueSettings
from dialogue.dryrun import DryErrand, dry_errands
from dialogue.manager import DialogueManager
from dialogue.plan import Plan, Sentence
from dialogue.ports import (
    Engine,
    Errands,
    Heard,
    Intents,
    Recogniser,
    ServiceUnavailableError,
    Speaker,
)

MAX_TURNS = 8
MAX_TEXT = 500
"""Characters of one sentence."""
SHOWN = 5
"""Intents of the ranking that are shown."""
KEPT_ANSWERS = 50
"""Answers that can still be listened to."""
FREE = "libre"
"""What the recogniser expects: anything."""
HEAR_LIMIT_S = 60.0
SPEAK_LIMIT_S = 60.0


class ManagerFactory(Protocol):
    """Makes the dialogue of one new conversation."""

    def __call__(
        self, conversation: str, engine: Engine, errands: Errands, /
    ) -> DialogueManager: ...


@dataclass(frozen=True)
class Bot:
    """What answers calls now."""

    manager: ManagerFactory
    engine: Engine
    intents: Intents
    settings: DialogueSettings
    clock: Callable[[], datetime]
    named: Named


@dataclass(frozen=True)
class Step:
    """One exchange of a try."""

    heard: Heard
    ranking: tuple[tuple[str, float], ...]
    """Intents with probabilities, best first; empty where none was asked for."""
    plan: Plan
    reasons: tuple[str, ...]
    errands: tuple[str, ...]
    """What would have been done, in French."""
    sound: str
    """Key of :meth:`Tryout.sound`."""


class Tryout:
    """Holds conversations for admins; one recording and one voice at a time."""

    def __init__(
        self,
        bot: Callable[[], Bot],
        recogniser: Recogniser,
        speaker: Speaker,
        decode: Callable[[bytes], bytes],
    ) -> None:
        """``decode`` turns a WAV file into PCM, and raises ValueError with a French sentence."""
        self._bot = bot
        self._recogniser = recogniser
        self._speaker = speaker
        self._decode = decode
        self._answers: OrderedDict[str, tuple[Sentence, ...]] = OrderedDict()
        self._hearing = asyncio.Lock()
        self._speaking = asyncio.Lock()

    async def hear(self, wav: bytes) -> Heard:
        """Recognise a recording.

        Raises:
            ActionRefusedError: no usable sound, or recognition is down.
        """
        try:
            pcm = await asyncio.to_thread(self._decode, wav)
        except ValueError as error:
            raise ActionRefusedError(f"Ce son ne peut pas être lu : {error}") from error
        try:
            async with asyncio.timeout(HEAR_LIMIT_S), self._hearing:
                return await self._recogniser.recognise(
                    f"essai-{secrets.token_hex(4)}", pcm, time.monotonic(), FREE
                )
        except (ServiceUnavailableError, TimeoutError) as error:
            raise ActionRefusedError(
                "La reconnaissance de la parole ne répond pas. Réessayez dans un instant."
            ) from error

    async def converse(self, said: Sequence[Heard]) -> tuple[Step, ...]:
        """Hold a conversation from its beginning, at most MAX_TURNS long.

        It ends early where the bot would have hung up or handed the caller over.
        """
        bot = self._bot()
        told: list[DryErrand] = []
        listener = _Listener(bot.engine)
        manager = bot.manager(f"essai-{secrets.token_hex(8)}", listener, dry_errands(told.append))
        steps: list[Step] = []
        try:
            for heard in said[:MAX_TURNS]:
                listener.ranked, before = (), len(told)
                plan = await manager.turn(heard, bot.clock())
                steps.append(self._step(bot, heard, listener.ranked, plan, told[before:]))
                if plan.then in ("hang_up", "transfer"):
                    break
        finally:
            await manager.close()
        return tuple(steps)

    async def sound(self, key: str) -> bytes | None:
        """Return an answer as a WAV file, None when it is no longer kept.

        Raises:
            ActionRefusedError: the voice is down.
        """
        sentences = self._answers.get(key)
        if sentences is None:
            return None
        pcm = bytearray()
        try:
            async with asyncio.timeout(SPEAK_LIMIT_S), self._speaking:
                for sentence in sentences:
                    pieces = self._speaker.pieces(sentence.text, sentence.pace, keep=False)
                    async for piece in pieces:
                        pcm += piece
        except (ServiceUnavailableError, TimeoutError) as error:
            raise ActionRefusedError("La voix ne répond pas. Réessayez.") from error
        return wav_of(bytes(pcm))

    def _step(
        self,
        bot: Bot,
        heard: Heard,
        ranking: tuple[tuple[str, float], ...],
        plan: Plan,
        told: Sequence[DryErrand],
    ) -> Step:
        why = reasons(heard, ranking, plan, bot.intents, bot.settings, bot.named)
        errands = tuple(str(errand).strip("()") for errand in told)
        return Step(heard, ranking[:SHOWN], plan, why, errands, self._keep(plan.say))

    def _keep(self, sentences: tuple[Sentence, ...]) -> str:
        key = secrets.token_urlsafe(16)
        self._answers[key] = sentences
        while len(self._answers) > KEPT_ANSWERS:
            self._answers.popitem(last=False)
        return key


class _Listener:
    """An engine that remembers its last ranking."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.ranked: tuple[tuple[str, float], ...] = ()

    async def ranking(self, text: str) -> Sequence[tuple[str, float]]:
        found = await self._engine.ranking(text)
        self.ranked = tuple(found)
        return found

    async def step(
        self, conversation: str, intent: str, entities: Mapping[str, str]
    ) -> list[dict[str, Any]]:
        return await self._engine.step(conversation, intent, entities)

    async def forget(self, conversation: str) -> None:
        await self._engine.forget(conversation)
