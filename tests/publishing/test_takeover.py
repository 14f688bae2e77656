"""The core takes over what is published, or keeps what it serves; on virtual time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callbot.publishing import served
from callbot.publishing.takeover import QUIET_S, REHEARSE_S, NeedsRestartError, Takeover
from callbot.publishing.versions import Manifest, Published, Versions
from common.problem import ConfigError, Problem
from dialogue.rasa_client import RasaError
from tests.virtual_time import run


class FakeStage:
    """A core that notes what is done to it."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.calls = 0
        self.fails: dict[str, Exception] = {}
        self.rehearsal_s = 0.0

    @property
    def quiet(self) -> bool:
        return self.calls == 0

    async def load(self, version: Published) -> str:
        self._do(f"load {version.manifest.reason}")
        return version.manifest.reason

    async def rehearse(self, content: str) -> None:
        await asyncio.sleep(self.rehearsal_s)
        self._do(f"rehearse {content}")

    async def load_model(self, model: Path) -> None:
        self._do(f"model {model.parent.name}")

    def adopt(self, content: str) -> None:
        self._do(f"adopt {content}")

    def _do(self, what: str) -> None:
        self.done.append(what)
        if what in self.fails:
            raise self.fails[what]


class Scene:
    """Versions on disk, and a core that serves the first one."""

    def __init__(self, folder: Path) -> None:
        self.models = folder / "models"
        self.versions = Versions(folder / "versions")
        self.file = folder / "en_service.json"
        self.stage = FakeStage()
        self.first = self.publish("a", "m1")
        self.takeover = Takeover(self.versions, self.first, self.stage, self.file)

    def publish(self, reason: str, model: str) -> Published:
        number = len(self.versions.all()) + 1
        (self.models / model).mkdir(parents=True, exist_ok=True)
        name = f"2026010{number}-000000-{reason}"
        at = datetime(2026, 1, number, tzinfo=UTC).isoformat()
        manifest = Manifest(name, "x", reason, at, {}, model, "", "")
        version = self.versions.add(self.versions.candidate(), manifest, self.models / model)
        self.versions.activate(version)
        return version


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_facts_are_rehearsed_before_they_are_adopted(scene: Scene) -> None:
    version = scene.publish("b", "m1")
    run(scene.takeover.take(version))
    assert scene.stage.done == ["load b", "rehearse b", "adopt b"]
    told = served.read(scene.file)
    assert scene.takeover.current == version.name
    assert told is not None
    assert told.version == version.name


def test_sentences_are_not_waited_for_without_end(scene: Scene) -> None:
    scene.stage.rehearsal_s = 10 * REHEARSE_S
    run(scene.takeover.take(scene.publish("b", "m1")))
    assert scene.stage.done == ["load b", "adopt b"]


def test_a_new_model_waits_for_quiet_but_not_for_ever(scene: Scene) -> None:
    scene.stage.calls = 1

    async def busy() -> float:
        begin = asyncio.get_running_loop().time()
        await scene.takeover.take(scene.publish("b", "m2"))
        return asyncio.get_running_loop().time() - begin

    assert run(busy()) == pytest.approx(QUIET_S)
    assert scene.stage.done == ["load b", "rehearse b", "model m2", "adopt b"]


@pytest.mark.parametrize(
    "failure",
    [
        ConfigError([Problem(Path("a.yml"), 1, 1, "illisible.")]),
        NeedsRestartError("redémarrez."),
        ValueError("a defect"),
    ],
)
def test_what_cannot_be_loaded_leaves_what_is_served(scene: Scene, failure: Exception) -> None:
    scene.stage.fails["load b"] = failure
    run(scene.takeover.take(scene.publish("b", "m1")))
    assert scene.stage.done == ["load b"]
    assert scene.takeover.current == scene.first.name
    assert scene.takeover.error


def test_a_model_that_does_not_load_gives_the_old_one_back(scene: Scene) -> None:
    scene.stage.fails["model m2"] = RasaError("no")
    run(scene.takeover.take(scene.publish("b", "m2")))
    assert scene.stage.done[-2:] == ["model m2", "model m1"]
    assert scene.takeover.current == scene.first.name


def test_the_active_version_is_followed_and_a_refused_one_tried_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callbot.publishing.takeover.LOOK_S", 0.01)
    scene.stage.fails["load b"] = ConfigError([Problem(Path("a.yml"), 1, 1, "illisible.")])

    async def until(what: str) -> None:
        changed = asyncio.Event()
        scene.takeover.changed = changed.set
        while what not in scene.stage.done:
            await changed.wait()
            changed.clear()

    async def follow() -> None:
        task = asyncio.create_task(scene.takeover.run(1))
        scene.publish("b", "m1")
        await until("load b")
        third = scene.publish("c", "m1")
        await until("adopt c")
        task.cancel()
        assert scene.takeover.current == third.name

    asyncio.run(asyncio.wait_for(follow(), 30))
    assert scene.stage.done == ["load b", "load c", "rehearse c", "adopt c"]
    assert not scene.takeover.error
