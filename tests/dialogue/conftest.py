"""One Rasa, trained on the town's real intents, for every test here that talks to it."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from callbot import rasaprocess
from callbot.paths import Paths
from dialogue.compiling import PROJECT
from dialogue.intents import Intents, load_intents
from dialogue.rasa_client import RasaClient, rasa_command, rasa_environment
from dialogue.training import Version, train
from tests.paths import CONFIG
from tests.telephony.sms.gatewaybench import free_port

START_S = 120.0


@pytest.fixture(scope="session")
def intents() -> Intents:
    services = [file.stem for file in (CONFIG / "ville" / "services").glob("*.yml")]
    return load_intents(CONFIG / "intents", services)


@pytest.fixture(scope="session")
def python() -> Path:
    return rasaprocess.interpreter(Paths.choose())


@pytest.fixture(scope="session")
def version(intents: Intents, python: Path, tmp_path_factory: pytest.TempPathFactory) -> Version:
    """What the set-up learnt from these very intents is taken as it is."""
    rasa = tmp_path_factory.mktemp("rasa")
    learnt = Paths.choose().rasa / "versions"
    if learnt.is_dir():
        shutil.copytree(learnt, rasa / "versions")
    said: list[str] = []
    return train(intents, rasa, PROJECT, python, said.append)


@pytest.fixture(scope="session")
def server(version: Version, python: Path) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(
        rasa_command(python, version.model, port),
        env={**os.environ, **rasa_environment()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        asyncio.run(_wait(f"http://127.0.0.1:{port}", process))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


async def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    client = RasaClient(url)
    try:
        async with asyncio.timeout(START_S):
            while not await client.ready():
                assert process.poll() is None, "Rasa ended while it started"
                await asyncio.sleep(0.2)
        assert process.poll() is None, "another Rasa has this port"
    finally:
        await client.close()
