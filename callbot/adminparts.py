"""The running core, in the shape that the admin pages ask for."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial

from callbot import wavfile
from callbot.assistant import Assistant
from callbot.finding import sentence_encoder
from callbot.store import Store
from callbot.unanswered import UnansweredQuestions
from common.audio import duration_s
from console.adminpages import Admin
from console.publishing import Publishing
from console.tryout import Bot, Tryout
from dialogue.manager import DialogueManager
from dialogue.ports import Engine, Errands, Recogniser, Speaker

MAX_SECONDS = 30


def admin_pages(
    publishing: Publishing,
    assistant: Callable[[], Assistant],
    engine: Engine,
    recogniser: Recogniser,
    speaker: Speaker,
    store: Store,
) -> Admin:
    """Return what the admin pages need; ``assistant`` returns the one of new calls."""
    town = assistant().facts.town
    return Admin(
        publishing=publishing,
        town=town.name,
        zone=town.timezone,
        services=lambda: {
            name: service.name for name, service in assistant().facts.town.services.items()
        },
        named=partial(_named, assistant),
        tryout=Tryout(lambda: _bot(assistant(), engine), recogniser, speaker, decode),
        questions=UnansweredQuestions(store, sentence_encoder),
        clock=assistant().clock,
    )


def decode(wav: bytes) -> bytes:
    """Return the PCM of a WAV file.

    Raises:
        ValueError: it cannot be used; the message is French.
    """
    try:
        pcm = wavfile.read(io.BytesIO(wav))
    except wavfile.WavError as error:
        raise ValueError(str(error)) from error
    if duration_s(pcm) > MAX_SECONDS:
        raise ValueError(f"il dépasse {MAX_SECONDS} secondes.")
    return pcm


def _bot(assistant: Assistant, engine: Engine) -> Bot:
    def manager(conversation: str, listener: Engine, errands: Errands) -> DialogueManager:
        return assistant.manager(conversation, listener, errands)

    return Bot(
        manager=manager,
        engine=engine,
        intents=assistant.intents,
        settings=assistant.dialogue,
        clock=assistant.clock,
        named=partial(_named, lambda: assistant),
    )


def _named(assistant: Callable[[], Assistant], intent: str) -> str:
    title = assistant().intents.title(intent)
    return title[:1].upper() + title[1:]
