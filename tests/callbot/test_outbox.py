"""Text messages are on disk before anybody hears of them, leave once, and can be found again."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bench.outbox import collide, tally
from callbot.outbox import EARLY_MAX, EXPIRY_BATCH, Outbox
from telephony.sms import policy
from telephony.sms.limits import Alarm
from telephony.sms.model import Incoming, Report, ReportState, Text, TextRequest, TextState
from telephony.sms.rules import OutboxRules
from tests.telephony.sms.outboxparts import NOON, PARIS, ROOMY, after, request

NUMBER = "+33612345678"
OTHER = "+33687654321"
DAY_S = 86_400.0


@pytest.fixture
async def outbox(tmp_path: Path) -> AsyncIterator[Outbox]:
    opened = await Outbox.open(tmp_path / "sms.sqlite3", ROOMY, PARIS)
    yield opened
    await opened.close()


async def kept(outbox: Outbox, wanted: TextRequest | None = None, seconds: float = 0) -> Text:
    done = await outbox.submit(wanted or request(), after(seconds))
    assert done.outcome == "queued"
    assert done.text is not None
    return done.text


async def sending(outbox: Outbox, text: Text, gateway: str = "a") -> Text:
    begun = await outbox.change(text.id, lambda found: policy.begin(found, gateway, found.due_at))
    assert begun is not None
    return begun


async def sent(outbox: Outbox, text: Text, gateway_id: str = "g1") -> Text:
    begun = await sending(outbox, text)
    taken = await outbox.change(
        begun.id, lambda found: policy.accepted(found, "a", gateway_id, found.changed_at)
    )
    assert taken is not None
    return taken


async def failed(outbox: Outbox, text: Text) -> Text:
    begun = await sending(outbox, text)
    refused = await outbox.change(
        begun.id, lambda found: policy.refused(found, "refusé", found.changed_at)
    )
    assert refused is not None
    return refused


def news(
    state: ReportState, *, text: Text | None = None, name: str = "", seconds: float = 5
) -> Report:
    return Report("a", state, after(seconds), id=text.id if text else "", gateway_id=name)


async def state(outbox: Outbox, text: Text) -> TextState:
    found = await outbox.text(text.id)
    assert found is not None
    return found.state


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_a_text_comes_back_as_it_was_agreed_to(outbox: Outbox) -> None:
    text = await kept(outbox)
    assert text.request == request()
    assert await outbox.text(text.id) == text
    assert await outbox.texts_of_call("appel-1") == (text,)
    assert await outbox.texts_of_call("appel-2") == ()
    assert await outbox.text("unknown") is None
    assert await outbox.due(NOON, 10) == (text,)


async def test_the_same_key_is_kept_once(outbox: Outbox) -> None:
    outcomes = await asyncio.gather(*(outbox.submit(request(), after(n)) for n in range(5)))
    assert [done.outcome for done in outcomes] == ["queued", *["already"] * 4]
    assert len({done.text.id for done in outcomes if done.text}) == 1
    assert len(await outbox.page()) == 1


async def test_who_asked_may_be_gone_and_it_is_kept_and_told(tmp_path: Path) -> None:
    changes: list[Text] = []
    outbox = await Outbox.open(tmp_path / "s.sqlite3", ROOMY, PARIS, on_change=changes.append)
    asking = asyncio.create_task(outbox.submit(request(), NOON))
    await asyncio.sleep(0)
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking
    await outbox.close()
    assert [text.state for text in changes] == [TextState.QUEUED]
    assert outbox.arrivals.is_set()
    again = await Outbox.open(tmp_path / "s.sqlite3", ROOMY, PARIS)
    assert await again.page() == tuple(changes)
    await again.close()


async def test_a_landline_gets_nothing(outbox: Outbox) -> None:
    done = await outbox.submit(request(number="+33143272222"), NOON)
    assert (done.outcome, done.text) == ("refused", None)
    assert await outbox.page() == ()


async def test_limits_and_one_alarm_an_hour(tmp_path: Path) -> None:
    alarms: list[Alarm] = []
    rules = OutboxRules(per_call=2, per_number_day=3, per_hour=5, per_day=6)
    outbox = await Outbox.open(tmp_path / "s.sqlite3", rules, PARIS, on_alarm=alarms.append)

    async def ask(key: str, number: str, call: str, seconds: float) -> str:
        done = await outbox.submit(request(key, number, call), after(seconds))
        return done.limit or done.outcome

    numbers = [f"+3361234567{n}" for n in range(9)]
    assert [await ask(f"k{n}", numbers[0], "c1", 0) for n in range(3)] == [
        "queued",
        "queued",
        "call",
    ]
    assert [await ask(f"k{n}", numbers[0], f"c{n}", 0) for n in (3, 4)] == ["queued", "number"]
    assert [await ask(f"k{n}", numbers[n], f"c{n}", 60) for n in (5, 6)] == ["queued", "queued"]
    assert alarms == []
    assert [await ask(f"k{n}", numbers[n], f"c{n}", 60) for n in (7, 8)] == ["hour", "hour"]
    assert [alarm.limit for alarm in alarms] == ["hour"]
    # What was kept is still "already", whatever the limits say.
    assert await ask("k0", numbers[0], "c1", 60) == "already"
    assert await ask("k7", numbers[7], "c7", 3600) == "queued"
    assert [await ask("k8", numbers[8], "c8", at) for at in (3600, 7200)] == ["day", "day"]
    assert [alarm.limit for alarm in alarms] == ["hour", "day"]
    # Midnight in the town is 23:00 UTC.
    assert await ask("k8", numbers[8], "c8", 11 * 3600 - 1) == "day"
    assert await ask("k8", numbers[8], "c8", 11 * 3600) == "queued"
    await outbox.close()


async def test_many_at_once_do_not_slip_through_a_limit(tmp_path: Path) -> None:
    rules = replace(ROOMY, per_hour=10)
    outbox = await Outbox.open(tmp_path / "s.sqlite3", rules, PARIS)
    wanted = [request(f"k{n}", call=f"c{n}") for n in range(40)]
    outcomes = await asyncio.gather(*(outbox.submit(one, NOON) for one in wanted))
    assert [done.outcome for done in outcomes].count("queued") == 10
    await outbox.close()


async def test_purging_does_not_reopen_the_limits_of_today(tmp_path: Path) -> None:
    rules = replace(ROOMY, per_number_day=1)
    outbox = await Outbox.open(tmp_path / "s.sqlite3", rules, PARIS)
    await failed(outbox, await kept(outbox))
    assert await outbox.purge(after(3600), after(3600)) == 0
    assert (await outbox.submit(request("k2"), after(3600))).limit == "number"
    assert await outbox.purge(after(3600), after(DAY_S)) == 1
    assert (await outbox.submit(request("k2"), after(DAY_S))).outcome == "queued"
    await outbox.close()


async def test_stop_is_honoured_and_start_undoes_it(outbox: Outbox) -> None:
    waiting, other = await kept(outbox), await kept(outbox, request("k2", OTHER))
    await outbox.incoming(Incoming("a", "0612345678", "Stop !", after(1)))
    assert await outbox.stopped() == (NUMBER,)
    assert await state(outbox, waiting) is TextState.FAILED
    assert await state(outbox, other) is TextState.QUEUED
    assert (await outbox.submit(request("k3"), after(2))).outcome == "stopped"
    assert (await outbox.resend(waiting.id, after(2))).outcome == "stopped"
    await outbox.incoming(Incoming("a", NUMBER, "Merci beaucoup", after(3)))
    assert await outbox.stopped() == (NUMBER,)
    await outbox.incoming(Incoming("a", NUMBER, "REPRENDRE", after(4)))
    assert await outbox.stopped() == ()
    assert (await outbox.submit(request("k3"), after(5))).outcome == "queued"


async def test_reports_by_our_name_and_by_theirs(outbox: Outbox) -> None:
    one = await sent(outbox, await kept(outbox, request("k1")), "g1")
    two = await sent(outbox, await kept(outbox, request("k2")), "g2")
    await outbox.report(news("delivered", text=one))
    await outbox.report(news("failed", name="g2"))
    assert await state(outbox, one) is TextState.DELIVERED
    assert await state(outbox, two) is TextState.FAILED
    for report in (news("failed", text=one), news("delivered", name="g9"), news("failed")):
        await outbox.report(report)
    assert await state(outbox, one) is TextState.DELIVERED
    await outbox.report(news("delivered", name="g2", seconds=9000))
    assert await state(outbox, two) is TextState.DELIVERED


async def test_a_report_that_overtakes_the_gateways_answer_counts(outbox: Outbox) -> None:
    text = await sending(outbox, await kept(outbox))
    await outbox.report(news("accepted", name="g7"))
    await outbox.report(news("delivered", name="g7"))
    assert await state(outbox, text) is TextState.SENDING
    taken = await outbox.change(text.id, lambda now: policy.accepted(now, "a", "g7", after(9)))
    assert taken is not None
    assert taken.state is TextState.DELIVERED
    assert await outbox.text(text.id) == taken


async def test_strangers_reports_fill_no_disk(outbox: Outbox, tmp_path: Path) -> None:
    def early() -> int:
        with sqlite3.connect(tmp_path / "sms.sqlite3") as database:
            return int(database.execute("SELECT count(*) FROM early").fetchone()[0])

    await outbox.report(news("delivered", name="x"))
    assert early() == 0  # nothing is being handed over
    await sending(outbox, await kept(outbox))
    reports = (news("delivered", name=f"x{n}") for n in range(EARLY_MAX + 50))
    await asyncio.gather(*(outbox.report(report) for report in reports))
    assert early() == EARLY_MAX


async def test_only_one_of_two_hand_overs_begins(outbox: Outbox) -> None:
    text = await kept(outbox)
    steps = [partial(policy.begin, gateway=name, now=NOON) for name in "ab"]
    begun = await asyncio.gather(*(outbox.change(text.id, step) for step in steps))
    assert [one is not None for one in begun] == [True, False]
    assert await outbox.due(NOON, 10) == ()


async def test_staff_sends_again_once(outbox: Outbox) -> None:
    text = await failed(outbox, await kept(outbox))
    done = await asyncio.gather(*(outbox.resend(text.id, after(60)) for _ in range(3)))
    assert [one.outcome for one in done] == ["queued", "already", "already"]
    fresh = done[0].text
    assert fresh is not None
    assert (fresh.round, fresh.request) == (2, text.request)
    assert fresh.id != text.id
    assert (await outbox.resend(fresh.id, after(60))).outcome == "refused"
    assert (await outbox.resend("unknown", after(60))).outcome == "refused"
    assert (await outbox.submit(request(), after(60))).text == fresh
    # A late report of the first does not count for the second.
    await outbox.report(news("delivered", text=text))
    assert await state(outbox, fresh) is TextState.QUEUED


async def test_staff_stops_what_has_not_left(outbox: Outbox) -> None:
    text = await kept(outbox)
    cancelled = await outbox.cancel(text.id, after(1))
    assert cancelled is not None
    assert cancelled.error == "annulé avant l'envoi"
    gone = await sent(outbox, await kept(outbox, request("k2")))
    assert await outbox.cancel(gone.id, after(1)) is None


async def test_expiry_goes_by_batches(outbox: Outbox) -> None:
    count = EXPIRY_BATCH + 10
    await asyncio.gather(*(kept(outbox, request(f"k{n}")) for n in range(count)))
    late = after(ROOMY.lifetime_s)
    assert await outbox.next_due(NOON) == late
    assert await outbox.due(late, 10) == ()
    assert [await outbox.expire(late) for _ in range(3)] == [EXPIRY_BATCH, 10, 0]
    assert await outbox.next_due(late) is None


async def test_pages_are_newest_first_and_searched(outbox: Outbox) -> None:
    texts = []
    for n in range(7):
        wanted = request(f"k{n}", OTHER if n % 2 else NUMBER)
        if n == 3:
            wanted = replace(wanted, text="Déchèterie : ouverte à 9 h, 100 % gratuit.")
        texts.append(await kept(outbox, wanted, n))
    newest = tuple(reversed(texts))
    assert await outbox.page(limit=3) == newest[:3]
    assert await outbox.page(limit=3, before=newest[2].id) == newest[3:6]
    assert await outbox.page(words="06 87 65") == newest[1::2]
    assert await outbox.page(words="+33 6 87") == newest[1::2]
    assert await outbox.page(words="4321") == newest[1::2]
    assert await outbox.page(words="DECHETERIE gratuit") == (texts[3],)
    assert await outbox.page(words="100") == (texts[3],)
    assert await outbox.page(words="piscine") == ()
    # Signs that mean something to the database are words like others.
    assert await outbox.page(words="%' OR 1=1 --") == ()
    await sent(outbox, texts[0])
    assert [text.id for text in await outbox.page(states={TextState.SENT})] == [texts[0].id]
    assert len(await outbox.page(states=[TextState.SENT, TextState.QUEUED])) == 7


async def test_counts_of_today_and_of_all(outbox: Outbox) -> None:
    await failed(outbox, await kept(outbox, request("k1")))
    await kept(outbox, request("k2"), DAY_S)
    counts = await outbox.counts(after(DAY_S))
    assert counts.today[TextState.QUEUED] == counts.total[TextState.QUEUED] == 1
    assert (counts.today[TextState.FAILED], counts.total[TextState.FAILED]) == (0, 1)
    assert counts.total[TextState.DELIVERED] == 0


async def test_what_is_over_is_erased_and_stop_is_not(outbox: Outbox, tmp_path: Path) -> None:
    third = "+33611111111"
    await sent(outbox, await kept(outbox, request("k1", NUMBER)))
    doubtful = await sending(outbox, await kept(outbox, request("k2", OTHER)))
    await kept(outbox, request("k3", third))
    await outbox.stop("+33622222222", NOON)
    assert await outbox.purge(after(-1), after(2 * DAY_S)) == 0
    assert await outbox.purge(after(60), after(2 * DAY_S)) == 1
    on_disk = bytes_of(tmp_path)
    assert NUMBER.encode() not in on_disk
    assert all(number.encode() in on_disk for number in (OTHER, third, "+33622222222"))
    # Nobody configured a gateway: what waited too long goes with the rest.
    assert await outbox.purge(after(2 * DAY_S), after(2 * DAY_S)) == 1
    assert third.encode() not in bytes_of(tmp_path)
    assert await state(outbox, doubtful) is TextState.SENDING
    assert await outbox.stopped() == ("+33622222222",)


async def test_who_follows_may_fail(tmp_path: Path) -> None:
    def broken(_text: Text) -> None:
        raise RuntimeError("the console is gone")

    outbox = await Outbox.open(tmp_path / "s.sqlite3", ROOMY, PARIS, on_change=broken)
    assert (await outbox.submit(request(), NOON)).outcome == "queued"
    await outbox.close()


def test_killed_at_any_moment_it_loses_and_doubles_nothing(tmp_path: Path) -> None:
    half = collide(60, tmp_path, seed=7)
    result = tally(tmp_path, 60, half)
    assert (result.lost, result.doubled, result.unknown) == (0, 0, 0)
    assert result.in_hand_over > 5
    assert result.promised > 60
    assert result.left > 0.7 * result.promised


def test_the_count_notices_a_message_that_left_twice(tmp_path: Path) -> None:
    """An operator that denies what it has makes the callbot send again: no other way is known."""
    result = tally(tmp_path, 15, collide(15, tmp_path, seed=3, lying=True))
    assert result.doubled > 0
