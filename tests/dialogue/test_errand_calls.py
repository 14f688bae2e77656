"""Whole calls about text messages, numbers and call-backs, on virtual time."""

import asyncio

from dialogue import events as ev
from dialogue.ports import Errands
from tests.dialogue.caller import Caller, call
from tests.dialogue.fakes import NOW, FakeCallBacks, FakeTexts, phrases

MOBILE, OTHER = "+33612345678", "+33698765432"
CARD = "une carte d'identité"


async def ask_by_text(caller: Caller) -> None:
    """Get as far as the question for the number, from a hidden one."""
    await caller.until_quiet()
    await caller.ask(CARD)
    await caller.press("1")
    await caller.until_quiet()


def test_one_and_two_answer_a_question() -> None:
    async def script(caller: Caller) -> None:
        await caller.until_quiet()
        await caller.ask(CARD)
        await caller.press("1")
        await caller.until_quiet()
        await caller.press("1")
        await caller.until_quiet()
        await caller.press("2")

    texts = FakeTexts()
    caller = call(script, Errands(texts=texts), MOBILE)
    assert texts.sent == [("reponses/cni", MOBILE, "touche 1")]
    assert phrases().say("sms_part") in caller.recorder.turns[2].said
    assert caller.recorder.details["sms_demande"]["fin"] == "78"
    assert caller.line.hung_up


def test_a_number_is_keyed_though_it_begins_with_zero() -> None:
    async def script(caller: Caller) -> None:
        await ask_by_text(caller)
        await caller.press("0698765432")
        await caller.until_quiet()
        await caller.press("1")
        await caller.until_quiet()
        caller.hang_up()

    texts = FakeTexts()
    caller = call(script, Errands(texts=texts))
    assert [sent[1] for sent in texts.sent] == [OTHER]
    assert caller.line.transfers == []


def test_no_digit_of_a_keyed_number_is_recorded() -> None:
    async def script(caller: Caller) -> None:
        await ask_by_text(caller)
        await caller.press("0698765432")
        await caller.until_quiet()
        caller.hang_up()

    caller = call(script, Errands(texts=FakeTexts()))
    assert caller.recorder.details["touche"] == {"touche": "[masqué]"}
    number = caller.recorder.turns[-1]
    assert number.heard == "[numéro]"
    assert number.said == phrases().say("numero_relire", numero="•• •• •• •• 32")
    assert caller.recorder.pending[-1] == "[numéro]"
    assert [text for text in caller.speaker.private if "trente-deux" in text]


def test_a_zero_alone_still_means_a_person() -> None:
    async def script(caller: Caller) -> None:
        await ask_by_text(caller)
        await caller.press("0")

    caller = call(script, Errands(texts=FakeTexts()))
    assert caller.line.transfers == ["accueil"]


def test_keys_stop_the_question() -> None:
    async def script(caller: Caller) -> None:
        await caller.until_quiet()
        await caller.ask(CARD)
        await caller.press("1")
        await asyncio.sleep(1.0)
        await caller.press("0698765432")
        await caller.until_quiet()
        caller.hang_up()

    caller = call(script, Errands(texts=FakeTexts()))
    assert caller.recorder.turns[1].interrupted
    assert "quatre-vingt-dix-huit" in caller.was_told


def test_star_begins_the_number_again() -> None:
    async def script(caller: Caller) -> None:
        await ask_by_text(caller)
        await caller.press("0611*")
        await caller.until_quiet()
        await caller.press("0698765432")
        await caller.until_quiet()
        await caller.press("1")
        await caller.until_quiet()
        caller.hang_up()

    texts = FakeTexts()
    caller = call(script, Errands(texts=texts))
    assert phrases().say("numero_recommencer") == caller.recorder.turns[2].said
    assert [sent[1] for sent in texts.sent] == [OTHER]


def test_a_number_that_stops_halfway_is_asked_to_go_on() -> None:
    async def script(caller: Caller) -> None:
        await ask_by_text(caller)
        await caller.press("0698")
        await asyncio.sleep(7.0)
        await caller.until_quiet()
        await caller.press("765432")
        await caller.until_quiet()
        await caller.press("1")
        await caller.until_quiet()
        caller.hang_up()

    texts = FakeTexts()
    caller = call(script, Errands(texts=texts))
    assert "Quelle est la suite ?" in caller.was_told
    assert [sent[1] for sent in texts.sent] == [OTHER]


def test_a_number_may_be_said_and_keyed() -> None:
    async def script(caller: Caller) -> None:
        await ask_by_text(caller)
        await caller.speak("zéro six douze")
        await caller.press("345678")
        await caller.until_quiet()
        await caller.press("1")
        await caller.until_quiet()
        caller.hang_up()

    texts = FakeTexts()
    call(script, Errands(texts=texts))
    assert [sent[1] for sent in texts.sent] == [MOBILE]


def test_a_number_may_be_keyed_and_said() -> None:
    async def script(caller: Caller) -> None:
        await ask_by_text(caller)
        await caller.press("061234")
        await caller.ask("56 78")
        await caller.press("1")
        await caller.until_quiet()
        caller.hang_up()

    texts = FakeTexts()
    call(script, Errands(texts=texts))
    assert [sent[1] for sent in texts.sent] == [MOBILE]


