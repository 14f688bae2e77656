"""Kamailio in front of four line workers: spread, limits, protection, and no line ever lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from telephony import edge
from telephony import protocol as tp
from telephony.edge import EdgeOptions
from tests.telephony.conftest import StartWorker
from tests.telephony.fakecore import FakeCore, WorkerProcess
from tests.telephony.rawphone import OFFER_PCMA, PATIENCE_S, RawPhone
from tests.telephony.test_worker import GARBAGE, TARGET, tone

pytestmark = [
    pytest.mark.component,
    pytest.mark.calls,
    pytest.mark.skipif(edge.find_kamailio() is None, reason="Kamailio is not installed"),
]

EDGE_PORT = 22_060
WORKER_PORTS = (22_071, 22_072, 22_073, 22_074)
Raw = Callable[..., object]


@asynccontextmanager
async def running(options: EdgeOptions) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run Kamailio until it answers OPTIONS; end it with SIGTERM."""
    config = edge.write(options)
    edge.check(config)
    process = await asyncio.create_subprocess_exec(
        *edge.command(options, config),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with RawPhone(22_090, options.port) as probe:
            await ready(probe)
        yield process
    finally:
        process.terminate()
        assert process.stderr is not None
        process.noise = await process.stderr.read()  # type: ignore[attr-defined]
        await asyncio.wait_for(process.wait(), PATIENCE_S)


async def ready(probe: RawPhone) -> None:
    """Ask until there is an answer."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            probe.request("OPTIONS")
            try:
                await probe.final(0.2)
            except TimeoutError:
                continue
            return


@pytest.fixture
def options(tmp_path: Path) -> EdgeOptions:
    return EdgeOptions(tmp_path / "run", WORKER_PORTS, port=EDGE_PORT)


@pytest.fixture
async def workers(start_worker: StartWorker) -> list[WorkerProcess]:
    return [await start_worker(number, port) for number, port in enumerate(WORKER_PORTS, 1)]


async def sixteen(raw, first_port: int, target: int = EDGE_PORT) -> list[RawPhone]:
    """Place 16 calls at once; all must be answered."""
    phones = [await raw(port=first_port + 4 * n, target=target) for n in range(16)]
    answers = await asyncio.gather(*(phone.invite() for phone in phones))
    assert [answer.code for answer in answers] == [200] * 16
    for phone in phones:
        phone.talk()
    return phones


async def answered(core: FakeCore, calls: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while len(core.of(tp.CallAnswered)) < calls:
            await asyncio.sleep(0.02)


async def ended(core: FakeCore, calls: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while len(core.of(tp.CallEnded)) < calls:
            await asyncio.sleep(0.05)


async def hang_up(phones: list[RawPhone]) -> None:
    assert [r.code for r in await asyncio.gather(*(p.bye() for p in phones))] == [200] * len(phones)


async def test_sixteen_lines_are_never_lost_however_the_calls_end(core, start_worker, options, raw):
    for number, port in enumerate(WORKER_PORTS, 1):
        await start_worker(number, port, rtp_timeout_s=5.0)
    async with running(replace(options, calls_per_s=200)) as process:
        for ending in (callers_hang_up, callers_give_up, worker_hangs_up, callers_vanish):
            first = 22_500 if ending in (callers_hang_up, worker_hangs_up) else 22_580
            core.events.clear()
            await ending(core, raw, first)
            await ended(core, 16)
        await asyncio.sleep(6)  # the last BYEs wait five seconds for their answers
        async with asyncio.timeout(PATIENCE_S):
            while not await all_free(core, 22_820):
                await asyncio.sleep(1)
        core.events.clear()
        await callers_hang_up(core, raw, 22_730)
    noise = process.noise.decode().splitlines()
    assert not [line for line in noise if "receive_fd(): EOF" not in line]  # said at every end
    assert process.returncode == 0


async def all_free(core: FakeCore, first: int) -> bool:
    """Tell whether sixteen calls are taken."""
    core.on_call = FakeCore.answer
    core.events.clear()
    async with AsyncExitStack() as stack:
        phones = [RawPhone(first + 4 * n, EDGE_PORT) for n in range(16)]
        for phone in phones:
            await stack.enter_async_context(phone)
        answers = await asyncio.gather(*(phone.invite() for phone in phones))
        taken = [phone for phone, answer in zip(phones, answers, strict=True) if answer.code == 200]
        await hang_up(taken)
    await ended(core, len(taken))
    return len(taken) == 16


async def callers_hang_up(core, raw, first: int) -> None:
    """Also: the calls are spread evenly, and the seventeenth is refused."""
    core.on_call = FakeCore.answer
    phones = await sixteen(raw, first)
    spread = [event.call.split("-")[0] for event in core.of(tp.CallStarted)]
    assert sorted(spread) == sorted("1234" * 4)
    late = await raw(port=first + 64, target=EDGE_PORT)
    refused = await late.invite()
    assert (refused.code, refused.get("retry-after")) == (486, "30")
    await hang_up(phones)


async def callers_give_up(core, raw, first: int) -> None:
    core.on_call = FakeCore.leave_ringing
    phones = [await raw(port=first + 4 * n, target=EDGE_PORT) for n in range(16)]
    for phone in phones:
        phone.offer()
    for phone in phones:
        await phone.provisional(180)
        phone.cancel()
    await ended(core, 16)
    for phone in phones:
        await phone.__aexit__()


async def worker_hangs_up(core, raw, first: int) -> None:
    core.on_call = FakeCore.answer
    phones = await sixteen(raw, first + 160)
    await answered(core, 16)
    for event in core.of(tp.CallAnswered):
        core.send(tp.HangUp(call=event.call))
    for phone in phones:
        await phone.asked("BYE")


async def callers_vanish(core, raw, first: int) -> None:
    core.on_call = FakeCore.answer
    phones = await sixteen(raw, first)
    await answered(core, 16)
    for phone in phones:
        await phone.__aexit__()
    await ended(core, 16)
    assert {event.by for event in core.of(tp.CallEnded)} == {"timeout"}


async def test_lines_come_back_when_a_worker_died_with_its_calls(
    core, workers, start_worker, options, raw
):
    async with running(options):
        await sixteen(raw, 22_500)
        await workers[0].kill()
        await start_worker(1, WORKER_PORTS[0])
        first, *others = [await raw(port=22_580 + 4 * n, target=EDGE_PORT) for n in range(5)]
        async with asyncio.timeout(PATIENCE_S):
            while (await first.invite()).code != 200:
                await asyncio.sleep(0.5)  # until the edge has seen that the worker is back
        answers = await asyncio.gather(*(phone.invite() for phone in others))
        assert sorted(answer.code for answer in answers) == [200, 200, 200, 486]


async def test_a_dead_worker_costs_nobody_a_call(core, workers, options, raw):
    async with running(options):
        await workers[2].kill()
        phones = [await raw(port=22_500 + 4 * n, target=EDGE_PORT) for n in range(12)]
        answers = await asyncio.gather(*(phone.invite() for phone in phones))
        assert [answer.code for answer in answers] == [200] * 12


async def test_everything_inside_a_call_passes_the_edge(core, start_worker, options, raw):
    await start_worker()
    options = replace(options, workers=WORKER_PORTS[:1])
    async with running(options):
        phone = await raw(target=EDGE_PORT)
        assert (await phone.invite()).code == 200
        call = (await core.wait(tp.CallAnswered)).call
        assert (await phone.invite(direction="sendonly")).code == 200
        await core.wait(tp.Held, call=call, held=True)
        assert (await phone.invite()).code == 200
        phone.request("INFO", "Signal=4\r\nDuration=160\r\n", "application/dtmf-relay")
        assert (await phone.final()).code == 200
        await core.wait(tp.Digit, call=call, digit="4")
        phone.request("UPDATE", phone.sdp(), "application/sdp")
        assert (await phone.final()).code == 200
        core.send(tp.Transfer(call=call, target=TARGET, timeout_s=10))
        assert TARGET in (await phone.asked("REFER")).get("refer-to")
        assert (await phone.notify("200 OK", "terminated;reason=noresource")).code == 200
        await core.wait(tp.TransferFinished, call=call, ok=True)
        await phone.asked("BYE")


async def test_strangers_are_refused_a_few_times_and_then_not_answered(core, options, raw):
    async with running(replace(options, trusted=("127.0.0.1",))):
        stranger = await raw(port=22_500, target=EDGE_PORT, host="127.0.0.2")
        for _ in range(3):
            assert (await stranger.invite()).code == 403
        stranger.request("OPTIONS")
        with pytest.raises(TimeoutError):
            await stranger.final(0.7)
        friend = await raw(port=22_504, target=EDGE_PORT)
        friend.request("OPTIONS")
        assert (await friend.final()).code == 200


async def test_scanners_get_no_answer_at_all(options, raw):
    async with running(options):
        scanner = await raw(port=22_500, target=EDGE_PORT, user_agent="friendly-scanner")
        scanner.request("OPTIONS")
        with pytest.raises(TimeoutError):
            await scanner.final(0.7)


async def test_malformed_and_oversized_messages_disturb_no_call(core, start_worker, options, raw):
    await start_worker()
    options = replace(options, workers=WORKER_PORTS[:1])
    async with running(options) as process:
        phone = await raw(target=EDGE_PORT)
        assert (await phone.invite()).code == 200
        phone.talk()
        call = (await core.wait(tp.CallAnswered)).call
        intruder = await raw(port=22_500, target=EDGE_PORT)
        for packet in GARBAGE * 3:
            intruder.raw(packet)
        intruder.request("OPTIONS", extra="X-Long: " + "a" * 20_000)
        assert (await intruder.final()).code == 513
        opus = "m=audio {port} RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\n"
        other = await raw(port=22_504, target=EDGE_PORT)
        assert (await other.invite(opus)).code == 488
        greedy = await raw(port=22_508, target=EDGE_PORT)
        for many in (OFFER_PCMA * 4, "i=x\rm=audio {port} RTP/AVP 8\r\n" * 4):
            refusal = await greedy.invite(many)
            assert refusal.start.endswith("488 Too Many Streams")
        core.send(tp.Play(call=call, playback="p", pcm=tone(0.3)))
        await core.wait(tp.PlaybackFinished, call=call, playback="p", complete=True)
        assert (await phone.bye()).code == 200
    assert process.noise.count(b"\n") < 60


async def test_a_flood_of_calls_is_slowed_and_calls_can_still_end(core, start_worker, options, raw):
    await start_worker()
    options = replace(options, workers=WORKER_PORTS[:1])
    async with running(replace(options, calls_per_s=5)):
        phone = await raw(target=EDGE_PORT)
        assert (await phone.invite()).code == 200
        phones = [await raw(port=22_500 + 4 * n, target=EDGE_PORT) for n in range(10)]
        answers = await asyncio.gather(*(one.invite() for one in phones))
        codes = [answer.code for answer in answers]
        assert codes.count(503) + codes.count(486) >= 6
        assert 503 in codes
        assert (await phone.bye()).code == 200


async def test_no_worker_is_asked_more_often_than_it_can_answer(core, start_worker, options, raw):
    await start_worker(lines=1)
    async with running(replace(options, workers=WORKER_PORTS[:1], worker_calls_per_s=4)):
        phone = await raw(target=EDGE_PORT)
        assert (await phone.invite()).code == 200
        phones = [await raw(port=22_500 + 4 * n, target=EDGE_PORT) for n in range(20)]
        answers = await asyncio.gather(*(one.invite() for one in phones))
        assert {answer.code for answer in answers} == {486}
        refused_by_edge = [a for a in answers if a.get("retry-after")]
        assert len(refused_by_edge) >= 12
        assert (await phone.bye()).code == 200


async def test_a_full_box_sends_callers_elsewhere_when_the_town_says_so(core, options, raw):
    elsewhere = "sip:accueil@127.0.0.1:22700"
    silent = replace(options, workers=(22_079,), overflow=elsewhere)
    async with running(replace(silent, overflow_mode="redirect")):
        answer = await (await raw(port=22_500, target=EDGE_PORT)).invite()
        assert (answer.code, answer.get("contact")) == (302, f"<{elsewhere}>")
    async with running(silent):
        other = await raw(port=22_700, target=EDGE_PORT)
        (await raw(port=22_504, target=EDGE_PORT)).offer()
        assert (await other.asked("INVITE")).start.startswith(f"INVITE {elsewhere}")


async def test_without_any_worker_the_caller_is_told_to_try_later(options, raw):
    async with running(replace(options, workers=(22_079,))):
        answer = await (await raw(port=22_500, target=EDGE_PORT)).invite()
        assert answer.code in (486, 503)
        assert answer.get("retry-after") == "30"


async def test_a_worker_registers_at_the_pbx_through_the_edge(start_worker, options, raw):
    async with running(replace(options, registrar="127.0.0.1:22710")):
        pbx = await raw(port=22_710, target=EDGE_PORT)
        await start_worker(
            registration={
                "registrar": "127.0.0.1:22710",
                "user": "600",
                "password": "secret",
                "proxy": f"sip:127.0.0.1:{EDGE_PORT}",
                "contact": f"sip:600@127.0.0.1:{EDGE_PORT}",
            }
        )
        register = await pbx.asked("REGISTER")
        assert register.get("contact").startswith(f"<sip:600@127.0.0.1:{EDGE_PORT}")
        assert register.start == "REGISTER sip:127.0.0.1:22710 SIP/2.0"
        phone = await raw(port=22_500, target=EDGE_PORT)
        assert (await phone.invite()).code == 200
        phone.talk()
        assert (await phone.bye()).code == 200


async def test_second_legs_leave_and_end_through_the_edge(core, start_worker, options, raw):
    async with running(replace(options, addresses=("127.0.0.1",))) as process:
        await start_worker(outbound=f"sip:127.0.0.1:{EDGE_PORT}")
        caller = await raw(port=22_500, target=EDGE_PORT)
        assert (await caller.invite()).code == 200
        caller.talk()
        call = (await core.wait(tp.CallAnswered)).call
        phone = await raw(port=22_030, target=EDGE_PORT, manual=True)
        for leg in ("ended-by-us", "ended-by-them"):
            core.send(tp.Dial(leg=leg, call=call, target=TARGET, timeout_s=10))
            invite = await phone.take()
            assert invite.start.startswith("INVITE sip:urbanisme@127.0.0.1:22030")
            assert not invite.get("route")
            await core.wait(tp.LegAnswered, leg=leg)
            if leg == "ended-by-us":
                core.send(tp.HangUp(call=leg))
                phone.reply(await phone.asked("BYE"), 200)
            else:
                assert (await phone.bye()).code == 200
            await core.wait(tp.LegEnded, leg=leg, answered=True)
        core.send(tp.Dial(leg="ringing", call=call, target=TARGET, timeout_s=10))
        invite = await phone.called()
        phone.reply(invite, 180)
        await core.wait(tp.LegProgress, leg="ringing", code=180)
        await caller.bye()
        phone.reply(await phone.asked("CANCEL"), 200)
        phone.reply(invite, 487)
        await core.wait(tp.LegEnded, leg="ringing", code=487)
        again = await raw(port=22_504, target=EDGE_PORT)
        assert (await again.invite()).code == 200
        call = core.of(tp.CallStarted)[1].call
        to_itself = f"sip:bot@127.0.0.1:{EDGE_PORT}"
        core.send(tp.Dial(leg="loop", call=call, target=to_itself, timeout_s=10))
        await core.wait(tp.LegEnded, leg="loop", code=482)
        await again.bye()
    noise = process.noise.decode().splitlines()
    assert not [line for line in noise if "receive_fd(): EOF" not in line]  # said at every end


async def test_a_second_leg_authenticates_at_the_pbx_and_dials_numbers_there(
    core, start_worker, options, raw
):
    async with running(options):
        await start_worker(
            outbound=f"sip:127.0.0.1:{EDGE_PORT}",
            registration={
                "registrar": "127.0.0.1:22030",
                "user": "600",
                "password": "secret",
                "register": False,
            },
        )
        pbx = await raw(port=22_030, target=EDGE_PORT, manual=True)
        core.send(tp.Dial(leg="L", call=None, target="tel:+33-1-23", timeout_s=10))
        invite = await pbx.called()
        assert invite.start.startswith("INVITE sip:+33123@127.0.0.1:22030;user=phone")
        assert "<sip:600@127.0.0.1>" in invite.get("from")
        challenge = 'WWW-Authenticate: Digest realm="pbx", nonce="n", algorithm=MD5'
        pbx.reply(invite, 401, extra=challenge)
        again = await pbx.called()
        assert 'username="600"' in again.get("authorization")
