"""The niceness of a session, and work that gives way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from common.priority import set_session_niceness, step_aside


def test_the_kernel_is_told_or_left_alone(tmp_path: Path) -> None:
    group = tmp_path / "autogroup"
    set_session_niceness(5, group)
    assert not group.exists()
    group.write_text("")
    set_session_niceness(-6, group)
    assert group.read_text() == "-6"


def test_a_process_and_its_session_give_way() -> None:
    waiting = (sys.executable, "-c", "input()")
    with subprocess.Popen(waiting, stdin=subprocess.PIPE, start_new_session=True) as process:
        step_aside(process.pid, 7)
        group = Path(f"/proc/{process.pid}/autogroup")
        session = group.read_text("ascii").split()[-1] if group.exists() else "7"
        nice = os.getpriority(os.PRIO_PROCESS, process.pid)
        process.communicate(b"\n")
    assert (nice, session) == (7, "7")


def test_a_process_that_is_gone_is_nobody_else() -> None:
    with subprocess.Popen((sys.executable, "-c", "")) as process:
        process.wait()
    step_aside(process.pid)
