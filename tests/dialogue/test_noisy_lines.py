"""No call hangs on, whatever the line carries: a question again, then a person, then the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

import pytest

from dialogue import events as ev
from tests.dialogue.caller import Caller, call
from tests.dialogue.fakes import phrases

Line: TypeAlias = Callable[[Caller], Coroutine[Any, Any, None]]
LONGEST_S = 200.0
"""From the answer to a person, or to the end, on a line that carries nothing of use."""


def lasted(script: Line) -> tuple[Caller, float]:
    """Run a call in which the script goes on until the call is over; return how long it took."""
    times: list[float] = []

    async def scene(caller: Caller) -> None:
        times.append(caller.now)
        noise = asyncio.create_task(script(caller))
        while not (caller.line.hung_up or caller.recorder.result or caller.line.transfers):
            await asyncio.sleep(0.1)
        times.append(caller.now)
        noise.cancel()

    caller = call(scene)
    return caller, times[-1] - times[0]


async def noise_without_words(caller: Caller) -> None:
    while True:
        await caller.speak("", lasting=1.5)
        await asyncio.sleep(1.0)


async def bangs(caller: Caller) -> None:
    while True:
        await caller.speak("", lasting=0.1, confirmed=False)
        await asyncio.sleep(0.4)


async def murmur(caller: Caller) -> None:
    """A television: words that recognition hardly believes."""
    caller.recogniser.confidence = 0.1
    caller.engine.rankings = {"la météo de demain": [("hors_sujet", 0.2)]}
    while True:
        await caller.speak("la météo de demain", lasting=2.0)
        await asyncio.sleep(0.8)


async def speech_without_a_pause(caller: Caller) -> None:
    """Music that is taken for speech: segments as long as voice activity lets them be."""
    while True:
        await caller.speak("", lasting=25.0)
        await asyncio.sleep(5.0)


async def voice_that_never_pauses(caller: Caller) -> None:
    caller.conversation.post(ev.SpeechStarted(1, caller.now))
    await asyncio.sleep(1000.0)


async def silence(caller: Caller) -> None:
    await asyncio.sleep(1000.0)


LINES = [
    noise_without_words,
    bangs,
    murmur,
    speech_without_a_pause,
    voice_that_never_pauses,
    silence,
]


@pytest.mark.parametrize("line", LINES)
def test_a_line_without_a_caller_is_with_a_person_before_long(
    line: Line,
) -> None:
    caller, seconds = lasted(line)
    assert caller.line.transfers == ["accueil"]
    assert seconds < LONGEST_S
    decisions = [turn.decision for turn in caller.recorder.turns]
    assert "ask_again" in decisions and decisions[-1] == "transfer"


@pytest.mark.parametrize("line", LINES)
def test_where_nobody_takes_the_call_it_ends(
    line: Line,
) -> None:
    async def alone(caller: Caller) -> None:
        caller.line.transfer_code = 486
        noise = asyncio.create_task(line(caller))
        begun = caller.now
        while not caller.line.hung_up:
            await asyncio.sleep(0.5)
            assert caller.now - begun < 3 * LONGEST_S
        noise.cancel()

    assert call(alone).recorder.result is not None


def test_a_flood_of_keys_is_survived() -> None:
    async def flood(caller: Caller) -> None:
        for number in range(600):
            caller.conversation.post(ev.Digit("123456789*#"[number % 11], caller.now))
            await asyncio.sleep(0.05)
        await caller.until_quiet()
        await caller.speak("la piscine samedi")
        await caller.until_quiet()
        caller.hang_up()

    caller = call(flood)
    assert caller.recorder.turns[-1].heard == "la piscine samedi"
    assert caller.recorder.events.count("touche") == 600


def test_keys_and_noise_at_once_end_with_a_person() -> None:
    async def both(caller: Caller) -> None:
        async def keys() -> None:
            while True:
                await caller.press("5")
                await asyncio.sleep(0.5)

        pressing = asyncio.create_task(keys())
        try:
            await noise_without_words(caller)
        finally:
            pressing.cancel()

    caller, seconds = lasted(both)
    assert caller.line.transfers == ["accueil"] and seconds < LONGEST_S


def test_the_farewell_is_said_once() -> None:
    async def alone(caller: Caller) -> None:
        caller.line.transfer_code = 486

    said = "".join(call(alone).line.said)
    assert said.count("Rappelez-nous quand vous voulez.") == 1
    assert "Rappelez-nous quand vous voulez." in phrases().say("adieu_silence")
