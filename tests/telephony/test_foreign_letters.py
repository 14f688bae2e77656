"""Peers that write their words in another encoding than SIP's: nobody is lost by it."""

from __future__ import annotations

import pytest

from telephony import protocol as tp
from tests.telephony.test_legs import dial, service
from tests.telephony.test_worker import tone

pytestmark = [pytest.mark.component, pytest.mark.calls]

WORKER, CALLER, STAFF = 26_474, 26_476, 26_478
E_ACUTE = "\udce9"
"""As Latin-1 has it: no UTF-8."""


async def test_latin_letters_in_a_name_a_key_and_a_refusal(core, start_worker, raw):
    worker = await start_worker(port=WORKER, rtp_port=26_400, rtp_ports=40)
    phone = await raw(port=CALLER, target=WORKER)
    phone.local = f'"sip:{E_ACUTE}t{E_ACUTE}@" <sip:standard@127.0.0.1:{CALLER}>;tag={phone.tag}'
    assert (await phone.invite()).code == 200
    phone.talk()
    call = (await core.wait(tp.CallAnswered)).call
    assert (await core.wait(tp.CallStarted)).caller == "\ufffdt\ufffd"
    phone.request("INFO", f"Signal={E_ACUTE}\r\nDuration=160\r\n", "application/dtmf-relay")
    await phone.final()
    staff = await service(raw, STAFF, target=WORKER)
    dial(core, call, target=f"sip:anne@127.0.0.1:{STAFF}")
    staff.reply(await staff.called(), 486, reason=f"Occup{E_ACUTE}")
    assert (await core.wait(tp.LegEnded, leg="L")).reason == "Occup\ufffd"
    core.send(tp.Play(call=call, playback="p", pcm=tone(0.2)))
    await core.wait(tp.PlaybackFinished, call=call, complete=True)
    phone.request("INFO", "Signal=7\r\nDuration=160\r\n", "application/dtmf-relay")
    await phone.final()
    await core.wait(tp.Digit, digit="7")
    assert [event.digit for event in core.of(tp.Digit)] == ["7"]
    assert (await phone.bye()).code == 200
    assert worker.process.returncode is None
