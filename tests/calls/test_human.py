"""The ways to a human, and back when nobody is there."""

from __future__ import annotations

import asyncio

import pytest

from callbot.evaluation.wordcount import words
from telephony.phone_protocol import TransferLeg, Transferred
from tests.harness import WAIT_S, baresip
from tests.harness.baresip import Baresip
from tests.harness.box import STAFFED, Box
from tests.harness.caller import calling
from tests.telephony.rawphone import RawPhone

pytestmark = [
    pytest.mark.calls,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not baresip.installed(), reason="baresip n'est pas installé"),
]


async def test_key_zero_reaches_the_front_desk_during_the_greeting(box: Box, desk: Baresip):
    async with calling(box) as caller:
        caller.phone.digits("0")
        transfer = await caller.until(Transferred)
        assert "accueil@" in transfer.target
        answer = await caller.until(TransferLeg)
        assert answer.code in (180, 183, 200)
        desk.wait_for("accueil@127.0.0.1: Call established")
        box.wait_for_calls(0)
    record = box.record(caller.sip_call_id)
    assert (record["outcome"], record["service"]) == ("transferred", "accueil")


async def test_a_caller_who_stays_silent_reaches_a_human(box: Box, desk: Baresip):
    async with calling(box) as caller:
        transfer = await caller.until(Transferred, 120)
        assert "accueil@" in transfer.target
        desk.wait_for("accueil@127.0.0.1: Call established")
    record = box.record(caller.sip_call_id)
    assert [event["kind"] for event in record["events"]].count("silence") == 2
    assert record["outcome"] == "transferred"


def test_an_unanswered_transfer_comes_back_with_a_call_back_or_hours_and_number(
    box: Box, empty_desk: Baresip
):
    report = box.call(
        "je veux parler à quelqu'un de l'urbanisme", "Non, ce n'est pas la peine, merci."
    )
    assert report["transferred_to"] is None
    failed = [e for e in report["record"]["events"] if e["kind"] == "transfert_echoue"]
    assert failed[0]["details"]["service"] == "urbanisme"
    back, reach = report["record"]["turns"][1:3]
    assert "désolé" in back["said"]
    assert "rappelle" in back["said"]
    assert "02 61 91 10 60" in reach["said"]
    assert "lundi" in reach["said"]
    assert {"désolé", "personne"} & set(words(report["turns"][0]["recognised"]))
    assert report["outcome"] != "transferred"
    assert "180" in empty_desk.log or "Incoming call" in empty_desk.log


async def test_a_refused_transfer_comes_back(box: Box):
    question = await box.say("Passez-moi l'état civil, s'il vous plaît.")
    async with calling(box, refer="refuse") as caller:
        await caller.hear()
        await caller.say(question)
        await caller.until(Transferred)
        heard = await caller.hear_text()
        assert not caller.ended
    assert {"désolé", "personne"} & set(words(heard)), heard
    record = box.record(caller.sip_call_id)
    assert record["outcome"] != "transferred"


async def test_a_queue_rings_its_staff_tells_them_why_and_connects(box: Box, desk: Baresip):
    question = await box.say("Passez-moi le service du cimetière, s'il vous plaît.")
    voice = await box.say("Bonjour, c'est pour la concession de mes parents.")
    async with calling(box) as caller:
        await caller.hear()
        await caller.say(question)
        ringing = f"{STAFFED}@127.0.0.1: Call established"
        await asyncio.to_thread(desk.wait_for, ringing)
        await until_page(box, "avec un agent")
        await caller.say(voice)
        await asyncio.sleep(2)
        assert "avec un agent" in await asyncio.to_thread(box.page, "/accueil")
    box.wait_for_calls(0)
    record = box.record(caller.sip_call_id)
    assert (record["outcome"], record["service"]) == ("transferred", STAFFED)
    assert "transfert_abouti" in [event["kind"] for event in record["events"]]
    await asyncio.to_thread(desk.wait_for_exit_of_calls)
    heard = words(await asyncio.to_thread(box.recognise_file, desk.heard_files[0]))
    assert "habitant" in heard
    assert "concession" in heard


async def until_page(box: Box, words: str, seconds: float = WAIT_S) -> None:
    """Wait until the reception page says so."""
    async with asyncio.timeout(seconds):
        while words not in await asyncio.to_thread(box.page, "/accueil"):
            await asyncio.sleep(0.2)


async def test_an_agent_who_hangs_up_at_once_is_rung_again_and_the_caller_is_told(box: Box):
    question = await box.say("Passez-moi le service du cimetière, s'il vous plaît.")
    async with calling(box) as caller:
        await caller.hear()
        await caller.say(question)
        async with RawPhone(box.ports.desk, box.ports.sip, manual=True) as staff:
            await staff.take()
            await until_page(box, "avec un agent")
            await staff.bye()
        heard = ""
        async with asyncio.timeout(2 * WAIT_S):
            while "coupée" not in words(heard):
                heard = await caller.hear_text()
        assert "attente" in words(heard)
        async with RawPhone(box.ports.desk, box.ports.sip, manual=True) as staff:
            await staff.take()
            await until_page(box, "avec un agent")
            await caller.hang_up()
            staff.reply(await staff.asked("BYE"), 200)
    record = box.record(caller.sip_call_id)
    assert (record["outcome"], record["service"]) == ("transferred", STAFFED)
    kinds = [event["kind"] for event in record["events"]]
    told = [kind for kind in kinds if kind in ("transfert_abouti", "communication_coupee")]
    assert told == ["transfert_abouti", "communication_coupee", "transfert_abouti"]
