"""A town in a folder of its own, with stand-ins for what only has to exist and for Rasa."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from callbot.paths import Paths
from common import yamltree
from tests.paths import CONFIG

TRAINS = """#!/bin/sh
read -r job || exit 0
echo run >> "{runs}"
echo '{{"step": "train"}}'
{script}
echo model > "$(echo "$job" | sed 's/.*"output": "\\([^"]*\\)".*/\\1/')/model.tar.gz"
echo '{{"learnt": true}}'
"""


@pytest.fixture(scope="session", autouse=True)
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The delivered files are parsed once for all tests."""
    yamltree.keep_in(tmp_path_factory.mktemp("yaml"))
    yield
    yamltree.keep_in(None)


class Town:
    """The folders of one test."""

    def __init__(self, folder: Path) -> None:
        self.paths = Paths(folder / "config", folder / "var")
        shutil.copytree(CONFIG, self.paths.config)
        shutil.rmtree(self.paths.conversations)
        self._runs = folder / "runs"
        self.rasa_does("")

    def rasa_does(self, script: str) -> None:
        """Let Rasa's interpreter do this before it writes a model."""
        python = self.paths.rasa / "venv" / "bin" / "python"
        python.parent.mkdir(parents=True, exist_ok=True)
        python.write_text(TRAINS.format(runs=self._runs, script=script), "utf-8")
        python.chmod(0o755)

    @property
    def trainings(self) -> int:
        """How often Rasa was trained."""
        return len(self._runs.read_text("utf-8").splitlines()) if self._runs.exists() else 0

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace the first ``old`` in one file."""
        file = self.paths.config / name
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), "utf-8")


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setattr("callbot.settingschecks.check_model", lambda folder: [])
    monkeypatch.setattr("callbot.settingschecks.check_voice", lambda folder: [])
    monkeypatch.setattr("callbot.assistant.finder", lambda *_: lambda _text: None)
    return Town(tmp_path)
