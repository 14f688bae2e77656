"""Hearing, speaking and understanding for a command.

Each part is the running callbot's when it answers, else a process of its own on a private socket
or port, which ends with the command.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from pathlib import Path

from asr.client import RecognitionClient
from asr.vocabulary import Vocabulary
from callbot import rasaprocess
from callbot.commands import CommandError
from callbot.paths import Paths
from callbot.settings import Settings
from callbot.supervision.child import Probe, launched
from dialogue.rasa_client import RasaClient
from tts.client import SpeechClient

CONNECT_S = 3.0
MODEL_START_S = 120.0
STOP_S = 10.0
POLL_S = 0.2


@contextlib.asynccontextmanager
async def recognition(
    settings: Settings,
    paths: Paths,
    *,
    borrow: bool = True,
    vocabulary: Vocabulary | None = None,
) -> AsyncIterator[RecognitionClient]:
    """Yield a client of a ready recognition process; without ``borrow`` always an own one.

    ``vocabulary`` are the words that it should know how to write.

    Raises:
        CommandError: the model is missing or does not load.
    """
    if borrow and _listens(paths.asr_socket):
        client = RecognitionClient(paths.asr_socket, vocabulary)
        await client.start()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(client.wait_ready(), CONNECT_S)
        try:
            if client.ready:
                yield client
                return
        finally:
            await client.close()
    with tempfile.TemporaryDirectory(prefix="callbot-") as folder:
        path = Path(folder) / "asr.sock"
        command = [
            sys.executable,
            *("-m", "callbot.hearing", "--socket", str(path)),
            *("--model", str(settings.model_folder(paths))),
            *("--threads", str(settings.reconnaissance.fils)),
            *("--workers", str(settings.reconnaissance.simultanees), "--log-level", "error"),
        ]
        async with _process(command, Path(folder)) as process:
            client = RecognitionClient(path, vocabulary)
            await client.start()
            try:
                await _ready(process, client.wait_ready(), Path(folder))
                yield client
            finally:
                await client.close()


@contextlib.asynccontextmanager
async def speech(
    settings: Settings, paths: Paths, voice: Path | None = None
) -> AsyncIterator[SpeechClient]:
    """Yield a client of a ready speech process, with the town's voice or the one in a folder.

    Raises:
        CommandError: the voice is missing or does not load.
    """
    if voice is None and _listens(paths.tts_socket):
        client = SpeechClient(paths.tts_socket)
        try:
            if await _started(client, CONNECT_S):
                yield client
                return
        finally:
            await client.close()
    with tempfile.TemporaryDirectory(prefix="callbot-") as folder:
        path = Path(folder) / "tts.sock"
        command = [
            sys.executable,
            *("-m", "callbot.speaking", "--socket", str(path)),
            *("--voice", str(voice or settings.voice_folder(paths))),
            *("--store", str(Path(folder) / "phrases")),
            *("--threads", str(os.cpu_count() or 1), "--log-level", "error"),
        ]
        async with _process(command, Path(folder)) as process:
            client = SpeechClient(path)
            try:
                await _ready(process, client.start(), Path(folder))
                yield client
            finally:
                await client.close()


async def _started(client: SpeechClient, seconds: float) -> bool:
    try:
        await asyncio.wait_for(client.start(), seconds)
    except TimeoutError:
        return False
    return True


@contextlib.asynccontextmanager
async def understanding(settings: Settings, paths: Paths) -> AsyncIterator[RasaClient]:
    """Yield a client of a Rasa server with the active model.

    Raises:
        CommandError: no model is trained, or Rasa does not start.
    """
    running = RasaClient(rasaprocess.url(settings.rasa.port))
    try:
        # Only a callbot on the same folders has the same model.
        if _listens(paths.asr_socket) and await running.ready():
            yield running
            return
    finally:
        await running.close()
    missing = rasaprocess.missing(paths)
    if missing:
        raise CommandError(missing[0])
    async with understanding_with(paths) as client:
        yield client


@contextlib.asynccontextmanager
async def understanding_with(paths: Paths, model: Path | None = None) -> AsyncIterator[RasaClient]:
    """Yield a client of a Rasa server of its own, with ``model`` or the active one.

    Raises:
        CommandError: Rasa does not start.
    """
    port = _free_port()
    environment = {**os.environ, **paths.environment(), **rasaprocess.environment()}
    with tempfile.TemporaryDirectory(prefix="callbot-") as folder:
        command = rasaprocess.command(paths, port, model)
        async with _process(command, Path(folder), environment) as process:
            await _ready(process, _until(rasaprocess.ready(port)), Path(folder))
            client = RasaClient(rasaprocess.url(port))
            try:
                yield client
            finally:
                await client.close()


async def _until(probe: Probe) -> None:
    """Return once the probe is true."""
    while True:
        if await probe():
            return
        await asyncio.sleep(POLL_S)


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def _process(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a process for as long as the context lasts; its output goes to ``folder/sortie``."""
    with (folder / "sortie").open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *launched(command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_S)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _ready(process: asyncio.subprocess.Process, ready: Awaitable[None], folder: Path) -> None:
    """Wait until a process is ready; raises CommandError when it ends before or takes too long."""
    waiting = asyncio.ensure_future(ready)
    exiting = asyncio.ensure_future(process.wait())
    try:
        done, _ = await asyncio.wait(
            {waiting, exiting}, timeout=MODEL_START_S, return_when=asyncio.FIRST_COMPLETED
        )
        if waiting in done:
            return
        last = (folder / "sortie").read_text("utf-8", "replace").strip().splitlines()[-1:]
        why = last[0] if last else "il n'a rien dit."
        raise CommandError(f"Un processus du callbot n'a pas démarré : {why}")
    finally:
        for task in (waiting, exiting):
            task.cancel()
        await asyncio.gather(waiting, exiting, return_exceptions=True)


def _listens(path: Path) -> bool:
    """Tell whether a process accepts connections at a Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True
