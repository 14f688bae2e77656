"""A planned stop of the box: callers still there go to the fallback before the worker ends."""

from __future__ import annotations

import pytest

from telephony import protocol as tp
from tests.telephony.rawphone import RawPhone

pytestmark = [pytest.mark.component, pytest.mark.calls]

WORKER, RTP, RTP_PORTS = 41_572, 41_520, 40
CALLER = 41_508
FALLBACK = "sip:secours@127.0.0.1:41598"


async def called(core, start_worker, raw, refer_answer: int | None = 202, **options):
    """Return a worker and its caller, who is with the bot."""
    options = {"rtp_port": RTP, "rtp_ports": RTP_PORTS, "fallback": FALLBACK, **options}
    worker = await start_worker(port=WORKER, **options)
    caller: RawPhone = await raw(port=CALLER, target=WORKER, refer_answer=refer_answer)
    assert (await caller.invite()).code == 200
    caller.talk()
    await core.wait(tp.CallAnswered)
    return worker, caller


async def caller_when_the_core_leaves(core, start_worker, raw, **options):
    """Return a worker that is told to stop when its core has drained and left, and its caller."""
    worker, caller = await called(core, start_worker, raw, **options)
    core.send(tp.Drain())
    await core.stop()
    worker.terminate()
    return worker, caller


def byes(phone: RawPhone) -> int:
    return [request.method for request in phone.requests._queue].count("BYE")


async def test_no_bye_before_the_fallback_has_the_caller(core, start_worker, raw):
    worker, caller = await caller_when_the_core_leaves(core, start_worker, raw)
    assert FALLBACK in (await caller.asked("REFER")).get("refer-to")
    await caller.notify("100 Trying")
    assert not byes(caller)
    await caller.notify("200 OK", "terminated;reason=noresource")
    await caller.asked("BYE")
    assert await worker.exit_code() == 0


async def test_a_stop_lets_a_transfer_end_that_has_begun(core, start_worker, raw):
    worker, caller = await called(core, start_worker, raw, drain_timeout_s=0.2)
    core.send(tp.Drain())
    await caller.asked("REFER")
    worker.terminate()
    await caller.notify("180 Ringing")
    assert not byes(caller)
    await caller.notify("200 OK", "terminated;reason=noresource")
    await caller.asked("BYE")
    assert await worker.exit_code() == 0


async def test_a_refer_that_nobody_answers_keeps_no_worker(core, start_worker, raw):
    worker, caller = await caller_when_the_core_leaves(core, start_worker, raw, refer_answer=None)
    await caller.asked("REFER")
    await caller.asked("BYE")
    assert await worker.exit_code() == 0
