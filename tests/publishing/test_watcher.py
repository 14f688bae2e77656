"""A watched folder goes live by itself, once it is left alone and good; on virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from callbot.publishing.pipeline import RefusedError, Reporter, Wish, publish
from callbot.publishing.versions import Versions
from callbot.publishing.watcher import LOOK_S, Watcher
from console.ports import ActionRefusedError
from console.publishing import Finding, Progress
from tests.publishing.conftest import Town
from tests.virtual_time import run

POOL = "ville/lieux/piscine.yml"
LOST = "intents/objets_trouves.yml"
SATURDAY, LONGER = "Sa 10:00-18:00", "Sa 10:00-20:00"


class Scene:
    """A watched folder, published by the same steps as everywhere."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.told: list[str] = []
        self.attempts = 0
        self.watcher = Watcher(town.paths, self._publish, self.told.append)

    async def _publish(self) -> Progress:
        self.attempts += 1
        wish = Wish("dossier surveillé", "enregistré", facts_only=True)
        try:
            # It runs a loop of its own, as the command does in a process of its own.
            with ThreadPoolExecutor(1) as thread:
                version = thread.submit(publish, self.town.paths, wish, Reporter()).result()
        except RefusedError as error:
            findings = [
                Finding("error", p.file.name, p.line, p.column, p.message, p.mend, "")
                for p in error.problems
            ]
            return Progress(1, "refused", reasons=error.reasons, findings=findings)
        return Progress(1, "done", version=version.name)

    def save(self, text: str) -> None:
        (self.town.paths.config / POOL).write_text(text, "utf-8")

    @property
    def served(self) -> str:
        """The opening hours in service."""
        return (Versions(self.town.paths.versions).active_config / POOL).read_text("utf-8")

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.watcher.run())
        await looks(3)
        try:
            yield
        finally:
            task.cancel()


async def looks(count: int) -> None:
    """Let the watcher look at the folder so often."""
    await asyncio.sleep(count * LOOK_S)


@pytest.fixture
def scene(town: Town, monkeypatch: pytest.MonkeyPatch) -> Scene:
    # A clock that jumps does not wait for threads.
    async def at_once(work: Callable[[], object]) -> object:
        return work()

    monkeypatch.setattr("callbot.publishing.watcher.asyncio.to_thread", at_once)
    publish(town.paths, Wish("x", "y"), Reporter())
    return Scene(town)


def test_a_file_that_is_still_being_written_waits_until_it_is_whole(scene: Scene) -> None:
    whole = scene.served.replace(SATURDAY, LONGER)

    async def work() -> None:
        async with scene.watched():
            assert scene.attempts == 0
            for end in range(len(whole) // 4, len(whole), len(whole) // 4):
                scene.save(whole[:end])
                await looks(1)
            assert scene.attempts == 0
            scene.save(whole)
            await looks(3)
            assert scene.attempts == 1
            assert LONGER in scene.served

    run(work())
    assert scene.told == [""]


def test_a_broken_file_keeps_the_version_and_a_mended_one_goes_live(scene: Scene) -> None:
    good = scene.served
    before = Versions(scene.town.paths.versions).active()

    async def work() -> None:
        async with scene.watched():
            scene.save(good.replace("horaires:", "horraires:", 1))
            await looks(6)
            assert scene.attempts == 1, "what was refused is not tried again"
            assert Versions(scene.town.paths.versions).active() == before
            (why,) = scene.told
            assert "à corriger" in why
            assert "piscine.yml, ligne" in why
            assert "horraires" in why
            scene.save(good.replace(SATURDAY, LONGER))
            await looks(3)
            assert LONGER in scene.served
            assert scene.told[1:] == [""]

    run(work())


def test_what_needs_a_training_is_left_to_a_person(scene: Scene) -> None:
    async def work() -> None:
        async with scene.watched():
            scene.town.edit(LOST, "j'ai perdu mes clés", "j'ai perdu mon trousseau")
            await looks(3)
            assert "apprentissage" in scene.told[-1]
            assert scene.town.trainings == 1

    run(work())


def test_a_publication_by_a_person_goes_first(scene: Scene) -> None:
    async def busy() -> Progress:
        raise ActionRefusedError("Une autre publication est en cours.")

    async def work() -> None:
        told: list[str] = []
        await Watcher(scene.town.paths, busy, told.append).attempt()
        assert told == ["Une autre publication est en cours."]

    run(work())


def test_a_folder_that_vanishes_is_no_reason_to_stop(scene: Scene, tmp_path: Path) -> None:
    folder = scene.town.paths.config

    async def work() -> None:
        async with scene.watched():
            folder.rename(tmp_path / "ailleurs")
            await looks(4)
            assert scene.told
            assert LONGER not in scene.served
            (tmp_path / "ailleurs").rename(folder)
            scene.town.edit(POOL, SATURDAY, LONGER)
            await looks(4)
            assert LONGER in scene.served

    run(work())
