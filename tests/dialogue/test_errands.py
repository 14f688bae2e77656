"""Answers offered and sent as text messages, in text."""

import pytest

from dialogue.ports import TextOutcome
from tests.dialogue.errandtown import MOBILE, Town, said
from tests.dialogue.fakes import (
    NOW,
    FakeTexts,
)


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
