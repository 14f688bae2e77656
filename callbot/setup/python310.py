"""Finds the Python 3.10 that Rasa needs."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

VARIABLE = "CALLBOT_PYTHON310"
VERSION = "3.10"

_PROBE = "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)"
_TIMEOUT_S = 20.0


def probe(candidate: str | Path) -> Path | None:
    """Return the interpreter behind `candidate` when it runs and is Python 3.10, else None.

    pyenv puts a `python3.10` on PATH that runs nothing unless that version was chosen: only
    what really answers counts.
    """
    try:
        answer = subprocess.run(
            [str(candidate), "-I", "-c", _PROBE],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    version, _, executable = answer.stdout.strip().partition(" ")
    if answer.returncode != 0 or version != VERSION or not executable:
        return None
    return Path(executable)


def candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield where a Python 3.10 may be on this machine, best first."""
    on_path = shutil.which("python3.10", path=environ.get("PATH"))
    if on_path:
        yield Path(on_path)
    roots = [environ.get("PYENV_ROOT"), str(Path(environ.get("HOME") or "/nonexistent") / ".pyenv")]
    for root in dict.fromkeys(root for root in roots if root):
        try:
            found = sorted(Path(root, "versions").glob("3.10.*/bin/python3.10"), key=_patch)
        except OSError:
            continue
        yield from reversed(found)


def find_python310(
    environ: Mapping[str, str] = os.environ,
    check: Callable[[str | Path], Path | None] = probe,
) -> Path | None:
    """Return an interpreter of this machine, None when it has no Python 3.10.

    Raises ValueError when the one that CALLBOT_PYTHON310 names is not a Python 3.10.
    """
    chosen = environ.get(VARIABLE)
    if chosen:
        interpreter = check(chosen)
        if interpreter is None:
            raise ValueError(chosen)
        return interpreter
    for candidate in candidates(environ):
        interpreter = check(candidate)
        if interpreter is not None:
            return interpreter
    return None


def _patch(path: Path) -> tuple[int, ...]:
    version = path.parent.parent.name
    return tuple(int(part) for part in version.split(".") if part.isdigit())
