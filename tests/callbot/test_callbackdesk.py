"""Call-backs on telephones: staff first, key 1, the resident once, and nothing lost on the way."""

from __future__ import annotations

import asyncio
from pathlib import Path

from telephony.callbackrecord import CallbackState
from telephony.callbacksteps import SendText
from telephony.presence import Presence
from telephony.reception import Strategy
from tests.callbot.callbackscene import (
    ANNE,
    BRUNO,
    HOME,
    LANDLINE,
    RESIDENT,
    SHOWN,
    TownHall,
    owner,
    play,
)

STATE = CallbackState


def test_an_agent_is_rung_takes_it_and_talks_to_the_resident(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        await hall.ask()
        await hall.until(STATE.DIALLING)
        (staff,) = hall.worker.calls(ANNE.target)
        assert (staff.order.call, staff.order.caller) == (None, RESIDENT)
        assert "Rappel d'un habitant, pour le service etat_civil." in staff.heard
        assert "tapez 1" in staff.heard
        await hall.until(STATE.TALKING)
        (home,) = hall.worker.calls(HOME)
        assert (home.order.call, home.order.caller) == (staff.order.leg, SHOWN)
        await asyncio.sleep(10)
        assert "je compose" in staff.heard.lower()
        assert "ici la mairie" in home.heard
        assert home.peer is staff
        assert hall.desk.agents()["anne"].presence is Presence.IN_CALL
        done = await hall.until(STATE.DONE)
        assert (done.agent, done.attempts) == ("anne", 0)
        assert hall.desk.agents()["anne"].presence is Presence.WRAP_UP
        await asyncio.sleep(3600)
        assert len(hall.worker.rung) == 2
        assert hall.counts == ["asked", "done"]

    play(story, tmp_path, {ANNE.target: owner(), HOME: owner(key="", talks_s=90)})


def test_an_answering_machine_of_staff_makes_no_resident_ring(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        await hall.ask()
        done = await hall.until(STATE.DONE)
        assert done.agent == "bruno"
        first, *_ = hall.worker.calls(ANNE.target)
        assert first.answered
        assert len(hall.worker.calls(HOME)) == 1

    machine = owner(key="", talks_s=120)
    owners = {ANNE.target: machine, BRUNO.target: owner(), HOME: owner(key="")}
    play(story, tmp_path, owners, ANNE, BRUNO)


def test_a_resident_who_is_never_reached_gets_a_text_at_last(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        asked = await hall.ask()
        gone = await hall.until(STATE.GIVEN_UP)
        assert gone.attempts == 4
        assert len(hall.worker.calls(HOME)) == 4
        staff = hall.worker.calls(ANNE.target)
        assert "ne répond pas. Nouvel essai aujourd'hui" in staff[0].heard
        await asyncio.sleep(30)
        assert "pas d'autre essai" in staff[-1].heard
        assert all(telephone.over for telephone in hall.worker.rung)
        (text,) = hall.sent
        assert (text.number, text.key) == (RESIDENT, asked.callback.queue_call)
        assert hall.desk.talks() == ()
        assert hall.counts == ["asked", "given_up"]

    play(story, tmp_path, {ANNE.target: owner(talks_s=600), HOME: owner(code=486)})


def test_without_a_text_people_have_to_call(tmp_path: Path) -> None:
    async def refused(text: SendText) -> bool:
        return False

    async def broken(text: SendText) -> bool:
        raise OSError("no gateway")

    async def story(hall: TownHall) -> None:
        await hall.ask()
        assert (await hall.until(STATE.BY_HAND)).by_hand == "no_text"

    for number, texts in enumerate((refused, broken)):
        folder = tmp_path / str(number)
        play(story, folder, {ANNE.target: owner()}, texts=texts)


def test_a_landline_that_is_never_reached_is_left_to_people(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        await hall.ask(number=LANDLINE)
        assert (await hall.until(STATE.BY_HAND)).by_hand == "not_reached"
        assert not hall.sent
        await hall.actions.done((await hall.all())[0].id, "anne")
        assert (await hall.until(STATE.DONE)).agent == "anne"

    play(story, tmp_path, {ANNE.target: owner()})


def test_an_agent_who_hangs_up_stops_the_resident_from_ringing(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        await hall.ask()
        again = await hall.until(STATE.DIALLING)
        await asyncio.sleep(6)
        (home,) = hall.worker.calls(HOME)
        assert home.over
        again = await hall.until(STATE.PLANNED)
        assert again.attempts == 1
        assert hall.desk.agents()["anne"].presence is Presence.AVAILABLE

    play(story, tmp_path, {ANNE.target: owner(talks_s=5)})


def test_both_at_once_the_resident_picks_up_and_the_agent_is_gone(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        await hall.ask()
        await hall.until(STATE.DIALLING)
        (staff,) = hall.worker.calls(ANNE.target)
        while not hall.worker.calls(HOME):
            await asyncio.sleep(0.1)
        (home,) = hall.worker.calls(HOME)
        home.answer()
        staff.end()
        again = await hall.until(STATE.PLANNED)
        await asyncio.sleep(10)
        assert again.attempts == 1
        assert "la communication a été coupée" in home.heard
        assert home.over
        assert home.peer is None

    play(story, tmp_path, {ANNE.target: owner(talks_s=600)})


def test_a_resident_who_hangs_up_at_the_greeting_is_tried_again(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        await hall.ask()
        await hall.until(STATE.TALKING)
        again = await hall.until(STATE.PLANNED)
        assert again.attempts == 1
        await asyncio.sleep(10)
        (staff,) = hall.worker.calls(ANNE.target)
        assert "ne répond pas" in staff.heard
        assert staff.over
        assert staff.peer is None

    play(story, tmp_path, {ANNE.target: owner(), HOME: owner(key="", talks_s=1)})


def test_a_resident_who_hangs_up_after_talking_has_been_served(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        await hall.ask()
        await hall.until(STATE.DONE)
        await asyncio.sleep(1)
        assert all(telephone.over for telephone in hall.worker.rung)
        assert hall.desk.talks() == ()

    play(story, tmp_path, {ANNE.target: owner(talks_s=600), HOME: owner(key="", talks_s=30)})


def test_a_worker_that_dies_costs_a_try_or_asks_people(tmp_path: Path) -> None:
    async def while_it_rings(hall: TownHall) -> None:
        await hall.ask()
        await hall.until(STATE.DIALLING)
        hall.worker.die()
        assert (await hall.until(STATE.PLANNED)).attempts == 1
        assert hall.desk.talks() == ()

    async def in_mid_talk(hall: TownHall) -> None:
        await hall.ask()
        await hall.until(STATE.TALKING)
        await asyncio.sleep(20)
        hall.worker.die()
        assert (await hall.until(STATE.BY_HAND)).by_hand == "interrupted"
        assert hall.desk.talks() == ()

    owners = {ANNE.target: owner(talks_s=600)}
    play(while_it_rings, tmp_path / "1", owners)
    play(in_mid_talk, tmp_path / "2", {**owners, HOME: owner(key="", talks_s=600)})


def test_a_service_without_agents_calls_back_from_its_one_telephone(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        await hall.ask("ccas")
        done = await hall.until(STATE.DONE)
        assert done.agent == "poste:ccas"
        assert hall.actions.entries()[0].agent is None
        (desk,) = hall.worker.calls("sip:ccas@pbx")
        assert "tapez 1" in desk.heard
        assert len(hall.worker.calls(HOME)) == 1

    play(story, tmp_path, {"sip:ccas@pbx": owner(), HOME: owner(key="")})


def test_several_agents_one_is_rung_at_a_time_and_one_gets_it(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        await hall.ask()
        done = await hall.until(STATE.DONE)
        assert done.agent == "bruno"
        staff = [telephone.order.target for telephone in hall.worker.rung[:-1]]
        assert staff == [ANNE.target, BRUNO.target]

    owners = {ANNE.target: owner(code=486), BRUNO.target: owner(), HOME: owner(key="")}
    play(story, tmp_path, owners, ANNE, BRUNO, strategy=Strategy.ALL)


def test_a_number_is_rung_for_one_service_at_a_time(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        await hall.ask("etat_civil")
        await hall.ask("elections")
        while not all(one.state is STATE.DONE for one in await hall.all()):
            await asyncio.sleep(5)
            assert sum(not home.over for home in hall.worker.calls(HOME)) <= 1
        assert [one.attempts for one in await hall.all()] == [0, 0]
        assert len(hall.worker.calls(HOME)) == 2
        held = [t.heard for t in hall.worker.rung if "n'est pas possible maintenant" in t.heard]
        assert len(held) == 1

    owners = {ANNE.target: owner(), BRUNO.target: owner(), HOME: owner(key="")}
    play(story, tmp_path, owners, ANNE, BRUNO, slots=8)


def test_a_resident_who_is_on_the_telephone_with_the_town_is_not_rung(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        hang_up = hall.worker.incoming("0612345678")
        await hall.ask()
        await asyncio.sleep(600)
        assert not hall.worker.rung
        hang_up()
        await hall.until(STATE.QUEUED)
        hang_up = hall.worker.incoming("+33612345678")
        kept = await hall.until(STATE.PLANNED)
        await asyncio.sleep(10)
        assert kept.attempts == 0
        assert not hall.worker.calls(HOME)
        assert "n'est pas possible maintenant" in hall.worker.calls(ANNE.target)[0].heard
        hang_up()
        await hall.until(STATE.DONE)

    play(story, tmp_path, {ANNE.target: owner(), HOME: owner(key="")})


def test_cancelled_while_the_agent_is_rung(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        asked = await hall.ask()
        await hall.until(STATE.QUEUED)
        await asyncio.sleep(5)
        await hall.callbacks.cancel(asked.callback.id)
        await asyncio.sleep(3600)
        (staff,) = hall.worker.rung
        assert staff.over
        assert hall.desk.waiting() == ()
        assert (await hall.all())[0].state is STATE.CANCELLED
        assert hall.desk.agents()["anne"].presence is Presence.AVAILABLE

    play(story, tmp_path, {})


def test_cancelled_while_the_agent_is_asked_for_the_key(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        asked = await hall.ask()
        while not (rung := hall.worker.rung) or not rung[0].answered:
            await asyncio.sleep(0.5)
        await hall.callbacks.cancel(asked.callback.id)
        await asyncio.sleep(3600)
        (staff,) = hall.worker.rung
        assert staff.over

    play(story, tmp_path, {ANNE.target: owner(key="", talks_s=60)})


def test_cancelled_while_the_resident_is_rung(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        asked = await hall.ask()
        await hall.until(STATE.DIALLING)
        await asyncio.sleep(5)
        await hall.callbacks.cancel(asked.callback.id)
        await asyncio.sleep(3600)
        staff, home = hall.worker.rung
        assert home.over
        assert staff.over
        assert "n'est plus nécessaire" in staff.heard
        assert hall.desk.talks() == ()

    play(story, tmp_path, {ANNE.target: owner(talks_s=600)})


def test_the_key_and_the_cancelling_at_once(tmp_path: Path) -> None:
    async def story(hall: TownHall) -> None:
        asked = await hall.ask()
        while not (rung := hall.worker.rung) or not rung[0].answered:
            await asyncio.sleep(0.5)
        (staff,) = rung
        staff.press("1")
        await asyncio.gather(hall.callbacks.cancel(asked.callback.id), asyncio.sleep(0))
        await asyncio.sleep(3600)
        assert (await hall.all())[0].state is STATE.CANCELLED
        assert [telephone.order.target for telephone in hall.worker.rung][:1] == [ANNE.target]
        assert all(telephone.over for telephone in hall.worker.rung)
        assert hall.desk.talks() == ()

    play(story, tmp_path, {ANNE.target: owner(key="", talks_s=3600)})
