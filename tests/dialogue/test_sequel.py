"""Going on after the turn was taken: both parts become one turn."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from dialogue import events as ev
from dialogue.listening import UserTurn
from dialogue.ports import FIRST, NUMBER, OPEN, Errands, Heard
from dialogue.sequel import AFTER_S, Sequel, goes_on
from tests.dialogue import caller as callers
from tests.dialogue.caller import Caller, call
from tests.dialogue.fakes import FakeCallBacks

POOL = "piscine ouverte. De 9 h à 12 h. Avez-vous une autre question ?"
BEGINNINGS = {
    "je voudrais": [("hors_sujet", 0.3)],
    "la piscine": [("horaires_lieu", 0.9)],
    "je voudrais la piscine": [("horaires_lieu", 0.9)],
    "non une carte d'identité": [("carte_identite_passeport", 0.9)],
}
INTO_THE_ANSWER_S = 0.6
"""After a pause: the turn is taken 0.3 s later, and the answer begins 0.05 s after that."""


@pytest.fixture(autouse=True)
def known_beginnings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the engine of every caller know what callers say before they go on."""
    monkeypatch.setattr(callers, "RANKINGS", {**callers.RANKINGS, **BEGINNINGS})


def said_in_parts(
    *parts: str,
    after_s: float = INTO_THE_ANSWER_S,
    begun: Callable[[Caller], Awaitable[None]] | None = None,
    errands: Errands | None = None,
    number: str = "",
) -> Caller:
    """Say the parts, each ``after_s`` after the pause behind the one before, then hang up."""

    async def script(caller: Caller) -> None:
        await caller.until_quiet()
        if begun is not None:
            await begun(caller)
        first, *others = parts
        await caller.speak(first)
        for part in others:
            await asyncio.sleep(after_s)
            await caller.speak(f" {part}")
        await caller.until_quiet()
        caller.hang_up()

    return call(script, errands or Errands(), number)


def heard_turns(caller: Caller) -> list[str]:
    return [turn.heard for turn in caller.recorder.turns]


def test_the_answer_is_taken_back_and_both_parts_are_one_turn() -> None:
    caller = said_in_parts("je voudrais", "la piscine samedi")
    (turn,) = caller.recorder.turns
    assert turn.heard == "je voudrais la piscine samedi"
    assert turn.said == POOL and not turn.interrupted
    assert turn.latency_ms is not None and turn.latency_ms < 1000
    assert caller.recorder.events.count("suite") == 1


def test_it_is_heard_again_as_an_answer_to_what_had_been_asked() -> None:
    caller = said_in_parts("je voudrais", "la piscine samedi")
    assert caller.recogniser.expected == [FIRST, FIRST]


def test_a_sentence_may_be_gone_on_with_twice() -> None:
    caller = said_in_parts("je voudrais", "la piscine", "samedi")
    assert heard_turns(caller) == ["je voudrais la piscine samedi"]
    assert caller.recorder.events.count("suite") == 2


def test_nothing_is_said_over_a_caller_who_goes_on_before_the_answer() -> None:
    async def slowly(caller: Caller) -> None:
        original = caller.engine.ranking

        async def ranking(text: str) -> object:
            await asyncio.sleep(0.2)
            return await original(text)

        caller.engine.ranking = ranking  # type: ignore[assignment,method-assign]

    caller = said_in_parts("la piscine", "samedi", after_s=0.35, begun=slowly)
    assert heard_turns(caller) == ["la piscine samedi"]
    assert caller.was_told.count("piscine ouverte") == 1


def test_an_answer_that_has_not_begun_is_taken_back_too() -> None:
    async def slow_voice(caller: Caller) -> None:
        caller.speaker.takes_s = 1.0

    caller = said_in_parts("la piscine", "samedi", begun=slow_voice)
    assert heard_turns(caller) == ["la piscine samedi"]


def test_who_is_being_put_through_is_put_through() -> None:
    caller = said_in_parts("un agent", "la piscine samedi")
    assert heard_turns(caller) == ["un agent"]
    assert caller.line.transfers == ["accueil"]


def test_what_was_understood_of_the_first_part_is_forgotten() -> None:
    caller = said_in_parts("la piscine", "samedi")
    (turn,) = caller.recorder.turns
    assert turn.heard == "la piscine samedi" and turn.jour == "samedi"
    assert caller.recorder.result == ("answered", None)
    assert [intent for intent, _ in caller.engine.steps] == ["horaires_lieu"] * 2


@pytest.mark.parametrize("sound", ["", "hum hum", "d'accord"])
def test_a_sound_right_after_the_turn_takes_nothing_back(sound: str) -> None:
    caller = said_in_parts("la piscine samedi", sound)
    assert heard_turns(caller) == ["la piscine samedi"]
    assert "suite" not in caller.recorder.events
    assert caller.recorder.turns[0].said == POOL


