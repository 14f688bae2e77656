"""Caller and called person talk: through the worker, or by themselves after a REFER."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from telephony import phone_protocol as pp
from telephony import protocol as tp
from telephony.phone_client import PhoneClient, PhoneOptions
from tests.telephony.rawphone import PATIENCE_S, RawPhone, alaw_tone
from tests.telephony.test_legs import SERVICE_PORT, SYLLABLES, dial, leg_talking, service
from tests.telephony.test_worker import BOT, TARGET, connected, tone

pytestmark = [pytest.mark.component, pytest.mark.calls]

HIGH, LOW = alaw_tone(450.0), alaw_tone(300.0)


def loud(phone: RawPhone) -> bool:
    """Tell whether more than the noise of an idle line was heard last."""
    return len(set(phone.heard)) > 20


async def hears(phone: RawPhone, wanted: bool = True) -> None:
    """Wait until the phone hears somebody, or nobody for half a second."""
    async with asyncio.timeout(PATIENCE_S):
        quiet = 0
        while quiet < 10:
            await asyncio.sleep(0.05)
            quiet = quiet + 1 if loud(phone) is wanted else 0


async def bridged(core, raw, *, replaces: bool = False, keep: bool = False, **options):
    """Return caller, service and the call's name, both talking in different tones."""
    caller, call = await connected(core, raw, **options)
    phone = await leg_talking(core, raw, call)
    core.send(tp.Connect(call=call, leg="L", replaces=replaces, keep_caller=keep))
    caller.talk(HIGH)
    phone.talk(LOW)
    return caller, phone, call


async def hung_up(phone: RawPhone) -> None:
    bye = await phone.asked("BYE")
    if phone.manual:
        phone.reply(bye, 200)


async def test_both_hear_each_other_and_the_bot_hears_nobody(core, start_worker, raw):
    await start_worker()
    caller, call = await connected(core, raw)
    phone = await leg_talking(core, raw, call)
    core.send(tp.Play(call=call, playback="music", pcm=tone(30)))
    await hears(caller)
    core.send(tp.Connect(call=call, leg="L", replaces=False))
    await core.wait(tp.Connected, call=call, leg="L", mode="bridge")
    await core.wait(tp.PlaybackFinished, call=call, playback="music", complete=False)
    await hears(caller, False)
    caller.talk(SYLLABLES)
    async with asyncio.timeout(PATIENCE_S):
        while not loud(phone):
            await asyncio.sleep(0.02)
    caller.talk(HIGH)
    phone.talk(LOW)
    await asyncio.gather(hears(caller), hears(phone))
    assert not core.of(tp.SpeechStarted)
    await caller.press(3, marker=True)
    await core.wait(tp.Digit, call=call, digit="3")
    async with asyncio.timeout(PATIENCE_S):
        while 3 not in phone.keys:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("first", ["caller", "service"])
async def test_when_one_hangs_up_the_other_is_hung_up(core, start_worker, raw, first):
    await start_worker()
    caller, phone, call = await bridged(core, raw)
    await core.wait(tp.Connected)
    leaves, stays = (caller, phone) if first == "caller" else (phone, caller)
    await leaves.bye()
    await hung_up(stays)
    assert (await core.wait(tp.LegEnded, leg="L")).answered
    ended = await core.wait(tp.CallEnded, call=call)
    assert ended.by == ("caller" if first == "caller" else "us")


async def test_disconnect_gives_the_caller_back_to_the_bot(core, start_worker, raw):
    await start_worker()
    caller, phone, call = await bridged(core, raw)
    await asyncio.gather(hears(caller), hears(phone))
    core.send(tp.Disconnect(call=call, leg="L"))
    bye = await phone.asked("BYE")
    await hears(caller, False)  # although nobody has answered the BYE
    phone.reply(bye, 200)
    assert (await core.wait(tp.LegEnded, leg="L")).code == 200
    caller.talk(SYLLABLES)
    await core.wait(tp.SpeechStarted, call=call)
    core.send(tp.Play(call=call, playback="p", pcm=tone(0.5)))
    await core.wait(tp.PlaybackFinished, call=call, playback="p", complete=True)
    caller.silence()
    assert (await caller.bye()).code == 200


