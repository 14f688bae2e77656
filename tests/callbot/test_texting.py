"""Texts from the dialogue's wish to the console, with the real outbox and wordings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path

import pytest

from callbot.paths import Paths
from callbot.store import Store
from callbot.texting import TextDesk, TextOffice
from callbot.textwriter import TextWriter
from console.ports import ActionRefusedError
from knowledge.town import Reply, Town, load_town
from telephony.callbacksteps import SendText
from telephony.sms.messages import load_messages
from telephony.sms.rules import OutboxRules
from telephony.sms.smsconfig import SmsSettings
from tests.dialogue.fakes import NOW
from tests.paths import CONFIG

MOBILE = "+33612345678"
PAPERS = Reply(
    "Il faut un rendez-vous.",
    ("reponses/etat_civil#carte_passeport",),
    "etat_civil",
    "Carte d'identité : rendez-vous au 02 61 91 10 10.",
    "answer",
    True,
)


@pytest.fixture(scope="module")
def town() -> Town:
    return load_town(CONFIG / "ville")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(tmp_path / "callbot.sqlite3")
    await store.call_started("c1", sip_call_id="s1", caller=MOBILE, called="mairie", at=NOW)
    yield store
    await store.close()


@pytest.fixture
async def office(tmp_path: Path, town: Town, store: Store) -> AsyncIterator[TextOffice]:
    writer = TextWriter(load_messages(CONFIG / "sms"), town)
    settings = SmsSettings(rules=OutboxRules(per_call=2))
    paths = Paths(CONFIG, tmp_path)
    office = await TextOffice.open(paths, settings, writer, store, lambda: NOW)
    running = asyncio.create_task(office.run(30))
    yield office
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await office.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_text_begins_with_the_town_and_holds_the_facts(office: TextOffice):
    assert await office.of_call("c1").send(PAPERS, MOBILE, "oui") == "waiting"
    (text,) = await TextDesk(office).of_call("c1")
    assert text.text.startswith("Mairie de Valbrune")
    assert "02 61 91 10 10" in text.text
    assert (text.state, text.source) == ("queued", "reponses/etat_civil#carte_passeport")


async def test_the_same_answer_is_sent_once_in_a_call(office: TextOffice):
    texts = office.of_call("c1")
    await texts.send(PAPERS, MOBILE, "oui")
    assert await texts.send(PAPERS, MOBILE, "oui") == "already"
    assert await office.of_call("c2").send(PAPERS, MOBILE, "oui") == "waiting"


async def test_the_record_of_the_call_and_the_console_follow(office: TextOffice, store: Store):
    changed: list[str] = []
    counted: list[str] = []
    office.changed, office.counted = changed.append, counted.append
    await office.of_call("c1").send(PAPERS, MOBILE, "oui")
    await until(lambda: changed == ["c1"])
    call = await store.call("c1")
    assert call is not None
    (kept,) = call.sms
    assert (kept["state"], kept["number"]) == ("queued", "••••••78")
    assert counted == ["queued"]


async def test_an_answer_without_a_text_sends_nothing(office: TextOffice):
    bare = Reply("Oui.", ("reponses/x#y",), None, None, "answer")
    assert await office.of_call("c1").send(bare, MOBILE, "oui") == "unavailable"
    assert await TextDesk(office).page(words="", states=(), limit=10, before="") == []


async def test_a_land_line_gets_no_text(office: TextOffice):
    assert await office.of_call("c1").send(PAPERS, "+33261911010", "oui") == "refused"


async def test_a_call_that_wants_too_many_is_stopped(office: TextOffice, town: Town):
    texts = office.of_call("c1")
    outcomes = [
        await texts.send(town.reach(service, NOW), MOBILE, "oui")
        for service in ("urbanisme", "voirie" if "voirie" in town.services else "ccas", "sports")
    ]
    assert outcomes == ["waiting", "waiting", "limited"]


async def test_a_call_back_in_vain_is_told_once(office: TextOffice):
    action = SendText("r1", MOBILE, "urbanisme", "rappel:r1")
    assert await office.give_up_callback(action)
    assert await office.give_up_callback(action)
    (text,) = await TextDesk(office).page(words="", states=(), limit=10, before="")
    assert "02 61 91 10 60" in text.text


async def test_a_call_back_to_a_land_line_is_left_to_people(office: TextOffice):
    assert not await office.give_up_callback(SendText("r1", "+33261911010", "ccas", "rappel:r1"))


async def test_what_waits_cannot_be_sent_again(office: TextOffice):
    await office.of_call("c1").send(PAPERS, MOBILE, "oui")
    (text,) = await TextDesk(office).of_call("c1")
    with pytest.raises(ActionRefusedError):
        await TextDesk(office).resend(text.id, "anne")


async def test_without_a_gateway_the_console_says_so_and_counts(office: TextOffice):
    await office.of_call("c1").send(PAPERS, MOBILE, "oui")
    desk = TextDesk(office)
    assert not desk.gateway
    midnight = datetime(NOW.year, NOW.month, NOW.day, tzinfo=NOW.tzinfo)
    assert (await desk.counts(since=midnight))["queued"] == 1
