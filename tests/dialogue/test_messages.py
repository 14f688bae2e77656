"""Leaving a message, on virtual time."""

import asyncio

import numpy as np

from common.audio import SAMPLE_RATE, duration_s
from dialogue import events as ev
from dialogue.beep import BEEP, GAP_S, TONE_HZ, TONE_S
from dialogue.message import LONGEST_S, QUIET_S, MessageTaker
from dialogue.ports import Errands
from tests import virtual_time
from tests.dialogue.caller import Caller, call
from tests.dialogue.fakes import BIP, FakeCallBacks, FakeMessages, FakeRecogniser, phrases


async def reach_the_offer(caller: Caller) -> None:
    """Ask for a person who is not there, and want no call-back."""
    caller.line.transfer_code = 486
    await caller.until_quiet()
    await caller.ask("un agent")
    await caller.until_quiet()


async def begin(caller: Caller) -> None:
    await reach_the_offer(caller)
    await caller.press("1")
    await caller.until_quiet()


def test_a_message_is_offered_after_a_refused_call_back() -> None:
    async def script(caller: Caller) -> None:
        await reach_the_offer(caller)
        await caller.press("2")
        await caller.until_quiet()
        await caller.press("2")
        await caller.until_quiet()
        caller.hang_up()

    messages = FakeMessages()
    caller = call(script, Errands(callbacks=FakeCallBacks(), messages=messages))
    assert phrases().say("rappel_proposer") in caller.was_told
    assert phrases().say("message_proposer") in caller.was_told
    assert "Le numéro de accueil est le 01." in caller.recorder.turns[-1].said
    assert "message_decline" in caller.recorder.events
    assert messages.kept == []


def test_words_over_the_instructions_do_not_keep_the_tone_from_coming() -> None:
    async def script(caller: Caller) -> None:
        await reach_the_offer(caller)
        await caller.press("1")
        while not caller.line.playing:
            await asyncio.sleep(0.01)
        await caller.speak("la piscine samedi", lasting=0.3, confirmed=False)
        while not caller.conversation._message.taking:
            await asyncio.sleep(0.01)
        caller.hang_up()

    caller = call(script, Errands(messages=FakeMessages()))
    assert caller.line.said[-1] == BIP
    assert "la piscine samedi" not in [turn.heard for turn in caller.recorder.turns]


def test_a_tone_tells_when_to_speak() -> None:
    async def script(caller: Caller) -> None:
        await reach_the_offer(caller)
        await caller.press("1")
        while not caller.conversation._message.taking:
            await asyncio.sleep(0.01)
        assert not caller.line.playing
        caller.hang_up()

    caller = call(script, Errands(messages=FakeMessages()))
    assert caller.line.said[-1] == BIP
    assert caller.line.said[-2] in phrases().say("message_parlez")
    assert caller.was_told.count(BIP) == 1


def test_a_cough_during_the_instructions_does_not_cost_the_tone() -> None:
    async def script(caller: Caller) -> None:
        await reach_the_offer(caller)
        await caller.press("1")
        await asyncio.sleep(0.8)
        await caller.speak("", lasting=0.1, confirmed=False)
        await caller.until_quiet()
        await caller.speak("la piscine samedi")
        await caller.press("#")
        await caller.until_quiet()
        caller.hang_up()

    messages = FakeMessages()
    caller = call(script, Errands(messages=messages))
    assert [text for _, text, _ in messages.kept] == ["la piscine samedi"]
    assert BIP in caller.line.heard


def test_the_tone_is_short_and_begins_and_ends_softly() -> None:
    samples = np.frombuffer(BEEP, dtype="<i2").astype(float)
    tone = samples[round(GAP_S * SAMPLE_RATE) :]
    assert not samples[: round(GAP_S * SAMPLE_RATE)].any()
    assert duration_s(BEEP) == GAP_S + TONE_S
    assert 6000 < np.abs(tone).max() < 8000
    assert np.abs(tone[:8]).max() < 200 and np.abs(tone[-8:]).max() < 200
    spectrum = np.abs(np.fft.rfft(tone))
    assert abs(np.argmax(spectrum) * SAMPLE_RATE / len(tone) - TONE_HZ) < 5


