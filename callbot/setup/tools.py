"""Runs another program with its output in a log file and its progress on the screen."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from subprocess import Popen

import psutil

from callbot.setup.screen import Screen
from callbot.setup.steps import SetupError

_POLL_S = 0.2
_TAIL_LINES = 8


def uv() -> str:
    """Return how to call uv: the very one that runs us, which may not be on PATH."""
    return os.environ.get("UV", "uv")


def run_tool(
    args: Sequence[str],
    *,
    screen: Screen,
    label: str,
    log: Path,
    failure: SetupError,
    env: Mapping[str, str] | None = None,
    expected_bytes: int | None = None,
    measure: Callable[[], float] | None = None,
    pass_fds: Sequence[int] = (),
    show_last_words: bool = True,
) -> None:
    """Run `args` to its end.

    Progress is `measure()` in percent if given, else the bytes that the program wrote against
    `expected_bytes`. Raises `failure`, after showing the last lines that the program printed
    (unless they would only blur it), when it cannot be started or ends with a status other than 0.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    total = 100.0 if measure else expected_bytes
    with log.open("ab") as out, screen.progress(label, total) as meter:
        out.write(f"\n$ {' '.join(args)}\n".encode())
        out.flush()
        beginning = out.tell()
        try:
            process = Popen(
                args,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                pass_fds=tuple(pass_fds),
            )
        except OSError as error:
            raise failure from error
        try:
            _wait(process, lambda: meter.update(measure() if measure else written(process.pid)))
        finally:
            _end(process)
    if process.returncode != 0:
        for line in _tail(log, beginning) if show_last_words else []:
            screen.note(line)
        raise failure


def _wait(process: Popen[bytes], tick: Callable[[], None]) -> None:
    while True:
        try:
            process.wait(timeout=_POLL_S)
        except subprocess.TimeoutExpired:
            tick()
        else:
            return


def _end(process: Popen[bytes]) -> None:
    """Leave no child behind when the set-up is interrupted."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def written(pid: int) -> int:
    """Return how many bytes the process has written so far; 0 when that cannot be known."""
    try:
        return int(psutil.Process(pid).io_counters().write_chars)
    except (psutil.Error, OSError):
        return 0


def _tail(log: Path, beginning: int) -> list[str]:
    with log.open("rb") as file:
        file.seek(beginning)
        text = file.read().decode(errors="replace")
    return [line.rstrip() for line in text.splitlines() if line.strip()][-_TAIL_LINES:]
