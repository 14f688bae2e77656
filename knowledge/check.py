"""Checking a town before it goes live."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path

from common.yamlfile import Problem
from knowledge.hours import PARIS
from knowledge.loading import read_town
from knowledge.plainfrench import check_plain_french
from knowledge.unreached import check_reached


def check_town(
    folder: Path, *, intents: Collection[str] | None = None, today: date | None = None
) -> list[Problem]:
    """Return every error and warning of ``config/ville``, errors first, by file and line."""
    data = read_town(folder, today or datetime.now(PARIS).date(), intents)
    return sorted(
        [*data.problems, *check_plain_french(data), *check_reached(data)],
        key=lambda problem: (
            problem.severity != "erreur", str(problem.file), problem.line, problem.column,
        ),
    )  # fmt: skip