@pytest.mark.parametrize("holder", ["caller", "service"])
async def test_hold_and_codec_changes_on_one_side_leave_the_other_alone(
    core, start_worker, raw, holder
):
    await start_worker()
    caller, phone, _call = await bridged(core, raw)
    await asyncio.gather(hears(caller), hears(phone))
    holds, waits = (caller, phone) if holder == "caller" else (phone, caller)
    for _ in range(3):
        assert (await holds.invite(direction="inactive")).code == 200
        await core.wait(tp.Held, held=True)
        await hears(waits, False)
        assert (await holds.invite()).code == 200
        await asyncio.gather(hears(caller), hears(phone))
    assert (await holds.invite(direction="sendonly")).code == 200
    await hears(waits)  # the music of who holds
    assert not waits.requests.qsize() or "INVITE" not in [
        request.method for request in waits.requests._queue
    ]
    assert not core.of(tp.LegEnded) and not core.of(tp.CallEnded)


async def test_a_phone_unplugged_in_mid_call_ends_both(core, start_worker, raw):
    await start_worker(rtp_timeout_s=3.0)
    caller, phone, call = await bridged(core, raw)
    await core.wait(tp.Connected)
    phone.silence()
    await caller.asked("BYE")
    assert (await core.wait(tp.LegEnded, leg="L")).code == 481
    assert (await core.wait(tp.CallEnded, call=call)).by == "us"


async def test_two_people_talk_on_when_the_core_dies(core, start_worker, raw):
    worker = await start_worker(core_grace_s=0.5, fallback="sip:accueil@127.0.0.1:22098")
    caller, phone, _call = await bridged(core, raw)
    await core.wait(tp.Connected)
    await core.stop()
    await asyncio.sleep(1.5)
    core.events.clear()
    await core.start()
    await core.wait(tp.Hello, worker=worker.number)
    await asyncio.gather(hears(caller), hears(phone))
    assert "REFER" not in [request.method for request in caller.requests._queue]
    await phone.bye()
    await caller.asked("BYE")
    assert [type(event) for event in core.events] == [tp.Hello]


async def test_fifty_rounds_of_joining_and_parting(core, start_worker, raw):
    worker = await start_worker()
    caller, call = await connected(core, raw)
    other, other_call = await connected_beside(core, raw)
    for n in range(50):
        phone = await leg_talking(core, raw, call, f"L{n}")
        core.send(tp.Connect(call=call, leg=f"L{n}", replaces=False))
        await core.wait(tp.Connected, leg=f"L{n}", mode="bridge")
        caller.talk(HIGH)
        phone.talk(LOW)
        async with asyncio.timeout(PATIENCE_S):
            while not (loud(caller) and loud(phone)):
                await asyncio.sleep(0.02)
        if n % 5 == 0:
            await caller.invite(direction="sendonly" if n % 10 else "sendrecv")
            await caller.invite()
        core.send(tp.Disconnect(call=call, leg=f"L{n}"))
        if n % 3:
            phone.reply(await phone.asked("BYE"), 200)
        else:
            await phone.bye()
        await core.wait(tp.LegEnded, leg=f"L{n}")
        await phone.__aexit__()
        core.send(tp.Play(call=other_call, playback=f"p{n}", pcm=tone(0.1)))
        await core.wait(tp.PlaybackFinished, call=other_call, playback=f"p{n}", complete=True)
    assert worker.process.returncode is None
    await hears(caller, False)
    assert (await caller.bye()).code == 200
    assert (await other.bye()).code == 200


