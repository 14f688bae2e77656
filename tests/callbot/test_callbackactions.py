"""What staff do with call-backs, and what the dialogue promises."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from callbot.callbackactions import CallCallbacks
from console.ports import ActionRefusedError
from dialogue.ports import ServiceUnavailableError
from telephony.callbackrecord import Callback, CallbackState
from telephony.presence import Presence
from tests.callbot.callbackscene import (
    ANNE,
    BRUNO,
    HOME,
    LANDLINE,
    RESIDENT,
    TownHall,
    owner,
    play,
)
from tests.telephony.promises import at

STATE = CallbackState
EVENING = at(2, "18:30")


async def refusal(action: object) -> str:
    with pytest.raises(ActionRefusedError) as refused:
        await action  # type: ignore[misc]
    return str(refused.value)


def test_an_agent_who_wants_it_now_is_rung_whatever_the_hour(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        asked = await hall.ask()
        hall.desk.set_presence("bruno", Presence.OFFLINE)
        assert "Votre téléphone sonne" in await hall.actions.now(asked.callback.id, "bruno")
        done = await hall.until(STATE.DONE)
        assert done.agent == "bruno"
        assert not hall.worker.calls(ANNE.target)
        assert hall.now() < at(2, "18:40")

    owners = {ANNE.target: owner(), BRUNO.target: owner(), HOME: owner(key="")}
    play(story, tmp_path, owners, ANNE, BRUNO, start=EVENING)


def test_an_agent_whose_wish_could_not_be_kept_is_not_rung_for_it_later(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        asked, keep = await hall.ask(), hall.waiting.keep

        async def full(callback: Callback) -> bool:
            raise sqlite3.OperationalError("database or disk is full")

        hall.waiting.keep = full  # type: ignore[method-assign]
        with pytest.raises(sqlite3.Error):
            await hall.actions.now(asked.callback.id, "bruno")
        hall.waiting.keep = keep  # type: ignore[method-assign]
        assert (await hall.until(STATE.DONE)).agent == "anne"

    owners = {ANNE.target: owner(), BRUNO.target: owner(), HOME: owner(key="")}
    play(story, tmp_path, owners, ANNE, BRUNO, start=EVENING)


def test_an_agent_takes_one_that_waits_already(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        hall.desk.set_presence("anne", Presence.BREAK)
        asked = await hall.ask()
        await hall.until(STATE.QUEUED)
        await hall.actions.now(asked.callback.id, "anne")
        await hall.until(STATE.DONE)

    play(story, tmp_path, {ANNE.target: owner(), HOME: owner(key="")})


def test_an_agent_who_wants_it_while_lines_are_full_is_rung_later(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        leave = [hall.worker.incoming(f"061111111{n}") for n in range(3)]
        asked = await hall.ask()
        for _ in range(2):
            told = await hall.actions.now(asked.callback.id, "bruno")
            assert "Toutes les lignes sont prises" in told
        leave[0]()
        assert (await hall.until(STATE.DONE)).agent == "bruno"
        assert not hall.worker.calls(ANNE.target)

    owners = {ANNE.target: owner(), BRUNO.target: owner(), HOME: owner(key="")}
    play(story, tmp_path, owners, ANNE, BRUNO, start=EVENING)


def test_a_colleague_tries_again_while_the_agent_still_hears_that_nobody_answers(
    tmp_path: Path,
) -> None:
    async def story(hall: TownHall) -> None:
        await hall.ask()
        failed = await hall.until(STATE.DIALLING)
        failed = await hall.until(STATE.PLANNED)
        first = hall.worker.calls(ANNE.target)[0]
        assert not first.over
        hall.worker.owners[HOME] = owner(key="")
        await hall.actions.now(failed.id, "bruno")
        assert (await hall.until(STATE.DONE, limit_s=300)).agent == "bruno"
        assert first.over

    owners = {ANNE.target: owner(talks_s=600), BRUNO.target: owner(), HOME: owner(code=486)}
    play(story, tmp_path, owners, ANNE, BRUNO)


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        actions = hall.actions
        asked = await hall.ask()
        mine = asked.callback.id
        assert "nom" in await refusal(actions.now(mine, "zoe"))
        hang_up = hall.worker.incoming(RESIDENT)
        assert "en ligne avec la mairie" in await refusal(actions.now(mine, "anne"))
        hang_up()
        await asyncio.sleep(1)
        await actions.now(mine, "anne")
        await hall.until(STATE.DIALLING)
        assert "déjà en ligne" in await refusal(actions.now(mine, "anne"))
        assert "sonne déjà" in await refusal(actions.done(mine, "bruno"))
        await hall.until(STATE.TALKING)
        assert "avec un collègue" in await refusal(actions.cancel(mine, "bruno"))
        await hall.until(STATE.DONE)
        await asyncio.sleep(60)
        for action in (actions.now, actions.done, actions.cancel):
            assert "déjà terminé" in await refusal(action(mine, "anne"))
            assert "déjà terminé" in await refusal(action("inconnu", "anne"))

    owners = {ANNE.target: owner(), HOME: owner(key="")}
    play(story, tmp_path, owners, ANNE, BRUNO)


def test_settled_or_cancelled_by_people_nobody_is_rung(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        first = await hall.ask()
        second = await hall.ask(number=LANDLINE)
        await hall.actions.done(first.callback.id, "anne")
        await hall.actions.cancel(second.callback.id, "anne")
        await asyncio.sleep(86400)
        assert not hall.worker.rung
        assert hall.counts == ["asked", "asked", "done", "cancelled"]

    play(story, tmp_path, {ANNE.target: owner()}, start=EVENING)


def test_a_finished_call_is_called_back_by_the_agent_who_asks(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        actions = hall.actions
        told = await actions.call_back("appel-9", "06 12 34 56 78", "etat_civil", "bruno")
        assert "Tapez 1" in told
        done = await hall.until(STATE.DONE)
        assert (done.agent, done.call) == ("bruno", "appel-9")
        await asyncio.sleep(60)
        await actions.call_back("appel-9", RESIDENT, "etat_civil", "anne")
        while not all(one.state is STATE.DONE for one in await hall.all()):
            await asyncio.sleep(5)
        assert [one.agent for one in await hall.all()] == ["bruno", "anne"]
        assert len(hall.worker.calls(HOME)) == 2

    owners = {ANNE.target: owner(), BRUNO.target: owner(), HOME: owner(key="")}
    play(story, tmp_path, owners, ANNE, BRUNO, start=EVENING)


@pytest.mark.parametrize(
    ("number", "service", "said"),
    [
        ("", "etat_civil", "inconnu ou masqué"),
        ("anonymous", "etat_civil", "inconnu ou masqué"),
        ("3975", "etat_civil", "court"),
        ("0899 70 12 34", "etat_civil", "surtaxé"),
        ("+44 20 7946 0018", "etat_civil", "français"),
        ("02 61 91 00 00", "etat_civil", "numéro de la mairie"),
        (RESIDENT, "disparu", "n'existe plus"),
    ],
)
def test_a_call_that_cannot_be_called_back(
    tmp_path: Path, number: str, service: str, said: str
) -> None:
    async def story(hall: TownHall) -> None:
        assert said in await refusal(hall.actions.call_back("c", number, service, "anne"))
        assert await hall.all() == ()

    play(story, tmp_path, {})


def test_switched_off_staff_are_told(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        action = hall.actions.call_back("c", RESIDENT, "etat_civil", "anne")
        assert "pas en service" in await refusal(action)

    play(story, tmp_path, {}, enabled=False)


def test_the_board_sees_what_is_open_and_what_ended_today(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        first = await hall.ask()
        second = await hall.ask(number=LANDLINE)
        await hall.actions.cancel(second.callback.id, "anne")
        shown = {entry.id: entry for entry in hall.actions.entries()}
        assert shown[second.callback.id].state == "cancelled"
        entry = shown[first.callback.id]
        assert (entry.number, entry.service, entry.state) == (RESIDENT, "etat_civil", "planned")
        assert (entry.call, entry.reason, entry.tries) == ("appel", "mon passeport", 0)
        await asyncio.sleep(8 * 3600)
        assert [entry.id for entry in hall.actions.entries()] == [first.callback.id]

    play(story, tmp_path, {}, start=EVENING)


def test_the_dialogue_promises_once_and_says_when(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        callbacks = CallCallbacks(hall.callbacks, "appel-1")
        assert callbacks.possible("etat_civil")
        assert not callbacks.possible("disparu")
        first = await callbacks.request("etat_civil", RESIDENT, "mon passeport")
        assert (first.outcome, first.due) == ("new", at(3, "09:00"))
        again = await callbacks.request("etat_civil", RESIDENT, "mon passeport")
        assert (again.outcome, again.due) == ("kept", at(3, "09:00"))
        (kept,) = await hall.callbacks.promised("06 12 34 56 78")
        assert (kept.call, kept.reason) == ("appel-1", "mon passeport")
        assert await hall.callbacks.promised("anonymous") == ()
        with pytest.raises(ServiceUnavailableError):
            await callbacks.request("etat_civil", "3975", "")
        await hall.callbacks.served(RESIDENT, "elections")
        assert len(await hall.callbacks.promised(RESIDENT)) == 1
        await hall.callbacks.served(RESIDENT, "etat_civil")
        assert await hall.callbacks.promised(RESIDENT) == ()

    play(story, tmp_path, {}, start=EVENING)


def test_a_promise_that_cannot_be_kept_on_disk_is_none(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        async def ask(*_: object, **__: object) -> Callback:
            raise sqlite3.OperationalError("database or disk is full")

        hall.waiting.ask = ask  # type: ignore[assignment]
        with pytest.raises(ServiceUnavailableError):
            await CallCallbacks(hall.callbacks, "c").request("etat_civil", RESIDENT, "")

    play(story, tmp_path, {})
