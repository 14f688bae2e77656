"""Calls that come and go faster than the SIP stack can take: no worker may end by it."""

from __future__ import annotations

import asyncio
import secrets

import pytest

from telephony import protocol as tp
from tests.telephony.fakecore import FakeCore
from tests.telephony.rawphone import OFFER_PCMA, PATIENCE_S, RawPhone
from tests.telephony.test_worker import hears_more

pytestmark = [pytest.mark.component, pytest.mark.calls]

WORKER, RTP, RTP_PORTS = 41_571, 41_520, 40
CALLER, OTHER, FLOOD = 41_500, 41_502, 41_504
PAIRS = 60
MANY = OFFER_PCMA * 16
"""As many streams as the stack reads in one offer: half of the sockets that it may have."""
HIDDEN = "i=x\rm=audio {port} RTP/AVP 8\r\n" * 16
"""The stack takes the return in the middle for the end of a line."""
PADDING = "a=x:" + "x" * 1500 + "\r\n"
ENCRYPTED = (
    "m=audio {port} RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 "
    "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n"
) * 4


def come_and_go(phone: RawPhone) -> None:
    """Place a call and take it back before anybody can answer."""
    phone.call_id = secrets.token_hex(8)
    phone.offer()
    phone.cancel()


async def test_calls_that_are_taken_back_at_once_end_no_worker(core, start_worker, raw):
    worker = await start_worker(port=WORKER, rtp_port=RTP, rtp_ports=RTP_PORTS)
    phone = await raw(port=CALLER, target=WORKER)
    assert (await phone.invite()).code == 200
    phone.talk()
    call = (await core.wait(tp.CallAnswered)).call
    core.on_call = FakeCore.leave_ringing
    flood = await raw(port=FLOOD, target=WORKER)
    for _ in range(PAIRS):
        come_and_go(flood)
    await flooded(core, worker)
    core.on_call = FakeCore.answer
    other = await raw(port=OTHER, target=WORKER)
    assert (await other.invite()).code == 200
    assert (await other.bye()).code == 200
    await hears_more(phone)
    assert (await phone.bye()).code == 200
    assert (await core.wait(tp.CallEnded, call=call)).by == "caller"
    assert worker.process.returncode is None


async def test_offers_of_many_streams_end_no_worker(core, start_worker, raw):
    worker = await start_worker(port=WORKER, rtp_port=RTP, rtp_ports=RTP_PORTS)
    phone = await raw(port=CALLER, target=WORKER)
    assert (await phone.invite()).code == 200
    phone.talk()
    flood = await raw(port=FLOOD, target=WORKER)
    for _ in range(6):
        assert await refused(flood, MANY) == 488
        assert await refused(flood, HIDDEN) == 488
    for _ in range(PAIRS):
        assert await refused(flood, ENCRYPTED) == 406
    assert (await phone.invite(MANY)).code == 488
    assert (await phone.invite(OFFER_PCMA + PADDING + OFFER_PCMA * 15)).code == 488
    assert (await phone.invite(OFFER_PCMA + PADDING)).code == 200
    phone.talk()
    await hears_more(phone)
    assert (await phone.bye()).code == 200
    assert len(core.of(tp.CallStarted)) == 1
    assert worker.process.returncode is None


async def refused(phone: RawPhone, media: str) -> int:
    """Return the answer to a new call that offers ``media``."""
    phone.call_id = secrets.token_hex(8)
    return (await phone.invite(media)).code


async def flooded(core: FakeCore, worker) -> None:
    """Wait until the worker has read the flood, and all calls of it are over."""
    async with asyncio.timeout(PATIENCE_S):
        before = -1
        while before != len(core.of(tp.CallStarted)) or before - 1 > len(core.of(tp.CallEnded)):
            before = len(core.of(tp.CallStarted))
            assert worker.process.returncode is None
            await asyncio.sleep(1.0)
