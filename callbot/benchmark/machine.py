"""What a benchmark ran on, in words."""

from __future__ import annotations

import os
import platform
from datetime import datetime
from pathlib import Path

from callbot import state

_CPUINFO = Path("/proc/cpuinfo")


def describe() -> str:
    """Return processor, cores, date and program, in French."""
    today = datetime.now().astimezone()
    cores = os.cpu_count() or 1
    return (
        f"{processor(_CPUINFO)}, {cores} cœur{'s' if cores > 1 else ''}, "
        f"callbot {state.version()}, le {today:%d/%m/%Y} à {today:%H:%M}"
    )


def processor(cpuinfo: Path) -> str:
    """Return the name of the processor, else its architecture."""
    try:
        lines = cpuinfo.read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.machine()
