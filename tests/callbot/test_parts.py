"""The processes that a command runs beside itself."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = """
import asyncio, pathlib, sys
from callbot import parts

async def main():
    async with parts._process(["sleep", "600"], pathlib.Path(sys.argv[1])) as process:
        print(process.pid, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


def gone(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text("ascii")
    return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_they_end_with_it_whatever_ends_it(tmp_path: Path, number: signal.Signals) -> None:
    python = [sys.executable, "-c", COMMAND, str(tmp_path)]
    with subprocess.Popen(python, stdout=subprocess.PIPE, text=True) as command:
        assert command.stdout is not None
        helper = int(command.stdout.readline())
        assert not gone(helper)
        os.kill(command.pid, number)
        command.wait()
    until = time.monotonic() + 60.0
    while not gone(helper):
        assert time.monotonic() < until
        time.sleep(0.02)
