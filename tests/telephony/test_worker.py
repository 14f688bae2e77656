"""One line worker on real SIP and RTP, against phones that behave and phones that do not."""

from __future__ import annotations

import array
import asyncio
import math
import os
import signal

import pytest

from telephony import phone_protocol as pp
from telephony import protocol as tp
from telephony.phone_client import PhoneClient, PhoneOptions
from tests.telephony.conftest import WORKER_PORT
from tests.telephony.fakecore import FakeCore
from tests.telephony.rawphone import PATIENCE_S, RawPhone

pytestmark = [pytest.mark.component, pytest.mark.calls]

BOT = f"sip:bot@127.0.0.1:{WORKER_PORT}"
TARGET = "sip:urbanisme@127.0.0.1:22030"


def tone(seconds: float, hertz: float = 440.0) -> bytes:
    samples = (
        int(9000 * math.sin(2 * math.pi * hertz * n / 16000)) for n in range(int(16000 * seconds))
    )
    return array.array("h", samples).tobytes()


async def hears_more(phone: RawPhone, packets: int = 20) -> None:
    """Wait until so many more packets of audio have come."""
    before = phone.rtp_received
    async with asyncio.timeout(PATIENCE_S):
        while phone.rtp_received <= before + packets:
            await asyncio.sleep(0.02)


async def connected(core: FakeCore, raw, **options):
    """Return a raw phone in an answered call, and the call's name."""
    phone = await raw(**options)
    assert (await phone.invite()).code == 200
    phone.talk()
    answered = await core.wait(tp.CallAnswered)
    return phone, answered.call


async def test_a_call_is_announced_answered_heard_and_ended(core, start_worker, raw):
    await start_worker()
    phone, call = await connected(core, raw)
    started = await core.wait(tp.CallStarted, call=call)
    assert (started.caller, started.called) == ("0612345678", "bot")
    assert started.sip_call_id == phone.call_id
    await hears_more(phone)
    assert (await phone.bye()).code == 200
    ended = await core.wait(tp.CallEnded, call=call)
    assert ended.by == "caller"
    assert ended.rtp_received > 10
    assert ended.rtp_lost == 0


@pytest.mark.parametrize("codec", ["PCMA", "PCMU", "G722"])
async def test_speech_crosses_both_ways_in_each_codec(core, start_worker, codec):
    await start_worker()
    options = PhoneOptions(codecs=(codec,), rtp_port=22_140)
    async with PhoneClient(options) as phone:
        phone.dial(BOT)
        events = aiter(phone)
        async for event in events:
            if isinstance(event, pp.Connected):
                break
        assert event.codec == codec
        call = (await core.wait(tp.CallAnswered, codec=codec)).call
        core.send(tp.Play(call=call, playback="p", pcm=tone(0.6)))
        await asyncio.sleep(0.5)
        phone.play(bytes(3200) + tone(0.6, 300.0) + bytes(3200))
        loud = 0
        async for event in events:
            loud += isinstance(event, pp.Heard) and max(array.array("h", event.pcm)) > 4000
            if isinstance(event, pp.PlayedOut):
                break
        await core.wait(tp.SpeechStarted, call=call)
        assert 25 <= loud <= 45  # 30, and what stands for packets that came late
        phone.hangup()
        await core.wait(tp.CallEnded, call=call, by="caller")


async def test_a_flush_silences_at_once_and_tells_what_was_heard(core, start_worker):
    await start_worker()
    async with PhoneClient(PhoneOptions(rtp_port=22_140)) as phone:
        phone.dial(BOT)
        call = (await core.wait(tp.CallAnswered)).call
        for name, seconds in (("a", 1.0), ("b", 3.0), ("c", 1.0)):
            core.send(tp.Play(call=call, playback=name, pcm=tone(seconds)))
        await core.wait(tp.PlaybackStarted, playback="b")
        await asyncio.sleep(0.4)
        core.send(tp.StopPlayback(call=call))
        await core.wait(tp.PlaybackFinished, playback="c")
        core.send(tp.Play(call=call, playback="d", pcm=bytes(6400)))
        await core.wait(tp.PlaybackFinished, playback="d", complete=True)
        await asyncio.sleep(0.3)
        phone.hangup()
        loud = 0
        async for event in phone:
            loud += isinstance(event, pp.Heard) and max(array.array("h", event.pcm)) > 4000
            if isinstance(event, pp.Ended):
                break
    a, b, c = [await core.wait(tp.PlaybackFinished, playback=name) for name in "abc"]
    assert (a.complete, a.played_s) == (True, 1.0)
    assert not b.complete and 0.2 < b.played_s < 2.9
    assert (c.complete, c.played_s) == (False, 0.0)
    assert not [e for e in core.of(tp.PlaybackStarted) if e.playback == "c"]
    assert abs(loud * 0.02 - (a.played_s + b.played_s)) <= 0.3


