"""Call-backs through closing hours, full lines and crashes: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from telephony.callbackrecord import Callback, CallbackState
from telephony.callbacksteps import SendText
from telephony.presence import Presence
from tests.callbot.callbackscene import ANNE, HOME, RESIDENT, TownHall, owner, play
from tests.telephony.promises import at

STATE = CallbackState


def test_asked_in_the_evening_it_is_made_in_the_morning(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        asked = await hall.ask()
        assert asked.callback.due_at == at(3, "09:00")
        await hall.until(STATE.QUEUED)
        assert at(3, "09:00") <= hall.now() < at(3, "09:01")
        await hall.until(STATE.DONE)

    play(story, tmp_path, {ANNE.target: owner(), HOME: owner(key="")}, start=at(2, "18:30"))


def test_nobody_takes_it_before_closing_it_waits_for_the_next_opening(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        hall.desk.set_presence("anne", Presence.BREAK)
        await hall.ask()
        await hall.until(STATE.QUEUED)
        kept = await hall.until(STATE.PLANNED)
        assert kept.due_at == at(2, "13:30")
        assert hall.desk.waiting() == ()
        hall.desk.set_presence("anne", Presence.AVAILABLE)
        await asyncio.sleep(3600)
        assert not hall.worker.rung
        await hall.until(STATE.DONE)

    play(story, tmp_path, {ANNE.target: owner(), HOME: owner(key="")}, start=at(2, "11:30"))


def test_nobody_ever_takes_it_then_people_see_it(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        hall.desk.set_presence("anne", Presence.OFFLINE)
        await hall.ask()
        kept = await hall.until(STATE.BY_HAND, limit_s=9 * 86400)
        assert kept.by_hand == "expired"
        assert hall.desk.waiting() == ()
        assert hall.counts == ["asked", "by_hand"]

    play(story, tmp_path, {})


def test_a_service_that_never_opens_leaves_it_to_people_at_once(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        assert not hall.callbacks.possible("jamais")
        asked = await hall.ask("jamais")
        assert asked.callback.by_hand == "never_open"
        assert hall.counts == ["asked", "by_hand"]

    play(story, tmp_path, {})


def test_without_two_free_lines_nobody_is_rung_and_no_agent_is_blamed(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        leave = [hall.worker.incoming(f"061111111{n}") for n in range(3)]
        await hall.ask()
        await hall.until(STATE.QUEUED)
        await asyncio.sleep(300)
        assert not hall.worker.rung
        agent = hall.desk.agents()["anne"]
        assert (agent.presence, agent.missed) == (Presence.AVAILABLE, 0)
        leave[0]()
        await hall.until(STATE.DONE)

    play(story, tmp_path, {ANNE.target: owner(), HOME: owner(key="")})


def test_lines_that_fill_while_it_waits_for_an_agent(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        hall.desk.set_presence("anne", Presence.BREAK)
        await hall.ask()
        await hall.until(STATE.QUEUED)
        leave = [hall.worker.incoming(f"061111111{n}") for n in range(3)]
        hall.desk.set_presence("anne", Presence.AVAILABLE)
        await asyncio.sleep(300)
        assert not hall.worker.rung
        assert hall.desk.agents()["anne"].presence is Presence.AVAILABLE
        leave[0]()
        await hall.until(STATE.DONE)

    play(story, tmp_path, {ANNE.target: owner(), HOME: owner(key="")})


def test_lines_that_fill_while_the_agent_picks_up(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        await hall.ask()
        while not hall.worker.rung:
            await asyncio.sleep(0.5)
        leave = [hall.worker.incoming(f"061111111{n}") for n in range(3)]
        kept = await hall.until(STATE.PLANNED)
        assert kept.attempts == 0
        await asyncio.sleep(10)
        assert "n'est pas possible maintenant" in hall.worker.rung[0].heard
        assert not hall.worker.calls(HOME)
        leave[0]()
        await hall.until(STATE.DONE)

    play(story, tmp_path, {ANNE.target: owner(), HOME: owner(key="")})


def test_two_call_backs_do_not_take_each_others_line(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        leave = hall.worker.incoming("0611111111")
        await hall.ask()
        await hall.ask("ccas", number="+33687654321")
        await asyncio.sleep(5)
        assert len(hall.worker.rung) == 1
        leave()
        while not all(one.state is STATE.DONE for one in await hall.all()):
            await asyncio.sleep(5)

    owners = {
        ANNE.target: owner(),
        "sip:ccas@pbx": owner(),
        HOME: owner(key=""),
        "sip:0687654321@pbx": owner(key=""),
    }
    play(story, tmp_path, owners)


@pytest.mark.parametrize(
    ("state", "then", "homes"),
    [
        (STATE.PLANNED, STATE.DONE, 1),
        (STATE.QUEUED, STATE.DONE, 1),
        (STATE.DIALLING, STATE.DONE, 1),
        (STATE.TALKING, STATE.BY_HAND, 0),
    ],
)
def test_a_core_that_starts_again_takes_it_up(
    tmp_path: Path, state: CallbackState, then: CallbackState, homes: int
) -> None:
    """``homes``: how often the resident is rung after the restart."""

    async def story(hall: TownHall) -> None:
        if state is STATE.PLANNED:
            hall.worker.incoming(RESIDENT)
        await hall.ask()
        before = await hall.until(state)
        await hall.crash()
        await hall.open()
        after = await hall.until(then)
        assert len(hall.worker.calls(HOME)) == homes
        assert after.attempts == before.attempts + (state is STATE.DIALLING)

    play(story, tmp_path, {ANNE.target: owner(), HOME: owner(after_s=8, key="")})


def test_a_core_that_starts_again_sends_the_text_under_the_same_key(tmp_path: Path) -> None:
    keys: list[str] = []
    hangs = True

    async def text(action: SendText) -> bool:
        keys.append(action.key)
        if hangs:
            await asyncio.Event().wait()
        return True

    async def story(hall: TownHall) -> None:
        nonlocal hangs
        await hall.ask()
        closing = await hall.until(STATE.CLOSING)
        await asyncio.sleep(1)
        await hall.crash()
        hangs = False
        await hall.open()
        await hall.until(STATE.GIVEN_UP)
        assert keys == [closing.queue_call, closing.queue_call]

    play(story, tmp_path, {ANNE.target: owner()}, texts=text)


def test_what_another_hand_kept_meanwhile_is_read_again(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        hall.worker.incoming(RESIDENT)
        asked = await hall.ask()
        keep, cancelled = hall.waiting.keep, False

        async def slow(callback: Callback) -> bool:
            nonlocal cancelled
            if not cancelled:
                cancelled = True
                step = hall.callbacks._policy.cancelled(asked.callback, hall.now())
                assert step is not None
                assert await keep(step.keep)
            return await keep(callback)

        hall.waiting.keep = slow  # type: ignore[method-assign]
        assert await hall.callbacks.settle(asked.callback.id, "anne") is None
        assert (await hall.all())[0].state is STATE.CANCELLED

    play(story, tmp_path, {})


def test_a_file_that_cannot_be_written_leaves_nobody_on_the_line(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        await hall.ask()
        await hall.until(STATE.QUEUED)
        keep, full = hall.waiting.keep, True

        async def keep_or_not(callback: Callback) -> bool:
            if full:
                raise sqlite3.OperationalError("database or disk is full")
            return await keep(callback)

        hall.waiting.keep = keep_or_not  # type: ignore[method-assign]
        await asyncio.sleep(60)
        (staff,) = hall.worker.calls(ANNE.target)
        assert staff.over
        assert not hall.worker.calls(HOME)
        full = False
        await hall.until(STATE.DONE, limit_s=300)

    play(story, tmp_path, {ANNE.target: owner(talks_s=600), HOME: owner(key="", talks_s=60)})


def test_switched_off_nothing_is_promised_and_nobody_is_rung(tmp_path: Path) -> None:
    async def first(hall: TownHall) -> None:
        await hall.ask()

    async def second(hall: TownHall) -> None:
        assert not hall.callbacks.possible("etat_civil")
        with pytest.raises(ValueError, match="rappeler"):
            await hall.ask("elections")
        await asyncio.sleep(86400)
        assert not hall.worker.rung
        assert [one.state for one in hall.callbacks.callbacks] == [STATE.PLANNED]

    play(first, tmp_path, {}, start=at(2, "18:00"))
    play(second, tmp_path, {ANNE.target: owner()}, enabled=False)


def test_a_draining_box_lets_the_talk_end_and_begins_none(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        await hall.ask()
        await hall.until(STATE.TALKING)
        drained = asyncio.create_task(hall.lines.drain(600))
        await asyncio.sleep(0)
        await hall.ask("ccas", number="+33687654321")
        await drained
        assert (await hall.all())[0].state is STATE.DONE
        assert len(hall.worker.rung) == 2
        assert all(telephone.over for telephone in hall.worker.rung)

    owners = {ANNE.target: owner(), HOME: owner(key="", talks_s=90)}
    play(story, tmp_path, owners, slots=8)
