"""Taking a number for an errand, in text."""

import pytest

from tests.dialogue.errandtown import OTHER, SPELT, Town, said
from tests.dialogue.fakes import (
    NOW,
)


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
