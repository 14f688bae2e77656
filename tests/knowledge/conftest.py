"""The demo town, and a copy of it that a test may spoil."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from common.yamlfile import Problem
from knowledge.check import check_town
from knowledge.town import Town, load_town
from tests.paths import CONFIG

TODAY = date(2026, 11, 25)
Spoil = Callable[[str, str, str], list[Problem]]


@pytest.fixture(scope="session")
def town() -> Town:
    return load_town(CONFIG / "ville", today=TODAY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "ville"
    shutil.copytree(CONFIG / "ville", copy)
    return copy


@pytest.fixture(scope="session")
def known() -> set[tuple[str, str]]:
    """What the check finds in the demo town."""
    found = check_town(CONFIG / "ville", today=TODAY)
    return {(problem.file.name, problem.message) for problem in found}


@pytest.fixture
def spoil(folder: Path, known: set[tuple[str, str]]) -> Spoil:
    """Replace a text in one file, once, and return what the check finds that was not there."""

    def replace(name: str, old: str, new: str) -> list[Problem]:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        found = check_town(folder, today=TODAY)
        return [problem for problem in found if (problem.file.name, problem.message) not in known]

    return replace
