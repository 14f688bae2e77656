"""Starts the processes in dependency order, restarts what dies, drains, ends everything.

:meth:`Supervisor.run` is one task; :meth:`Supervisor.stop` may be called from a signal handler.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from callbot.state import ChildState, Phase
from callbot.supervision.child import Child, ChildSpec, Keeper, Probe
from callbot.supervision.output import Output
from callbot.supervision.restart import GiveUp, RestartPolicy, RestartSettings
from common import logs

PROBE_PAUSE_S = 0.2
HURRIED_STOP_S = 2.0

CLEAN = 0
FAILED = 1
HURRIED = 130


@dataclass(frozen=True)
class Options:
    """How the whole set of processes is led."""

    drained_by: str | None = None
    """The process whose SIGTERM means: finish the calls, then exit."""
    drain_s: float = 60.0
    restart: RestartSettings = field(default_factory=RestartSettings)


@dataclass
class _Member:
    """A process across its lives."""

    spec: ChildSpec
    output: Output
    policy: RestartPolicy
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    """Set at the first readiness and never cleared: it orders the start only."""
    child: Child | None = None
    is_ready: bool = False
    restarts: int = 0


class StartError(Exception):
    """A process was given up; the message is French."""


class Supervisor:
    """Leads one set of processes."""

    def __init__(
        self,
        specs: Sequence[ChildSpec],
        options: Options,
        *,
        on_serving: Callable[[], Awaitable[None]],
        on_change: Callable[[Phase, Sequence[ChildState]], None],
    ) -> None:
        """``on_serving`` is awaited once, when all are ready for the first time."""
        self._options = options
        self._on_serving = on_serving
        self._on_change = on_change
        self._members = {
            spec.name: _Member(spec, Output(spec.name), RestartPolicy(options.restart))
            for spec in specs
        }
        for spec in specs:
            for name in spec.after:
                if name not in self._members:
                    raise ValueError(f"{spec.name} comes after {name}, which is unknown")
        self._keeper = Keeper()
        self._stopping = asyncio.Event()
        self._hurried = asyncio.Event()
        self._failure: StartError | None = None
        self._phase: Phase = "starting"
        self._log = logs.get()

    def stop(self) -> None:
        """Drain and end; a second call ends at once."""
        if self._stopping.is_set():
            self._hurried.set()
        self._stopping.set()

    async def run(self) -> int:
        """Serve until stopped; return the exit code.

        Raises:
            StartError: a process cannot be started; all others have been ended.
        """
        await self._keeper.start()
        self._changed()
        keepers = [asyncio.create_task(self._keep(m)) for m in self._members.values()]
        announcer = asyncio.create_task(self._announce())
        for task in (announcer, *keepers):
            task.add_done_callback(self._end_on_error)
        try:
            await self._stopping.wait()
            await self._end(asyncio.gather(*keepers))
            if announcer.done():
                announcer.result()
        finally:
            for task in (announcer, *keepers):
                task.cancel()
            await asyncio.gather(announcer, *keepers, return_exceptions=True)
            for member in self._members.values():
                if member.child is not None:
                    member.child.signal(signal.SIGKILL)
            await self._keeper.close()
        self._enter("stopped")
        if self._failure is not None:
            raise self._failure
        return HURRIED if self._hurried.is_set() else CLEAN

    def _end_on_error(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self._stopping.set()

    async def _announce(self) -> None:
        for member in self._members.values():
            await member.ready.wait()
        if not self._stopping.is_set():
            self._enter("serving")
            await self._on_serving()

    async def _keep(self, member: _Member) -> None:
        """Start a process when its turn has come, and again until all of it stops."""
        if not await self._or_stopping(self._turn_to_start(member.spec)):
            return
        while not self._stopping.is_set():
            code, was_ready, lived_s = await self._live(member)
            if self._stopping.is_set():
                return
            chance = random.random()  # noqa: S311 - spreads restarts, guards nothing
            decision = member.policy.exited(
                ready=was_ready, lived_s=lived_s, code=code, chance=chance
            )
            if isinstance(decision, GiveUp):
                self._give_up(member, code)
                return
            self._log.error(
                "processus arrêté, relance",
                child=member.spec.name,
                code=code,
                lived_s=round(lived_s, 1),
                delay_s=round(decision.delay_s, 2),
            )
            if not await self._or_stopping(asyncio.sleep(decision.delay_s)):
                return
            member.restarts += 1

    async def _turn_to_start(self, spec: ChildSpec) -> None:
        for name in spec.after:
            await self._members[name].ready.wait()
        if spec.gate is not None:
            await _until(spec.gate)

    async def _live(self, member: _Member) -> tuple[int | None, bool, float]:
        """Return exit code, whether it was ready, and how long it lived."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        child = Child(member.spec, member.output, self._keeper)
        try:
            await child.start()
        except OSError as error:
            self._log.error(
                "processus impossible à lancer", child=member.spec.name, error=str(error)
            )
            return None, False, 0.0
        member.child = child
        self._changed()
        if self._stopping.is_set():  # it began while the others were being ended
            await child.stop(HURRIED_STOP_S)
        watch = asyncio.create_task(self._watch(member, child))
        try:
            code = await child.wait()
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
        was_ready, member.is_ready, member.child = member.is_ready, False, None
        self._changed()
        return code, was_ready, loop.time() - begun

    async def _watch(self, member: _Member, child: Child) -> None:
        """Mark the process ready, or kill it when its start takes too long."""
        try:
            async with asyncio.timeout(member.spec.start_timeout_s):
                await _until(member.spec.probe)
        except TimeoutError:
            self._log.error("processus pas prêt à temps", child=member.spec.name)
            child.signal(signal.SIGKILL)
            return
        member.is_ready = True
        member.ready.set()
        self._log.info("processus prêt", child=member.spec.name, pid=child.pid)
        self._changed()

    def _give_up(self, member: _Member, code: int | None) -> None:
        last = "\n".join(f"    {line}" for line in member.output.last_lines)
        detail = f" Ses dernières lignes :\n{last}" if last else ""
        self._failure = self._failure or StartError(
            f"Le processus « {member.spec.name} » ne démarre pas (code {code}) ; "
            f"tout est arrêté.{detail}"
        )
        self._stopping.set()

    async def _or_stopping(self, work: Awaitable[None]) -> bool:
        """Wait for ``work``; return False when everything stops first."""
        task = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait((task, stopping), return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                task.result()
            return task.done() and not self._stopping.is_set()
        finally:
            for future in (task, stopping):
                future.cancel()
            await asyncio.gather(task, stopping, return_exceptions=True)

    async def _end(self, all_kept: asyncio.Future[list[None]]) -> None:
        """Drain, then end every process; hurry as soon as asked to."""
        hurry = asyncio.create_task(self._hurried.wait())
        gently = asyncio.create_task(self._end_gently())
        try:
            await asyncio.wait((hurry, gently), return_when=asyncio.FIRST_COMPLETED)
            if not gently.done():
                self._log.warning("arrêt immédiat demandé")
                gently.cancel()
                await asyncio.gather(gently, return_exceptions=True)
                await self._stop_all(HURRIED_STOP_S)
            await all_kept
        finally:
            for task in (hurry, gently):
                task.cancel()
            await asyncio.gather(hurry, gently, return_exceptions=True)

    async def _end_gently(self) -> None:
        was_serving = self._phase == "serving"
        self._enter("draining")
        drainer = self._members.get(self._options.drained_by or "")
        if was_serving and drainer is not None and drainer.child is not None:
            await drainer.child.stop(self._options.drain_s)
        await self._stop_all(None)

    async def _stop_all(self, limit_s: float | None) -> None:
        for last in (False, True):
            await asyncio.gather(
                *(
                    member.child.stop(limit_s or member.spec.stop_timeout_s)
                    for member in self._members.values()
                    if member.child is not None and member.spec.last is last
                )
            )

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        self._log.info("phase", phase=phase)
        self._changed()

    def _changed(self) -> None:
        states = [
            ChildState(
                member.spec.name,
                member.child.pid if member.child is not None else None,
                member.is_ready,
                member.restarts,
            )
            for member in self._members.values()
        ]
        self._on_change(self._phase, states)


async def _until(probe: Probe) -> None:
    while not await probe():  # noqa: ASYNC110 - what is probed is another process
        await asyncio.sleep(PROBE_PAUSE_S)
