"""Everything that an admin can get wrong, found before it goes live."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from callbot import settings as settings_module
from callbot.paths import Paths
from callbot.settings import Settings
from callbot.settingschecks import check_settings
from common.yamlfile import ConfigError, Problem

T = TypeVar("T")


@dataclass(frozen=True)
class Report:
    """What was found, errors first, then by file and line."""

    problems: tuple[Problem, ...]
    settings: Settings | None
    """None when the settings themselves cannot be read."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What keeps the callbot from serving."""
        return tuple(problem for problem in self.problems if problem.severity == "erreur")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What it can serve with."""
        return tuple(problem for problem in self.problems if problem.severity != "erreur")


def check_all(paths: Paths) -> Report:
    """Check settings, dialogue, phrases, intents and town; never raises ConfigError."""
    problems: list[Problem] = []
    settings = _collect(problems, lambda: settings_module.load(paths))
    if settings is not None:
        problems += check_settings(settings, paths)
    problems += _content(paths)
    return Report(
        tuple(sorted(dict.fromkeys(problems), key=_order)),
        settings.value if settings is not None else None,
    )


def _content(paths: Paths) -> list[Problem]:
    # The knowledge brings in libraries that "callbot --help" can do without.
    from dialogue.config import load_dialogue_settings, load_phrases  # noqa: PLC0415
    from dialogue.intents import load_intents  # noqa: PLC0415
    from knowledge.check import check_town  # noqa: PLC0415

    problems: list[Problem] = []
    _collect(problems, lambda: load_dialogue_settings(paths.config / "dialogue.yml"))
    _collect(problems, lambda: load_phrases(paths.config / "phrases.yml"))
    intents = _collect(problems, lambda: load_intents(paths.intents))
    names: Iterable[str] | None = intents.names if intents is not None else None
    problems += check_town(paths.town, intents=frozenset(names) if names is not None else None)
    return problems


def _collect(problems: list[Problem], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except ConfigError as error:
        problems += error.problems
        return None


def _order(problem: Problem) -> tuple[Any, ...]:
    return problem.severity != "erreur", str(problem.file), problem.line, problem.column
