"""A resident calls: the complete callbot, real SIP, real speech both ways."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import holidays
import pytest

from callbot.evaluation.wordcount import words
from tests.harness import baresip
from tests.harness.baresip import Baresip
from tests.harness.box import Box
from tests.harness.sound import silence, write_telephone_wav

pytestmark = [pytest.mark.calls, pytest.mark.timeout(1200)]

needs_baresip = pytest.mark.skipif(not baresip.installed(), reason="baresip n'est pas installé")


def saturday_is_a_holiday() -> bool:
    today = date.today()  # noqa: DTZ011 - the town's day, as on this machine
    saturday = today + timedelta((5 - today.weekday()) % 7)
    return saturday in holidays.country_holidays("FR")


def test_saturday_hours_are_asked_answered_and_heard(box: Box):
    report = box.call("Bonjour, vous êtes ouverts samedi matin ?", "Merci, au revoir")
    question, goodbye = report["turns"]
    assert "assistant automatique" in report["greeting"]["said"]
    assert {"automatique", "mairie"} & set(words(report["greeting"]["recognised"]))
    assert (question["intent"], question["decision"]) == ("horaires_lieu", "answer")
    assert "mairie" in question["source"]
    if saturday_is_a_holiday():
        assert "ferm" in question["said"]
    else:
        said = words(question["said"])
        assert {"neuf", "heures", "midi"} <= set(said) or {"neuf", "douze"} <= set(said)
        assert "neuf" in words(question["recognised"])
    assert question["latency_ms"] > 0
    assert goodbye["latency_ms"] > 0
    assert goodbye["decision"] == "social"
    assert report["outcome"] == "answered"
    assert [turn["decision"] for turn in report["record"]["turns"]] == ["answer", "social"]


@needs_baresip
def test_a_request_for_a_service_reaches_its_telephone(box: Box, desk: Baresip):
    report = box.call("je veux parler à quelqu'un de l'urbanisme")
    assert report["turns"][0]["decision"] == "transfer"
    assert f"urbanisme@127.0.0.1:{box.ports.desk}" in report["transferred_to"]
    assert (report["outcome"], report["service"]) == ("transferred", "urbanisme")
    assert "urbanisme@127.0.0.1: Call established" in desk.log
    desk.wait_for_exit_of_calls()
    heard = box.recognise_file(desk.heard_files[0])
    assert "urbanisme" in words(heard), heard


@needs_baresip
async def test_a_phone_that_is_not_ours_interrupts_the_greeting_and_is_answered(
    box: Box, tmp_path: Path
):
    question = await box.say("Quels sont les horaires de la piscine demain ?")
    goodbye = await box.say("Merci, au revoir.")
    says = write_telephone_wav(
        tmp_path / "caller.wav",
        silence(5) + question + silence(17) + goodbye + silence(12),
    )
    with Baresip(
        tmp_path / "caller",
        port=box.ports.caller,
        rtp=box.ports.caller_rtp,
        users=["0612345678"],
        says=says,
        answers=False,
        dial=box.uri,
    ) as phone:
        phone.wait_for("Call established")
        phone.wait_for_exit_of_calls(120)
        record = box.newest_record()
        heard = phone.heard_files[0].stat().st_size
    greeting = next(event for event in record["events"] if event["kind"] == "accueil")
    assert greeting["details"]["coupe"] is True
    first, *_, last = record["turns"]
    assert (first["intent"], first["lieu"]) == ("horaires_lieu", "piscine")
    assert first["decision"] == "answer"
    assert last["intent"] in ("au_revoir", "remercier")
    assert record["outcome"] == "answered"
    assert record["caller"].endswith("78")
    assert "0612345" not in record["caller"]
    assert heard > 8000 * 2 * 10