async def test_a_caller_who_gives_up_while_it_rings(core, start_worker, raw):
    core.on_call = FakeCore.leave_ringing
    await start_worker()
    phone = await raw()
    phone.offer()
    await phone.provisional(180)
    phone.cancel()
    ended = await core.wait(tp.CallEnded)
    assert (ended.by, ended.code) == ("caller", 487)


async def test_the_core_refuses_and_says_when_to_try_again(core, start_worker, raw):
    core.on_call = lambda core, event: core.send(
        tp.Reject(call=event.call, code=503, retry_after_s=17)
    )
    await start_worker()
    response = await (await raw()).invite()
    assert (response.code, response.get("retry-after")) == (503, "17")
    assert (await core.wait(tp.CallEnded)).by == "us"


async def test_without_a_core_calls_are_refused_for_the_moment(core, start_worker, raw):
    await start_worker()
    await core.stop()
    await asyncio.sleep(1.0)  # the worker sees it within hundredths of a second
    response = await (await raw()).invite()
    assert (response.code, response.get("retry-after")) == (503, "30")


async def test_a_call_that_the_core_never_answers_ends(core, start_worker, raw):
    core.on_call = FakeCore.leave_ringing
    await start_worker(answer_timeout_s=1.0)
    assert (await (await raw()).invite()).code == 503
    assert (await core.wait(tp.CallEnded)).by == "error"


async def test_strangers_are_refused(core, start_worker, raw):
    await start_worker(trusted=["127.0.0.1"])
    assert (await (await raw(host="127.0.0.2")).invite()).code == 403
    assert (await (await raw(port=22_014)).invite()).code == 200
    assert len(core.of(tp.CallStarted)) == 1


async def test_keys_come_once_each_with_or_without_the_marker_bit(core, start_worker, raw):
    await start_worker()
    phone, call = await connected(core, raw)
    phone.silence()
    for count, (event, marker) in enumerate(((1, True), (5, False), (5, False), (11, False)), 1):
        await phone.press(event, marker=marker)
        async with asyncio.timeout(PATIENCE_S):
            while len(core.of(tp.Digit)) < count:
                await asyncio.sleep(0.02)
    phone.request("INFO", "Signal=0\r\nDuration=160\r\n", "application/dtmf-relay")
    assert (await phone.final()).code == 200
    await core.wait(tp.Digit, call=call, digit="0")
    assert "".join(digit.digit for digit in core.of(tp.Digit)) == "155#0"


async def test_a_key_sent_both_ways_was_pressed_once(core, start_worker, raw):
    await start_worker()
    phone, call = await connected(core, raw)
    phone.request("INFO", "Signal=7\r\nDuration=160\r\n", "application/dtmf-relay")
    await phone.press(7, marker=True)
    await asyncio.sleep(0.6)
    await phone.press(8, marker=True)
    await core.wait(tp.Digit, call=call, digit="8")
    assert "".join(digit.digit for digit in core.of(tp.Digit)) == "78"


async def test_hold_stops_listening_and_resume_brings_audio_back(core, start_worker, raw):
    await start_worker()
    phone, call = await connected(core, raw)
    response = await phone.invite(direction="sendonly")
    assert response.code == 200
    assert "recvonly" in response.body or "inactive" in response.body
    await core.wait(tp.Held, call=call, held=True)
    core.send(tp.Play(call=call, playback="p", pcm=tone(0.3)))
    await asyncio.sleep(0.5)
    assert not core.of(tp.PlaybackStarted)
    assert (await phone.invite()).code == 200
    await core.wait(tp.Held, call=call, held=False)
    await core.wait(tp.PlaybackFinished, call=call, playback="p", complete=True)
    phone.talk()
    await hears_more(phone)
    await phone.bye()
    ended = await core.wait(tp.CallEnded, call=call)
    assert ended.by == "caller"


async def test_twenty_renegotiations_leave_the_call_alive(core, start_worker, raw):
    worker = await start_worker()
    phone, call = await connected(core, raw)
    for n in range(20):
        direction = "sendonly" if n % 2 == 0 else "sendrecv"
        assert (await phone.invite(direction=direction)).code == 200
    phone.talk()
    core.send(tp.Play(call=call, playback="p", pcm=tone(0.2)))
    await core.wait(tp.PlaybackFinished, call=call, playback="p", complete=True)
    await phone.bye()
    await core.wait(tp.CallEnded, call=call, by="caller")
    assert worker.process.returncode is None


async def test_an_offer_without_a_known_codec_gets_488(core, start_worker, raw):
    await start_worker()
    opus = "m=audio {port} RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\n"
    assert (await (await raw()).invite(opus)).code == 488
    assert not core.of(tp.CallAnswered)


GARBAGE = (
    b"",
    b"\x00" * 2000,
    os.urandom(1400),
    b"INVITE",
    b"INVITE sip:bot SIP/2.0\r\n\r\n",
    b"INVITE sip:bot@127.0.0.1 SIP/2.0\r\nContent-Length: 99999\r\n\r\nv=0",
    b"SIP/2.0 200 OK\r\n\r\n",
    b"OPTIONS sip:" + b"a" * 60_000 + b" SIP/2.0\r\n\r\n",
    b"INVITE sip:bot@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:22010;branch=z9hG4bKx\r\n"
    b"From: <sip:a@b>;tag=1\r\nTo: <sip:bot@c>\r\nCall-ID: garbage\r\nCSeq: 1 INVITE\r\n"
    b"Contact: <sip:a@127.0.0.1:22010>\r\nContent-Type: application/sdp\r\n"
    b"Content-Length: 24\r\n\r\nv=0\r\nm=audio nonsense\r\n\r\n",
)


