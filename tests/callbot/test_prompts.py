"""What is rendered ahead, on the delivered configuration."""

from datetime import datetime

from callbot.assistant import load_assistant
from callbot.paths import Paths
from callbot.prompts import first_sentences, other_sentences
from common.french import split_sentences

ASSISTANT = load_assistant(Paths.choose())


def test_the_greeting_and_the_way_to_a_human_come_before_the_first_call() -> None:
    first = set(first_sentences(ASSISTANT))
    reception = ASSISTANT.facts.service_name(ASSISTANT.facts.default_service)
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
    closed = ASSISTANT.facts.when_closed(ASSISTANT.facts.default_service, evening)
    assert closed is not None
    assert set(split_sentences(closed.reply.text)) <= set(other_sentences(ASSISTANT, noon))


def test_the_known_part_of_a_sentence_with_a_number_is_rendered() -> None:
    assert "D'accord." in set(other_sentences(ASSISTANT, ASSISTANT.clock()))
