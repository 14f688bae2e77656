"""What the supervisor lets others know: ``var/run/etat.json``."""

from __future__ import annotations

import importlib.metadata
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Phase = Literal["starting", "serving", "draining", "stopped"]


@dataclass(frozen=True)
class ChildState:
    """One process."""

    name: str
    pid: int | None
    ready: bool
    restarts: int


@dataclass(frozen=True)
class State:
    """The whole box."""

    pid: int
    phase: Phase
    children: Sequence[ChildState] = ()


def write(path: Path, state: State) -> None:
    """Replace the file in one step; readers see the old or the new one."""
    temporary = path.with_suffix(f".{os.getpid()}")
    temporary.write_text(json.dumps(asdict(state), ensure_ascii=False), "utf-8")
    temporary.replace(path)


def read(path: Path) -> State | None:
    """Return the last state written, None when there is none that can be read."""
    try:
        raw = json.loads(path.read_text("utf-8"))
        children = tuple(ChildState(**child) for child in raw.pop("children"))
        return State(children=children, **raw)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def is_starting(path: Path) -> bool:
    """True while a supervisor has not yet opened the public port."""
    state = read(path)
    return state is not None and state.phase == "starting"


def version() -> str:
    """Return the version of the program, '' when it is not installed as a package."""
    try:
        return importlib.metadata.version("callbot")
    except importlib.metadata.PackageNotFoundError:
        return ""


def restarts(path: Path) -> Mapping[str, int]:
    """Return the restarts by process since the supervisor started."""
    state = read(path)
    return {} if state is None else {child.name: child.restarts for child in state.children}
