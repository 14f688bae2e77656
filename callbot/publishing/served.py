"""What the core tells others about the version it serves: ``var/run/en_service.json``."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

POLL_S = 0.1


@dataclass(frozen=True)
class Served:
    """What new calls get."""

    pid: int
    """Of the core."""
    version: str
    """Empty where the configuration is served as it is edited."""
    refused: str = ""
    """The active version, when it could not be taken over."""
    error: str = ""
    """French: why not, or what is wrong in the watched folder."""


def write(path: Path, served: Served) -> None:
    """Replace the file in one step.

    Raises:
        OSError: the disk does not take it.
    """
    new = path.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps(asdict(served), ensure_ascii=False), "utf-8")
    new.replace(path)


def read(path: Path) -> Served | None:
    """Return what was written last by a core that still runs, else None."""
    try:
        served = Served(**json.loads(path.read_text("utf-8")))
        os.kill(served.pid, 0)
    except (OSError, ValueError, TypeError):
        return None
    return served


def wait_until(path: Path, version: str, seconds: float) -> Served | None:
    """Wait until the core serves a version or refuses it; return its last word."""
    end = time.monotonic() + seconds
    while True:
        served = read(path)
        if served is None or version in (served.version, served.refused):
            return served
        if time.monotonic() > end:
            return served
        time.sleep(POLL_S)
