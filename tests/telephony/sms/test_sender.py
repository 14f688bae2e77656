"""The sender on a virtual clock: at once, at the gateway's pace, to the next one, never twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from callbot.outbox import Outbox
from telephony.sms import policy
from telephony.sms.gateway import (
    Accepted,
    GatewayDoubtError,
    GatewayDownError,
    GatewayRefusedError,
)
from telephony.sms.model import Report, Text, TextState
from telephony.sms.rules import OutboxRules
from telephony.sms.sender import SILENT, UNFORESEEN, Sender
from tests.telephony.sms.outboxparts import (
    NOON,
    ROOMY,
    ToldGateway,
    after,
    clock,
    inline_outbox,
    request,
)
from tests.virtual_time import run

DOWN = GatewayDownError("passerelle injoignable")
DOUBT = GatewayDoubtError("pas de réponse")


class World:
    """An outbox, gateways and a sender that can be stopped and started again."""

    def __init__(self, outbox: Outbox, gateways: Sequence[ToldGateway], rules: OutboxRules) -> None:
        self.outbox = outbox
        self._gateways = gateways
        self._rules = rules
        self.start()

    def start(self) -> None:
        self.sender = Sender(self.outbox, self._gateways, self._rules, clock)
        self.run_again()

    def run_again(self) -> None:
        self._task = asyncio.create_task(self.sender.run())

    async def stop(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def submit(self, count: int = 1, name: str = "appel") -> list[Text]:
        kept = []
        for n in range(count):
            done = await self.outbox.submit(request(f"{name}-{n}"), clock())
            assert done.outcome == "queued"
            assert done.text is not None
            kept.append(done.text)
        return kept

    async def now(self, text: Text) -> Text:
        found = await self.outbox.text(text.id)
        assert found is not None
        return found

    async def state(self, text: Text) -> TextState:
        return (await self.now(text)).state


@asynccontextmanager
async def world(
    path: Path, *gateways: ToldGateway, rules: OutboxRules = ROOMY
) -> AsyncIterator[World]:
    outbox = await inline_outbox(path / "sms.sqlite3", rules)
    made = World(outbox, gateways, rules)
    try:
        yield made
    finally:
        await made.stop()
        await outbox.close()


def test_a_text_leaves_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        gateway = ToldGateway()
        async with world(tmp_path, gateway) as made:
            await asyncio.sleep(1234)
            (text,) = await made.submit()
            await asyncio.sleep(0.1)
            assert gateway.taken == [(text.id, after(1234))]
            found = await made.now(text)
            assert (found.state, found.gateway_id) == (TextState.SENT, "premiere-0")

    run(story())


def test_the_gateways_pace_is_kept(tmp_path: Path) -> None:
    async def story() -> None:
        gateway, rules = ToldGateway(), replace(ROOMY, pace_per_s=2.0)
        async with world(tmp_path, gateway, rules=rules) as made:
            await made.submit(200)
            await asyncio.sleep(120)
            assert len(gateway.taken) == 200
            times = [at for _, at in gateway.taken]
            for first, later in zip(times, times[20:], strict=False):
                assert (later - first).total_seconds() > 9.4
            assert (times[-1] - times[0]).total_seconds() < 101
            assert len({identifier for identifier, _ in gateway.taken}) == 200

    run(story())


def test_a_sender_that_is_run_again_has_all_its_hand_overs(tmp_path: Path) -> None:
    async def story() -> None:
        gateway, rules = ToldGateway(), replace(ROOMY, pace_per_s=0.1, in_flight=1)
        async with world(tmp_path, gateway, rules=rules) as made:
            await made.submit(3)
            await asyncio.sleep(5)
            assert len(gateway.taken) == 2
            await made.stop()
            made.run_again()
            await asyncio.sleep(60)
            assert len(gateway.taken) == 3

    run(story())


def test_a_few_at_a_time(tmp_path: Path) -> None:
    async def story() -> None:
        under_way, most = 0, 0

        async def slow(_text: Text) -> Accepted:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(10)
            under_way -= 1
            return Accepted()

        gateway = ToldGateway()
        gateway.sends = [slow] * 20
        rules = replace(ROOMY, pace_per_s=100.0, in_flight=3)
        async with world(tmp_path, gateway, rules=rules) as made:
            await made.submit(20)
            await asyncio.sleep(100)
            assert most == 3
            assert len(gateway.taken) == 20

    run(story())


def test_the_second_gateway_when_the_first_is_down(tmp_path: Path) -> None:
    async def story() -> None:
        first, second = ToldGateway("premiere"), ToldGateway("seconde")
        first.sends = [DOWN, DOWN]
        async with world(tmp_path, first, second) as made:
            (text,) = await made.submit(1, "a")
            await asyncio.sleep(1)
            found = await made.now(text)
            assert (found.state, found.gateway, found.attempts) == (TextState.SENT, "seconde", 1)
            assert made.sender.errors() == {"premiere": "passerelle injoignable"}
            # While it is known to be down, it is not tried again for each message.
            await made.submit(5, "b")
            await asyncio.sleep(5)
            assert (len(first.called), len(second.taken)) == (1, 6)
            await asyncio.sleep(6)
            await made.submit(3, "c")
            await asyncio.sleep(2)
            assert (len(first.called), len(second.taken)) == (2, 9)
            # It works again: first in order, first in use.
            await asyncio.sleep(60)
            await made.submit(3, "d")
            await asyncio.sleep(5)
            assert len(first.taken) == 3
            assert made.sender.errors() == {}

    run(story())


def test_an_outage_uses_up_no_message(tmp_path: Path) -> None:
    async def story() -> None:
        gateway = ToldGateway()
        gateway.sends = [DOWN] * 1000
        async with world(tmp_path, gateway) as made:
            texts = await made.submit(30)
            await asyncio.sleep(15 * 60)
            assert 12 < len(gateway.called) < 20
            tried = [(await made.now(text)).attempts for text in texts]
            assert max(tried) == 1
            gateway.sends = []
            await asyncio.sleep(75)
            assert {await made.state(text) for text in texts} == {TextState.SENT}
            assert len(gateway.taken) == 30

    run(story())


def test_too_late_is_too_late(tmp_path: Path) -> None:
    async def story() -> None:
        gateway = ToldGateway()
        gateway.sends = [DOWN] * 1000
        rules = replace(ROOMY, lifetime_s=600.0)
        async with world(tmp_path, gateway, rules=rules) as made:
            (text,) = await made.submit()
            await asyncio.sleep(1200)
            found = await made.now(text)
            assert found.state is TextState.EXPIRED
            assert found.error == "non envoyé à temps : passerelle injoignable"
            calls = len(gateway.called)
            await asyncio.sleep(3600)
            assert len(gateway.called) == calls

    run(story())


def test_a_refused_text_fails_and_the_others_go_on(tmp_path: Path) -> None:
    async def story() -> None:
        gateway = ToldGateway()
        gateway.sends = [GatewayRefusedError("numéro non attribué")]
        async with world(tmp_path, gateway) as made:
            one, two = await made.submit(2)
            await asyncio.sleep(2)
            found = await made.now(one)
            assert (found.state, found.error) == (TextState.FAILED, "numéro non attribué")
            assert await made.state(two) is TextState.SENT

    run(story())


async def _took_it(gateway: ToldGateway, text: Text) -> Accepted:
    gateway.taken.append((text.id, clock()))
    raise DOUBT


def test_a_lost_answer_is_asked_for(tmp_path: Path) -> None:
    async def story() -> None:
        gateway, other = ToldGateway("premiere"), ToldGateway("seconde")
        gateway.sends = [lambda text: _took_it(gateway, text)]
        gateway.finds = [GatewayDownError("injoignable"), DOUBT]
        async with world(tmp_path, gateway, other) as made:
            (text,) = await made.submit()
            await asyncio.sleep(1)
            found = await made.now(text)
            assert (found.state, found.doubtful, found.error) == (
                TextState.SENDING,
                True,
                "pas de réponse",
            )
            await asyncio.sleep(60)
            assert await made.state(text) is TextState.SENT
            assert (len(gateway.taken), len(other.called), len(gateway.asked)) == (1, 0, 3)

    run(story())


def test_a_text_that_was_never_taken_goes_again_to_anyone(tmp_path: Path) -> None:
    async def story() -> None:
        gateway = ToldGateway()
        gateway.sends = [DOUBT]
        async with world(tmp_path, gateway) as made:
            (text,) = await made.submit()
            await asyncio.sleep(30)
            assert await made.state(text) is TextState.SENT
            assert len(gateway.taken) == 1

    run(story())


def test_people_are_asked_when_nobody_knows(tmp_path: Path) -> None:
    async def story() -> None:
        gateway, other = ToldGateway("premiere"), ToldGateway("seconde")
        gateway.sends, gateway.finds = [DOUBT], [DOUBT] * 100
        async with world(tmp_path, gateway, other) as made:
            (text,) = await made.submit()
            await asyncio.sleep(ROOMY.doubt_s - 1)
            assert await made.state(text) is TextState.SENDING
            await asyncio.sleep(2)
            found = await made.now(text)
            assert (found.state, found.error) == (TextState.FAILED, policy.NO_NEWS)
            assert (len(gateway.called), len(other.called)) == (1, 0)
            # A late report still tells the truth.
            await made.outbox.report(Report("premiere", "delivered", clock(), id=text.id))
            assert await made.state(text) is TextState.DELIVERED

    run(story())


def test_a_silent_gateway_does_not_swallow_the_queue(tmp_path: Path) -> None:
    async def story() -> None:
        async def never(_text: Text) -> Accepted:
            await asyncio.Event().wait()
            raise AssertionError

        gateway, other = ToldGateway("premiere"), ToldGateway("seconde")
        gateway.sends, gateway.finds = [never] * 1000, [DOUBT] * 1000
        async with world(tmp_path, gateway, other) as made:
            texts = await made.submit(40)
            await asyncio.sleep(1800)
            # Those under way when it fell silent, and a few that tried whether it is back.
            doubted = [text for text in texts if await made.state(text) is not TextState.SENT]
            assert 0 < len(doubted) <= ROOMY.in_flight + 5
            assert {(await made.now(text)).gateway for text in doubted} == {"premiere"}
            assert made.sender.errors()["premiere"] == SILENT

    run(story())


def test_an_error_that_nobody_foresaw_is_a_doubt(tmp_path: Path) -> None:
    async def story() -> None:
        gateway = ToldGateway()
        gateway.sends = [RuntimeError("?")]
        async with world(tmp_path, gateway) as made:
            (text,) = await made.submit()
            await asyncio.sleep(1)
            found = await made.now(text)
            assert (found.doubtful, found.error) == (True, UNFORESEEN)
            await asyncio.sleep(60)
            assert await made.state(text) is TextState.SENT

    run(story())


def test_without_a_gateway_texts_wait_quietly(tmp_path: Path) -> None:
    async def story() -> None:
        changes: list[Text] = []
        outbox = await inline_outbox(tmp_path / "sms.sqlite3", on_change=changes.append)
        made = World(outbox, [], ROOMY)
        (old,) = await made.submit(1, "vieux")
        await asyncio.sleep(ROOMY.lifetime_s - 60)
        (young,) = await made.submit(1, "jeune")
        await asyncio.sleep(120)
        assert len(changes) == 2
        assert {await made.state(text) for text in (old, young)} == {TextState.QUEUED}
        await made.stop()
        gateway = ToldGateway()
        later = World(outbox, [gateway], ROOMY)
        await asyncio.sleep(1)
        assert await made.state(old) is TextState.EXPIRED
        assert [taken for taken, _ in gateway.taken] == [young.id]
        await later.stop()
        await outbox.close()

    run(story())


def test_a_doubt_of_a_gateway_that_is_gone_ends_with_people(tmp_path: Path) -> None:
    async def story() -> None:
        gateway = ToldGateway("ancienne")
        gateway.sends, gateway.finds = [DOUBT], [DOUBT] * 10
        async with world(tmp_path, gateway) as made:
            (text,) = await made.submit()
            await asyncio.sleep(1)
            await made.stop()
            for gateways in ([ToldGateway("nouvelle")], []):
                later = World(made.outbox, gateways, ROOMY)
                await asyncio.sleep(400)
                assert await made.state(text) is TextState.SENDING
                await later.stop()
            World(made.outbox, [], ROOMY)
            await asyncio.sleep(400)
            assert (await made.now(text)).error == policy.NO_NEWS

    run(story())


def test_a_stop_lets_the_hand_over_end(tmp_path: Path) -> None:
    async def story() -> None:
        async def brief(_text: Text) -> Accepted:
            await asyncio.sleep(2)
            return Accepted("g1")

        async def endless(_text: Text) -> Accepted:
            await asyncio.sleep(40)
            raise AssertionError

        gateway = ToldGateway()
        gateway.sends = [brief, endless]
        async with world(tmp_path, gateway) as made:
            one, two, *rest = await made.submit(6)
            await asyncio.sleep(0.25)
            await made.stop()
            assert await made.state(one) is TextState.SENT
            assert await made.state(two) is TextState.SENDING
            called = len(gateway.called)
            await asyncio.sleep(60)
            assert len(gateway.called) == called
            # The next start asks for the one that was cut.
            made.start()
            await asyncio.sleep(30)
            assert {await made.state(text) for text in (two, *rest)} == {TextState.SENT}
            assert len({taken for taken, _ in gateway.taken}) == len(gateway.taken) == 6

    run(story())


def _failing(
    outbox: Outbox, times: int, real: Callable[..., Awaitable[Text | None]]
) -> Callable[..., Coroutine[Any, Any, Text | None]]:
    left = times

    async def change(identifier: str, step: Any) -> Text | None:
        nonlocal left
        if left:
            left -= 1
            raise OSError("no space left on device")
        return await real(identifier, step)

    return change


def test_a_full_disk_delays_and_doubles_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        gateway = ToldGateway()
        async with world(tmp_path, gateway) as made:
            real = made.outbox.change
            made.outbox.change = _failing(made.outbox, 3, real)  # type: ignore[method-assign]
            (one,) = await made.submit(1, "a")
            await asyncio.sleep(4)
            assert gateway.called == []
            await asyncio.sleep(30)
            assert await made.state(one) is TextState.SENT

            async def full_meanwhile(_text: Text) -> Accepted:
                made.outbox.change = _failing(made.outbox, 4, real)  # type: ignore[method-assign]
                return Accepted("g7")

            gateway.sends = [full_meanwhile]
            (two,) = await made.submit(1, "b")
            await asyncio.sleep(60)
            found = await made.now(two)
            assert (found.state, found.gateway_id) == (TextState.SENT, "g7")
            assert len(gateway.called) == 2

    run(story())


def test_a_report_that_overtakes_the_answer(tmp_path: Path) -> None:
    async def story() -> None:
        gateway = ToldGateway()
        async with world(tmp_path, gateway) as made:

            async def early(_text: Text) -> Accepted:
                await made.outbox.report(Report("premiere", "delivered", clock(), gateway_id="g1"))
                return Accepted("g1")

            gateway.sends = [early]
            (text,) = await made.submit()
            await asyncio.sleep(1)
            assert await made.state(text) is TextState.DELIVERED

    run(story())


def test_a_resident_who_stops_gets_no_second_try(tmp_path: Path) -> None:
    async def story() -> None:
        gateway = ToldGateway()
        gateway.sends = [DOWN]
        async with world(tmp_path, gateway) as made:
            (text,) = await made.submit()
            await asyncio.sleep(1)
            await made.outbox.stop(text.request.number, clock())
            await asyncio.sleep(3600)
            found = await made.now(text)
            assert (found.state, found.error) == (TextState.FAILED, policy.STOPPED)
            assert len(gateway.called) == 1

    run(story())


def test_the_virtual_clock_starts_at_noon(tmp_path: Path) -> None:
    async def story() -> None:
        assert clock() == NOON

    run(story())
