"""A core of which a part fails, without its neighbours."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from callbot.assistant import Assistant, load_assistant
from callbot.core import Core
from callbot.desk import Desk
from callbot.kept import open_kept
from callbot.paths import Paths
from callbot.settings import load_settings
from common.wire import Channel
from telephony import protocol as tp
from tests.paths import CONFIG
from tests.telephony.sms.gatewaybench import free_port

PATIENCE_S = 60.0


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A town whose console listens on a port of its own."""
    paths = Paths(tmp_path / "config", tmp_path / "var")
    shutil.copytree(CONFIG, paths.config)
    text = (paths.config / "callbot.yml").read_text("utf-8")
    (paths.config / "callbot.yml").write_text(text.replace("8080", str(free_port()), 1), "utf-8")
    paths.run.mkdir(parents=True)
    return paths


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return load_assistant(Paths(CONFIG, tmp_path_factory.mktemp("var")))


@pytest.fixture
async def core(paths: Paths, assistant: Assistant) -> Core:
    settings, _ = load_settings(paths)
    return Core(settings, paths, assistant, await open_kept(settings, paths, assistant))


async def until_listening(core: Core, path: Path) -> Channel[tp.Command]:
    """Connect as a line worker does, and wait until the core knows it."""
    async with asyncio.timeout(PATIENCE_S):
        while not path.exists():
            await asyncio.sleep(0.01)
        channel: Channel[tp.Command] = await Channel.connect(path, tp.Command)
        channel.send(tp.Hello(worker=1, pid=os.getpid(), lines=4, slots=4))
        while not core.health().workers:
            await asyncio.sleep(0.01)
    return channel


async def ends(
    core: Core, paths: Paths, fails: asyncio.Event | None = None
) -> tuple[bool, list[tp.Command]]:
    """Run a core until it ends; return whether that was wanted, and what a worker was told.

    With ``fails`` set it meets a defect, without it is stopped.
    """
    running = asyncio.create_task(core.run())
    worker = await until_listening(core, paths.lines_socket)
    told: list[tp.Command] = []

    async def hear() -> None:
        async for command in worker:
            told.append(command)

    hearing = asyncio.create_task(hear())
    fails.set() if fails is not None else core.stop()
    wanted = await asyncio.wait_for(running, PATIENCE_S)
    hearing.cancel()
    await worker.close()
    return wanted, told


async def test_a_core_whose_desk_failed_makes_way_for_a_new_one_that_finds_the_workers(
    core: Core, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails = asyncio.Event()

    async def failing(desk: Desk) -> None:
        await fails.wait()
        raise RuntimeError("a place in line that is not there")

    monkeypatch.setattr(Desk, "run", failing)
    assert await ends(core, paths, fails) == (False, [])


async def test_a_core_that_is_stopped_has_its_workers_end_too(core: Core, paths: Paths) -> None:
    assert await ends(core, paths) == (True, [tp.Drain()])
