"""Second legs: calls that the worker places, to phones that answer, refuse, ring on or vanish."""

from __future__ import annotations

import asyncio
import time

import pytest

from telephony import protocol as tp
from tests.telephony.conftest import WORKER_PORT
from tests.telephony.fakecore import FakeCore
from tests.telephony.rawphone import ALAW_SILENCE, FRAME, PATIENCE_S, alaw_tone
from tests.telephony.test_worker import TARGET, connected, tone

pytestmark = [pytest.mark.component, pytest.mark.calls]

SERVICE_PORT = 22_030
LOUD = alaw_tone(300.0)
SYLLABLES = LOUD * 20 + ALAW_SILENCE * FRAME * 30


async def service(raw, port: int = SERVICE_PORT, **options):
    """Return a phone that waits to be called."""
    return await raw(port=port, manual=True, **options)


def dial(core: FakeCore, call: str | None, leg: str = "L", target: str = TARGET, **more) -> None:
    core.send(tp.Dial(leg=leg, call=call, target=target, **{"timeout_s": 10.0, **more}))


async def leg_talking(core, raw, call: str | None, leg: str = "L", port: int = SERVICE_PORT):
    """Dial a service that answers; return its phone."""
    phone = await service(raw, port)
    dial(core, call, leg, f"sip:urbanisme@127.0.0.1:{port}")
    await phone.take()
    await core.wait(tp.LegAnswered, leg=leg)
    return phone


async def test_a_leg_rings_is_answered_whispered_to_heard_and_hung_up(
    core, start_worker, raw, record_property
):
    await start_worker()
    _caller, call = await connected(core, raw)
    phone = await service(raw)
    asked = time.monotonic()
    dial(
        core,
        call,
        caller="0612345678",
        display='Passeport "élu"',
        headers={"X-Callbot-Motif": "Demande de passeport", "User-to-User": "4142;encoding=hex"},
    )
    invite = await phone.called()
    record_property("dial_to_invite_ms", round(1000 * (time.monotonic() - asked), 1))
    assert invite.start == f"INVITE {TARGET} SIP/2.0"
    assert invite.get("from").startswith('"Passeport \\"élu\\"" <sip:0612345678@')
    assert invite.get("x-callbot-motif") == "Demande de passeport"
    assert invite.get("user-to-user") == "4142;encoding=hex"
    phone.reply(invite, 180)
    await core.wait(tp.LegProgress, leg="L", code=180)
    phone.reply(invite, 200, sdp=True)
    await phone.asked("ACK")
    phone.talk()
    assert (await core.wait(tp.LegAnswered, leg="L")).codec == "PCMA"
    core.send(tp.Play(call="L", playback="w", pcm=tone(0.3)))
    await core.wait(tp.PlaybackFinished, call="L", playback="w", complete=True)
    assert phone.rtp_received > 10
    phone.talk(SYLLABLES)
    await core.wait(tp.SpeechStarted, call="L")
    await phone.press(5, marker=True)
    await core.wait(tp.Digit, call="L", digit="5")
    core.send(tp.HangUp(call="L"))
    phone.reply(await phone.asked("BYE"), 200)
    ended = await core.wait(tp.LegEnded, leg="L")
    assert (ended.answered, ended.code) == (True, 200)
    assert not core.of(tp.CallEnded)


@pytest.mark.parametrize("code", [486, 603, 480, 404, 500])
async def test_a_refusal_is_told_with_its_code(core, start_worker, raw, code):
    await start_worker()
    _caller, call = await connected(core, raw)
    phone = await service(raw)
    dial(core, call)
    phone.reply(await phone.called(), code)
    ended = await core.wait(tp.LegEnded, leg="L")
    assert (ended.answered, ended.code) == (False, code)
    core.send(tp.Play(call=call, playback="p", pcm=tone(0.2)))
    await core.wait(tp.PlaybackFinished, call=call, complete=True)


async def test_a_redirection_is_not_followed(core, start_worker, raw):
    await start_worker()
    _caller, call = await connected(core, raw)
    phone, elsewhere = await service(raw), await service(raw, 22_034)
    dial(core, call)
    phone.reply(await phone.called(), 302, extra="Contact: <sip:x@127.0.0.1:22034>")
    assert (await core.wait(tp.LegEnded, leg="L")).code == 302
    with pytest.raises(TimeoutError):
        await elsewhere.called(0.5)


