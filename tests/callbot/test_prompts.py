"""What is rendered ahead, on the delivered configuration."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import cast

from callbot.assistant import Assistant, load_assistant
from callbot.mostasked import Asked
from callbot.paths import Paths
from callbot.prompts import (
    Rehearsal,
    asked_sentences,
    first_sentences,
    other_sentences,
    phrase_sentences,
    pieces_of_numbers,
    street_sentences,
    usual_sentences,
)
from common.french import split_sentences
from tests import virtual_time
from tts.client import SpeechClient
from tts.pieces import pieces
from tts.speechtext import spoken_sentences

ASSISTANT = load_assistant(Paths.choose())


async def nothing_asked(now: datetime) -> Sequence[Asked]:
    return ()


def test_the_greeting_and_the_way_to_a_human_come_before_the_first_call() -> None:
    first = set(first_sentences(ASSISTANT))
    reception = ASSISTANT.facts.service_name(ASSISTANT.facts.main_service)
    needed = [
        ASSISTANT.phrases.say("accueil"),
        ASSISTANT.phrases.say("transfert", service=reception),
        ASSISTANT.phrases.say("incident", service=reception),
    ]
    assert {sentence for text in needed for sentence in split_sentences(text)} <= first


def test_every_phrase_is_rendered_with_its_places_filled() -> None:
    sentences = [*first_sentences(ASSISTANT), *other_sentences(ASSISTANT, ASSISTANT.clock())]
    assert not [text for text in sentences if "{" in text]
    assert "Il y a 3 personnes avant vous." in sentences
    assert len(set(sentences)) > 400


def test_the_notice_of_a_closed_service_is_rendered_before_it_closes() -> None:
    noon = datetime(2026, 11, 24, 10, 0, tzinfo=ASSISTANT.facts.timezone)
    evening = noon.replace(hour=22)
    closed = ASSISTANT.facts.when_closed(ASSISTANT.facts.main_service, evening)
    assert closed is not None
    assert set(split_sentences(closed.reply.text)) <= set(other_sentences(ASSISTANT, noon))


def test_the_question_about_every_street_is_rendered() -> None:
    near = ASSISTANT.facts.near_streets("rue des danneurs", "collecte_dechets", answers=True)
    asked = [ASSISTANT.phrases.say("rue_verifier", rue=street) for street in near]
    assert asked and set(asked) <= set(street_sentences(ASSISTANT))

    async def scene() -> None:
        speech = Speech()
        rehearsal = Rehearsal(cast(SpeechClient, speech), at_noon(), nothing_asked)
        task = asyncio.create_task(rehearsal.run())
        await until(lambda: set(asked) <= speech.idle)
        task.cancel()

    virtual_time.run(scene())


def test_the_known_part_of_a_sentence_with_a_number_is_rendered() -> None:
    assert "D'accord." in set(other_sentences(ASSISTANT, ASSISTANT.clock()))


NOON = datetime(2026, 11, 24, 12, 0, tzinfo=ASSISTANT.facts.timezone)
FEW = ("demander_agent", "horaires_lieu")


class AtNoon(Assistant):
    """The town at one moment, with few examples."""

    def clock(self) -> datetime:
        return NOON


def at_noon() -> AtNoon:
    parts = {part.name: getattr(ASSISTANT, part.name) for part in fields(ASSISTANT)}
    files = ASSISTANT.intents.files
    parts["intents"] = replace(ASSISTANT.intents, files={name: files[name] for name in FEW})
    return AtNoon(**parts)


def test_all_that_is_said_of_a_queue_and_a_call_back_is_rendered() -> None:
    sentences = set(phrase_sentences(ASSISTANT, NOON))
    assert "L'attente est d'environ 5 minutes." in sentences
    assert "Il y a 9 personnes avant vous." in sentences
    assert "On vous rappelle aujourd'hui à partir de 13 h 30." in sentences
    assert "On vous rappelle dès qu'un agent est libre." in sentences


def test_whoever_asks_like_an_example_hears_what_was_rendered() -> None:
    town = at_noon()
    asked = [text for texts in asked_sentences(town, NOON) for text in texts]
    examples = town.intents.examples("horaires_lieu")
    assert len(asked) >= len(examples)
    reply = town.facts.answer("horaires_lieu", examples[0], None, None, NOON)
    assert reply is not None
    assert set(split_sentences(reply.text)) <= set(asked)


def test_any_number_can_be_read_back_from_pieces() -> None:
    ahead = set(pieces_of_numbers(ASSISTANT))
    said = ASSISTANT.phrases.say("numero_relire", numero="07 98 00 41 05")
    (number,) = [found for text in spoken_sentences(said) if (found := pieces(text))]
    assert set(number) <= ahead


class Speech:
    """A speech process as the rehearsal sees it: what is ready at once, and what later."""

    def __init__(self) -> None:
        self.urgent: set[str] = set()
        self.idle: set[str] = set()
        self.order: list[str] = []
        self.forgotten = 0
        self.spoken: set[str] = set()

    async def start(self) -> None:
        pass

    def prepare(self, texts: Sequence[str], urgent: bool, *, spoken: bool = False) -> None:
        (self.urgent if urgent else self.spoken if spoken else self.idle).update(texts)
        self.order += texts

    def forget_idle(self) -> None:
        self.idle.clear()
        self.forgotten += 1

    async def wait_prepared(self) -> None:
        pass


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(600):
        while not condition():
            await asyncio.sleep(1)


def test_tomorrow_is_rendered_today_and_what_is_published_at_once() -> None:
    town = at_noon()
    midnight = NOON.replace(day=25, hour=0)
    tomorrow = set(other_sentences(town, midnight)) - set(other_sentences(town, NOON))
    assert tomorrow

    async def scene() -> None:
        speech = Speech()
        rehearsal = Rehearsal(cast(SpeechClient, speech), town, nothing_asked)
        task = asyncio.create_task(rehearsal.run())
        await until(lambda: tomorrow <= speech.idle)
        assert rehearsal.ready
        assert set(first_sentences(town)) == speech.urgent
        assert set(pieces_of_numbers(town)) == speech.spoken
        speech.idle.clear()
        rehearsal.renew(town)
        await until(lambda: tomorrow <= speech.idle)
        task.cancel()

    virtual_time.run(scene())


POOL = Asked("elle ferme à quelle heure samedi ?", "horaires_lieu", "piscine")


def answer(town: Assistant, asked: Asked) -> list[str]:
    day = town.facts.day(asked.text, NOON)
    reply = town.facts.answer(asked.intent, asked.text, asked.place, day, NOON)
    assert reply is not None
    return split_sentences(reply.text)


def test_what_was_asked_of_late_is_rendered_before_all_that_may_be_said() -> None:
    town = at_noon()

    async def of_late(now: datetime) -> Sequence[Asked]:
        return (POOL, Asked("la fête du village", "intention_disparue", None))

    async def scene() -> None:
        speech = Speech()
        rehearsal = Rehearsal(cast(SpeechClient, speech), town, of_late)
        task = asyncio.create_task(rehearsal.run())
        await until(lambda: bool(speech.spoken))
        usual = {*speech.urgent, *usual_sentences(town)}
        told = [text for text in speech.order if text not in usual]
        assert told[0] in answer(town, POOL)
        firsts = {place: told.index(text) for place, text in enumerate(answer(town, POOL))}
        later = set(phrase_sentences(town, NOON)) - usual - set(answer(town, POOL))
        assert later
        assert max(firsts.values()) < min(told.index(text) for text in later)
        task.cancel()

    virtual_time.run(scene())


def test_every_intent_has_an_answer_rendered_before_any_has_a_second_one() -> None:
    two = ("horaires_lieu", "carte_identite_passeport")
    files = ASSISTANT.intents.files
    town = replace(ASSISTANT, intents=replace(ASSISTANT.intents, files={n: files[n] for n in two}))
    firsts = [Asked(town.intents.examples(name)[0], name, None) for name in sorted(two)]
    asked = asked_sentences(town, NOON)
    assert [list(next(asked)) for _ in two] == [answer(town, first) for first in firsts]
    asked = asked_sentences(town, NOON, [POOL])
    assert [list(next(asked)) for _ in range(3)] == [
        answer(town, POOL),
        *(answer(town, first) for first in reversed(firsts)),
    ]


def test_what_is_published_waits_for_nothing_that_was_true_before() -> None:
    town = at_noon()

    async def scene() -> None:
        speech = Speech()
        rehearsal = Rehearsal(cast(SpeechClient, speech), town, nothing_asked)
        task = asyncio.create_task(rehearsal.run())
        await until(lambda: bool(speech.idle))
        rehearsal.renew(town)
        await until(lambda: speech.forgotten == 2)
        assert not speech.spoken, "the rest of what was true before was told"
        await until(lambda: bool(speech.spoken))
        task.cancel()

    virtual_time.run(scene())