def test_the_tones_of_the_keys_are_no_answer() -> None:
    async def script(caller: Caller) -> None:
        await ask_by_text(caller)
        await caller.press("06987")
        await caller.speak("", lasting=0.2, confirmed=False)
        await asyncio.sleep(1.0)
        await caller.press("65432")
        await caller.until_quiet()
        await caller.press("1")
        await caller.until_quiet()
        caller.hang_up()

    texts = FakeTexts()
    call(script, Errands(texts=texts))
    assert [sent[1] for sent in texts.sent] == [OTHER]


def test_a_person_may_be_asked_for_while_keying() -> None:
    async def script(caller: Caller) -> None:
        await ask_by_text(caller)
        await caller.press("0698")
        await caller.speak("un agent")

    caller = call(script, Errands(texts=FakeTexts()))
    assert caller.line.transfers == ["accueil"]


def test_silence_in_a_number_is_asked_about_then_handed_over() -> None:
    async def script(caller: Caller) -> None:
        await ask_by_text(caller)

    texts = FakeTexts()
    caller = call(script, Errands(texts=texts))
    assert phrases().say("rien_entendu_question") in caller.was_told
    assert caller.recorder.result == ("transferred", "accueil")
    assert texts.sent == []


def test_nobody_there_ends_with_a_promise() -> None:
    async def script(caller: Caller) -> None:
        caller.line.transfer_code = 486
        await caller.until_quiet()
        await caller.ask(CARD)
        await caller.ask("un agent")
        await caller.until_quiet()
        await caller.press("1")
        await caller.until_quiet()
        await caller.press("1")
        await caller.until_quiet()
        caller.hang_up()

    callbacks = FakeCallBacks()
    caller = call(script, Errands(callbacks=callbacks), MOBILE)
    assert callbacks.asked == [("accueil", MOBILE, CARD, False, NOW)]
    assert caller.recorder.result == ("callback", None)
    assert caller.recorder.details["rappel_promis"]["fin"] == "78"


def test_a_waiting_caller_leaves_the_queue_for_a_call_back() -> None:
    async def script(caller: Caller) -> None:
        caller.handover.queued = True
        await caller.until_quiet()
        await caller.ask("un agent")
        await caller.until_quiet()
        await caller.ask("rappelez-moi")
        await caller.press("1")
        await caller.until_quiet()
        caller.hang_up()

    callbacks = FakeCallBacks()
    caller = call(script, Errands(callbacks=callbacks), MOBILE)
    assert caller.handover.left
    assert [asked[-1] for asked in callbacks.asked] == [NOW]
    assert caller.recorder.result == ("callback", None)


def test_a_waiting_caller_presses_one_for_a_call_back() -> None:
    async def script(caller: Caller) -> None:
        caller.handover.queued = True
        await caller.until_quiet()
        await caller.ask("un agent")
        await caller.until_quiet()
        await caller.press("1")
        await caller.until_quiet()
        await caller.press("1")
        await caller.until_quiet()
        caller.hang_up()

    callbacks = FakeCallBacks()
    caller = call(script, Errands(callbacks=callbacks), MOBILE)
    assert "tapez 1" in caller.was_told
    assert caller.handover.left
    assert len(callbacks.asked) == 1


def test_one_in_the_queue_means_nothing_where_nobody_calls_back() -> None:
    async def script(caller: Caller) -> None:
        caller.handover.queued = True
        await caller.until_quiet()
        await caller.ask("un agent")
        await caller.until_quiet()
        await caller.press("1")
        await asyncio.sleep(5)
        caller.line.transfer("accueil")

    caller = call(script)
    assert not caller.handover.left
    assert caller.recorder.result == ("transferred", "accueil")


def test_a_promise_counts_though_the_caller_speaks_on_while_it_is_made() -> None:
    async def script(caller: Caller) -> None:
        await caller.until_quiet()
        await caller.ask("rappelez-moi")
        await caller.press("1")
        await asyncio.sleep(0.2)
        caller.conversation.post(ev.SpeechStarted(9, caller.now))
        caller.conversation.post(ev.SpeechConfirmed(9, caller.now))
        await asyncio.sleep(1.0)
        caller.hang_up()

    callbacks = FakeCallBacks(takes_s=0.5)
    caller = call(script, Errands(callbacks=callbacks), MOBILE)
    assert len(callbacks.asked) == 1
    assert caller.recorder.result == ("callback", None)


def test_who_hangs_up_over_the_question_for_their_own_number_is_called_back() -> None:
    async def script(caller: Caller) -> None:
        await caller.until_quiet()
        await caller.ask("rappelez-moi")
        await caller.until_quiet()
        caller.hang_up()

    callbacks = FakeCallBacks()
    caller = call(script, Errands(callbacks=callbacks), MOBILE)
    assert [asked[1] for asked in callbacks.asked] == [MOBILE]
    assert caller.recorder.result == ("callback", None)