async def connected_beside(core, raw):
    """A second caller."""
    phone = await raw(port=22_014)
    assert (await phone.invite()).code == 200
    phone.talk()
    async with asyncio.timeout(PATIENCE_S):
        while len(core.of(tp.CallAnswered)) < 2:
            await asyncio.sleep(0.02)
    return phone, core.of(tp.CallAnswered)[1].call


@pytest.mark.parametrize(
    ("call", "leg", "code"),
    [("here", "nobody", 481), ("nobody", "L", 481), ("here", "ringing", 491)],
)
async def test_only_two_who_are_there_can_be_connected(core, start_worker, raw, call, leg, code):
    await start_worker()
    _caller, name = await connected(core, raw)
    await leg_talking(core, raw, name)
    ringing = await service(raw, 22_034)
    dial(core, name, "ringing", "sip:x@127.0.0.1:22034")
    ringing.reply(await ringing.called(), 180)
    core._channels["nobody"] = core._channels[name]
    core.send(tp.Connect(call=name if call == "here" else call, leg=leg, replaces=False))
    assert (await core.wait(tp.ConnectFailed, leg=leg)).code == code
    core.send(tp.Connect(call=name, leg="L", replaces=False))
    await core.wait(tp.Connected)
    core.send(tp.Connect(call=name, leg="L", replaces=False))
    await core.wait(tp.ConnectFailed, leg="L", code=491)


# A caller who is kept


async def with_the_bot(core, caller: RawPhone, call: str) -> None:
    """Check that the caller hears the bot, and is heard by it alone."""
    core.send(tp.Play(call=call, playback="back", pcm=tone(0.5)))
    await core.wait(tp.PlaybackFinished, call=call, playback="back", complete=True)
    caller.talk(SYLLABLES)
    await core.wait(tp.SpeechStarted, call=call)
    caller.silence()
    assert not core.of(tp.CallEnded)


async def test_staff_who_hang_up_leave_a_kept_caller_with_the_bot(core, start_worker, raw):
    await start_worker()
    caller, phone, call = await bridged(core, raw, keep=True)
    await asyncio.gather(hears(caller), hears(phone))
    await phone.bye()
    ended = await core.wait(tp.LegEnded, leg="L")
    assert (ended.answered, ended.code) == (True, 200)
    await with_the_bot(core, caller, call)
    again = await leg_talking(core, raw, call, "M", 22_034)
    core.send(tp.Connect(call=call, leg="M", replaces=False, keep_caller=True))
    await core.wait(tp.Connected, leg="M")
    caller.talk(HIGH)
    again.talk(LOW)
    await asyncio.gather(hears(caller), hears(again))
    await caller.bye()
    await hung_up(again)
    assert (await core.wait(tp.CallEnded, call=call)).by == "caller"


async def test_a_phone_unplugged_in_mid_call_leaves_a_kept_caller_with_the_bot(
    core, start_worker, raw
):
    await start_worker(rtp_timeout_s=3.0)
    caller, phone, call = await bridged(core, raw, keep=True)
    await core.wait(tp.Connected)
    phone.silence()
    ended = await core.wait(tp.LegEnded, leg="L")
    assert (ended.answered, ended.code) == (True, 481)
    await with_the_bot(core, caller, call)


async def test_the_silence_of_the_caller_is_not_that_of_staff(core, start_worker, raw):
    await start_worker(rtp_timeout_s=3.0)
    caller, phone, call = await bridged(core, raw, keep=True)
    await core.wait(tp.Connected)
    caller.silence()
    await hung_up(phone)
    assert (await core.wait(tp.CallEnded, call=call)).by == "timeout"
    assert (await core.wait(tp.LegEnded, leg="L")).code == 200