@pytest.mark.parametrize("rings", [True, False])
async def test_a_phone_that_rings_on_is_given_up_in_time(core, start_worker, raw, rings):
    await start_worker()
    _caller, call = await connected(core, raw)
    phone = await service(raw)
    dial(core, call, timeout_s=1.0)
    invite = await phone.called()
    if rings:
        phone.reply(invite, 180)
    ended = await core.wait(tp.LegEnded, leg="L")
    assert (ended.answered, ended.code) == (False, 408)
    if not rings:
        phone.reply(invite, 180)
    phone.reply(await phone.asked("CANCEL"), 200)
    phone.reply(invite, 487)
    await phone.asked("ACK")
    dial(core, call, "again")
    assert await phone.called()


async def test_the_caller_who_leaves_stops_the_ringing(core, start_worker, raw):
    await start_worker()
    caller, call = await connected(core, raw)
    phone = await service(raw)
    dial(core, call, timeout_s=600.0)
    invite = await phone.called()
    phone.reply(invite, 180)
    await core.wait(tp.LegProgress, leg="L")
    await caller.bye()
    phone.reply(await phone.asked("CANCEL"), 200)
    phone.reply(invite, 487)
    ended = await core.wait(tp.LegEnded, leg="L")
    assert (ended.answered, ended.code) == (False, 487)
    await core.wait(tp.CallEnded, call=call, by="caller")


async def test_an_answer_that_crosses_our_cancel_is_hung_up(core, start_worker, raw):
    await start_worker()
    _caller, call = await connected(core, raw)
    phone = await service(raw)
    dial(core, call)
    invite = await phone.called()
    phone.reply(invite, 180)
    await core.wait(tp.LegProgress, leg="L")
    core.send(tp.Disconnect(call=call, leg="L"))
    cancel = await phone.asked("CANCEL")
    phone.reply(invite, 200, sdp=True)
    phone.reply(cancel, 200)
    phone.reply(await phone.asked("BYE"), 200)
    assert (await core.wait(tp.LegEnded, leg="L")).code == 487
    await asyncio.sleep(0.3)
    assert len(core.of(tp.LegEnded)) == 1
    assert not core.of(tp.LegAnswered)


async def test_early_media_reaches_nobody_and_is_not_taken_for_a_person(core, start_worker, raw):
    await start_worker()
    caller, call = await connected(core, raw)
    phone = await service(raw)
    dial(core, call)
    invite = await phone.called()
    phone.reply(invite, 183, sdp=True)
    await core.wait(tp.LegProgress, leg="L", code=183)
    phone.talk(SYLLABLES)
    core.send(tp.Play(call="L", playback="w", pcm=tone(0.2)))
    await asyncio.sleep(1.0)
    assert len(set(caller.heard)) == 1
    assert not core.of(tp.SpeechStarted)
    assert not core.of(tp.PlaybackStarted)
    phone.reply(invite, 200, sdp=True)
    await core.wait(tp.PlaybackFinished, call="L", complete=True)
    await core.wait(tp.SpeechStarted, call="L")
    assert len(set(caller.heard)) == 1


async def test_a_phone_that_answers_and_hangs_up_at_once(core, start_worker, raw):
    await start_worker()
    _caller, call = await connected(core, raw)
    phone = await service(raw)
    dial(core, call)
    phone.reply(await phone.called(), 200, sdp=True)
    await phone.asked("ACK")
    await phone.bye()
    ended = await core.wait(tp.LegEnded, leg="L")
    assert (ended.answered, ended.code) == (True, 200)
    assert not core.of(tp.CallEnded)


async def test_a_phone_unplugged_while_it_is_whispered_to(core, start_worker, raw):
    await start_worker(rtp_timeout_s=3.0)
    _caller, call = await connected(core, raw)
    phone = await leg_talking(core, raw, call)
    phone.silence()
    ended = await core.wait(tp.LegEnded, leg="L")
    assert (ended.answered, ended.code) == (True, 481)
    assert not core.of(tp.CallEnded)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"target": "sip:a@b?Replaces=c"}, 400),
        ({"target": "sip:x@y>\r\nX: y"}, 400),
        ({"headers": {"Route": "<sip:evil>"}}, 400),
        ({"headers": {"X-A\r\nRoute": "x"}}, 400),
        ({"headers": {"X-A": "x\r\nRoute: <sip:evil>"}}, 400),
        ({"headers": {"X-A": "x" * 600}}, 400),
        ({"caller": "06>;tag=1"}, 400),
        ({"display": "a\r\nb"}, 400),
        ({"target": f"sip:bot@127.0.0.1:{WORKER_PORT}"}, 482),
        ({"target": "sip:bot@192.168.7.7"}, 482),
        ({"call": "nobody"}, 481),
    ],
)
async def test_what_must_not_be_dialled_is_not(core, start_worker, raw, change, code):
    await start_worker(own_addresses=["192.168.7.7:5060"])
    _caller, call = await connected(core, raw)
    core._channels["nobody"] = core._channels[call]
    dial(core, **{"call": call, **change})
    ended = await core.wait(tp.LegEnded, leg="L")
    assert (ended.answered, ended.code) == (False, code)


