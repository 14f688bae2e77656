import asyncio
from typing import Any

from console.live import Person
from tests.console.conftest import Counter, next_event
from tests.console.scene import now


def reading(counter: Counter, query: str = "", last: str = "") -> Any:
    headers = {"Last-Event-ID": last} if last else {}
    return counter.session.get(f"{counter.url}/accueil/direct{query}", headers=headers)


async def test_a_new_reader_gets_everything_then_only_what_changes(counter: Counter) -> None:
    await counter.scene.start("c1")
    async with reading(counter) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        _, whole = await next_event(answer)
        assert whole["complet"]
        assert "••••••78" in whole["regions"]["appels"]
        assert {"attente", "termines", "equipe", "figures"} <= set(whole["regions"])
        await counter.scene.turn("c1", 1, "mon passeport", "Sur rendez-vous.")
        _, change = await next_event(answer)
        assert not change["complet"]
        assert change["details"] == ["c1"]
        assert "mon passeport" in change["regions"]["appels"]
        assert "termines" not in change["regions"]


async def test_a_reader_that_was_away_gets_what_it_missed(counter: Counter) -> None:
    async with reading(counter) as answer:
        last, _ = await next_event(answer)
    await counter.scene.start("c1")
    await counter.scene.end("c1", "answered")
    async with reading(counter, last=last) as answer:
        _, missed = await next_event(answer)
    assert not missed["complet"]
    assert missed["details"] == ["c1"]
    assert "c1" in missed["regions"]["termines"]
    assert "equipe" not in missed["regions"]


async def test_the_address_says_where_a_new_connection_stands(counter: Counter) -> None:
    await counter.scene.start("c1")
    board = counter.scene.board
    async with reading(counter, f"?depuis={board.epoch}:{board.number}") as answer:
        _, nothing_missed = await next_event(answer)
    assert nothing_missed["regions"] == {}


async def test_after_a_restart_a_reader_gets_everything(counter: Counter) -> None:
    for stale in ("autre:1", f"{counter.scene.board.epoch}:99999", "n'importe quoi", ":-1", "²:²"):
        async with reading(counter, last=stale.encode().decode("latin-1")) as answer:
            _, data = await next_event(answer)
            assert data["complet"], stale


async def test_many_quick_changes_are_gathered_and_the_last_state_counts(
    counter: Counter,
) -> None:
    async with reading(counter) as answer:
        await next_event(answer)
        for n in range(2000):
            counter.scene.board.call_started(f"x{n}", caller="", called="", at=now())
            counter.scene.board.call_ended(f"x{n}", outcome="answered", at=now())
        await counter.scene.start("last")
        _, data = await next_event(answer)
        assert data["complet"]
        assert "appel-last" in data["regions"]["appels"]


async def test_silence_is_filled_with_a_pulse(counter: Counter) -> None:
    async with reading(counter) as answer:
        await next_event(answer)
        _, at = await next_event(answer, "pouls")
        assert at.startswith("20")


async def test_the_wall_gets_its_figures_and_no_words(counter: Counter) -> None:
    async with reading(counter, "?vue=mur") as answer:
        await next_event(answer)
        await counter.scene.start("c1")
        await counter.scene.turn("c1", 1, "mon passeport", "Oui.")
        counter.scene.wait("c1")
        _, data = await next_event(answer)
        assert set(data["regions"]) == {"mur"}
        assert "passeport" not in str(data)


async def test_the_end_of_the_console_frees_its_readers(counter: Counter) -> None:
    async with reading(counter) as answer:
        await next_event(answer)
        await counter.scene.console.shutdown()
        async with asyncio.timeout(60):
            assert await answer.content.read() is not None
        assert answer.content.at_eof()


async def test_another_name_of_the_reader_ends_no_stream(counter: Counter) -> None:
    counter.be("paul")
    async with reading(counter) as answer:
        await next_event(answer)
        counter.scene.board.presence_changed([Person("paul", "Paul", "available")])
        for _ in range(3):
            await next_event(answer, "pouls")


async def test_presence_is_that_of_the_reader(counter: Counter) -> None:
    counter.be("paul")
    async with reading(counter) as answer:
        _, data = await next_event(answer)
        assert 'class="break" aria-pressed="true"' in data["regions"]["presence"]
        counter.scene.board.presence_changed([Person("paul", "Paul", "available")])
        _, data = await next_event(answer)
        assert 'class="available" aria-pressed="true"' in data["regions"]["presence"]
