"""Work that nobody waits for gives way to calls."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

LOWEST = 15


def step_aside(pid: int, nice: int = LOWEST) -> None:
    """Let the process ``pid``, which leads a session of its own, give way to all others.

    Where the kernel groups processes by session (autogroup), the niceness of a process counts
    inside its own session only; the session's own is what the others feel. Does nothing where it
    is not allowed, or the process is gone.
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, nice)
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(nice), encoding="ascii")
