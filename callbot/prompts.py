"""Which sentences are rendered ahead, and when.

The few that every call needs come before the first call is taken; the others follow while nobody
speaks, the likeliest first: where calls are passed to, the answers to what was asked of late and
to the first examples of each intent, then the phrases and answers of today, what callers hear who
ask as the other examples do, the question about each street, the pieces of telephone numbers, and
the sentences of tomorrow, so that midnight finds them in the store.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from callbot.assistant import Assistant
from callbot.mostasked import Asked
from callbot.servicehours import TownServiceHours
from common import logs
from common.french import split_sentences
from dialogue.config import PHRASE_FIELDS
from dialogue.promisewords import AT_ONCE, when_called
from telephony.queueorder import SAYABLE_MINUTES
from tts.client import SpeechClient
from tts.pieces import number_pieces
from tts.speechtext import spoken_sentences

_AFTER_MIDNIGHT = timedelta(seconds=5)
_LOOK_S = 300.0
"""How often the date is looked at: clocks are set, and machines sleep."""
_SLICE = 5
_SLICE_PAUSE_S = 0.2
"""Answers are worked out a few at a time, beside the conversations."""
_FIRST_EXAMPLES = 3
"""Of each intent: their answers come before all that can be said today."""
_AHEAD_IN_QUEUE = range(2, 10)
_OPENINGS = 6
_NUMBER = "06 12 34 56 78"
_COMPUTED = frozenset({"sujet", "service", "quand", "devant", "minutes"})

_FIRST = (
    "accueil",
    "autre_chose",
    "ecouter",
    "incompris",
    "mal_entendu",
    "rien_entendu",
    "au_revoir",
    "de_rien",
    "urgence",
    "lignes_occupees",
    "je_regarde",
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
    reception = assistant.facts.service_name(assistant.facts.main_service)
    for name in _FIRST:
        yield from split_sentences(assistant.phrases.say(name))
    for name in _FIRST_TRANSFERS:
        yield from split_sentences(assistant.phrases.say(name, service=reception))


AskedBefore: TypeAlias = Callable[[datetime], Awaitable[Sequence[Asked]]]
"""Tells the questions of late, those about what is asked most often first."""


def usual_sentences(assistant: Assistant) -> Iterator[str]:
    """What is heard whatever the subject: that there is none, and where calls are passed to."""
    yield from split_sentences(assistant.phrases.say("hors_sujet"))
    yield from split_sentences(assistant.phrases.say("robot"))
    for service in assistant.services:
        name = assistant.facts.service_name(service)
        yield from split_sentences(assistant.phrases.say("transfert", service=name))


def other_sentences(assistant: Assistant, now: datetime) -> Iterator[str]:
    """All others that can be known at ``now``."""
    services = [assistant.facts.service_name(service) for service in assistant.services]
    yield from usual_sentences(assistant)
    yield from closed_sentences(assistant, now)
    for subject in assistant.subjects:
        yield from split_sentences(assistant.phrases.say("confirmer", sujet=subject))
    yield from assistant.sentences_ahead(now)
    yield from phrase_sentences(assistant, now)
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


def phrase_sentences(assistant: Assistant, now: datetime) -> Iterator[str]:
    """The phrases with all that can be known of their places filled in."""
    service = assistant.facts.service_name(assistant.services[0])
    some = {"sujet": assistant.subjects[0], "service": service}
    values = {
        "devant": [str(count) for count in _AHEAD_IN_QUEUE],
        "minutes": [str(minutes) for minutes in SAYABLE_MINUTES],
        "quand": callback_times(assistant, now),
    }
    for name in assistant.phrases.names:
        fields = PHRASE_FIELDS[name]
        if not fields <= _COMPUTED:
            # The part that is known is heard at once, while the rest is being rendered.
            parts = split_sentences(assistant.phrases.template(name))
            yield from (part for part in parts if "{" not in part)
            continue
        varying = [field for field in values if field in fields]
        for chosen in itertools.product(*(values[field] for field in varying)):
            filled = {**some, **dict(zip(varying, chosen, strict=True))}
            yield from split_sentences(assistant.phrases.say(name, **filled))


def street_sentences(assistant: Assistant) -> Iterator[str]:
    """What is asked of callers whose street was only nearly heard."""
    for street in assistant.facts.town.streets:
        yield from split_sentences(assistant.phrases.say("rue_verifier", rue=street))


def callback_times(assistant: Assistant, now: datetime) -> list[str]:
    """When call-backs that are promised now can come, as it is said."""
    hours = TownServiceHours(assistant.facts.town)
    found = {AT_ONCE: None}
    for service in assistant.services:
        opening = hours.next_opening(service, now)
        for _ in range(_OPENINGS):
            if opening is None:
                break
            found[when_called(opening, now)] = None
            opening = hours.next_opening(service, opening)
    return list(found)


def asked_sentences(
    assistant: Assistant, now: datetime, before: Sequence[Asked] = ()
) -> Iterator[tuple[str, ...]]:
    """Yield what callers hear who ask what was asked ``before``, then as the examples do.

    Each intent's first example comes before any second one; intents come as they are asked for.
    """
    intents = assistant.intents
    answered = {name for name in intents.names if intents.behaviour(name) == "repondre"}
    known = [asked for asked in before if asked.intent in answered]
    for asked in known:
        yield _answer(assistant, asked, now)
    order = dict.fromkeys((*(asked.intent for asked in known), *sorted(answered)))
    examples = ([Asked(text, name, None) for text in intents.examples(name)] for name in order)
    for one_of_each in itertools.zip_longest(*examples):
        for example in one_of_each:
            if example is not None:
                yield _answer(assistant, example, now)


def _answer(assistant: Assistant, asked: Asked, now: datetime) -> tuple[str, ...]:
    facts, text, intent = assistant.facts, asked.text, asked.intent
    place = asked.place or facts.place(text, intent)
    reply = facts.answer(intent, text, place, facts.day(text, now), now)
    return tuple(split_sentences(reply.text)) if reply is not None else ()


def pieces_of_numbers(assistant: Assistant) -> tuple[str, ...]:
    """Return all pieces of the phrases that hold a resident's number, as speech text."""
    said: list[str] = []
    for name in assistant.phrases.names:
        if "numero" in PHRASE_FIELDS[name]:
            for text in split_sentences(assistant.phrases.say(name, numero=_NUMBER)):
                said += spoken_sentences(text)
    return tuple(number_pieces(said))


