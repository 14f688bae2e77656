"""The core's end of ``lines.sock``: records what line workers report, says what a test wants."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from common.wire import Channel, Message
from telephony import protocol as tp
from tests.paths import PROJECT
from tests.telephony.rawphone import PATIENCE_S

E = TypeVar("E", bound=Message)


class FakeCore:
    """Answers every call unless ``on_call`` says otherwise."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.events: list[Message] = []
        self.on_call: Callable[[FakeCore, tp.CallStarted], None] = FakeCore.answer
        self._changed = asyncio.Condition()
        self._channels: dict[str, Channel[tp.Event]] = {}
        self._workers: dict[int, Channel[tp.Event]] = {}
        self._server: asyncio.Server | None = None
        self._seen = 0

    async def __aenter__(self) -> FakeCore:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        self.path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, str(self.path))

    async def stop(self) -> None:
        """Die as a killed core does: the connections close, nobody listens."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for channel in self._workers.values():
            await channel.close()
        self._workers.clear()
        self._channels.clear()
        self.path.unlink(missing_ok=True)

    def send(self, command: tp.Command) -> None:
        if isinstance(command, tp.Drain):
            for channel in self._workers.values():
                channel.send(command)
            return
        if isinstance(command, tp.Dial):
            number = min(self._workers) if command.call is None else 0
            self._channels[command.leg] = (
                self._channels[command.call] if command.call else self._workers[number]
            )
            self._channels[command.leg].send(command)
        else:
            self._channels[command.call].send(command)

    def answer(self, event: tp.CallStarted) -> None:
        self.send(tp.Answer(call=event.call))

    def leave_ringing(self, event: tp.CallStarted) -> None:
        """Say nothing."""

    async def wait(self, kind: type[E], timeout_s: float = PATIENCE_S, **fields: Any) -> E:
        """Return the first event of this kind with these fields, past ones included."""

        def found() -> E | None:
            for event in self.events:
                if isinstance(event, kind) and all(
                    getattr(event, key) == value for key, value in fields.items()
                ):
                    return event
            return None

        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(lambda: found() is not None)
        event = found()
        assert event is not None
        return event

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        channel: Channel[tp.Event] = Channel(reader, writer, tp.Event)
        async for event in channel:
            async with self._changed:
                self.events.append(event)
                self._changed.notify_all()
            if isinstance(event, tp.Hello):
                self._workers[event.worker] = channel
            if isinstance(event, tp.CallStarted):
                self._channels[event.call] = channel
                self.on_call(self, event)


class WorkerProcess:
    """A real line worker in its own process."""

    def __init__(self, folder: Path, number: int, port: int, **options: Any) -> None:
        self.number = number
        self.port = port
        self._options = {
            "worker": number,
            "port": port,
            "core_socket": str(folder / "lines.sock"),
            "rtp_port": 22_200 + 60 * number,
            "rtp_ports": 60,
            **options,
        }
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.telephony.workerprocess",
            json.dumps(self._options),
            cwd=PROJECT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )

    def terminate(self) -> None:
        assert self.process is not None
        self.process.terminate()

    async def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def exit_code(self, timeout_s: float = PATIENCE_S) -> int:
        assert self.process is not None
        return await asyncio.wait_for(self.process.wait(), timeout_s)

    async def stop(self) -> int:
        """End the process however it stands; return its exit code."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.05)
            if self.process.returncode is None:
                self.process.send_signal(signal.SIGTERM)
            try:
                return await self.exit_code()
            except TimeoutError:
                await self.kill()
        return self.process.returncode or 0