def test_a_reply_to_what_we_began_to_say_is_a_turn_of_its_own() -> None:
    caller = said_in_parts("la piscine samedi", "non une carte d'identité")
    assert heard_turns(caller) == ["la piscine samedi", "non une carte d'identité"]
    assert caller.recorder.turns[0].interrupted


def test_who_has_listened_to_the_answer_makes_another_turn() -> None:
    caller = said_in_parts("la piscine samedi", "une carte d'identité", after_s=1.5)
    assert heard_turns(caller) == ["la piscine samedi", "une carte d'identité"]
    assert "suite" not in caller.recorder.events


@pytest.mark.parametrize("number", ["", "0612345678"], ids=["which number", "this number"])
def test_an_answer_to_the_question_of_an_errand_is_never_taken_back(number: str) -> None:
    async def wants_a_call(caller: Caller) -> None:
        await caller.ask("rappelez-moi")

    callbacks = FakeCallBacks()
    caller = said_in_parts(
        "laissez tomber",
        "la piscine samedi",
        begun=wants_a_call,
        errands=Errands(callbacks=callbacks),
        number=number,
    )
    assert "suite" not in caller.recorder.events
    assert heard_turns(caller)[-1] == "la piscine samedi"


def turn(text: str, expectation: str = OPEN, lasting_s: int = 1) -> UserTurn:
    pcm = b"\1\0" * 16_000 * lasting_s
    heard = Heard(text, 0.9)
    return UserTurn(heard, 1, 1000.0, 1000.5, pcm=pcm, voiced_s=1.0, expectation=expectation)


def started(after_s: float) -> ev.SpeechStarted:
    return ev.SpeechStarted(2, 1000.0 + after_s)


def test_only_a_turn_of_words_can_be_gone_on_with_and_only_soon() -> None:
    assert Sequel.of(turn("la piscine"), started(AFTER_S)) is not None
    assert Sequel.of(turn("la piscine"), started(AFTER_S + 0.1)) is None
    assert Sequel.of(turn("zéro six", NUMBER), started(1.0)) is None
    assert Sequel.of(turn(""), started(1.0)) is None
    assert Sequel.of(turn("la piscine", lasting_s=24), started(1.0)) is not None
    assert Sequel.of(turn("la piscine", lasting_s=25), started(1.0)) is None
    assert Sequel.of(None, started(1.0)) is None
    assert Sequel.of(replace(turn("la piscine"), pcm=b""), started(1.0)) is None


def test_the_audio_of_both_parts_is_heard_in_order() -> None:
    sequel = Sequel.of(turn("la piscine"), started(1.0))
    assert sequel is not None
    event = sequel.joined(ev.SpeechPaused(2, b"\2\0", 0.4, 1002.0, 1002.1))
    assert event.pcm == b"\1\0" * 16_000 + b"\2\0"
    assert (event.speech_end, event.at, event.utterance) == (1002.0, 1002.1, 2)
    assert event.voiced_s == 1.4


@pytest.mark.parametrize(
    ("first", "whole", "rest"),
    [
        ("Je voudrais savoir.", "Je voudrais savoir si la piscine est ouverte.", None),
        ("La piscine", "La piscine", ""),
        ("La pissine.", "La piscine, d'accord.", "d'accord."),
        ("C'est pour un passeport.", "C'est pour un passeport, hum.", "hum."),
        ("Il y a un trou dedans.", "Il y a un trou dans la rue.", "la rue."),
        ("Allô !", "Alors, on m'a dit de vous appeler.", "Alors, on m'a dit de vous appeler."),
        ("Oui.", "", ""),
        ("Oui.", "Oui, la piscine.", "la piscine."),
        ("Je voudrais savoir.", "Je voudrais savoir s'il y a la piscine.", "s'il y a la piscine."),
        ("La pis", "La piscine est ouverte samedi.", "est ouverte samedi."),
    ],
)
def test_what_was_said_since_is_told_from_what_was_said_before(
    first: str, whole: str, rest: str | None
) -> None:
    sequel = Sequel.of(turn(first), started(1.0))
    assert sequel is not None
    expected = "si la piscine est ouverte." if rest is None else rest
    assert sequel.rest(Heard(whole, 0.9)).text == expected


@pytest.mark.parametrize("text", ["", "...", "Non.", "Attendez, la piscine.", "Allô ?", "Merci."])
def test_a_reply_or_nothing_goes_on_with_nothing(text: str) -> None:
    assert not goes_on(Heard(text, 0.9))


def test_words_go_on() -> None:
    assert goes_on(Heard("de la piscine", 0.9))