async def test_malformed_packets_disturb_no_call(core, start_worker, raw):
    worker = await start_worker()
    phone, call = await connected(core, raw)
    intruder = await raw(port=22_014)
    for packet in GARBAGE * 5:
        intruder.raw(packet)
        phone._rtp.sendto(packet[:1400], phone.media_to)
    core.send(tp.Play(call=call, playback="p", pcm=tone(0.5)))
    await core.wait(tp.PlaybackFinished, call=call, playback="p", complete=True)
    await hears_more(phone)
    assert worker.process.returncode is None
    assert (await phone.bye()).code == 200
    assert (await core.wait(tp.CallEnded, call=call)).by == "caller"


async def test_a_caller_whose_audio_stops_is_hung_up(core, start_worker, raw):
    await start_worker(rtp_timeout_s=3.0)
    phone, call = await connected(core, raw)
    await asyncio.sleep(3.5)
    assert not core.of(tp.CallEnded)
    phone.silence()
    await phone.asked("BYE")
    assert (await core.wait(tp.CallEnded, call=call)).by == "timeout"


async def test_no_call_lasts_for_ever(core, start_worker, raw):
    await start_worker(max_call_s=1.5)
    phone, call = await connected(core, raw)
    await phone.asked("BYE")
    assert (await core.wait(tp.CallEnded, call=call)).by == "timeout"


async def test_session_timers_are_agreed(core, start_worker, raw):
    await start_worker()
    phone = await raw()
    response = await phone.invite(extra="Supported: timer\r\nSession-Expires: 1200;refresher=uas")
    assert response.get("session-expires").startswith("1200")
    assert "refresher=uas" in response.get("session-expires")


async def test_a_session_that_expires_too_soon_is_refused(core, start_worker, raw):
    await start_worker()
    phone = await raw()
    response = await phone.invite(extra="Supported: timer\r\nSession-Expires: 30;refresher=uac")
    assert (response.code, response.get("min-se")) == (422, "90")


async def test_a_fifth_call_is_told_busy_and_lines_come_back(core, start_worker, raw):
    await start_worker()
    phones = [await raw(port=22_010 + 4 * n) for n in range(5)]
    assert [(await phone.invite()).code for phone in phones] == [200, 200, 200, 200, 486]
    for phone in phones[:4]:
        await phone.bye()
    for n in range(4):
        again = await raw(port=22_040 + 4 * n)
        assert (await again.invite()).code == 200


async def test_a_line_is_free_as_soon_as_its_caller_has_hung_up(core, start_worker, raw):
    """Also for those who call before the worker has let go of the calls before."""
    worker = await start_worker()
    phones = [await raw(port=22_010 + 4 * n) for n in range(4)]
    assert [(await phone.invite()).code for phone in phones] == [200] * 4
    for turn in range(1, 5):
        others = [await raw(port=22_010 + 16 * (turn % 3) + 4 * n) for n in range(4)]
        worker.process.send_signal(signal.SIGSTOP)
        for phone in phones:
            phone.request("BYE")
        calls = [asyncio.create_task(phone.invite()) for phone in others]
        await asyncio.sleep(0)  # the tasks begin
        worker.process.send_signal(signal.SIGCONT)
        assert [(await phone.final()).code for phone in phones] == [200] * 4
        assert [(await call).code for call in calls] == [200] * 4
        for phone in phones:
            await phone.__aexit__()
        phones = others
        async with asyncio.timeout(PATIENCE_S):
            while len(core.of(tp.CallEnded)) < 4 * turn:
                await asyncio.sleep(0.02)


async def test_sigterm_lets_the_call_finish_and_refuses_others(core, start_worker, raw):
    worker = await start_worker()
    phone, call = await connected(core, raw)
    worker.terminate()
    await asyncio.sleep(0.3)
    assert (await (await raw(port=22_014)).invite()).code == 503
    core.send(tp.Play(call=call, playback="p", pcm=tone(0.3)))
    await core.wait(tp.PlaybackFinished, call=call, playback="p", complete=True)
    await phone.bye()
    await core.wait(tp.CallEnded, call=call, by="caller")
    assert await worker.exit_code() == 0


async def test_a_second_sigterm_hangs_up(core, start_worker, raw):
    worker = await start_worker()
    phone, call = await connected(core, raw)
    worker.terminate()
    assert (await (await raw(port=22_014)).invite()).code == 503  # it drains
    worker.terminate()
    await phone.asked("BYE")
    assert (await core.wait(tp.CallEnded, call=call)).by == "us"
    assert await worker.exit_code() == 0
