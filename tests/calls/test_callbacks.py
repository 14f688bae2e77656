"""A resident is called back: the agent first, who presses 1, then the resident, and both talk."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from callbot.evaluation.wordcount import words
from tests.harness import WAIT_S, baresip
from tests.harness.baresip import Baresip
from tests.harness.box import STAFFED, Box
from tests.harness.caller import calling
from tests.harness.sound import silence, write_telephone_wav

pytestmark = [
    pytest.mark.calls,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not baresip.installed(), reason="baresip n'est pas installé"),
]

NUMBER = "0612345678"
"""Of the test's caller."""


def done(box: Box) -> float:
    """How many call-backs were made."""
    for line in box.page("/metrics").splitlines():
        if line.startswith('callbot_callbacks_total{result="done"}'):
            return float(line.rpartition(" ")[2])
    return 0.0


async def test_an_agent_calls_a_resident_back(box: Box, tmp_path: Path) -> None:
    question = await box.say("Bonjour, c'est pour la concession de mes parents.")
    answer = await box.say("Oui, c'est au sujet du renouvellement.")
    # The agent speaks once the two are joined; the resident's telephone hangs up when it is over.
    says = silence(25) + question + silence(40)
    staff = Baresip(
        tmp_path / "staff",
        port=box.ports.desk,
        rtp=box.ports.desk_rtp,
        users=[STAFFED],
        says=write_telephone_wav(tmp_path / "staff.wav", says),
        control=box.ports.control,
    )
    home = Baresip(
        tmp_path / "home",
        port=box.ports.caller,
        rtp=box.ports.caller_rtp,
        users=[NUMBER],
        says=write_telephone_wav(tmp_path / "home.wav", silence(24) + answer + silence(4)),
    )
    async with calling(box) as caller:
        await caller.hear()
    call = (await asyncio.to_thread(box.record, caller.sip_call_id))["id"]
    before = done(box)
    with staff, home:
        told = box.post(f"/accueil/appels/{call}/rappeler", "paul")
        assert "Votre téléphone sonne" in told
        picked_up = f"{STAFFED}@127.0.0.1: Call established"
        await asyncio.to_thread(staff.wait_for, picked_up)
        assert "Call established" not in home.log
        await asyncio.sleep(2)
        assert "Incoming call" not in home.log
        staff.press("1")
        await asyncio.to_thread(home.wait_for, f"{NUMBER}@127.0.0.1: Call established")
        await asyncio.to_thread(home.wait_for_exit_of_calls, 120)
        await asyncio.to_thread(staff.wait_for_exit_of_calls)
    async with asyncio.timeout(WAIT_S):
        while done(box) == before:
            await asyncio.sleep(0.2)
    heard_by_staff = words(await asyncio.to_thread(box.recognise_file, staff.heard_files[0]))
    heard_at_home = words(await asyncio.to_thread(box.recognise_file, home.heard_files[0]))
    assert {"rappel", "habitant"} & set(heard_by_staff), heard_by_staff
    assert "renouvellement" in heard_by_staff
    assert {"agent", "mairie"} & set(heard_at_home), heard_at_home
    assert "concession" in heard_at_home
    assert "rappel" not in heard_at_home
