"""Offers, consent, numbers and promises, in text."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from dialogue.hearing import KEYED
from dialogue.manager import DialogueManager, Plan
from dialogue.ports import Errands, Heard, Promise, TextOutcome
from tests.dialogue.fakes import (
    NOW,
    FakeCallBacks,
    FakeEngine,
    FakeFacts,
    FakeIntents,
    FakeTexts,
    phrases,
    settings,
)

SPELT = "zéro six douze trente-quatre cinquante-six soixante-dix-huit"
MOBILE, OTHER = "+33612345678", "+33698765432"
RANKINGS = {
    "une carte": [("carte_identite_passeport", 0.9)],
    "la piscine": [("horaires_lieu", 0.9)],
    "encombrants": [("encombrants", 0.9)],
    "oui": [("affirmer", 0.9)],
    "non": [("refuser", 0.9)],
    "non un autre numéro": [("refuser", 0.9)],
    "hein": [("repeter", 0.9)],
    "grblx": [("encombrants", 0.1), ("hors_sujet", 0.1)],
    "envoyez-moi ça par sms": [("demander_sms", 0.9)],
    "rappelez-moi": [("demander_rappel", 0.9)],
    "que l'urbanisme me rappelle": [("demander_rappel", 0.9)],
    "un agent": [("demander_agent", 0.9)],
    "au feu": [("urgence", 0.9)],
    "06 98 76 54 32": [("hors_sujet", 0.4), ("urgence", 0.35)],
    "06 98 76": [("hors_sujet", 0.4)],
    "54 32": [("hors_sujet", 0.4)],
    "oui au 06 98 76 54 32": [("affirmer", 0.5)],
    "04 22 52 10 10": [("hors_sujet", 0.4)],
    "non c'est 57 à la fin": [("refuser", 0.6)],
    "attendez je cherche": [("hors_sujet", 0.9)],
    "alors c'est le euh": [("hors_sujet", 0.3)],
    "au revoir": [("au_revoir", 0.9)],
    "laissez tomber": [("refuser", 0.9)],
}


@dataclass
class Town:
    """One conversation with what it may do."""

    texts: FakeTexts = field(default_factory=FakeTexts)
    callbacks: FakeCallBacks = field(default_factory=FakeCallBacks)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def answer(self, caller: str = MOBILE, *, texts: bool = True, calls: bool = True) -> "Bot":
        errands = Errands(self.texts if texts else None, self.callbacks if calls else None)
        engine = FakeEngine(RANKINGS)
        manager = DialogueManager(
            "c1", engine, FakeFacts(), FakeIntents(), phrases(), settings(), errands, caller
        )
        manager.report_to(lambda kind, **details: self.events.append((kind, details)))
        return Bot(manager, engine)


@dataclass
class Bot:
    manager: DialogueManager
    engine: FakeEngine

    async def say(self, text: str, now: datetime = NOW) -> Plan:
        return await self.manager.turn(Heard(text, 0.9), now)

    async def key(self, text: str) -> Plan:
        return await self.manager.turn(Heard(text, 1.0, KEYED), NOW)


def said(name: str, **values: str) -> str:
    return phrases().say(name, **values)


# Answers by text message


async def test_an_answer_worth_it_is_offered_as_a_text_instead_of_another_question() -> None:
    plan = await Town().answer().say("une carte")
    assert [sentence.text for sentence in plan.say] == ["Prenez rendez-vous.", said("sms_proposer")]
    assert said("autre_chose") not in plan.text


async def test_nothing_is_offered_where_the_town_sends_no_texts_or_the_answer_is_not_worth_it() -> (
    None
):
    assert said("autre_chose") in (await Town().answer(texts=False).say("une carte")).text
    assert said("autre_chose") in (await Town().answer().say("la piscine")).text


async def test_yes_then_the_own_number_then_the_text() -> None:
    town = Town()
    bot = town.answer()
    await bot.say("une carte")
    asked = await bot.say("oui")
    assert "zéro six, douze, trente-quatre, cinquante-six, soixante-dix-huit" in asked.text
    assert town.texts.sent == []
    done = await bot.say("oui")
    assert done.text == f"{said('sms_part')} {said('autre_chose')}"
    assert town.texts.sent == [("reponses/cni", MOBILE, "oui")]


async def test_the_record_shows_only_the_end_of_a_number() -> None:
    town = Town()
    bot = town.answer()
    await bot.say("une carte")
    asked = await bot.say("oui")
    assert "•• •• •• •• 78" in asked.shown
    assert "douze" not in asked.shown
    await bot.say("oui")
    kind, details = town.events[-1]
    assert (kind, details["fin"], details["resultat"]) == ("sms_demande", "78", "queued")
    assert MOBILE not in str(town.events)


async def test_a_keyed_yes_is_recorded_as_such() -> None:
    town = Town()
    bot = town.answer()
    await bot.say("une carte")
    await bot.key("oui")
    await bot.key("oui")
    assert town.texts.sent == [("reponses/cni", MOBILE, "touche 1")]
    assert all(intent != "affirmer" for intent, _ in bot.engine.steps)


async def test_no_is_final_for_the_call() -> None:
    town = Town()
    bot = town.answer()
    await bot.say("une carte")
    assert (await bot.say("non")).text == said("autre_chose")
    assert (await bot.say("une carte")).say[-1].text == said("autre_chose")
    assert town.texts.sent == []


async def test_consent_is_not_carried_over_to_the_next_question() -> None:
    town = Town()
    bot = town.answer()
    await bot.say("une carte")
    answer = await bot.say("la piscine")
    assert answer.say[-1].text == said("autre_chose")
    await bot.say("oui")
    await bot.say("oui")
    assert town.texts.sent == []


async def test_a_question_while_the_number_is_asked_is_answered_without_a_text() -> None:
    town = Town()
    bot = town.answer(caller="")
    await bot.say("une carte")
    assert (await bot.say("oui")).text == said("numero_demander_sms")
    assert (await bot.say("la piscine")).decision == "answer"
    await bot.say("oui")
    assert town.texts.sent == []


async def test_a_text_that_was_sent_is_not_offered_again() -> None:
    bot = Town().answer()
    for text in ("une carte", "oui", "oui"):
        await bot.say(text)
    assert (await bot.say("une carte")).say[-1].text == said("autre_chose")


async def test_the_number_is_asked_once_a_call_but_consent_for_each_text() -> None:
    town = Town()
    bot = town.answer()
    for text in ("une carte", "oui", "oui", "un agent"):
        await bot.say(text)
    bot.manager.handed_over(NOW)
    bot.manager.transfer_failed("urbanisme", NOW)
    plan = await bot.say("non")
    assert plan.say[-1].text == said("sms_proposer_meme")
    assert (await bot.say("oui")).say[0].text == said("sms_part")
    assert [sent[:2] for sent in town.texts.sent] == [
        ("reponses/cni", MOBILE),
        ("services/urbanisme", MOBILE),
    ]


async def test_the_caller_may_ask_for_the_last_answer() -> None:
    town = Town()
    bot = town.answer()
    await bot.say("une carte")
    await bot.say("non")
    assert "zéro six" in (await bot.say("envoyez-moi ça par sms")).text
    await bot.say("oui")
    assert town.texts.sent == [("reponses/cni", MOBILE, "envoyez-moi ça par sms")]


async def test_asking_for_a_text_says_yes_to_the_offer() -> None:
    bot = Town().answer()
    await bot.say("une carte")
    assert "zéro six" in (await bot.say("envoyez-moi ça par sms")).text


async def test_asking_for_a_text_when_there_is_none() -> None:
    bot = Town().answer()
    assert (await bot.say("envoyez-moi ça par sms")).text == said("sms_rien")
    await bot.say("la piscine")
    assert (await bot.say("envoyez-moi ça par sms")).say[0].text == said("sms_pas_cela")
    bot = Town().answer(texts=False)
    assert (await bot.say("envoyez-moi ça par sms")).say[0].text == said("sms_impossible")


@pytest.mark.parametrize(
    ("outcome", "phrase"),
    [
        ("already", "sms_deja"),
        ("waiting", "sms_attend"),
        ("limited", "sms_limite"),
        ("stopped", "sms_stop"),
        ("refused", "sms_refus"),
    ],
)
async def test_what_became_of_the_text_is_said(outcome: TextOutcome, phrase: str) -> None:
    town = Town(texts=FakeTexts(outcome))
    bot = town.answer()
    for text in ("une carte", "oui"):
        await bot.say(text)
    assert (await bot.say("oui")).text == f"{said(phrase)} {said('autre_chose')}"


async def test_a_text_that_fails_is_owned_up_to_and_a_person_offered() -> None:
    town = Town(texts=FakeTexts(down=True))
    bot = town.answer()
    for text in ("une carte", "oui"):
        await bot.say(text)
    plan = await bot.say("oui")
    assert plan.say[0].text == said("sms_panne")
    assert (await bot.say("oui")).service == "etat_civil"


# The number


async def test_a_hidden_caller_dictates_and_confirms() -> None:
    town = Town()
    bot = town.answer(caller="anonymous")
    await bot.say("une carte")
    await bot.say("oui")
    assert bot.manager.expectation == "numero"
    plan = await bot.say("06 98 76 54 32")
    assert "quatre-vingt-dix-huit, soixante-seize" in plan.text
    assert bot.manager.expectation == "oui_non"
    await bot.say("oui")
    assert town.texts.sent == [("reponses/cni", OTHER, "oui")]


async def test_a_land_line_calling_is_not_proposed_for_a_text() -> None:
    bot = Town().answer(caller="+33422521010")
    await bot.say("une carte")
    assert (await bot.say("oui")).text == said("numero_demander_sms")
    plan = await bot.say("04 22 52 10 10")
    assert "fixe" in plan.text
    assert plan.then == "listen"


async def test_a_number_that_comes_with_the_yes_is_read_back() -> None:
    town = Town()
    bot = town.answer()
    await bot.say("une carte")
    assert "quatre-vingt-dix-huit" in (await bot.say("oui au 06 98 76 54 32")).text
    await bot.say("oui")
    assert [sent[1] for sent in town.texts.sent] == [OTHER]


async def test_a_number_in_two_parts() -> None:
    town = Town()
    bot = town.answer(caller="")
    await bot.say("une carte")
    await bot.say("oui")
    plan = await bot.say("06 98 76")
    assert plan.text == said(
        "numero_suite", numero="zéro six, quatre-vingt-dix-huit, soixante-seize"
    )
    assert bot.manager.digits == "069876"
    await bot.say("54 32")
    await bot.say("oui")
    assert [sent[1] for sent in town.texts.sent] == [OTHER]


async def test_a_correction_is_read_back() -> None:
    town = Town()
    bot = town.answer(caller="")
    for text in ("une carte", "oui", "06 98 76 54 32", "non c'est 57 à la fin"):
        plan = await bot.say(text)
    assert "cinquante-sept. C'est bien" in plan.text
    await bot.say("oui")
    assert [sent[1] for sent in town.texts.sent] == ["+33698765457"]


async def test_pairs_that_are_emergency_numbers_are_no_emergency() -> None:
    bot = Town().answer(caller="")
    await bot.say("une carte")
    await bot.say("oui")
    assert (await bot.say("06 98 76 54 32")).decision == "confirm"


@pytest.mark.parametrize("before", [("une carte",), ("une carte", "oui")])
async def test_an_emergency_goes_first(before: tuple[str, ...]) -> None:
    bot = Town().answer(caller="")
    for text in before:
        await bot.say(text)
    assert (await bot.say("au feu")).decision == "emergency"


@pytest.mark.parametrize("before", [("une carte",), ("une carte", "oui")])
async def test_a_person_is_always_to_be_had(before: tuple[str, ...]) -> None:
    bot = Town().answer(caller="")
    for text in before:
        await bot.say(text)
    assert (await bot.say("un agent")).then == "transfer"


async def test_two_failures_end_it_kindly_and_offer_a_person() -> None:
    town = Town()
    bot = town.answer(caller="")
    for text in ("une carte", "oui", "grblx"):
        plan = await bot.say(text)
    assert plan.text == said("numero_redire")
    plan = await bot.say("grblx")
    assert plan.say[0].text == said("numero_abandon")
    assert (await bot.say("non")).text == said("autre_chose")
    assert town.texts.sent == []


@pytest.mark.parametrize("text", ["attendez je cherche", "oui", "alors c'est le euh"])
async def test_whoever_looks_for_the_number_gets_time(text: str) -> None:
    bot = Town().answer(caller="")
    await bot.say("une carte")
    await bot.say("oui")
    assert (await bot.say(text)).text == said("numero_patience")
    assert bot.manager.keys == "number"


async def test_silence_repeats_the_question_and_then_hands_over() -> None:
    bot = Town().answer(caller="")
    await bot.say("une carte")
    await bot.say("oui")
    plan = bot.manager.silence(NOW)
    assert plan.text == f"{said('rien_entendu_question')} {said('numero_demander_sms')}"
    assert bot.manager.silence(NOW).then == "transfer"
    assert bot.manager.keys == "plain"


async def test_pardon_repeats_the_answer_and_the_offer() -> None:
    bot = Town().answer()
    first = await bot.say("une carte")
    assert (await bot.say("hein")).text == first.text
    assert "zéro six" in (await bot.say("oui")).text


async def test_pardon_repeats_no_answer_that_the_question_is_not_about() -> None:
    bot = Town().answer(texts=False)
    await bot.say("une carte")
    bot.manager.transfer_failed("accueil", NOW)
    assert (await bot.say("hein")).text == said("rappel_proposer")


async def test_neither_yes_nor_no_is_asked_again_and_then_let_be() -> None:
    town = Town()
    bot = town.answer()
    await bot.say("une carte")
    assert (await bot.say("grblx")).text == f"{said('oui_ou_non')} {said('sms_proposer')}"
    assert (await bot.say("")).text == said("autre_chose")
    assert town.texts.sent == []


async def test_what_is_kept_of_a_dictated_number() -> None:
    bot = Town().answer(caller="")
    assert bot.manager.recordable("la piscine ouvre à 9 heures") == "la piscine ouvre à 9 heures"
    assert bot.manager.recordable("je suis au 06 98 76 54 32") == "je suis au [numéro]"
    assert bot.manager.recordable(f"rappelez-moi au {SPELT}") == "[numéro]"
    await bot.say("une carte")
    await bot.say("oui")
    assert bot.manager.recordable("zéro six quatre-vingt-dix-huit") == "[numéro]"
    assert bot.manager.recordable("non laissez") == "non laissez"


# Call-backs


async def test_nobody_there_offers_a_call_back_and_promises_it() -> None:
    town = Town()
    bot = town.answer()
    await bot.say("encombrants")
    bot.manager.handed_over(NOW)
    plan = bot.manager.transfer_failed("proprete", NOW)
    assert plan.text == f"{said('transfert_echec')} {said('rappel_proposer')}"
    await bot.say("oui")
    plan = await bot.say("oui")
    assert plan.say[0].text == said("rappel_promis", quand="dès qu'un agent est libre")
    assert plan.decision == "transfer"
    assert town.callbacks.asked == [("proprete", MOBILE, "encombrants", False, NOW)]
    assert bot.manager.promised
    assert ("rappel_promis", "78") in [(kind, d.get("fin")) for kind, d in town.events]


async def test_no_call_back_wanted_says_how_to_reach_the_service_and_offers_the_text() -> None:
    town = Town()
    bot = town.answer()
    await bot.say("un agent")
    bot.manager.transfer_failed("urbanisme", NOW)
    plan = await bot.say("non")
    assert [sentence.text for sentence in plan.say] == [
        said("d_accord"),
        "Le numéro de urbanisme est le 01.",
        said("sms_proposer"),
    ]
    await bot.say("oui")
    await bot.say("oui")
    assert [sent[0] for sent in town.texts.sent] == ["services/urbanisme"]
    assert not bot.manager.promised


async def test_a_service_that_calls_nobody_back_is_said_how_to_reach() -> None:
    bot = Town().answer(texts=False)
    plan = bot.manager.transfer_failed("sports", NOW)
    assert "Le numéro de sports est le 01." in plan.text
    assert plan.text.endswith(said("autre_chose"))


async def test_asking_to_be_called_back_is_about_the_last_matter() -> None:
    town = Town()
    bot = town.answer(caller="+33422521010")
    await bot.say("une carte")
    plan = await bot.say("rappelez-moi")
    assert plan.decision == "transfer"
    assert "zéro quatre, vingt-deux" in plan.text
    await bot.say("oui")
    assert town.callbacks.asked == [("etat_civil", "+33422521010", "une carte", False, None)]


async def test_the_service_that_is_named_calls_back() -> None:
    town = Town()
    bot = town.answer()
    await bot.say("que l'urbanisme me rappelle")
    await bot.say("oui")
    assert [asked[0] for asked in town.callbacks.asked] == ["urbanisme"]


async def test_where_nobody_calls_back_whoever_asks_is_put_through() -> None:
    plan = await Town().answer(calls=False).say("rappelez-moi")
    assert (plan.then, plan.decision, plan.service) == ("transfer", "transfer", "accueil")


@pytest.mark.parametrize(
    ("promise", "phrase"),
    [
        (Promise("new", datetime(2026, 11, 23, 9, 0, tzinfo=NOW.tzinfo)), "rappel_promis"),
        (Promise("kept", datetime(2026, 11, 23, 9, 0, tzinfo=NOW.tzinfo)), "rappel_deja"),
        (Promise("renewed", datetime(2026, 11, 23, 9, 0, tzinfo=NOW.tzinfo)), "rappel_promis"),
    ],
)
async def test_the_promise_says_when(promise: Promise, phrase: str) -> None:
    bot = Town(callbacks=FakeCallBacks(promise)).answer()
    await bot.say("rappelez-moi")
    plan = await bot.say("oui")
    assert plan.say[0].text == said(phrase, quand="lundi à partir de 9 heures")


async def test_called_back_today_already_is_said_and_done_again_only_on_a_yes() -> None:
    town = Town(callbacks=FakeCallBacks(Promise("handled_today")))
    bot = town.answer()
    await bot.say("rappelez-moi")
    assert (await bot.say("oui")).text == said("rappel_deja_fait")
    assert not bot.manager.promised
    await bot.say("oui")
    assert [asked[3] for asked in town.callbacks.asked] == [False, True]
    assert bot.manager.promised


async def test_a_promise_that_fails_is_owned_up_to() -> None:
    town = Town(callbacks=FakeCallBacks(down=True))
    bot = town.answer()
    await bot.say("rappelez-moi")
    plan = await bot.say("oui")
    assert plan.say[0].text == said("rappel_panne")
    assert (await bot.say("oui")).then == "transfer"
    plan = bot.manager.transfer_failed("accueil", NOW)
    for text in ("oui", "oui"):
        plan = await bot.say(text)
    assert plan.say[0].text == said("rappel_panne")
    assert "Le numéro de accueil est le 01." in plan.text
    assert not bot.manager.promised


async def test_a_call_back_is_not_offered_twice() -> None:
    bot = Town().answer()
    bot.manager.transfer_failed("accueil", NOW)
    await bot.say("oui")
    await bot.say("oui")
    assert said("rappel_proposer") not in bot.manager.transfer_failed("accueil", NOW).text


async def test_whoever_waits_may_be_called_back_instead() -> None:
    town = Town()
    bot = town.answer()
    await bot.say("encombrants")
    bot.manager.handed_over(NOW)
    assert "rappelez-moi" in bot.manager.queue_place(2, None, False, "proprete").text
    plan = await bot.manager.turn_in_queue(Heard("rappelez-moi", 0.9), "proprete")
    assert plan is not None
    assert plan.then == "listen"
    await bot.say("oui")
    assert town.callbacks.asked == [("proprete", MOBILE, "encombrants", False, NOW)]


async def test_the_wait_goes_on_where_nobody_calls_back() -> None:
    bot = Town().answer()
    assert await bot.manager.turn_in_queue(Heard("rappelez-moi", 0.9), "sports") is None
    assert bot.manager.callback_from_queue("sports") is None


async def test_an_errand_that_has_begun_is_finished_when_the_caller_goes_on_speaking() -> None:
    town = Town(callbacks=FakeCallBacks(takes_s=0.01))
    bot = town.answer()
    await bot.say("rappelez-moi")
    turn = asyncio.create_task(bot.say("oui"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    turn.cancel()
    await asyncio.wait([turn])
    await bot.manager.close()
    assert len(town.callbacks.asked) == 1
    assert bot.manager.promised
