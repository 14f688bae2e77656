"""Checks texts that nobody has saved yet, in a process of its own, beside the calls.

``python -m callbot.publishing.checker``: one JSON line in (the files that differ from the edited
ones), one JSON line out (the problems).
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from callbot.paths import Paths
from callbot.publishing import beside
from common import yamltree
from common.problem import Problem

ANSWER_S = 90.0
CLOSE_S = 3.0


class CheckFailedError(Exception):
    """The process did not answer; the message is French."""


class Checker:
    """The core's end: starts the process when it is first needed, and again when it died."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def check(self, texts: Mapping[str, str | None]) -> Sequence[Problem]:
        """Return the problems of the edited files with these texts; None: without that file.

        Raises:
            CheckFailedError: no answer.
        """
        async with self._turn:
            try:
                return await asyncio.wait_for(self._ask(texts), ANSWER_S)
            except (OSError, ValueError, KeyError, TimeoutError) as error:
                await self.close()
                raise CheckFailedError(
                    "La vérification n'a pas répondu. Recommencez dans un instant."
                ) from error

    async def close(self) -> None:
        """End the process; it clears its folder away when it gets the time."""
        process, self._process = self._process, None
        await beside.end(process, CLOSE_S)

    async def _ask(self, texts: Mapping[str, str | None]) -> Sequence[Problem]:
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await beside.start(
                self._paths, "callbot.publishing.checker", asyncio.subprocess.DEVNULL
            )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(texts).encode() + b"\n")
        await process.stdin.drain()
        found = json.loads(await process.stdout.readline())
        return [Problem(Path(raw.pop("file")), **raw) for raw in found]


def problems_of(paths: Paths, texts: Mapping[str, str | None]) -> Sequence[Problem]:
    """Check the edited files with other texts, in a folder that is gone afterwards."""
    # The core, which only starts this process, does without what the checks bring in.
    from callbot.checks import check_content  # noqa: PLC0415
    from callbot.publishing import tree  # noqa: PLC0415
    from callbot.publishing.links import check_links  # noqa: PLC0415
    from callbot.publishing.pipeline import placed  # noqa: PLC0415

    if stray := check_links(paths.config):
        return stray
    with tempfile.TemporaryDirectory(prefix="callbot-essai-") as scratch:
        candidate = Path(scratch)
        for name, path in tree.files(paths.config).items():
            if name not in texts:
                (candidate / name).parent.mkdir(parents=True, exist_ok=True)
                (candidate / name).symlink_to(path)
        for name, text in texts.items():
            if text is not None:
                (candidate / name).parent.mkdir(parents=True, exist_ok=True)
                (candidate / name).write_text(text, "utf-8")
        found = check_content(Paths(candidate, paths.var)).problems
        return [placed(problem, candidate, paths.config) for problem in found]


def main() -> int:
    """Answer until the other end is closed."""
    paths = Paths.choose()
    yamltree.keep_in(paths.parsed)
    for line in sys.stdin.buffer:
        answer = [_raw(problem) for problem in problems_of(paths, json.loads(line))]
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    return 0


def _raw(problem: Problem) -> dict[str, Any]:
    return {
        "file": str(problem.file),
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
        "mend": problem.mend,
        "severity": problem.severity,
    }


if __name__ == "__main__":
    sys.exit(main())
