"""Processes that die and packets that no phone sends, while somebody is calling."""

from __future__ import annotations

import asyncio
import os
import signal

import psutil
import pytest

from callbot.evaluation.wordcount import words
from callbot.plan import RECOGNITION
from telephony import edge
from telephony.phone_protocol import Ended, Transferred
from tests.harness import sipp
from tests.harness.box import Box
from tests.harness.caller import Caller, calling

pytestmark = [pytest.mark.calls, pytest.mark.timeout(600)]

SILENT_S = 8.0
"""How much longer than an answer takes a caller hears nothing who is not answered."""
QUESTION = "Quels sont les horaires de la piscine samedi ?"

UNKNOWN_CODEC = b"""INVITE sip:mairie@127.0.0.1 SIP/2.0\r
Via: SIP/2.0/UDP 127.0.0.1:[port];branch=z9hG4bKcodec\r
Max-Forwards: 70\r
From: <sip:essai@127.0.0.1>;tag=codec\r
To: <sip:mairie@127.0.0.1>\r
Call-ID: codec@127.0.0.1\r
CSeq: 1 INVITE\r
Contact: <sip:essai@127.0.0.1:[port]>\r
Content-Type: application/sdp\r
Content-Length: 111\r
\r
v=0\r
o=- 1 1 IN IP4 127.0.0.1\r
s=-\r
c=IN IP4 127.0.0.1\r
t=0 0\r
m=audio 4000 RTP/AVP 97\r
a=rtpmap:97 NONE/8000\r
"""
GARBAGE = [
    b"",
    b"\x00" * 200,
    os.urandom(1400),
    b"INVITE\r\n\r\n",
    b"INVITE sip:mairie@127.0.0.1 SIP/2.0\r\nContent-Length: -5\r\n\r\n",
    b"INVITE sip:mairie@127.0.0.1 SIP/2.0\r\n" + b"Via: x\r\n" * 500 + b"\r\n",
    b"BYE sip:mairie@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:[port]\r\n\r\n",
    b"SIP/2.0 200 OK\r\n\r\n",
    UNKNOWN_CODEC.replace(b"Content-Length: 111", b"Content-Length: 60000"),
    UNKNOWN_CODEC.replace(b"v=0", b"v=\xff\xfe").replace(b"codec", b"binaire"),
]


async def ask(caller: Caller, question: bytes) -> str:
    """Ask and return what is heard."""
    await caller.say(question)
    return await caller.hear_text()


async def test_malformed_packets_do_not_disturb_a_call(box: Box):
    question = await box.say(QUESTION)
    async with calling(box) as caller:
        for port in (box.ports.sip, *range(box.ports.workers, box.ports.workers + 4)):
            for packet in GARBAGE:
                sipp.datagram(port, packet, timeout_s=0.05)
        await caller.hear()
        heard = await ask(caller, question)
        assert "piscine" in words(heard), heard
    record = box.record(caller.sip_call_id)
    assert (record["turns"][0]["intent"], record["outcome"]) == ("horaires_lieu", "answered")
    assert box.serving


def test_an_unknown_codec_is_refused_with_the_right_code(box: Box):
    assert sipp.final_answer(box.ports.sip, UNKNOWN_CODEC) == 488
    box.wait_for_calls(0)


async def test_recognition_that_dies_costs_its_caller_nothing_but_a_transfer(box: Box):
    question = await box.say(QUESTION)
    before = box.restarts(RECOGNITION)
    async with calling(box) as caller:
        await caller.hear()
        os.kill(box.pid(RECOGNITION), signal.SIGKILL)
        await caller.say(question)
        transfer = await caller.until(Transferred)
        assert "accueil@" in transfer.target
        assert not caller.ended
    box.wait_for_restart(RECOGNITION, before)
    box.wait_until_serving()
    assert box.restarts(RECOGNITION) == before + 1
    async with calling(box) as caller:
        await caller.hear()
        assert "piscine" in words(await ask(caller, question))


@pytest.mark.skipif(edge.find_kamailio() is None, reason="Kamailio n'est pas installé")
async def test_a_line_worker_that_dies_takes_down_its_own_calls_only(box: Box):
    question = await box.say(QUESTION)
    async with calling(box) as first, calling(box) as second:
        await asyncio.gather(first.hear(), second.hear())
        workers = [f"lignes {number}" for number in box.get("/healthz")["workers"]]
        killed = max(workers, key=lambda name: media_sockets(box.pid(name)))
        pids = {name: box.pid(name) for name in workers}
        os.kill(pids.pop(killed), signal.SIGKILL)
        await one_of_them_is_answered(question, first, second)
        assert {name: box.pid(name) for name in pids} == pids
        box.wait_until_serving()
        async with calling(box) as third:
            assert await third.hear()


def media_sockets(pid: int) -> int:
    """Return the UDP sockets of a line worker; each call adds two."""
    return len(psutil.Process(pid).net_connections("udp"))


async def one_of_them_is_answered(question: bytes, *callers: Caller) -> None:
    """Check that one caller is answered, and the others hear nothing and are not hung up."""
    asked = [asyncio.create_task(ask(caller, question)) for caller in callers]
    try:
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        answered, _ = await asyncio.wait(asked, timeout=SILENT_S)
        assert len(answered) == 1
        assert "piscine" in words(answered.pop().result())
    finally:
        for one in asked:
            one.cancel()
    for caller in callers:
        assert not any(isinstance(event, Ended) and event.by_us for event in caller.events)