class Rehearsal:
    """Keeps the prompt store ahead of the conversations."""

    def __init__(self, speech: SpeechClient, assistant: Assistant, before: AskedBefore) -> None:
        self._speech = speech
        self._assistant = assistant
        self._before = before
        self._ready = False
        self._changed = asyncio.Event()

    @property
    def ready(self) -> bool:
        """True once the sentences that every call needs are there."""
        return self._ready

    def renew(self, assistant: Assistant) -> None:
        """Prepare what is said from now on, after something was published."""
        self._assistant = assistant
        self._changed.set()

    async def run(self) -> None:
        """Prepare for as long as the core lives; cancelled by its owner."""
        await self._speech.start()
        self._speech.prepare(_unique(first_sentences(self._assistant)), urgent=True)
        await self._speech.wait_prepared()
        self._ready = True
        logs.get().info("first_prompts_ready")
        while True:
            self._changed.clear()
            assistant = self._assistant
            today = assistant.clock()
            self._speech.forget_idle()
            if await self._prepare(assistant, today):
                self._speech.prepare(pieces_of_numbers(assistant), urgent=False, spoken=True)
                await self._prepare(assistant, _midnight(today))
            while assistant.clock().date() == today.date() and not self._changed.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), _LOOK_S)

    async def _prepare(self, assistant: Assistant, now: datetime) -> bool:
        """Have everything prepared that can be known at ``now``; False once that is out of date."""
        before = await self._before(now)
        asked = asked_sentences(assistant, now, before)
        soon = len(before) + _FIRST_EXAMPLES * len(assistant.intents.names)
        several = itertools.chain(
            ((sentence,) for sentence in usual_sentences(assistant)),
            itertools.islice(asked, soon),
            ((sentence,) for sentence in other_sentences(assistant, now)),
            asked,
            ((sentence,) for sentence in street_sentences(assistant)),
        )
        told: set[str] = set()
        while some := list(itertools.islice(several, _SLICE)):
            new = [text for text in _unique(itertools.chain(*some)) if text not in told]
            told.update(new)
            self._speech.prepare(new, urgent=False)
            await asyncio.sleep(_SLICE_PAUSE_S)
            if self._changed.is_set():
                return False
        return True


def _midnight(now: datetime) -> datetime:
    """Return the first moment of tomorrow."""
    tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time())
    return tomorrow.replace(tzinfo=now.tzinfo) + _AFTER_MIDNIGHT


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