async def test_a_transfer_to_the_box_itself_is_refused(core, start_worker, raw):
    await start_worker()
    _phone, call = await connected(core, raw)
    target = f"sip:bot@127.0.0.1:{WORKER_PORT}"
    core.send(tp.Transfer(call=call, target=target, timeout_s=5))
    assert (await core.wait(tp.TransferFinished, call=call)).code == 482


async def test_lines_are_kept_free_for_second_legs(core, start_worker, raw):
    worker = await start_worker(lines=2)
    assert (await core.wait(tp.Hello)).slots == 4
    phones = [await raw(port=22_010 + 4 * n) for n in range(3)]
    assert [(await phone.invite()).code for phone in phones] == [200, 200, 486]
    calls = [event.call for event in core.of(tp.CallStarted)]
    for n, call in enumerate(calls):
        await leg_talking(core, raw, call, f"L{n}", SERVICE_PORT + 4 * n)
    dial(core, calls[0], "L2")
    assert (await core.wait(tp.LegEnded, leg="L2")).code == 503
    await phones[0].bye()
    await core.wait(tp.CallEnded, call=calls[0])
    again = await raw(port=22_050)
    assert (await again.invite()).code == 200
    assert worker.process.returncode is None


async def test_telephones_that_never_answered_anything_hold_their_slots_for_a_while(
    core, start_worker, raw
):
    await start_worker()
    caller, call = await connected(core, raw)
    await service(raw)
    for n in range(3):
        dial(core, call, f"L{n}", timeout_s=0.5)
    for n in range(3):
        assert (await core.wait(tp.LegEnded, leg=f"L{n}")).code == 408
    dial(core, call, "again")
    ended = await core.wait(tp.LegEnded, leg="again")
    assert (ended.code, ended.reason) == (503, "no free slot")
    core.send(tp.Play(call=call, playback="p", pcm=tone(0.2)))
    await core.wait(tp.PlaybackFinished, call=call, complete=True)
    assert (await caller.bye()).code == 200


async def test_a_call_back_needs_no_caller(core, start_worker, raw):
    await start_worker()
    staff = await leg_talking(core, raw, None, "staff")
    resident = await leg_talking(core, raw, "staff", "resident", 22_034)
    core.send(tp.Connect(call="staff", leg="resident", replaces=False))
    await core.wait(tp.Connected, call="staff", leg="resident", mode="bridge")
    staff.talk(LOUD)
    async with asyncio.timeout(PATIENCE_S):
        while len(set(resident.heard)) == 1:
            await asyncio.sleep(0.05)
    await resident.bye()
    staff.reply(await staff.asked("BYE"), 200)
    assert (await core.wait(tp.LegEnded, leg="staff")).code == 200


async def test_when_the_core_dies_ringing_stops_and_the_caller_goes_to_the_fallback(
    core, start_worker, raw
):
    await start_worker(core_grace_s=0.5, fallback="sip:accueil@127.0.0.1:22098")
    caller, call = await connected(core, raw)
    phone = await service(raw)
    dial(core, call)
    invite = await phone.called()
    phone.reply(invite, 180)
    await core.wait(tp.LegProgress, leg="L")
    await core.stop()
    phone.reply(await phone.asked("CANCEL"), 200)
    phone.reply(invite, 487)
    assert "accueil" in (await caller.asked("REFER")).get("refer-to")


async def test_an_answered_leg_whose_caller_left_is_not_forgotten(core, start_worker, raw):
    await start_worker()
    caller, call = await connected(core, raw)
    phone = await leg_talking(core, raw, call)
    await caller.bye()
    await core.wait(tp.CallEnded, call=call)
    core.send(tp.Play(call="L", playback="w", pcm=tone(0.2)))
    await core.wait(tp.PlaybackFinished, call="L", complete=True)
    phone.reply(await phone.asked("BYE"), 200)
    await core.wait(tp.LegEnded, leg="L", answered=True)


async def test_a_peer_cannot_make_the_worker_call_somebody(core, start_worker, raw):
    await start_worker()
    caller, _call = await connected(core, raw)
    elsewhere = await service(raw, 22_034)
    caller.request("REFER", extra="Refer-To: <sip:x@127.0.0.1:22034>")
    assert (await caller.final()).code == 603
    with pytest.raises(TimeoutError):
        await elsewhere.called(0.5)
