"""A publication as a command: what people read, or one JSON line for each thing that happens."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from callbot.commands import CommandError
from callbot.commands.check import as_json, describe
from callbot.paths import Paths
from callbot.publishing import served
from callbot.publishing.pipeline import RefusedError, Reporter
from callbot.publishing.versions import Published

TAKEN_OVER_S = 60.0
"""A core with calls in progress waits for a quiet moment before it changes the model."""

Work = Callable[[Reporter], Published]


def author() -> str:
    """Return who runs the command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "inconnu"


def run(paths: Paths, work: Work, *, as_lines: bool = False) -> int:
    """Do it and tell; 0 when the version is in service.

    Raises:
        CommandError: it was refused.
    """
    if as_lines:
        return _run_in_lines(paths, work)
    try:
        with _progress() as reporter:
            version = work(reporter)
    except RefusedError as error:
        said = [describe(problem) for problem in error.problems]
        raise CommandError("\n".join([*said, *error.reasons, STAYS])) from error
    last = served.wait_until(paths.served_file, version.name, TAKEN_OVER_S)
    print(_in_service(last, version.name), flush=True)
    return 0 if last is None or last.version == version.name else 1


STAYS = "Rien n'a été publié : ce qui était en service le reste."


def _in_service(last: served.Served | None, version: str) -> str:
    if last is None:
        return "Le callbot n'est pas démarré : il servira cette version."
    if last.version == version:
        return "En service : les prochains appels entendent cette version."
    return f"La version n'est pas encore en service. {last.error}".strip()


def _run_in_lines(paths: Paths, work: Work) -> int:
    played = 0

    def advance(total: int) -> None:
        nonlocal played
        played += 1
        if played % 20 == 0 or played == total:
            _tell(played=played, total=total)

    reporter = Reporter(
        step=lambda said: _tell(step=said), line=lambda said: _tell(line=said), advance=advance
    )
    try:
        version = work(reporter)
    except RefusedError as error:
        problems = [as_json(problem) for problem in error.problems]
        _tell(refused=list(error.reasons), problems=problems)
        return 1
    _tell(version=version.name)
    return 0


def _tell(**content: Any) -> None:
    print(json.dumps(content, ensure_ascii=False), flush=True)


@contextmanager
def _progress() -> Iterator[Reporter]:
    """Show steps and lines on stdout, and how many conversations were played on stderr."""
    # The process that publishes for the pages shows nothing on a terminal.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import MofNCompleteColumn, Progress, TaskID  # noqa: PLC0415

    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        tasks: list[TaskID] = []

        def advance(total: int) -> None:
            if not tasks:
                tasks.append(progress.add_task("Conversations de référence", total=total))
            progress.advance(tasks[0])

        yield Reporter(
            step=lambda said: print(f"{said}…", flush=True),
            line=lambda said: print(said, flush=True),
            advance=advance,
        )
