"""Errands that a question interrupts, that a goodbye settles, or that end with the call."""

import pytest

from dialogue.offers import CallbackErrand, Talk, TextErrand
from dialogue.plan import Sentence
from dialogue.talkanswers import settled
from tests.dialogue.errandtown import MOBILE, OTHER, Town, said
from tests.dialogue.fakes import NOW, FakeReply

LATER = "rappel_promis"


@pytest.mark.parametrize("goodbye", ["au revoir", "merci au revoir", "oui merci au revoir"])
async def test_a_goodbye_takes_the_number_that_was_read_back_for_settled(goodbye: str) -> None:
    town = Town()
    bot = town.answer()
    await bot.say("encombrants")
    await bot.say("rappelez-moi")
    plan = await bot.say(goodbye)
    assert [sentence.text for sentence in plan.say] == [
        said(LATER, quand="dès qu'un agent est libre"),
        said("au_revoir"),
    ]
    assert plan.then == "hang_up"
    assert town.callbacks.asked == [("proprete", MOBILE, "encombrants", False, None)]


async def test_a_goodbye_sends_the_text_that_was_agreed_to() -> None:
    town = Town()
    bot = town.answer()
    await bot.say("une carte")
    await bot.say("oui")
    plan = await bot.say("merci au revoir")
    assert plan.then == "hang_up" and plan.text.startswith(said("sms_part"))
    assert len(town.texts.sent) == 1


async def test_a_goodbye_to_a_question_for_a_number_only_ends_the_call() -> None:
    town = Town()
    bot = town.answer(caller="")
    await bot.say("rappelez-moi")
    plan = await bot.say("merci au revoir")
    assert plan.then == "hang_up" and plan.text == said("au_revoir")
    await bot.manager.hung_up()
    assert not town.callbacks.asked


async def test_a_goodbye_to_an_offer_agrees_to_nothing() -> None:
    town = Town()
    bot = town.answer()
    await bot.say("une carte")
    plan = await bot.say("merci au revoir")
    assert plan.then == "hang_up" and not town.texts.sent


async def test_a_question_in_between_is_answered_and_the_number_asked_for_again() -> None:
    town = Town()
    bot = town.answer(caller="")
    await bot.say("rappelez-moi")
    plan = await bot.say("une carte")
    assert plan.decision == "answer"
    assert [sentence.text for sentence in plan.say[1:]] == [
        said("reprise_rappel"),
        said("numero_demander_rappel"),
    ]
    assert bot.manager.keys == "number"
    await bot.say("06 98 76 54 32")
    await bot.say("oui")
    assert [asked[1] for asked in town.callbacks.asked] == [OTHER]


async def test_an_errand_is_taken_up_again_once_only() -> None:
    bot = Town().answer(caller="")
    await bot.say("rappelez-moi")
    await bot.say("une carte")
    plan = await bot.say("la piscine")
    assert said("reprise_rappel") not in plan.text
    assert bot.manager.keys != "number"


async def test_an_offer_that_was_not_taken_is_not_come_back_to() -> None:
    bot = Town().answer()
    await bot.say("une carte")
    plan = await bot.say("la piscine")
    assert said("reprise_sms") not in plan.text


async def test_a_text_that_was_wanted_is_come_back_to() -> None:
    town = Town()
    bot = town.answer(caller="")
    await bot.say("une carte")
    await bot.say("oui")
    plan = await bot.say("la piscine")
    assert plan.text.endswith(f"{said('reprise_sms')} {said('numero_demander_sms')}")
    await bot.say("06 98 76 54 32")
    await bot.say("oui")
    assert len(town.texts.sent) == 1


@pytest.mark.parametrize("words", ["au feu", "un agent"])
async def test_nothing_is_come_back_to_from_an_emergency_or_a_person(words: str) -> None:
    bot = Town().answer(caller="")
    await bot.say("rappelez-moi")
    plan = await bot.say(words)
    assert said("reprise_rappel") not in plan.text


async def test_who_hangs_up_over_their_own_number_is_called_back() -> None:
    town = Town()
    bot = town.answer()
    await bot.say("encombrants")
    await bot.say("rappelez-moi")
    await bot.manager.hung_up()
    assert town.callbacks.asked == [("proprete", MOBILE, "encombrants", False, None)]
    assert bot.manager.promised


async def test_who_hangs_up_over_another_number_or_an_offer_is_not_called_back() -> None:
    for words in ("non", "non un autre numéro"):
        town = Town()
        bot = town.answer()
        await bot.say("rappelez-moi")
        await bot.say(words)
        await bot.manager.hung_up()
        assert not town.callbacks.asked, words
    town = Town()
    bot = town.answer()
    bot.manager.transfer_failed("urbanisme", NOW)
    await bot.manager.hung_up()
    assert not town.callbacks.asked


@pytest.mark.parametrize(
    ("goodbye", "agrees"),
    [
        ("Oui, merci, au revoir.", True),
        ("Oui c'est bien ça, bonne journée.", True),
        ("Merci, au revoir.", False),
        ("Non merci, au revoir.", False),
        ("Oui non, laissez, au revoir.", False),
    ],
)
def test_which_goodbyes_agree_to_an_offer(goodbye: str, agrees: bool) -> None:
    question = Sentence("?", ())
    assert settled(goodbye, Talk(CallbackErrand("accueil", ""), question)) is agrees
    assert settled(goodbye, Talk(TextErrand(FakeReply("", ("carte",), None)), question)) is agrees
