"""How the kernel shares the processor between sessions.

Where it groups processes by session (autogroup, see sched(7)), the niceness of a process counts
inside its own session only, and that of the session is a file.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

AUTOGROUP = Path("/proc/self/autogroup")
LOWEST = 15


def set_session_niceness(nice: int, group: Path = AUTOGROUP) -> None:
    """Set the niceness of this process's session, -20 to 19, where the kernel allows it.

    Below 0 takes ``LimitNICE``; without privileges the kernel takes ten changes a second.
    """
    with contextlib.suppress(OSError), group.open("r+", encoding="ascii") as file:
        file.write(str(nice))


def step_aside(pid: int, nice: int = LOWEST) -> None:
    """Let the process ``pid``, which leads a session of its own, give way to all others.

    Its niceness counts inside its session, the session's own is what the others feel. Does nothing
    where it is not allowed, or the process is gone.
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, nice)
    set_session_niceness(nice, Path(f"/proc/{pid}/autogroup"))