@pytest.mark.parametrize("accepted", [True, False])
async def test_staff_who_leave_during_the_refer_leave_a_kept_caller_with_the_bot(
    core, start_worker, raw, accepted
):
    await start_worker()
    answer = 202 if accepted else None
    caller, phone, call = await bridged(core, raw, replaces=True, keep=True, refer_answer=answer)
    await caller.asked("REFER")
    await phone.bye()
    await core.wait(tp.LegEnded, leg="L")
    assert [event.mode for event in core.of(tp.Connected)] == ["bridge"]
    await with_the_bot(core, caller, call)


async def test_a_caller_who_was_replaced_is_not_kept(core, start_worker, raw):
    await start_worker()
    caller, phone, call = await bridged(core, raw, replaces=True, keep=True)
    await caller.asked("REFER")
    await phone.bye()
    await caller.notify("200 OK", "terminated;reason=noresource")
    await core.wait(tp.Connected, call=call, mode="replaces")
    await caller.asked("BYE")
    await core.wait(tp.CallEnded, call=call)


async def test_a_kept_caller_whom_no_core_knows_is_not_left_in_silence(core, start_worker, raw):
    await start_worker(core_grace_s=0.5)
    caller, phone, _call = await bridged(core, raw, keep=True)
    await core.wait(tp.Connected)
    await core.stop()
    await asyncio.sleep(1.5)
    await phone.bye()
    await caller.asked("BYE")


# REFER with Replaces


async def test_the_box_leaves_when_the_peer_replaces_it(core, start_worker, raw):
    await start_worker()
    caller, phone, call = await bridged(core, raw, replaces=True)
    await asyncio.gather(hears(caller), hears(phone))  # while the REFER is still open
    assert not core.of(tp.Connected)
    refer_to = (await caller.asked("REFER")).get("refer-to")
    assert refer_to.startswith(f"<{TARGET}?")
    assert f"Replaces={phone.call_id}" in refer_to
    await caller.notify("180 Ringing")
    await caller.notify("200 OK", "terminated;reason=noresource")
    await core.wait(tp.Connected, call=call, leg="L", mode="replaces")
    await hung_up(phone)
    await caller.asked("BYE")
    assert (await core.wait(tp.CallEnded, call=call)).by == "us"
    assert (await core.wait(tp.LegEnded, leg="L")).answered


async def test_two_real_phones_end_up_without_the_box(core, start_worker):
    await start_worker()
    target = PhoneOptions(port=SERVICE_PORT, rtp_port=22_160, auto_answer=True)
    async with PhoneClient(target) as staff, PhoneClient(PhoneOptions(rtp_port=22_140)) as phone:
        phone.dial(BOT)
        call = (await core.wait(tp.CallAnswered)).call
        dial(core, call)
        await core.wait(tp.LegAnswered)
        core.send(tp.Connect(call=call, leg="L", replaces=True))
        await core.wait(tp.Connected, mode="replaces")
        await core.wait(tp.CallEnded, call=call, by="us")
        await core.wait(tp.LegEnded, leg="L", answered=True)
        phone.play(tone(1.0))
        async with asyncio.timeout(PATIENCE_S):
            async for event in staff:
                if isinstance(event, pp.Heard) and max(memoryview(event.pcm).cast("h")) > 4000:
                    break


@pytest.mark.parametrize("answer", [405, 603, 501])
async def test_a_peer_without_refer_is_bridged(core, start_worker, raw, answer):
    await start_worker()
    caller, phone, call = await bridged(core, raw, replaces=True, refer_answer=answer)
    await core.wait(tp.Connected, call=call, leg="L", mode="bridge")
    await asyncio.gather(hears(caller), hears(phone))
    await caller.bye()
    await hung_up(phone)
    await core.wait(tp.LegEnded, leg="L")


async def test_a_refer_that_is_never_completed_ends_in_the_bridge(core, start_worker, raw):
    await start_worker(refer_timeout_s=1.5)
    caller, phone, call = await bridged(core, raw, replaces=True)
    await caller.asked("REFER")
    await caller.notify("100 Trying")
    await core.wait(tp.Connected, call=call, leg="L", mode="bridge")
    await asyncio.gather(hears(caller), hears(phone))
    assert not core.of(tp.CallEnded)


