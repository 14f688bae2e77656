"""Blind transfer: accepted, refused, unanswered, and as the way out when the core is gone."""

from __future__ import annotations

import asyncio

import pytest

from telephony import phone_protocol as pp
from telephony import protocol as tp
from telephony.phone_client import PhoneClient, PhoneOptions
from tests.telephony.rawphone import PATIENCE_S
from tests.telephony.test_worker import BOT, TARGET, connected, tone

pytestmark = [pytest.mark.component, pytest.mark.calls]


async def test_the_caller_reaches_the_target(core, start_worker):
    await start_worker()
    target = PhoneOptions(port=22_030, rtp_port=22_160, auto_answer=True)
    async with PhoneClient(target) as service, PhoneClient(PhoneOptions(rtp_port=22_140)) as phone:
        phone.dial(BOT)
        call = (await core.wait(tp.CallAnswered)).call
        core.send(tp.Transfer(call=call, target=TARGET, timeout_s=10))
        finished = await core.wait(tp.TransferFinished, call=call)
        assert (finished.ok, finished.code) == (True, 200)
        await core.wait(tp.CallEnded, call=call, by="us")
        seen = []
        async for event in phone:
            if isinstance(event, pp.Transferred):
                assert event.target == TARGET
            seen.append(type(event))
            if seen.count(pp.Connected) == 2:
                break
        phone.play(tone(0.5))
        async with asyncio.timeout(PATIENCE_S):
            async for event in service:
                if isinstance(event, pp.Heard) and max(memoryview(event.pcm).cast("h")) > 4000:
                    break


async def test_progress_is_told_and_success_ends_the_leg(core, start_worker, raw):
    await start_worker()
    phone, call = await connected(core, raw)
    core.send(tp.Transfer(call=call, target=TARGET, timeout_s=10))
    refer = await phone.asked("REFER")
    assert TARGET in refer.get("refer-to")
    await phone.notify("180 Ringing")
    await core.wait(tp.TransferProgress, call=call, code=180)
    await phone.notify("200 OK", "terminated;reason=noresource")
    assert (await core.wait(tp.TransferFinished, call=call)).ok
    await phone.asked("BYE")
    await core.wait(tp.CallEnded, call=call, by="us")


async def test_a_peer_that_refuses_refer_keeps_the_call_with_us(core, start_worker, raw):
    await start_worker()
    _phone, call = await connected(core, raw, refer_answer=405)
    core.send(tp.Transfer(call=call, target=TARGET, timeout_s=10))
    finished = await core.wait(tp.TransferFinished, call=call)
    assert (finished.ok, finished.code) == (False, 501)
    assert "405" in finished.reason
    core.send(tp.Play(call=call, playback="p", pcm=tone(0.2)))
    await core.wait(tp.PlaybackFinished, call=call, complete=True)
    assert len(core.of(tp.TransferFinished)) == 1


async def test_a_busy_target_keeps_the_call_with_us_and_another_can_be_tried(
    core, start_worker, raw
):
    await start_worker()
    phone, call = await connected(core, raw)
    core.send(tp.Transfer(call=call, target=TARGET, timeout_s=10))
    await phone.asked("REFER")
    await phone.notify("486 Busy Here", "terminated;reason=noresource")
    finished = await core.wait(tp.TransferFinished, call=call)
    assert (finished.ok, finished.code) == (False, 486)
    core.send(tp.Transfer(call=call, target="sip:accueil@127.0.0.1:22031", timeout_s=10))
    assert "accueil" in (await phone.asked("REFER")).get("refer-to")
    await phone.notify("200 OK", "terminated;reason=noresource")
    await core.wait(tp.TransferFinished, call=call, ok=True)


async def test_a_target_that_never_answers_times_out(core, start_worker, raw):
    await start_worker()
    phone, call = await connected(core, raw)
    core.send(tp.Transfer(call=call, target=TARGET, timeout_s=1.5))
    await phone.asked("REFER")
    await phone.notify("180 Ringing")
    finished = await core.wait(tp.TransferFinished, call=call)
    assert (finished.ok, finished.code) == (False, 408)
    core.send(tp.Play(call=call, playback="p", pcm=tone(0.2)))
    await core.wait(tp.PlaybackFinished, call=call, complete=True)


async def test_a_peer_that_hangs_up_after_accepting_has_transferred(core, start_worker, raw):
    await start_worker()
    phone, call = await connected(core, raw)
    core.send(tp.Transfer(call=call, target=TARGET, timeout_s=10))
    await phone.asked("REFER")
    await asyncio.sleep(0.2)
    await phone.bye()
    assert (await core.wait(tp.TransferFinished, call=call)).ok
    assert (await core.wait(tp.CallEnded, call=call)).by == "caller"


@pytest.mark.parametrize("target", ["sip:x@y>\r\nX: y", "http://a", "sip:a@b?Replaces=c", ""])
async def test_no_header_can_be_smuggled_into_a_transfer(core, start_worker, raw, target):
    await start_worker()
    phone, call = await connected(core, raw)
    core.send(tp.Transfer(call=call, target=target, timeout_s=10))
    assert (await core.wait(tp.TransferFinished, call=call)).code == 400
    assert not [r for r in phone.requests._queue if r.method == "REFER"]


async def test_when_the_core_dies_callers_go_to_the_fallback(core, start_worker, raw):
    await start_worker(core_grace_s=1.0, fallback=TARGET)
    phone, _call = await connected(core, raw)
    await core.stop()
    assert TARGET in (await phone.asked("REFER")).get("refer-to")
    await phone.notify("200 OK", "terminated;reason=noresource")
    await phone.asked("BYE")


async def test_when_the_core_dies_and_nobody_can_take_over_the_call_ends(core, start_worker, raw):
    await start_worker(core_grace_s=1.0)
    phone, _call = await connected(core, raw)
    await core.stop()
    await phone.asked("BYE")


async def test_a_fallback_that_fails_ends_the_call(core, start_worker, raw):
    await start_worker(core_grace_s=0.5, fallback=TARGET)
    phone, _call = await connected(core, raw, refer_answer=603)
    await core.stop()
    await phone.asked("REFER")
    await phone.asked("BYE")


async def test_a_new_core_gets_no_events_of_calls_it_never_knew(core, start_worker, raw):
    worker = await start_worker(core_grace_s=30.0, fallback=TARGET)
    phone, _call = await connected(core, raw)
    await core.stop()
    await asyncio.sleep(0.2)
    core.events.clear()
    await core.start()
    await core.wait(tp.Hello, worker=worker.number)
    await phone.asked("REFER")
    await phone.notify("200 OK", "terminated;reason=noresource")
    await phone.asked("BYE")
    await asyncio.sleep(0.3)
    assert [type(event) for event in core.events] == [tp.Hello]
    fresh = await raw(port=22_014)
    assert (await fresh.invite()).code == 200
