"""Hand-overs to peers that refuse, redirect, never answer, vanish or loop: nobody is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from telephony.reception import Agent, Reception, Strategy, TransferMode
from tests.harness import baresip
from tests.harness.baresip import Baresip
from tests.harness.sound import write_silence
from tests.telephony.rawphone import RawPhone
from tests.telephony.townhall import (
    ANNE,
    ANNE_PORT,
    BARESIP_PORT,
    BARESIP_RTP,
    CALLER,
    MARC,
    MARC_PORT,
    OTHER_CALLERS,
    RING_S,
    WORKER,
    TownHall,
    asks_for_a_person,
    direct,
    hears,
    hears_the_bot,
    hung_up,
    queued,
    talk_to_each_other,
    until,
)

pytestmark = [pytest.mark.component, pytest.mark.calls]

SORRY = "personne ne répond"
CUT = "La communication a été coupée"

Phone = Callable[..., Awaitable[RawPhone]]
Open = Callable[..., Awaitable[TownHall]]


@pytest.fixture
async def town(tmp_path: Path) -> Any:
    halls: list[TownHall] = []

    async def open_hall(reception: Reception, **worker: Any) -> TownHall:
        hall = TownHall(tmp_path, reception, **worker)
        halls.append(hall)
        return await hall.__aenter__()

    yield open_hall
    for hall in halls:
        await hall.__aexit__()


async def a_caller(raw: Phone, **options: Any) -> RawPhone:
    return await raw(port=CALLER, target=WORKER, **options)


async def staff(raw: Phone, port: int) -> RawPhone:
    """A telephone that answers nothing by itself."""
    return await raw(port=port, target=WORKER, manual=True)


# Blind transfers


@pytest.mark.parametrize("code", [405, 501, 603])
async def test_a_pbx_without_refer_gives_the_caller_back(town: Open, raw: Phone, code: int):
    hall = await town(direct(TransferMode.BLIND))
    caller = await a_caller(raw, refer_answer=code)
    await asks_for_a_person(hall, caller)
    await caller.asked("REFER")
    await hears_the_bot(hall, caller, SORRY, "listening")
    assert hall.records[0].events[-1] == "transfert_echoue"


async def test_a_refer_that_is_never_completed_gives_the_caller_back(town: Open, raw: Phone):
    hall = await town(direct(TransferMode.BLIND))
    caller = await a_caller(raw)
    await asks_for_a_person(hall, caller)
    await caller.asked("REFER")
    await caller.notify("100 Trying")
    await hears_the_bot(hall, caller, SORRY, "listening")


@pytest.mark.parametrize("mode", list(TransferMode))
async def test_a_service_whose_address_is_the_box_gives_the_caller_back(
    town: Open, raw: Phone, mode: TransferMode
):
    hall = await town(direct(mode, f"sip:accueil@127.0.0.1:{WORKER}"))
    caller = await a_caller(raw)
    await asks_for_a_person(hall, caller)
    await hears_the_bot(hall, caller, SORRY, "listening")
    assert len(hall.records) == 1


# Telephones that do not take the call

Odd = Callable[[RawPhone], Awaitable[None]]


async def busy(phone: RawPhone) -> None:
    phone.reply(await phone.called(), 486)


async def redirects(phone: RawPhone) -> None:
    elsewhere = f"Contact: <sip:ailleurs@127.0.0.1:{OTHER_CALLERS[0]}>"
    phone.reply(await phone.called(), 302, extra=elsewhere)


async def rings_on(phone: RawPhone) -> None:
    invite = await phone.called()
    phone.reply(invite, 180)
    phone.reply(await phone.asked("CANCEL"), 200)
    phone.reply(invite, 487)


async def plays_early_media(phone: RawPhone) -> None:
    invite = await phone.called()
    phone.reply(invite, 183, sdp=True)
    phone.talk(b"\x2a\xaa" * 80)
    phone.reply(await phone.asked("CANCEL"), 200)
    phone.reply(invite, 487)


async def is_not_there(phone: RawPhone) -> None:
    await phone.called()


async def rings_too_late(phone: RawPhone) -> None:
    """The first answer comes after we have given up."""
    invite = await phone.called()
    await asyncio.sleep(RING_S + 0.3)
    phone.reply(invite, 180)
    phone.reply(await phone.asked("CANCEL"), 200)
    phone.reply(invite, 487)


ODD: list[Odd] = [busy, redirects, rings_on, plays_early_media, is_not_there, rings_too_late]


@pytest.mark.parametrize("odd", ODD)
async def test_the_next_member_of_staff_takes_the_call(town: Open, raw: Phone, odd: Odd):
    hall = await town(queued(ANNE, MARC, strategy=Strategy.ORDER))
    anne, marc, caller = await staff(raw, ANNE_PORT), await staff(raw, MARC_PORT), None
    caller = await a_caller(raw)
    oddity = asyncio.create_task(odd(anne))
    await asks_for_a_person(hall, caller)
    await marc.take()
    await talk_to_each_other(hall, caller, marc)
    await oddity
    await caller.bye()
    await hung_up(marc)
    await until(lambda: hall.records[0].result == ("transferred", "accueil"))


@pytest.mark.parametrize("odd", ODD)
async def test_with_one_telephone_the_caller_is_with_the_bot_again(
    town: Open, raw: Phone, odd: Odd
):
    hall = await town(direct(TransferMode.BRIDGE))
    anne = await staff(raw, ANNE_PORT)
    caller = await a_caller(raw)
    oddity = asyncio.create_task(odd(anne))
    await asks_for_a_person(hall, caller)
    await hears_the_bot(hall, caller, SORRY, "listening")
    await oddity


# Staff who are gone


async def test_an_agent_who_hangs_up_at_once_is_followed_by_the_next(town: Open, raw: Phone):
    hall = await town(queued(ANNE, MARC, strategy=Strategy.ORDER))
    anne, marc = await staff(raw, ANNE_PORT), await staff(raw, MARC_PORT)
    caller = await a_caller(raw)
    await asks_for_a_person(hall, caller)
    await anne.take()
    await until(lambda: hall.phase() == "talking")
    await anne.bye()
    await until(lambda: any(CUT in text for text in hall.voice.said))
    await hears(caller)
    await marc.take()
    await until(lambda: hall.records[0].events.count("transfert_abouti") == 2)
    await talk_to_each_other(hall, caller, marc)
    events = hall.records[0].events
    assert events.index("transfert_abouti") < events.index("communication_coupee")


async def test_an_agent_who_hangs_up_during_the_whisper_is_followed_by_the_next(
    town: Open, raw: Phone
):
    hall = await town(queued(ANNE, MARC, strategy=Strategy.ORDER))
    anne, marc = await staff(raw, ANNE_PORT), await staff(raw, MARC_PORT)
    caller = await a_caller(raw)
    await asks_for_a_person(hall, caller)
    await anne.take()
    await hears(anne)
    await anne.bye()
    await marc.take()
    await talk_to_each_other(hall, caller, marc)
    assert "communication_coupee" not in hall.records[0].events


@pytest.mark.skipif(not baresip.installed(), reason="baresip n'est pas installé")
async def test_a_telephone_that_is_killed_in_mid_call_is_followed_by_the_next(
    town: Open, raw: Phone, tmp_path: Path
):
    paul = Agent("paul", "Paul", f"sip:paul@127.0.0.1:{BARESIP_PORT}", ("accueil",))
    hall = await town(queued(paul, MARC, strategy=Strategy.ORDER), rtp_timeout_s=3.0)
    marc, caller = await staff(raw, MARC_PORT), await a_caller(raw)
    quiet = write_silence(tmp_path / "quiet.wav", 60)
    telephone = Baresip(
        tmp_path / "paul", port=BARESIP_PORT, rtp=BARESIP_RTP, users=["paul"], says=quiet
    )
    with telephone:
        await asks_for_a_person(hall, caller)
        await until(lambda: hall.phase() == "talking")
        telephone.kill()
        await until(lambda: any(CUT in text for text in hall.voice.said))
        await hears(caller)
        await marc.take()
        await until(lambda: hall.records[0].events.count("transfert_abouti") == 2)
        await talk_to_each_other(hall, caller, marc)


async def test_a_single_telephone_that_vanishes_sends_the_caller_back(town: Open, raw: Phone):
    hall = await town(direct(TransferMode.BRIDGE), rtp_timeout_s=3.0)
    anne, caller = await staff(raw, ANNE_PORT), await a_caller(raw)
    await asks_for_a_person(hall, caller)
    await anne.take()
    await until(lambda: hall.phase() == "talking")
    anne.silence()
    await hears_the_bot(hall, caller, "la communication a été coupée", "listening")


async def test_an_attended_transfer_that_the_pbx_never_completes_stays_a_bridge(
    town: Open, raw: Phone
):
    hall = await town(direct(TransferMode.ATTENDED))
    anne, caller = await staff(raw, ANNE_PORT), await a_caller(raw)
    await asks_for_a_person(hall, caller)
    await anne.take()
    await caller.asked("REFER")
    await caller.notify("100 Trying")
    await talk_to_each_other(hall, caller, anne)


async def test_two_who_answer_the_same_call(town: Open, raw: Phone):
    hall = await town(queued(ANNE, MARC, strategy=Strategy.ALL))
    anne, marc = await staff(raw, ANNE_PORT), await staff(raw, MARC_PORT)
    caller = await a_caller(raw)
    await asks_for_a_person(hall, caller)
    calls = await asyncio.gather(anne.called(), marc.called())
    for phone, invite in zip((anne, marc), calls, strict=True):
        phone.reply(invite, 200, sdp=True)
        phone.talk()
    await until(lambda: hall.phase() == "talking")
    (talk,) = hall.desk.talks()
    winner, loser = (anne, marc) if talk.agent == "anne" else (marc, anne)
    await hung_up(loser)
    await talk_to_each_other(hall, caller, winner)
    assert hall.records[0].events.count("transfert_abouti") == 1


# Callers who are gone


async def test_a_caller_who_hangs_up_while_it_rings(town: Open, raw: Phone):
    hall = await town(queued(ANNE, ring_s=20.0))
    anne, caller = await staff(raw, ANNE_PORT), await a_caller(raw)
    await asks_for_a_person(hall, caller)
    invite = await anne.called()
    anne.reply(invite, 180)
    await caller.bye()
    anne.reply(await anne.asked("CANCEL"), 200)
    anne.reply(invite, 487)
    await until(lambda: hall.records[0].result == ("abandoned", None))
    assert hall.desk.waiting() == hall.desk.talks() == ()


async def test_a_caller_who_hangs_up_in_the_queue(town: Open, raw: Phone):
    hall = await town(queued(ANNE, penalty_s=60.0))
    anne, caller = await staff(raw, ANNE_PORT), await a_caller(raw)
    await asks_for_a_person(hall, caller)
    anne.reply(await anne.called(), 486)
    await hears_the_bot(hall, caller, "prochaine personne", "queued")
    await caller.bye()
    await until(lambda: hall.records[0].result == ("abandoned", None))
    assert hall.desk.waiting() == ()


async def test_a_caller_who_hangs_up_during_the_whisper(town: Open, raw: Phone):
    hall = await town(queued(ANNE))
    anne, caller = await staff(raw, ANNE_PORT), await a_caller(raw)
    await asks_for_a_person(hall, caller)
    await anne.take()
    await hears(anne)
    await caller.bye()
    await hung_up(anne)
    await until(lambda: hall.records[0].result == ("abandoned", None))
    assert hall.desk.waiting() == hall.desk.talks() == ()


# No slot


async def test_a_worker_without_a_free_slot_keeps_the_caller_in_line(town: Open, raw: Phone):
    hall = await town(queued(ANNE), lines=4)
    anne, caller = await staff(raw, ANNE_PORT), await a_caller(raw)
    others = [await raw(port=port, target=WORKER) for port in OTHER_CALLERS]
    for other in others:
        assert (await other.invite()).code == 200
        other.talk()
    await asks_for_a_person(hall, caller, call=3)
    await until(lambda: "file" in hall.records[3].events)
    assert [place.position for place in hall.desk.waiting()] == [1]
    await hears(caller)
    assert anne.requests.empty()
    await others[0].bye()
    await anne.take()
    await until(lambda: hall.phase(3) == "talking")
