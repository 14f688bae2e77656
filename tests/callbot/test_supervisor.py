"""The supervisor with small real processes."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from callbot.state import ChildState, Phase
from callbot.supervision.child import ChildSpec, Probe
from callbot.supervision.restart import GiveUp, Restart, RestartPolicy, RestartSettings
from callbot.supervision.supervisor import CLEAN, HURRIED, Options, StartError, Supervisor

QUICK = RestartSettings(first_delay_s=0.02, longest_delay_s=0.1, attempts_at_start=3)

SLEEPER = "open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER


def python(code: str, *arguments: str | Path) -> tuple[str, ...]:
    prologue = "import os, signal, subprocess, sys, time\n"
    return (sys.executable, "-c", prologue + code, *map(str, arguments))


def exists(path: Path) -> Probe:
    async def probe() -> bool:
        return path.exists() and path.read_text() != ""

    return probe


async def until(condition: Probe) -> None:
    async with asyncio.timeout(60):
        while not await condition():
            await asyncio.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Box:
    """A supervisor and what it told."""

    def __init__(self, specs: Sequence[ChildSpec], options: Options | None = None) -> None:
        self.serving = asyncio.Event()
        self.phases: list[Phase] = []
        self.children: dict[str, ChildState] = {}
        self.supervisor = Supervisor(
            specs,
            options or Options(restart=QUICK),
            on_serving=self._on_serving,
            on_change=self._on_change,
        )
        self.task = asyncio.create_task(self.supervisor.run())

    async def _on_serving(self) -> None:
        self.serving.set()

    def _on_change(self, phase: Phase, children: Sequence[ChildState]) -> None:
        if not self.phases or self.phases[-1] != phase:
            self.phases.append(phase)
        self.children = {child.name: child for child in children}

    async def is_serving(self) -> None:
        serving = asyncio.create_task(self.serving.wait())
        await asyncio.wait((serving, self.task), timeout=60, return_when=asyncio.FIRST_COMPLETED)
        serving.cancel()
        assert self.serving.is_set(), self.task

    def pid(self, name: str) -> int:
        pid = self.children[name].pid
        assert pid is not None
        return pid


async def test_a_process_starts_only_when_those_before_it_are_ready(tmp_path: Path) -> None:
    order = tmp_path / "order"
    note = "open(sys.argv[1], 'a').write(sys.argv[2]); " + SLEEPER.replace("argv[1]", "argv[3]")
    slow = "time.sleep(0.4); " + note
    specs = [
        ChildSpec(
            "c", python(note, order, "c", tmp_path / "c"), exists(tmp_path / "c"), ("a", "b")
        ),
        ChildSpec("b", python(slow, order, "b", tmp_path / "b"), exists(tmp_path / "b")),
        ChildSpec("a", python(note, order, "a", tmp_path / "a"), exists(tmp_path / "a")),
    ]
    box = Box(specs)
    await box.is_serving()
    assert order.read_text() == "abc"
    pids = [box.pid(name) for name in "abc"]
    box.supervisor.stop()
    assert await box.task == CLEAN
    assert not any(is_running(pid) for pid in pids)
    assert box.phases == ["starting", "serving", "draining", "stopped"]


async def test_what_dies_is_started_again(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    box = Box([ChildSpec("a", python(SLEEPER, ready), exists(ready))])
    await box.is_serving()
    for count in (1, 2, 3, 4):
        first = box.pid("a")
        os.kill(first, signal.SIGKILL)

        async def again(first: int = first, count: int = count) -> bool:
            state = box.children["a"]
            return state.restarts == count and state.ready and state.pid not in (None, first)

        await until(again)
    box.supervisor.stop()
    assert await box.task == CLEAN


async def test_a_death_is_noticed_although_a_grandchild_lives(tmp_path: Path) -> None:
    """It keeps the output open, and would keep the ports."""
    ready, grandchild = tmp_path / "ready", tmp_path / "grandchild"
    parent = "subprocess.Popen([sys.executable, '-c', sys.argv[2], sys.argv[3]]); " + SLEEPER
    command = python(parent, ready, f"import os, sys, time; {SLEEPER}", grandchild)
    box = Box([ChildSpec("a", command, exists(grandchild))])
    await box.is_serving()
    orphan = int(grandchild.read_text())
    os.kill(box.pid("a"), signal.SIGKILL)

    async def again() -> bool:
        return box.children["a"].restarts == 1 and not is_running(orphan)

    await until(again)
    box.supervisor.stop()
    assert await box.task == CLEAN


async def test_a_process_that_cannot_start_ends_all_and_its_last_words_are_told(
    tmp_path: Path,
) -> None:
    tries = tmp_path / "tries"
    dying = "open(sys.argv[1], 'a').write('x'); sys.exit('pas de modèle, 06 12 34 56 78')"
    box = Box(
        [
            ChildSpec("bon", python(SLEEPER, tmp_path / "a"), exists(tmp_path / "a")),
            ChildSpec("mauvais", python(dying, tries), exists(tmp_path / "never")),
        ]
    )
    with pytest.raises(StartError, match=r"« mauvais » ne démarre pas \(code 1\)") as caught:
        await box.task
    assert "pas de modèle, [numéro]" in str(caught.value)
    assert tries.read_text() == "xxx"
    assert not box.serving.is_set()
    pid = int((tmp_path / "a").read_text()) if (tmp_path / "a").exists() else None
    assert pid is None or not is_running(pid)


async def test_a_wrong_configuration_is_not_tried_again(tmp_path: Path) -> None:
    tries = tmp_path / "tries"
    code = "open(sys.argv[1], 'a').write('x'); sys.exit(78)"
    box = Box([ChildSpec("a", python(code, tries), exists(tmp_path / "never"))])
    with pytest.raises(StartError):
        await box.task
    assert tries.read_text() == "x"


async def test_a_start_that_takes_too_long_is_a_failed_start(tmp_path: Path) -> None:
    spec = ChildSpec(
        "lent", python("time.sleep(60)"), exists(tmp_path / "never"), start_timeout_s=0.2
    )
    with pytest.raises(StartError, match=r"code -9"):
        await Box([spec]).task


async def test_a_missing_program_is_named(tmp_path: Path) -> None:
    spec = ChildSpec("a", ("callbot-no-such-program",), exists(tmp_path / "never"))
    with pytest.raises(StartError, match="callbot-no-such-program"):
        await Box([spec]).task


CORE = """
def drain(*_):
    open(sys.argv[2], 'w').write('draining')
    while not os.path.exists(sys.argv[3]):
        time.sleep(0.02)
    sys.exit(0)
