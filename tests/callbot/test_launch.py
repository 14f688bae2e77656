"""How a supervised process gives way to the others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from callbot.supervision import launch


def launched(nice: int, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-I", "-S", launch.__file__, str(os.getpid()), str(nice), *command],
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,
    )
    return done.stdout


def test_a_process_is_nicer_than_its_supervisor() -> None:
    assert int(launched(3, "nice")) == os.getpriority(os.PRIO_PROCESS, 0) + 3


@pytest.mark.skipif(not Path(launch.AUTOGROUP).exists(), reason="no groups by session here")
def test_its_whole_session_is() -> None:
    assert launched(3, "cat", launch.AUTOGROUP).split()[-1] == "3"


def test_a_priority_that_is_refused_is_done_without() -> None:
    # Nobody may go lower than this, so the kernel never grants more.
    assert int(launched(-100, "nice")) <= os.getpriority(os.PRIO_PROCESS, 0)


def test_nobody_is_started_for_a_supervisor_that_is_gone() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.run(
            [sys.executable, "-I", "-S", launch.__file__, "1", "0", "true"],
            check=True,
            start_new_session=True,
        )


def test_a_busy_kernel_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    really_open = open
    group = tmp_path / "autogroup"
    monkeypatch.setattr(launch, "AUTOGROUP", str(group))
    monkeypatch.setattr("os.nice", lambda _nice: 0)

    def busy_twice(*arguments: Any, **options: Any) -> Any:
        if len(pauses) < 2:
            raise BlockingIOError
        return really_open(*arguments, **options)

    monkeypatch.setattr("builtins.open", busy_twice)
    monkeypatch.setattr("time.sleep", pauses.append)
    launch.give_way(4)
    monkeypatch.undo()
    assert group.read_text() == "4"
    assert len(pauses) == 2
