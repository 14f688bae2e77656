"""Call-backs offered and promised, in text."""

import asyncio
from datetime import datetime

import pytest

from dialogue.ports import Heard, Promise
from tests.dialogue.errandtown import MOBILE, Town, said
from tests.dialogue.fakes import (
    NOW,
    FakeCallBacks,
)


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
