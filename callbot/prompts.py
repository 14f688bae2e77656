"""Which sentences are rendered ahead, and when.

The few that every call needs come before the first call is taken; the hundreds of others follow
while nobody speaks. At midnight the sentences of the new day are added.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from callbot.assistant import Assistant
from common import logs
from common.french import split_sentences
from dialogue.config import PHRASE_FIELDS
from dialogue.promisewords import AT_ONCE
from tts.client import SpeechClient

_AFTER_MIDNIGHT = timedelta(seconds=5)

_FIRST = (
    "accueil",
    "autre_chose",
    "ecouter",
    "incompris",
    "rien_entendu",
    "au_revoir",
    "de_rien",
    "urgence",
)
_WITH_SERVICE = (
    "transfert_incompris",
    "transfert_sans_reponse",
    "transfert_ferme",
    "refus_nom_agent",
)
_FIRST_TRANSFERS = ("transfert", "transfert_incompris", "incident", "transfert_silence")


def first_sentences(assistant: Assistant) -> Iterator[str]:
    """Sentences without which no call is taken."""
    reception = assistant.facts.service_name(assistant.facts.default_service)
    for name in _FIRST:
        yield from split_sentences(assistant.phrases.say(name))
    for name in _FIRST_TRANSFERS:
        yield from split_sentences(assistant.phrases.say(name, service=reception))


def other_sentences(assistant: Assistant, now: datetime) -> Iterator[str]:
    """All others that can be known at ``now``, the likeliest first."""
    services = [assistant.facts.service_name(service) for service in assistant.services]
    yield from split_sentences(assistant.phrases.say("hors_sujet"))
    yield from split_sentences(assistant.phrases.say("robot"))
    for service in services:
        yield from split_sentences(assistant.phrases.say("transfert", service=service))
    yield from closed_sentences(assistant, now)
    yield from itertools.chain.from_iterable(
        split_sentences(text) for text in assistant.spoken_sentences(now)
    )
    some = {"sujet": assistant.subjects[0], "service": services[0], "quand": AT_ONCE}
    known = {*some, "devant", "minutes"}
    for name in assistant.phrases.names:
        if not PHRASE_FIELDS[name] <= known:
            # The part that is known is heard at once, while the rest is being rendered.
            parts = split_sentences(assistant.phrases.template(name))
            yield from (part for part in parts if "{" not in part)
            continue
        for number in ("2", "3", "4", "5") if name.startswith("file_") else ("2",):
            said = assistant.phrases.say(name, devant=number, minutes=number, **some)
            yield from split_sentences(said)
    for subject in assistant.subjects:
        yield from split_sentences(assistant.phrases.say("confirmer", sujet=subject))
    for name in _WITH_SERVICE:
        for service in services:
            yield from split_sentences(assistant.phrases.say(name, service=service))


def closed_sentences(assistant: Assistant, now: datetime) -> Iterator[str]:
    """What callers of a closed service hear in the hours until midnight."""
    hours = [now, *(now.replace(hour=h, minute=30) for h in range(now.hour, 24))]
    for instant in hours:
        for service in assistant.services:
            closed = assistant.facts.when_closed(service, instant)
            if closed is not None:
                yield from split_sentences(closed.reply.text)


class Rehearsal:
    """Keeps the prompt store ahead of the conversations."""

    def __init__(self, speech: SpeechClient, assistant: Assistant) -> None:
        self._speech = speech
        self._assistant = assistant
        self._ready = False

    @property
    def ready(self) -> bool:
        """True once the sentences that every call needs are there."""
        return self._ready

    async def run(self) -> None:
        """Prepare for as long as the core lives; cancelled by its owner."""
        await self._speech.start()
        self._speech.prepare(_unique(first_sentences(self._assistant)), urgent=True)
        await self._speech.wait_prepared()
        self._ready = True
        logs.get().info("first_prompts_ready")
        while True:
            now = self._assistant.clock()
            self._speech.prepare(_unique(other_sentences(self._assistant, now)), urgent=False)
            midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time())
            wait = midnight.replace(tzinfo=now.tzinfo) + _AFTER_MIDNIGHT - now
            await asyncio.sleep(wait.total_seconds())


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
