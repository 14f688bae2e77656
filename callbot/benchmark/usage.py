"""What the processes of the box, and those of the callers, take of the machine."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from callbot.state import State

SUPERVISOR = "superviseur"
CALLERS = "appelants"


@dataclass(frozen=True)
class Reading:
    """Seconds of CPU and bytes of memory by name, at one instant."""

    at: float
    cpu_s: Mapping[str, float]
    rss: Mapping[str, int]


@dataclass(frozen=True)
class Usage:
    """The means between two readings."""

    cpu_cores: float
    """Of the box alone."""
    cpu_by_process: Mapping[str, float]
    callers_cpu_cores: float
    rss_mb: float
    """Of the box alone, at the end; memory that processes share counts in each."""
    cpu_s: float = 0.0
    """Of the box alone, all of it."""


def read(state: State) -> Reading:
    """Read the box that ``state`` describes, and this process with its telephones."""
    roots = {SUPERVISOR: [state.pid], CALLERS: [os.getpid()]}
    for child in state.children:
        if child.pid is not None:
            # The workers share a name without their number: "lignes 1", "lignes 2".
            roots.setdefault(re.sub(r" \d+$", "", child.name), []).append(child.pid)
    known = {pid for pids in roots.values() for pid in pids}
    cpu: dict[str, float] = {}
    rss: dict[str, int] = {}
    for name, pids in roots.items():
        for pid in pids:
            seconds, memory = _tree(pid, known - {pid})
            cpu[name] = cpu.get(name, 0.0) + seconds
            rss[name] = rss.get(name, 0) + memory
    return Reading(time.monotonic(), cpu, rss)


def between(start: Reading, end: Reading) -> Usage:
    """Return the mean use between two readings, in cores."""
    elapsed = max(end.at - start.at, 1e-9)
    cores = {
        name: max(0.0, seconds - start.cpu_s.get(name, 0.0)) / elapsed
        for name, seconds in end.cpu_s.items()
    }
    callers = cores.pop(CALLERS, 0.0)
    memory = sum(size for name, size in end.rss.items() if name != CALLERS)
    used = sum(cores.values())
    return Usage(used, cores, callers, memory / 2**20, used * elapsed)


def _tree(pid: int, others: set[int]) -> tuple[float, int]:
    """Return CPU seconds and memory of a process and its children that are not named apart."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0.0, 0
    seconds, memory = 0.0, 0
    for member in family:
        if member.pid in others:
            continue
        try:
            times = member.cpu_times()
            # Children that have ended count with their parent once it has waited for them.
            seconds += times.user + times.system + times.children_user + times.children_system
            memory += member.memory_info().rss
        except psutil.Error:
            continue
    return seconds, memory
