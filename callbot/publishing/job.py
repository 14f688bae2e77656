"""One publication at a time, in a process of its own, followed by whoever looks on."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from callbot.paths import Paths
from callbot.publishing import beside
from common.problem import why
from console.ports import ActionRefusedError
from console.publishing import Finding, Progress

TAKEN_OVER_S = 60.0
_STANDBY = "callbot.publishing.standby"
_FAILED = "La publication s'est arrêtée avant la fin. Ce qui était en service le reste."

FindingOf = Callable[[dict[str, Any]], Finding]
"""Turns a problem of the command into what pages show."""
Served = Callable[[str], bool]
"""Tells whether a version is served, or was refused."""


class Job:
    """The publication under way, or the last one."""

    def __init__(self, paths: Paths, finding: FindingOf, settled: Served) -> None:
        self._paths = paths
        self._finding = finding
        self._settled = settled
        self._progress = Progress(0, "idle")
        self._changed = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._standby: asyncio.subprocess.Process | None = None
        self._closed = False

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return self._progress

    @property
    def running(self) -> bool:
        """True from the start of a publication to its end."""
        return self._progress.outcome == "running"

    async def after(self, number: int) -> Progress:
        """Return the progress as soon as its number is greater."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._progress.number > number)
            return self._progress

    async def start(self, arguments: Sequence[str], author: str, reason: str) -> None:
        """Begin ``callbot`` with these arguments.

        Raises:
            ActionRefusedError: another publication runs.
        """
        if self.running:
            raise ActionRefusedError("Une autre publication est en cours.")
        await self._become(Progress(self._progress.number, "running", author=author, reason=reason))
        self._task = asyncio.create_task(self._follow(arguments))

    async def warm_up(self) -> None:
        """Start the process of the next publication, so that nobody waits for that."""
        if self._standby is None and not self._closed:
            with contextlib.suppress(OSError):
                self._standby = await beside.start(self._paths, _STANDBY)

    async def close(self) -> None:
        """Stop what runs: nothing of it is in service yet."""
        self._closed = True
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        standby, self._standby = self._standby, None
        await beside.end(standby)

    async def _follow(self, arguments: Sequence[str]) -> None:
        try:
            await self._run(arguments)
        except (OSError, ValueError) as error:
            said = why(error) if isinstance(error, OSError) else "réponse illisible"
            await self._end("failed", reasons=(f"{_FAILED} ({said})",))
        finally:
            process, self._process = self._process, None
            await beside.end(process)
        await self.warm_up()

    async def _run(self, arguments: Sequence[str]) -> None:
        process, self._standby = self._standby, None
        if process is None or process.returncode is not None:
            process = await beside.start(self._paths, _STANDBY)
        self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(list(arguments)).encode() + b"\n")
        process.stdin.close()
        last: dict[str, Any] = {}
        async for line in process.stdout:
            last = json.loads(line)
            await self._tell(last)
        await process.wait()
        if "refused" in last:
            findings = tuple(self._finding(raw) for raw in last["problems"])
            await self._end("refused", reasons=tuple(last["refused"]), findings=findings)
        elif "version" in last:
            await self._until_settled(str(last["version"]))
        else:
            await self._end("failed", reasons=(_FAILED,))

    async def _until_settled(self, version: str) -> None:
        await self._become(replace(self._progress, step="Reprise par les prochains appels"))
        end = asyncio.get_running_loop().time() + TAKEN_OVER_S
        while not self._settled(version):
            if asyncio.get_running_loop().time() > end:
                break
            await asyncio.sleep(0.1)
        await self._end("done", version=version)

    async def _tell(self, told: dict[str, Any]) -> None:
        now = self._progress
        if "step" in told:
            await self._become(replace(now, step=str(told["step"])))
        elif "line" in told:
            await self._become(replace(now, lines=(*now.lines, str(told["line"]))))
        elif "played" in told:
            step = f"Conversations de référence : {told['played']} sur {told['total']}"
            await self._become(replace(now, step=step))

    async def _end(self, outcome: Any, **more: Any) -> None:
        await self._become(replace(self._progress, outcome=outcome, step="", **more))

    async def _become(self, progress: Progress) -> None:
        async with self._changed:
            self._progress = replace(progress, number=self._progress.number + 1)
            self._changed.notify_all()
