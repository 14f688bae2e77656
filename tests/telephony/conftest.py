"""A core, a worker and raw phones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from telephony import protocol as tp
from tests.telephony.fakecore import FakeCore, WorkerProcess
from tests.telephony.rawphone import RawPhone

WORKER_PORT = 22_071


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[FakeCore]:
    async with FakeCore(tmp_path / "lines.sock") as core:
        yield core


StartWorker = Callable[..., Awaitable[WorkerProcess]]


@pytest.fixture
async def start_worker(core: FakeCore, tmp_path: Path) -> AsyncIterator[StartWorker]:
    workers: list[WorkerProcess] = []

    async def start(number: int = 1, port: int = WORKER_PORT, **options: Any) -> WorkerProcess:
        worker = WorkerProcess(tmp_path, number, port, **options)
        workers.append(worker)
        await worker.start()
        await core.wait(tp.Hello, worker=number, pid=worker.process.pid)
        return worker

    yield start
    for worker in workers:
        await worker.stop()


@pytest.fixture
async def raw() -> AsyncIterator[Callable[..., Awaitable[RawPhone]]]:
    async with AsyncExitStack() as stack:

        async def make(port: int = 22_010, target: int = WORKER_PORT, **options: Any) -> RawPhone:
            return await stack.enter_async_context(RawPhone(port, target, **options))

        yield make
