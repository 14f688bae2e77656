"""Processes that work for the pages beside the calls, and give way to them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

from callbot.paths import Paths
from common.priority import step_aside

NICENESS = 10
"""Of a session of its own: within that of the core, it would go before recognition."""
LINE_BYTES = 64 * 1024 * 1024
"""The longest line that is read from one: the problems of every file."""


async def start(paths: Paths, module: str, errors: int | None = None) -> asyncio.subprocess.Process:
    """Run a module of ours on the edited files; lines go in and come out.

    ``errors`` is where its standard error goes, None for where ours does.

    Raises:
        OSError: it cannot be started.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=errors,
        env={**os.environ, **paths.workshop.environment()},
        limit=LINE_BYTES,
        start_new_session=True,
    )
    step_aside(process.pid, NICENESS)
    return process


async def end(process: asyncio.subprocess.Process | None, grace_s: float = 0.0) -> None:
    """Let a process, if there is one, end by itself within ``grace_s``, else kill it."""
    if process is None or process.returncode is not None:
        return
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(grace_s):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
