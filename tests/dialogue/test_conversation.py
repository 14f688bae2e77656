"""Whole conversations on virtual time, with fakes at the seams."""

import asyncio

from dialogue import events as ev
from tests.dialogue.caller import Caller, call
from tests.dialogue.fakes import phrases


def test_a_question_is_answered_and_the_call_ends_with_goodbye() -> None:
    async def script(caller: Caller) -> None:
        await caller.until_quiet()
        await caller.ask("la piscine samedi")
        await caller.speak("au revoir")

    caller = call(script)
    answer, goodbye = caller.recorder.turns
    assert caller.recorder.events[0] == "accueil"
    assert "assistant automatique" in caller.was_told
    assert (answer.heard, answer.decision, answer.lieu) == (
        "la piscine samedi",
        "answer",
        "piscine",
    )
    assert answer.latency_ms is not None and 500 <= answer.latency_ms < 600
    assert goodbye.decision == "social"
    assert caller.line.hung_up
    assert caller.recorder.result == ("answered", None)
    assert caller.engine.forgotten == ["c1"]


def test_speech_that_resumes_discards_the_speculative_transcript() -> None:
    async def script(caller: Caller) -> None:
        await caller.until_quiet()
        await caller.speak("je voudrais")
        await asyncio.sleep(0.1)
        caller.conversation.post(ev.SpeechResumed(caller.utterance, caller.now))
        await asyncio.sleep(1.0)
        end = caller.now
        caller.conversation.post(
            ev.SpeechPaused(caller.utterance, b"je voudrais la piscine samedi", 2.0, end, end)
        )
        await caller.until_quiet()
        caller.hang_up()

    caller = call(script)
    assert [turn.heard for turn in caller.recorder.turns] == ["je voudrais la piscine samedi"]
    assert caller.recogniser.cancelled == 1


def test_barge_in_flushes_and_records_what_was_really_heard() -> None:
    async def script(caller: Caller) -> None:
        await caller.until_quiet()
        await caller.speak("la piscine samedi")
        await asyncio.sleep(2.5)
        await caller.ask("une carte d'identité")
        caller.hang_up()

    caller = call(script)
    interrupted = caller.recorder.turns[0]
    assert interrupted.interrupted
    assert interrupted.said == "piscine ouverte. De 9…"
    assert caller.recorder.turns[1].intent == "carte_identite_passeport"


def test_a_cough_does_not_stop_the_bot() -> None:
    async def script(caller: Caller) -> None:
        await caller.until_quiet()
        await caller.speak("la piscine samedi")
        await asyncio.sleep(1.0)
        await caller.speak("hm", lasting=0.1, confirmed=False)
        await caller.until_quiet()
        caller.hang_up()

    caller = call(script)
    assert not caller.recorder.turns[0].interrupted
    assert len(caller.recorder.turns) == 1
    assert 2 in caller.line.closed


def test_words_added_while_the_answer_is_sought_belong_to_the_same_request() -> None:
    async def script(caller: Caller) -> None:
        await caller.until_quiet()
        caller.recogniser.takes_s = 0.1
        original = caller.engine.ranking

        async def slow(text: str) -> object:
            await asyncio.sleep(0.8)
            return await original(text)

        caller.engine.ranking = slow  # type: ignore[assignment,method-assign]
        await caller.speak("je voudrais")
        await asyncio.sleep(0.35)
        await caller.speak(" la piscine samedi")
        await asyncio.sleep(1.5)
        await caller.until_quiet()
        caller.hang_up()

    caller = call(script)
    assert caller.recorder.turns[-1].heard == "je voudrais la piscine samedi"


def test_key_zero_reaches_a_human_even_while_the_bot_speaks() -> None:
    async def script(caller: Caller) -> None:
        await asyncio.sleep(1.0)
        caller.conversation.post(ev.Digit("0", caller.now))

    caller = call(script)
    assert caller.line.transfers == ["accueil"]
    assert caller.recorder.result == ("transferred", "accueil")


def test_silence_is_asked_about_then_handed_over() -> None:
    async def script(caller: Caller) -> None:
        return

    caller = call(script)
    assert [turn.decision for turn in caller.recorder.turns] == [
        "ask_again",
        "transfer",
    ]
    assert caller.recorder.result == ("transferred", "accueil")


