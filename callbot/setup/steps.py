"""What a step of the set-up is, and how the steps are run one after the other."""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from callbot.setup.screen import Screen

GIB = 1024**3
_MARGIN_BYTES = GIB // 2


class SetupError(Exception):
    """The set-up cannot go on.

    `str()` is what happened, one French sentence; `mend` is what the reader can do about it.
    """

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.mend = mend


@dataclass(frozen=True)
class Place:
    """The folders of one copy of the callbot."""

    root: Path
    """The source code."""
    var: Path
    """Everything built or kept."""

    @property
    def downloads(self) -> Path:
        """What was fetched and is not assembled yet."""
        return self.var / "downloads"

    @property
    def models(self) -> Path:
        """Models ready to load, one folder each."""
        return self.var / "models"

    @property
    def voices(self) -> Path:
        """Piper voices ready to load, one folder each."""
        return self.var / "voices"

    @property
    def log(self) -> Path:
        """What the tools that the set-up runs print."""
        return self.var / "log" / "installation.log"


class Step(ABC):
    """One thing that the set-up brings in. Doing it twice does no harm."""

    name: str
    """Shown to the reader, in French."""

    disk_bytes: int = 0
    """Roughly what the step leaves on disk, caches included."""

    @abstractmethod
    def is_done(self) -> bool:
        """Whether nothing is left to do; answers in milliseconds once the step was done."""

    @abstractmethod
    def run(self, screen: Screen) -> None:
        """Do it, or go on where an interrupted run stopped.

        Raises SetupError when it cannot be done; nothing half done is left where it is used.
        """


def run_steps(steps: Sequence[Step], place: Place, screen: Screen) -> int:
    """Run the steps that are not done, in order, and return how many there were.

    Raises SetupError from the first step that fails, or before the first one when the disk has
    too little room for all of them.
    """
    _check_room([step for step in steps if not step.is_done()], place.var)
    ran = 0
    for number, step in enumerate(steps, start=1):
        if step.is_done():
            continue
        screen.step(number, len(steps), step.name)
        step.run(screen)
        ran += 1
    return ran


def _check_room(pending: Sequence[Step], where: Path) -> None:
    needed = sum(step.disk_bytes for step in pending)
    if not needed:
        return
    free = shutil.disk_usage(where).free
    if free < needed + _MARGIN_BYTES:
        raise SetupError(
            f"Il n’y a pas assez de place sur le disque : {gigabytes(free)} libres,"
            f" il en faut {gigabytes(needed + _MARGIN_BYTES)}.",
            f"Libérez de la place sur le disque de « {where} », puis relancez la commande.",
        )


def gigabytes(count: int) -> str:
    """Write a number of bytes as the reader expects it: "1,9 Go"."""
    return f"{count / GIB:.1f} Go".replace(".", ",")
