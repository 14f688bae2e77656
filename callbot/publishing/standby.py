"""``python -m callbot.publishing.standby``: a ``callbot`` that has been started ahead.

What takes seconds (the program, the files of the town) is read while nobody waits. One JSON line
on standard input, the arguments, and it goes on as ``callbot`` with them; without one it ends.
"""

from __future__ import annotations

import contextlib
import json
import sys

from callbot import cli
from callbot.checks import check_all
from callbot.paths import Paths
from callbot.publishing import pipeline, terminal
from common import yamltree
from common.settled import uncollected

READ_AHEAD = (pipeline, terminal)
"""Modules that a publication needs."""


def main() -> int:
    """Wait, then run."""
    paths = Paths.choose()
    yamltree.keep_in(paths.parsed)
    with contextlib.suppress(OSError), uncollected():
        check_all(paths)
    line = sys.stdin.readline()
    return cli.main(json.loads(line)) if line else 0


if __name__ == "__main__":
    sys.exit(main())