def test_silence_with_nobody_at_reception_ends_the_call() -> None:
    async def script(caller: Caller) -> None:
        caller.line.transfer_code = 486

    caller = call(script)
    assert caller.line.hung_up
    assert caller.recorder.turns[-1].said == phrases().say("adieu_silence")


def test_a_television_does_not_hold_the_call_for_ever() -> None:
    async def script(caller: Caller) -> None:
        await caller.until_quiet()
        caller.conversation.post(ev.SpeechStarted(1, caller.now))

    caller = call(script)
    assert caller.line.closed[0] == 1
    assert caller.recorder.result == ("transferred", "accueil")


def test_a_refused_transfer_comes_back_with_hours_and_number() -> None:
    async def script(caller: Caller) -> None:
        caller.line.transfer_code = 486
        await caller.until_quiet()
        await caller.ask("un agent")
        await caller.until_quiet()
        await caller.speak("non")

    caller = call(script)
    assert "Le numéro de accueil est le 01." in caller.recorder.turns[1].said
    assert caller.line.hung_up


def test_recognition_down_hands_the_caller_over() -> None:
    async def script(caller: Caller) -> None:
        caller.recogniser.down = True
        await caller.until_quiet()
        await caller.speak("la piscine samedi")

    caller = call(script)
    assert caller.recorder.result == ("transferred", "accueil")
    assert "problème technique" in caller.recorder.turns[-1].said


def test_speech_down_transfers_without_an_announcement() -> None:
    async def script(caller: Caller) -> None:
        caller.speaker.down = True

    caller = call(script)
    assert caller.line.transfers == ["accueil"]


def test_hanging_up_at_once_is_an_abandoned_call() -> None:
    async def script(caller: Caller) -> None:
        await asyncio.sleep(0.02)
        caller.hang_up()

    assert call(script).recorder.result == ("abandoned", None)


def test_a_waiting_caller_hears_the_place_and_is_then_connected() -> None:
    async def script(caller: Caller) -> None:
        caller.handover.queued = True
        await caller.until_quiet()
        await caller.ask("un agent")
        await caller.until_quiet()
        await asyncio.sleep(60)
        caller.line.transfer("accueil")

    caller = call(script)
    assert caller.was_told.count("Il y a 2 personnes avant vous.") == 1
    assert caller.recorder.result == ("transferred", "accueil")


def test_a_waiting_caller_may_give_up_and_goes_on_with_the_bot() -> None:
    async def script(caller: Caller) -> None:
        caller.handover.queued = True
        await caller.until_quiet()
        await caller.ask("un agent")
        await caller.until_quiet()
        await caller.ask("laissez tomber")
        await caller.ask("la piscine samedi")
        caller.hang_up()

    caller = call(script)
    assert caller.handover.left
    assert [turn.decision for turn in caller.recorder.turns] == ["transfer", "social", "answer"]


def test_other_words_in_the_queue_do_not_lose_the_place() -> None:
    async def script(caller: Caller) -> None:
        caller.handover.queued = True
        await caller.until_quiet()
        await caller.ask("un agent")
        await caller.until_quiet()
        await caller.speak("la piscine samedi")
        await asyncio.sleep(30)
        caller.line.transfer("accueil")

    caller = call(script)
    assert not caller.handover.left
    assert caller.recorder.result == ("transferred", "accueil")


def test_a_waiting_caller_keeps_the_place_while_recognition_is_down() -> None:
    async def script(caller: Caller) -> None:
        caller.handover.queued = True
        await caller.until_quiet()
        await caller.ask("un agent")
        await caller.until_quiet()
        caller.recogniser.down = True
        await caller.speak("laissez tomber")
        await asyncio.sleep(30)
        caller.line.transfer("accueil")

    caller = call(script)
    assert len(caller.handover.whispers) == 1
    assert caller.recorder.result == ("transferred", "accueil")


def test_whoever_picks_up_is_told_what_it_is_about() -> None:
    async def script(caller: Caller) -> None:
        await caller.until_quiet()
        await caller.ask("une carte d'identité")
        await caller.speak("un agent")

    caller = call(script)
    assert caller.handover.whispers == ["Un habitant, pour une carte d'identité."]
    assert caller.handover.struggling == [False]


def test_staff_may_send_a_call_to_a_service() -> None:
    async def script(caller: Caller) -> None:
        await caller.until_quiet()
        caller.conversation.post(ev.HandOver("urbanisme", caller.now))

    caller = call(script)
    assert caller.recorder.result == ("transferred", "urbanisme")
    assert caller.recorder.phases[-2:] == [("transferring", "urbanisme"), ("talking", "urbanisme")]