signal.signal(signal.SIGTERM, drain)
open(sys.argv[1], 'w').write('x')
time.sleep(60)
"""


def a_box_that_drains(tmp_path: Path, drain_s: float = 30) -> Box:
    core, line = tmp_path / "core", tmp_path / "line"
    files = (core, tmp_path / "draining", tmp_path / "calls_over")
    return Box(
        [
            ChildSpec("cœur", python(CORE, *files), exists(core)),
            ChildSpec("ligne", python(SLEEPER, line), exists(line), ("cœur",)),
        ],
        Options(drained_by="cœur", drain_s=drain_s, restart=QUICK),
    )


async def test_the_lines_live_until_the_core_has_drained(tmp_path: Path) -> None:
    box = a_box_that_drains(tmp_path)
    await box.is_serving()
    line = box.pid("ligne")
    box.supervisor.stop()
    await until(exists(tmp_path / "draining"))
    await asyncio.sleep(0.1)
    assert is_running(line)
    (tmp_path / "calls_over").touch()
    assert await box.task == CLEAN
    assert not is_running(line)


SAYS_GOODBYE = """
def end(*_):
    time.sleep(0.3)
    open(sys.argv[2], 'w').write(open(f'/proc/{open(sys.argv[3]).read()}/stat').read().split()[2])
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
open(sys.argv[1], 'w').write('x')
time.sleep(60)
"""


async def test_what_is_needed_to_the_end_is_ended_last(tmp_path: Path) -> None:
    line, edge, seen = tmp_path / "line", tmp_path / "edge", tmp_path / "seen"
    box = Box(
        [
            ChildSpec("kamailio", python(SLEEPER, edge), exists(edge), last=True),
            ChildSpec("ligne", python(SAYS_GOODBYE, line, seen, edge), exists(line), ("kamailio",)),
        ]
    )
    await box.is_serving()
    edge_pid = box.pid("kamailio")
    box.supervisor.stop()
    assert await box.task == CLEAN
    assert seen.read_text() in ("S", "R")  # the edge slept or ran while the line said goodbye
    assert not is_running(edge_pid)


async def test_the_drain_is_bounded(tmp_path: Path) -> None:
    box = a_box_that_drains(tmp_path, drain_s=0.1)
    await box.is_serving()
    pids = [box.pid("cœur"), box.pid("ligne")]
    box.supervisor.stop()
    assert await box.task == CLEAN
    assert not any(is_running(pid) for pid in pids)


async def test_a_second_stop_does_not_wait_for_the_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callbot.supervision.supervisor.HURRIED_STOP_S", 0.1)
    box = a_box_that_drains(tmp_path)
    await box.is_serving()
    pids = [box.pid("cœur"), box.pid("ligne")]
    box.supervisor.stop()
    await until(exists(tmp_path / "draining"))
    box.supervisor.stop()
    assert await box.task == HURRIED
    assert not any(is_running(pid) for pid in pids)


async def test_stopping_while_starting_leaves_nothing(tmp_path: Path) -> None:
    ready = tmp_path / "a"
    box = Box(
        [
            ChildSpec("a", python(SLEEPER, ready), exists(ready)),
            ChildSpec("b", python("time.sleep(60)"), exists(tmp_path / "never")),
            ChildSpec("c", python(SLEEPER, tmp_path / "c"), exists(tmp_path / "c"), ("b",)),
        ]
    )
    await until(exists(ready))
    pids = [box.pid("a"), box.pid("b")]
    box.supervisor.stop()
    assert await box.task == CLEAN
    assert not any(is_running(pid) for pid in pids)
    assert not (tmp_path / "c").exists()
    assert "serving" not in box.phases


SUPERVISED = textwrap.dedent(
    """
    import asyncio, json, sys
    from callbot.supervision.child import ChildSpec
    from callbot.supervision.supervisor import Options, Supervisor

    async def yes():
        return True

    async def serving():
        pass

    specs = [
        ChildSpec(name, tuple(command), yes)
        for name, command in json.loads(sys.argv[1]).items()
    ]
    supervisor = Supervisor(specs, Options(), on_serving=serving, on_change=lambda *_: None)
    asyncio.run(supervisor.run())
    """
)


async def test_nothing_outlives_a_killed_supervisor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a process that ignores SIGTERM nor a grandchild."""
    parent = (
        "subprocess.Popen([sys.executable, '-c', 'import os, signal, sys, time\\n"
        + STUBBORN.replace("'", '"')
        + "', sys.argv[2]]); "
        + SLEEPER
    )
    files = [tmp_path / name for name in ("polite", "stubborn", "parent", "grandchild")]
    commands = {
        "polite": python(SLEEPER, files[0]),
        "stubborn": python(STUBBORN, files[1]),
        "parent": python(parent, files[2], files[3]),
    }
    keeper = tmp_path / "keeper.py"
    original = Path(sys.modules["callbot.supervision.keeper"].__file__ or "")
    keeper.write_text(original.read_text().replace("GRACE_S = 8.0", "GRACE_S = 0.5"))
    program = f"import callbot.supervision.keeper as k; k.__file__ = {str(keeper)!r}\n"
    process = subprocess.Popen(
        [sys.executable, "-c", program + SUPERVISED, json.dumps(commands)],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        for file in files:
            await until(exists(file))
        pids = [int(file.read_text()) for file in files]
        assert all(is_running(pid) for pid in pids)
    finally:
        process.kill()
        process.wait()

    async def all_gone() -> bool:
        return not any(is_running(pid) for pid in pids)

    await until(all_gone)


def test_the_delay_doubles_up_to_a_limit_and_falls_back_after_a_long_life() -> None:
    settings = RestartSettings(
        first_delay_s=1, longest_delay_s=10, jitter=0.5, stable_after_s=60, attempts_at_start=9
    )
    policy = RestartPolicy(settings)

    def crash(lived_s: float, chance: float = 0.5) -> float:
        decision = policy.exited(ready=True, lived_s=lived_s, code=1, chance=chance)
        assert isinstance(decision, Restart)
        return decision.delay_s

    assert [crash(1) for _ in range(6)] == [1, 2, 4, 8, 10, 10]
    assert crash(61) == 1
    assert crash(1, chance=0.0) == 1
    assert crash(1, chance=1.0) == 6
    assert [crash(1) for _ in range(2000)][-1] == 10


def test_a_process_that_has_served_is_never_given_up() -> None:
    policy = RestartPolicy(RestartSettings(attempts_at_start=2))
    assert isinstance(policy.exited(ready=False, lived_s=0, code=1, chance=0), Restart)
    assert isinstance(policy.exited(ready=True, lived_s=1, code=1, chance=0), Restart)
    assert isinstance(policy.exited(ready=False, lived_s=1, code=78, chance=0), Restart)
    other = RestartPolicy(RestartSettings(attempts_at_start=2))
    other.exited(ready=False, lived_s=0, code=1, chance=0)
    assert isinstance(other.exited(ready=False, lived_s=0, code=1, chance=0), GiveUp)
