"""The telephone of staff falls silent in the middle of a talk: lost, on hold, or saving silence."""

from __future__ import annotations

import asyncio

import pytest

from telephony import protocol as tp
from tests.telephony.rawphone import RawPhone
from tests.telephony.test_bridges import HIGH, LOW, hears, with_the_bot

pytestmark = [pytest.mark.component, pytest.mark.calls]

WORKER, RTP, RTP_PORTS = 41_573, 41_520, 40
CALLER, STAFF = 41_514, 41_516
SOON_S = 3.0


async def talking(core, start_worker, raw) -> tuple[RawPhone, RawPhone, str]:
    """Return caller, staff and the call's name; staff who are missed are so in three seconds."""
    options = {"rtp_port": RTP, "rtp_ports": RTP_PORTS, "staff_silence_s": SOON_S}
    await start_worker(port=WORKER, rtp_timeout_s=30.0, **options)
    caller = await raw(port=CALLER, target=WORKER)
    assert (await caller.invite()).code == 200
    call = (await core.wait(tp.CallAnswered)).call
    staff = await raw(port=STAFF, target=WORKER, manual=True)
    target = f"sip:anne@127.0.0.1:{STAFF}"
    core.send(tp.Dial(leg="L", call=call, target=target, timeout_s=10.0))
    caller.talk(HIGH)
    await staff.take()
    await core.wait(tp.LegAnswered, leg="L")
    core.send(tp.Connect(call=call, leg="L", replaces=False, keep_caller=True))
    await core.wait(tp.Connected)
    staff.talk(LOW)
    await asyncio.gather(hears(caller), hears(staff))
    return caller, staff, call


async def test_the_caller_is_with_the_bot_although_the_lost_telephone_answers_nothing(
    core, start_worker, raw
):
    caller, staff, call = await talking(core, start_worker, raw)
    staff.silence()
    lost = await core.wait(tp.LegEnded, leg="L")
    assert (lost.answered, lost.code) == (True, 481)
    await staff.asked("BYE")  # which has no answer: a lost telephone gives none for half a minute
    await with_the_bot(core, caller, call)
    assert len(core.of(tp.LegEnded)) == 1


@pytest.mark.parametrize("direction", ["inactive", "recvonly"])
async def test_a_telephone_that_holds_or_only_listens_is_not_lost(
    core, start_worker, raw, direction
):
    caller, staff, call = await talking(core, start_worker, raw)
    assert (await staff.invite(direction=direction)).code == 200
    staff.silence()
    await asyncio.sleep(SOON_S + 2.0)
    assert not core.of(tp.LegEnded)
    assert (await staff.invite()).code == 200
    staff.talk(LOW)
    await hears(caller)
    staff.silence()
    await core.wait(tp.LegEnded, leg="L", code=481)
    await with_the_bot(core, caller, call)


async def test_a_telephone_that_saves_silence_is_not_lost(core, start_worker, raw):
    caller, staff, _call = await talking(core, start_worker, raw)
    staff.silence()
    await asyncio.sleep(SOON_S - 0.8)
    staff.talk(LOW)
    await hears(caller)
    assert not core.of(tp.LegEnded)
    staff.silence()
    await asyncio.sleep(SOON_S + 2.0)
    assert not core.of(tp.LegEnded)
    staff.talk(LOW)
    await hears(caller)


@pytest.mark.parametrize("sign", [RawPhone.make_noise, RawPhone.report])
async def test_a_telephone_that_gives_signs_of_life_in_its_silence_is_not_lost(
    core, start_worker, raw, sign
):
    caller, staff, _call = await talking(core, start_worker, raw)
    staff.silence()
    for _ in range(3):
        await asyncio.sleep(SOON_S - 1.0)
        sign(staff)
    assert not core.of(tp.LegEnded)
    staff.talk(LOW)
    await hears(caller)


async def test_the_silence_of_a_caller_is_borne_for_longer(core, start_worker, raw):
    caller, staff, _call = await talking(core, start_worker, raw)
    caller.silence()
    await asyncio.sleep(SOON_S + 2.0)
    assert not core.of(tp.CallEnded) and not core.of(tp.LegEnded)
    caller.talk(HIGH)
    await hears(staff)
