"""A screen that remembers, and a place of its own for each test."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from callbot.setup.screen import Screen
from callbot.setup.steps import Place


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def screen(output: io.StringIO) -> Screen:
    return Screen(Console(file=output, soft_wrap=True))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    root = tmp_path / "callbot"
    (root / "var").mkdir(parents=True)
    return Place(root, root / "var")