def test_staff_may_send_a_waiting_call_elsewhere() -> None:
    async def script(caller: Caller) -> None:
        caller.handover.queued = True
        await caller.until_quiet()
        await caller.ask("un agent")
        await caller.until_quiet()
        caller.handover.queued = False
        caller.conversation.post(ev.HandOver("urbanisme", caller.now))

    caller = call(script)
    assert caller.handover.left
    assert caller.recorder.result == ("transferred", "urbanisme")


async def talking(caller: Caller) -> None:
    """Ask for an agent, wait, and get one."""
    caller.handover.queued = True
    await caller.until_quiet()
    await caller.ask("un agent")
    await caller.until_quiet()
    caller.conversation.post(ev.TransferFinished(True, 200, caller.now))
    await asyncio.sleep(2)


def test_a_caller_whose_agent_is_gone_waits_again_and_reaches_the_next() -> None:
    async def script(caller: Caller) -> None:
        await talking(caller)
        caller.conversation.post(ev.BackInQueue(False, caller.now))
        await caller.until_quiet()
        assert caller.recorder.phases[-1] == ("queued", "accueil")
        caller.conversation.post(ev.TransferFinished(True, 200, caller.now))
        await asyncio.sleep(60)
        caller.conversation.post(ev.TalkOver(caller.now))

    caller = call(script)
    back = "La communication a été coupée, je vous remets en attente, vous êtes la prochaine"
    assert caller.was_told.count(back) == 1
    assert not caller.handover.left
    assert caller.recorder.events[-4:] == [
        "transfert_abouti",
        "communication_coupee",
        "transfert_abouti",
        "fin",
    ]
    assert caller.line.hung_up
    assert caller.recorder.result == ("transferred", "accueil")


def test_a_caller_who_gives_up_after_a_lost_agent_was_not_transferred() -> None:
    async def script(caller: Caller) -> None:
        await talking(caller)
        caller.conversation.post(ev.BackInQueue(True, caller.now))
        await caller.until_quiet()
        await caller.ask("laissez tomber")
        caller.hang_up()

    caller = call(script)
    assert caller.handover.left
    assert caller.recorder.result == ("abandoned", None)


def test_a_caller_whose_talk_was_cut_is_told_so_and_goes_on_with_the_bot() -> None:
    async def script(caller: Caller) -> None:
        await caller.until_quiet()
        caller.handover.queued = True
        caller.conversation.post(ev.HandOver("urbanisme", caller.now))
        await caller.until_quiet()
        caller.conversation.post(ev.TransferFinished(True, 200, caller.now))
        await asyncio.sleep(3)
        caller.conversation.post(ev.TransferFinished(False, 481, caller.now))
        await caller.until_quiet()
        await caller.ask("la piscine samedi")
        caller.hang_up()

    caller = call(script)
    said = caller.was_told
    assert "la communication a été coupée.Le numéro de urbanisme est le 01." in said
    assert "personne ne répond" not in said
    assert "communication_coupee" in caller.recorder.events
    assert "transfert_echoue" not in caller.recorder.events
    assert caller.recorder.turns[-1].decision == "answer"
    assert caller.recorder.result == ("answered", None)


def test_a_waiting_caller_keeps_the_place_while_speech_is_down() -> None:
    async def script(caller: Caller) -> None:
        await talking(caller)
        caller.speaker.down = True
        caller.conversation.post(ev.BackInQueue(True, caller.now))
        await asyncio.sleep(30)
        assert caller.recorder.phases[-1] == ("queued", "accueil")
        caller.line.transfer("accueil")

    caller = call(script)
    assert len(caller.handover.whispers) == 1
    assert caller.recorder.result == ("transferred", "accueil")


def test_a_waiting_caller_on_the_way_to_a_telephone_cannot_give_up_any_more() -> None:
    async def script(caller: Caller) -> None:
        caller.handover.queued = True
        await caller.until_quiet()
        await caller.ask("un agent")
        await caller.until_quiet()
        caller.conversation.post(ev.Referred(caller.now))
        await caller.speak("laissez tomber")
        await asyncio.sleep(5)
        assert caller.recorder.phases[-1] == ("transferring", "accueil")
        caller.line.transfer("accueil")

    caller = call(script)
    assert not caller.handover.left
    assert caller.recorder.result == ("transferred", "accueil")
