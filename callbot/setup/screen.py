"""What the set-up shows: numbered steps, progress, remarks. All of it in French."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

_HEARTBEAT_S = 15.0


class Meter(Protocol):
    """Takes how far a task has come, in the unit of its total."""

    def update(self, completed: float) -> None:
        """Show `completed`; called several times a second."""


class Screen:
    """Writes for a person at a terminal, or line by line for a log."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def step(self, number: int, count: int, name: str) -> None:
        """Announce a step."""
        self._console.print(f"[bold cyan]\\[{number}/{count}][/] [bold]{name}[/]")

    def note(self, text: str) -> None:
        """Tell something that went well or is good to know."""
        self._console.print(f"      {text}", highlight=False, markup=False)

    def warn(self, text: str) -> None:
        """Tell something that the reader may want to act on."""
        self._console.print(f"      ! {text}", style="yellow", highlight=False, markup=False)

    def error(self, what: str, mend: str) -> None:
        """Tell why the set-up stops, and what can be done."""
        self._console.print(f"Erreur : {what}", style="bold red", highlight=False, markup=False)
        self._console.print(f"→ {mend}", highlight=False, markup=False)

    @contextmanager
    def progress(self, label: str, total: float | None = None) -> Iterator[Meter]:
        """Show how `label` comes along; `total` is in any unit, None when it is not known."""
        if not self._console.is_terminal:
            yield _LineMeter(self._console, label, total)
            return
        columns = (
            TextColumn("      {task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:>3.0f} %" if total else ""),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._console, transient=True) as bar:
            task = bar.add_task(label, total=total)

            class BarMeter:
                def update(self, completed: float) -> None:
                    bar.update(
                        task, completed=completed if total is None else min(completed, total)
                    )

            yield BarMeter()


class _LineMeter:
    """For a log: one line now and then, so that a long task is seen to be alive."""

    def __init__(self, console: Console, label: str, total: float | None) -> None:
        self._console = console
        self._label = label
        self._total = total
        self._started = self._spoken = time.monotonic()

    def update(self, completed: float) -> None:
        now = time.monotonic()
        if now - self._spoken < _HEARTBEAT_S:
            return
        self._spoken = now
        share = f"{min(completed / self._total, 0.99):.0%}, " if self._total else ""
        line = f"      {self._label} … {share}{now - self._started:.0f} s"
        self._console.print(line, highlight=False, markup=False)
