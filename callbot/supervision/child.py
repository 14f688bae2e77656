"""One supervised process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from callbot.supervision import keeper, launch
from callbot.supervision.output import Output

Probe = Callable[[], Awaitable[bool]]

OUTPUT_TIMEOUT_S = 2.0
"""How long the last output of a dead process may take to arrive."""


@dataclass(frozen=True)
class ChildSpec:
    """What to start, when, and how to know that it is ready."""

    name: str
    command: tuple[str, ...]
    probe: Probe
    """True once ready. Called again and again, each time while the process lives."""
    after: tuple[str, ...] = ()
    """Names of processes that must be ready before the first start."""
    gate: Probe | None = None
    """Must be true before the first start too."""
    environment: Mapping[str, str] = field(default_factory=dict)
    nice: int = 0
    """Added to the niceness of the supervisor; below 0 where that is allowed."""
    start_timeout_s: float = 120.0
    stop_timeout_s: float = 10.0
    last: bool = False
    """Ended after all others, which need it until then."""


class Keeper:
    """The process that ends the others should the supervisor be killed."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it."""
        self._process = await asyncio.create_subprocess_exec(
            *_isolated(keeper.__file__), stdin=asyncio.subprocess.PIPE, start_new_session=True
        )

    def born(self, group: int) -> None:
        """A process group is alive."""
        self._tell(f"+{group}\n")

    def gone(self, group: int) -> None:
        """A process group has ended."""
        self._tell(f"-{group}\n")

    async def close(self) -> None:
        """Let it end; it ends whatever is still alive."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await self._process.wait()

    def _tell(self, line: str) -> None:
        stdin = self._process.stdin if self._process is not None else None
        # Should somebody have killed the keeper, the kernel's parent-death signal remains.
        if stdin is not None and not stdin.is_closing():
            stdin.write(line.encode("ascii"))


class Child:
    """One life of a process, in a session and a process group of its own."""

    def __init__(self, spec: ChildSpec, output: Output, guardian: Keeper) -> None:
        self.spec = spec
        self._output = output
        self._keeper = guardian
        self._process: asyncio.subprocess.Process | None = None
        self._follower: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Process id, also that of its group."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Start the process.

        Raises:
            OSError: it could not even be forked.
        """
        spec = self.spec
        command = launched(spec.command, spec.nice)
        # asyncio's own pipes would keep wait() from returning as long as a grandchild holds them.
        readable, writable = os.pipe()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writable,
                stderr=writable,
                env={**os.environ, **spec.environment},
                start_new_session=True,
            )
        except BaseException:
            os.close(readable)
            raise
        finally:
            os.close(writable)
        self._keeper.born(self._process.pid)
        self._follower = asyncio.create_task(self._follow(readable))

    async def wait(self) -> int:
        """Wait for the exit, end what is left of the group, return the exit code."""
        assert self._process is not None
        code = await self._process.wait()
        self.signal(signal.SIGKILL)
        self._keeper.gone(self._process.pid)
        await self._end_of_output()
        return code

    def signal(self, number: int) -> None:
        """Signal the whole group; one that is gone is left in peace."""
        if self._process is None:
            return
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):
            return

    async def _follow(self, readable: int) -> None:
        loop = asyncio.get_running_loop()
        stream = asyncio.StreamReader()
        with os.fdopen(readable, "rb", buffering=0) as pipe:
            transport, _ = await loop.connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(stream), pipe
            )
            try:
                await self._output.follow(stream)
            finally:
                transport.close()

    async def _end_of_output(self) -> None:
        if self._follower is None:
            return
        try:
            async with asyncio.timeout(OUTPUT_TIMEOUT_S):
                await self._follower
        except TimeoutError:  # somebody outside the group holds the pipe open
            return

    async def stop(self, timeout_s: float) -> None:
        """SIGTERM to the process, SIGKILL to the group when it takes too long."""
        if self._process is None or self._process.returncode is not None:
            return
        # To the leader alone: it knows how to end its own children in order.
        self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(timeout_s):
                await self._process.wait()
        except TimeoutError:
            self.signal(signal.SIGKILL)


def launched(command: Sequence[str], nice: int = 0) -> tuple[str, ...]:
    """Return the command that runs ``command`` as a child that dies with this process.

    ``nice`` is added to its niceness, and to that of its session, which it must lead.
    """
    return (*_isolated(launch.__file__), str(os.getpid()), str(nice), *command)


def _isolated(script: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", str(Path(script)))
