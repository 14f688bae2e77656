"""The running core while it takes over a version."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from callbot.assistant import Assistant, load_assistant
from callbot.paths import Paths
from callbot.prompts import other_sentences
from callbot.publishing.takeover import NeedsRestartError
from callbot.publishing.versions import Published
from callbot.textwriter import TextWriter
from dialogue.rasa_client import RasaClient, RasaError
from telephony.sms.messages import load_messages
from telephony.sms.smsconfig import load_sms_settings
from tts.client import SpeechClient

MOST_SENTENCES = 12
"""New sentences that are waited for; the others are rendered when there is time."""


@dataclass(frozen=True)
class Content:
    """All that a published version makes of the bot."""

    assistant: Assistant
    writer: TextWriter


def load_content(paths: Paths) -> Content:
    """Read a version.

    Raises:
        ConfigError: with the problems that were found.
    """
    assistant = load_assistant(paths)
    links = load_sms_settings(paths.sms_file).allowed_links
    book = load_messages(paths.sms_templates, links)
    return Content(assistant, TextWriter(book, assistant.facts.town))


class CoreStage:
    """See :class:`callbot.publishing.takeover.Stage`."""

    def __init__(
        self,
        paths: Paths,
        current: Callable[[], Assistant],
        speech: SpeechClient,
        rasa: RasaClient,
        calls: Callable[[], int],
        adopt: Callable[[Content], None],
    ) -> None:
        """``calls`` counts those in progress; ``adopt`` gives what is new to all who need it."""
        self._paths = paths
        self._current = current
        self._speech = speech
        self._rasa = rasa
        self._calls = calls
        self._adopt = adopt

    @property
    def quiet(self) -> bool:
        """True while there is no call."""
        return self._calls() == 0

    async def load(self, version: Published) -> Content:
        """Read a version on a thread of its own."""
        there = Paths(version.config, self._paths.var)
        content = await asyncio.to_thread(load_content, there)
        check_followed(self._current(), content.assistant)
        return content

    async def rehearse(self, content: Content) -> None:
        """Have new sentences rendered, at once while nobody calls."""
        new = await asyncio.to_thread(new_sentences, self._current(), content.assistant)
        self._speech.prepare(new[:MOST_SENTENCES], urgent=self.quiet)
        if self.quiet:
            await self._speech.wait_prepared()

    async def load_model(self, model: Path) -> None:
        """Have Rasa answer by another model."""
        if not await asyncio.to_thread(model.is_file):
            raise RasaError(f"no model at {model}")
        await self._rasa.load(model)

    def adopt(self, content: Content) -> None:
        """Give it to every call that begins from now on."""
        self._adopt(content)


def check_followed(current: Assistant, new: Assistant) -> None:
    """See that a core that runs can go by the staff and the queues of ``new``.

    Raises:
        NeedsRestartError: it has not the lines or the pages for it.
    """
    before = current.reception
    if before.takes_over(new.reception):
        return
    first = not before.second_legs and new.reception.second_legs
    said = (
        "Les appels sont reliés à des agents pour la première fois"
        if first
        else "Les rappels sont mis en service"
    )
    raise NeedsRestartError(f"{said} : redémarrez le callbot pour que cette version soit servie.")


def new_sentences(old: Assistant, new: Assistant) -> tuple[str, ...]:
    """Return what is said by ``new`` only, the likeliest first."""
    now = new.clock()
    known = set(other_sentences(old, now))
    return tuple(dict.fromkeys(s for s in other_sentences(new, now) if s not in known))
