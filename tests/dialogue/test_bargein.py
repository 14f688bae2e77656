"""Speaking over the bot: what stops it, what does not, and where it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from dialogue import events as ev
from dialogue.bargein import goes_on
from dialogue.ports import Errands, Heard
from tests.dialogue.caller import Caller, call
from tests.dialogue.fakes import FakeCallBacks, phrases

ANSWER = "piscine ouverte. De 9 h à 12 h. Avez-vous une autre question ?"
OURS = "La piscine est ouverte le samedi de 10 heures à 18 heures. L'entrée coûte 4 euros."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hum hum.",
        "Mm-hmm",
        "D'accord.",
        "Oui, oui.",
        "Ah, OK.",
        "À d'accord.",
        "Allô ?",
        "C'est ça.",
        "Euh...",
    ],
)
def test_who_listens_does_not_stop_us(text: str) -> None:
    assert goes_on(Heard(text, 0.9), OURS, asking=False, parting=False)


@pytest.mark.parametrize(
    "text",
    [
        "Non.",
        "Stop",
        "Un agent",
        "Oui mais le dimanche ?",
        "Euh, la piscine.",
        "Merci.",
        "La piscine",
        "Au secours",
    ],
)
def test_who_says_something_does(text: str) -> None:
    assert not goes_on(Heard(text, 0.9), OURS, asking=False, parting=False)


@pytest.mark.parametrize("text", ["Oui", "D'accord", "Oui, je veux bien."])
def test_a_yes_to_our_question_is_an_answer(text: str) -> None:
    assert not goes_on(Heard(text, 0.9), OURS, asking=True, parting=False)


@pytest.mark.parametrize("text", ["", "Hum.", "Euh..."])
def test_a_sound_over_our_question_is_no_answer(text: str) -> None:
    assert goes_on(Heard(text, 0.9), OURS, asking=True, parting=False)
    assert not goes_on(Heard(f"{text} dimanche", 0.9), OURS, asking=True, parting=False)


def test_our_own_words_are_an_echo_but_a_short_phrase_of_ours_may_be_the_callers() -> None:
    echo = Heard("la piscine est ouverte le samedi de dix", 0.9)
    assert goes_on(echo, OURS, asking=False, parting=False)
    least, less = Heard("ouverte le samedi de", 0.9), Heard("piscine est ouverte", 0.9)
    assert goes_on(least, OURS, asking=False, parting=False)
    assert not goes_on(less, OURS, asking=False, parting=False)
    greeting = "Pour parler à quelqu'un, dites « un agent » ou tapez zéro."
    assert not goes_on(Heard("Un agent", 0.9), greeting, asking=False, parting=False)


def test_a_goodbye_over_ours_does_not_begin_another_one() -> None:
    goodbye = Heard("Merci beaucoup, au revoir madame.", 0.9)
    assert goes_on(goodbye, "Au revoir.", asking=False, parting=True)
    assert not goes_on(goodbye, OURS, asking=False, parting=False)
    for more in ("Attendez, et la piscine ?", "Merci, et la piscine ?"):
        assert not goes_on(Heard(more, 0.9), "Au revoir.", asking=False, parting=True)


def answered(script: Callable[[Caller], Awaitable[None]]) -> Caller:
    """Ask for the pool, run the script once its answer has begun, then hang up."""

    async def scene(caller: Caller) -> None:
        await caller.until_quiet()
        await caller.speak("la piscine samedi")
        await asyncio.sleep(1.5)
        await script(caller)
        await caller.until_quiet()
        caller.hang_up()

    return call(scene)


def heard_over(text: str, lasting: float = 0.4, confidence: float = 0.9) -> Caller:
    async def script(caller: Caller) -> None:
        caller.recogniser.confidence = confidence
        await caller.speak(text, lasting=lasting)

    return answered(script)


def answer_of(caller: Caller) -> str:
    return caller.was_told.split("pour vous ?")[-1]


@pytest.mark.parametrize("text", ["", "hum hum", "d'accord"])
def test_a_sound_silences_the_bot_and_the_rest_is_said_on(text: str) -> None:
    caller = heard_over(text)
    (turn,) = caller.recorder.turns
    assert not turn.interrupted
    assert turn.said == ANSWER
    assert caller.line.stops == 1
    rest = "ouverte.De 9 h à 12 h.Avez-vous une autre question ?"
    assert answer_of(caller) == f"piscine {rest}{rest}"
    assert 2 in caller.line.closed


def test_words_cut_the_answer_short_and_are_answered() -> None:
    caller = heard_over("une carte d'identité", lasting=1.0)
    pool, card = caller.recorder.turns
    assert pool.interrupted and pool.said == "piscine…"
    assert card.intent == "carte_identite_passeport" and not card.interrupted


def test_words_that_are_hardly_heard_are_somebody_else_in_the_room() -> None:
    caller = heard_over("une carte d'identité", confidence=0.1)
    assert [turn.heard for turn in caller.recorder.turns] == ["la piscine samedi"]
    assert not caller.recorder.turns[0].interrupted


def test_the_bot_is_silent_as_long_as_the_caller_may_be_speaking() -> None:
    async def script(caller: Caller) -> None:
        caller.conversation.post(ev.SpeechStarted(2, caller.now))
        await asyncio.sleep(0.01)
        assert not caller.line.playing
        caller.utterance = 2
        await asyncio.sleep(3.0)
        assert not caller.line.playing
        caller.conversation.post(ev.SpeechPaused(2, b"", 0.2, caller.now, caller.now))
        await asyncio.sleep(1.0)
        assert caller.line.playing

    assert answered(script).recorder.turns[0].said == ANSWER


def test_speech_that_never_ends_does_not_silence_the_bot_for_ever() -> None:
    async def script(caller: Caller) -> None:
        caller.conversation.post(ev.SpeechStarted(2, caller.now))
        await asyncio.sleep(50.0)

    caller = answered(script)
    assert 2 in caller.line.closed
    assert caller.recorder.turns[0].said == ANSWER


def test_after_two_stops_in_vain_only_words_stop_the_bot() -> None:
    async def script(caller: Caller) -> None:
        for _ in range(4):
            await caller.speak("", lasting=0.3)
            await asyncio.sleep(0.6)

    assert answered(script).line.stops == 2


def test_the_next_answer_falls_silent_again_for_a_sound() -> None:
    async def script(caller: Caller) -> None:
        for _ in range(4):
            await caller.speak("", lasting=0.3)
            await asyncio.sleep(0.6)
        await caller.until_quiet()
        await caller.speak("la piscine samedi")
        await asyncio.sleep(1.5)
        await caller.speak("", lasting=0.3)

    assert answered(script).line.stops == 3


def test_who_speaks_while_being_put_through_does_not_stop_it() -> None:
    async def script(caller: Caller) -> None:
        await caller.until_quiet()
        await caller.speak("un agent")
        await asyncio.sleep(1.5)
        assert caller.line.playing
        await caller.speak("la piscine samedi")

    caller = call(script)
    assert caller.line.stops == 0
    assert caller.line.transfers == ["accueil"]
    assert [turn.heard for turn in caller.recorder.turns] == ["un agent"]


def test_a_goodbye_over_our_goodbye_ends_the_call() -> None:
    async def script(caller: Caller) -> None:
        await caller.until_quiet()
        await caller.speak("au revoir")
        await asyncio.sleep(1.5)
        assert caller.line.playing
        await caller.speak("merci au revoir", lasting=0.3)

    caller = call(script)
    assert caller.line.hung_up
    assert [turn.heard for turn in caller.recorder.turns] == ["au revoir"]


def test_a_yes_to_an_answer_that_asks_nothing_certain_is_no_answer() -> None:
    async def script(caller: Caller) -> None:
        while not caller.line.now_playing.startswith("Avez-vous"):
            await asyncio.sleep(0.1)
        await caller.speak("d'accord", lasting=0.3)

    caller = answered(script)
    assert [turn.heard for turn in caller.recorder.turns] == ["la piscine samedi"]
    assert caller.recorder.turns[0].said == ANSWER


@pytest.mark.parametrize("asked", [False, True])
def test_a_yes_answers_our_question_only_once_it_is_being_asked(asked: bool) -> None:
    begins = phrases().say("rappel_proposer" if asked else "transfert_echec")[:10]

    async def script(caller: Caller) -> None:
        caller.line.transfer_code = 486
        await caller.until_quiet()
        await caller.speak("un agent")
        while not caller.line.now_playing.startswith(begins):
            await asyncio.sleep(0.1)
        await caller.speak("oui", lasting=0.3)
        await caller.until_quiet()
        caller.hang_up()

    caller = call(script, Errands(callbacks=FakeCallBacks()))
    heard = [turn.heard for turn in caller.recorder.turns]
    assert ("oui" in heard) is asked


def test_recognition_that_fails_meanwhile_does_not_stop_the_bot() -> None:
    async def script(caller: Caller) -> None:
        caller.recogniser.down = True
        await caller.speak("hum")

    assert answered(script).recorder.turns[0].said == ANSWER


def test_an_answer_of_which_nothing_was_heard_is_recorded_as_empty() -> None:
    async def scene(caller: Caller) -> None:
        await caller.until_quiet()
        caller.speaker.takes_s = 5.0
        await caller.speak("la piscine samedi")
        await asyncio.sleep(2.5)
        await caller.speak("une carte d'identité")
        caller.speaker.takes_s = 0.05
        await caller.until_quiet()
        caller.hang_up()

    pool, card = call(scene).recorder.turns
    assert pool.interrupted and pool.said == "" and pool.latency_ms is None
    assert card.said


def test_an_answer_that_is_late_is_still_said_to_one_who_asks_whether_we_are_there() -> None:
    async def scene(caller: Caller) -> None:
        await caller.until_quiet()
        caller.speaker.takes_s = 5.0
        await caller.speak("la piscine samedi")
        await asyncio.sleep(0.5)
        await caller.speak("allô ?", lasting=0.3)
        await asyncio.sleep(12.0)
        await caller.until_quiet()
        caller.hang_up()

    (turn,) = call(scene).recorder.turns
    assert turn.said == ANSWER and not turn.interrupted
