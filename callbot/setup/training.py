"""Trains Rasa on the town's intents when they, or the way they are compiled, have changed."""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from callbot.setup.screen import Screen
from callbot.setup.steps import Place, SetupError, Step
from callbot.setup.tools import run_tool

_MIB = 1024**2
_STAMP = "appris"


class TrainingStep(Step):
    """Runs `callbot train`."""

    name = "Apprentissage des intentions (Rasa)"
    disk_bytes = 50 * _MIB

    def __init__(self, place: Place, config: Path) -> None:
        self._place = place
        self._config = config
        self._stamp = place.var / "rasa" / _STAMP

    def is_done(self) -> bool:
        try:
            return self._stamp.read_text() == self._fingerprint()
        except OSError:
            return False

    def run(self, screen: Screen) -> None:
        fingerprint = self._fingerprint()
        run_tool(
            [sys.executable, "-m", "callbot.cli", "train"],
            screen=screen,
            label="Apprentissage",
            log=self._place.log,
            env={"CALLBOT_CONFIG": str(self._config), "CALLBOT_VAR": str(self._place.var)},
            failure=SetupError(
                "L’apprentissage a échoué.",
                "Lancez « uv run callbot check », corrigez ce qu’il indique dans « config », puis"
                f" relancez. Détails dans « {self._place.log} ».",
            ),
        )
        self._stamp.write_text(fingerprint)

    def _fingerprint(self) -> str:
        digest = hashlib.sha256()
        for path in self._sources():
            content = path.read_bytes()
            digest.update(f"{path.name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    def _sources(self) -> Iterator[Path]:
        rasa = self._place.root / "dialogue" / "rasa"
        for folder, patterns in (
            (self._config, ("intents/**/*.yml", "ville/**/*.yml", "dialogue.yml")),
            (rasa, ("**/*.py", "**/*.yml", "uv.lock")),
            (rasa.parent, ("training.py", "compil*.py")),
        ):
            for pattern in patterns:
                yield from sorted(path for path in folder.glob(pattern) if path.is_file())