async def test_a_replacement_that_fails_ends_in_the_bridge(core, start_worker, raw):
    await start_worker()
    caller, phone, _call = await bridged(core, raw, replaces=True)
    await caller.asked("REFER")
    await caller.notify("481 Call Does Not Exist", "terminated;reason=noresource")
    await core.wait(tp.Connected, mode="bridge")
    await asyncio.gather(hears(caller), hears(phone))


async def test_a_peer_that_leaves_right_after_accepting_has_time_to_replace_us(
    core, start_worker, raw
):
    await start_worker()
    caller, phone, call = await bridged(core, raw, replaces=True)
    await caller.asked("REFER")
    await asyncio.sleep(0.2)
    await caller.bye()
    await core.wait(tp.Connected, call=call, mode="replaces")
    await core.wait(tp.CallEnded, call=call, by="caller")
    with pytest.raises(TimeoutError):
        await phone.asked("BYE", 1.0)
    await phone.bye()
    assert (await core.wait(tp.LegEnded, leg="L")).answered


async def test_a_replaced_leg_may_leave_before_the_last_notify(core, start_worker, raw):
    await start_worker()
    caller, phone, call = await bridged(core, raw, replaces=True)
    await caller.asked("REFER")
    await caller.notify("100 Trying")
    await phone.bye()
    with pytest.raises(TimeoutError):
        await caller.asked("BYE", 0.5)
    await caller.notify("200 OK", "terminated;reason=noresource")
    await caller.asked("BYE")
    await core.wait(tp.CallEnded, call=call)
    kinds = [type(event) for event in core.events]
    await core.wait(tp.LegEnded)
    assert kinds.index(tp.Connected) < kinds.index(tp.CallEnded)
    assert tp.LegEnded not in kinds[: kinds.index(tp.Connected)]
    assert core.of(tp.Connected)[0].mode == "replaces"


async def test_staff_who_hang_up_before_the_refer_is_answered(core, start_worker, raw):
    await start_worker()
    caller, phone, call = await bridged(core, raw, replaces=True, refer_answer=None)
    await caller.asked("REFER")
    await phone.bye()
    await core.wait(tp.Connected, mode="bridge")
    await caller.asked("BYE")
    await core.wait(tp.CallEnded, call=call)


async def test_the_caller_is_taken_back_in_the_middle_of_a_refer(core, start_worker, raw):
    await start_worker()
    caller, phone, call = await bridged(core, raw, replaces=True)
    await caller.asked("REFER")
    core.send(tp.Disconnect(call=call, leg="L"))
    await hung_up(phone)
    await caller.notify("200 OK", "terminated;reason=noresource")
    core.send(tp.Play(call=call, playback="p", pcm=tone(0.3)))
    await core.wait(tp.PlaybackFinished, call=call, playback="p", complete=True)
    assert not core.of(tp.CallEnded) and not core.of(tp.Connected)


async def test_cost_of_two_bridged_pairs(core, start_worker, raw, record_property):
    worker = await start_worker(lines=2)
    for n in range(2):
        caller = await raw(port=22_010 + 4 * n)
        await caller.invite()
        call = (await core.wait(tp.CallStarted)).call if n == 0 else core.of(tp.CallStarted)[1].call
        caller.talk(HIGH)
        phone = await leg_talking(core, raw, call, f"L{n}", SERVICE_PORT + 4 * n)
        phone.talk(LOW)
        core.send(tp.Connect(call=call, leg=f"L{n}", replaces=False))
        await core.wait(tp.Connected, leg=f"L{n}")
    before, since = cpu_s(worker.process.pid), time.monotonic()
    await asyncio.sleep(10)
    used = (cpu_s(worker.process.pid) - before) / (time.monotonic() - since)
    record_property("two_bridged_pairs_cores", round(used, 3))
    assert 0 < used < 1


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