def test_what_came_in_with_the_tone_is_not_kept() -> None:
    second = bytes(range(256)) * (2 * SAMPLE_RATE // 256)

    def kept(at: float, *, spoke_before: bool = False) -> bytes:
        async def scene() -> bytes:
            taker = MessageTaker("c", FakeRecogniser(), 10.0)
            if spoke_before:
                taker.speaking_already()
            taker.paused(ev.SpeechPaused(1, second, 1.0, at, at))
            taker.discard()
            return taker.pcm

        pcm: bytes = virtual_time.run(scene())
        return pcm

    assert kept(11.5) == second
    assert kept(10.75) == second[len(second) // 4 :]
    assert kept(10.75, spoke_before=True) == second


def test_a_message_ends_with_a_long_silence() -> None:
    async def script(caller: Caller) -> None:
        await begin(caller)
        await caller.speak("la piscine samedi", lasting=3.0)
        await asyncio.sleep(QUIET_S - 1)
        await caller.speak("non", lasting=2.0)
        await asyncio.sleep(QUIET_S)
        await caller.until_quiet()
        caller.hang_up()

    messages = FakeMessages()
    caller = call(script, Errands(messages=messages))
    assert messages.kept == [(b"la piscine samedinon", "la piscine samedi non", "accueil")]
    assert phrases().say("message_garde") in caller.was_told
    assert caller.recorder.details["message_laisse"]["garde"] is True


def test_the_end_key_ends_a_message_and_words_after_it_do_not_lose_it() -> None:
    async def script(caller: Caller) -> None:
        await begin(caller)
        caller.recogniser.takes_s = 2.0
        await caller.speak("la piscine samedi")
        await caller.press("#")
        caller.conversation.post(ev.SpeechStarted(90, caller.now))
        caller.conversation.post(ev.SpeechConfirmed(90, caller.now))
        await asyncio.sleep(2.0)
        await caller.until_quiet()
        caller.hang_up()

    messages = FakeMessages()
    caller = call(script, Errands(messages=messages))
    assert [text for _, text, _ in messages.kept] == ["la piscine samedi"]
    assert phrases().say("message_garde") in caller.was_told


def test_the_end_key_after_a_message_changes_nothing() -> None:
    async def script(caller: Caller) -> None:
        await begin(caller)
        await caller.speak("la piscine samedi")
        await caller.press("#")
        await caller.until_quiet()
        await caller.press("#")
        await asyncio.sleep(1.0)
        caller.hang_up()

    messages = FakeMessages()
    caller = call(script, Errands(messages=messages))
    assert len(messages.kept) == 1
    assert caller.was_told.count(phrases().say("message_garde")) == 1
    assert caller.recorder.phases[-1][0] == "listening"


def test_a_message_may_begin_before_the_instructions_end() -> None:
    async def script(caller: Caller) -> None:
        await reach_the_offer(caller)
        await caller.press("1")
        await asyncio.sleep(0.8)
        await caller.speak("la piscine samedi")
        await asyncio.sleep(QUIET_S)
        await caller.until_quiet()
        caller.hang_up()

    messages = FakeMessages()
    call(script, Errands(messages=messages))
    assert len(messages.kept) == 1


def test_hanging_up_leaves_the_message() -> None:
    async def script(caller: Caller) -> None:
        await begin(caller)
        await caller.speak("la piscine samedi")
        caller.hang_up()

    messages = FakeMessages()
    call(script, Errands(messages=messages))
    assert messages.kept == [(b"la piscine samedi", "la piscine samedi", "accueil")]


def test_hanging_up_while_it_is_transcribed_leaves_the_message() -> None:
    async def script(caller: Caller) -> None:
        await begin(caller)
        caller.recogniser.takes_s = 2.0
        await caller.speak("la piscine samedi")
        await caller.press("#")
        caller.hang_up()

    messages = FakeMessages()
    call(script, Errands(messages=messages))
    assert [text for _, text, _ in messages.kept] == ["la piscine samedi"]


def test_a_message_has_an_end() -> None:
    async def script(caller: Caller) -> None:
        await begin(caller)
        caller.conversation.post(ev.SpeechStarted(50, caller.now))
        caller.conversation.post(
            ev.SpeechPaused(50, b"la piscine samedi", 9, caller.now, caller.now)
        )
        caller.conversation.post(ev.SpeechResumed(50, caller.now))
        await asyncio.sleep(LONGEST_S)
        await caller.until_quiet()
        caller.hang_up()

    messages = FakeMessages()
    caller = call(script, Errands(messages=messages))
    assert len(messages.kept) == 1
    assert 50 in caller.line.closed


def test_saying_nothing_leaves_no_message() -> None:
    async def script(caller: Caller) -> None:
        await begin(caller)
        await asyncio.sleep(9.0)
        await caller.until_quiet()
        caller.hang_up()

    messages = FakeMessages()
    caller = call(script, Errands(messages=messages))
    assert messages.kept == []
    assert phrases().say("message_vide") in caller.was_told


def test_a_message_that_cannot_be_kept_is_owned_up_to() -> None:
    async def script(caller: Caller) -> None:
        await begin(caller)
        await caller.speak("la piscine samedi")
        await caller.press("#")
        await caller.until_quiet()
        caller.hang_up()

    caller = call(script, Errands(messages=FakeMessages(works=False)))
    assert phrases().say("message_perdu") in caller.was_told
    assert "Le numéro de accueil est le 01." in caller.was_told


def test_recognition_down_loses_the_words_but_not_the_sound() -> None:
    async def script(caller: Caller) -> None:
        await begin(caller)
        caller.recogniser.down = True
        await caller.speak("la piscine samedi")
        await caller.press("#")
        await caller.until_quiet()
        caller.hang_up()

    messages = FakeMessages()
    call(script, Errands(messages=messages))
    assert messages.kept == [(b"la piscine samedi", "", "accueil")]


def test_staff_may_take_a_caller_who_leaves_a_message() -> None:
    async def script(caller: Caller) -> None:
        await begin(caller)
        caller.line.transfer_code = 200
        caller.conversation.post(ev.HandOver("urbanisme", caller.now))

    messages = FakeMessages()
    caller = call(script, Errands(messages=messages))
    assert caller.recorder.result == ("transferred", "urbanisme")
    assert messages.kept == []
