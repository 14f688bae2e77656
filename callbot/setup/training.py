"""Trains Rasa on the town's intents when they, or the way they are compiled, have changed."""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from callbot.setup.screen import Screen
from callbot.setup.steps import Place, SetupError, Step
from callbot.setup.tools import run_tool
from dialogue.versions import VersionStore

_ROOT = Path(__file__).resolve().parents[2]
_MIB = 1024**2
_STAMP = "appris"


def remember(rasa_folder: Path, learnt: str) -> None:
    """Note what was learnt: `fingerprint` as it was before the training began.

    From then on the set-up leaves the choice of the active version alone: a version that was
    rolled back stays rolled back.
    """
    (rasa_folder / _STAMP).write_text(learnt)


class TrainingStep(Step):
    """Runs `callbot train`."""

    name = "Apprentissage des intentions (Rasa)"
    disk_bytes = 50 * _MIB

    def __init__(self, place: Place, config: Path) -> None:
        self._place = place
        self._config = config
        self._rasa = place.var / "rasa"

    def is_done(self) -> bool:
        try:
            stamp = (self._rasa / _STAMP).read_text()
        except OSError:
            return False
        return stamp == fingerprint(self._config) and self._has_model()

    def run(self, screen: Screen) -> None:
        failure = SetupError(
            "L’apprentissage a échoué.",
            "Lancez « uv run callbot check », corrigez ce qu’il indique, puis relancez."
            " S’il n’indique rien, une conversation de référence échoue peut-être :"
            f" « uv run callbot train » dit laquelle. Détails dans « {self._place.log} ».",
        )
        try:
            run_tool(
                [sys.executable, "-m", "callbot.cli", "train"],
                screen=screen,
                label="Apprentissage",
                log=self._place.log,
                env={"CALLBOT_CONFIG": str(self._config), "CALLBOT_VAR": str(self._place.var)},
                failure=failure,
            )
        except SetupError:
            if not self._has_model():
                raise
            # A slip in an example must not take the town's telephone down.
            screen.warn(f"{failure} Le callbot garde ce qu’il avait appris avant. {failure.mend}")

    def _has_model(self) -> bool:
        return VersionStore(self._rasa).active_model.is_file()


def fingerprint(config: Path) -> str:
    """Return a digest of all that decides what the training makes of this configuration."""
    digest = hashlib.sha256()
    for path in _sources(config):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources(config: Path) -> Iterator[Path]:
    dialogue = _ROOT / "dialogue"
    for folder, patterns in (
        (config, ("intents/**/*.yml", "ville/services/*.yml")),
        (dialogue, ("compiling.py", "intents.py", "training.py")),
        (dialogue / "rasa", ("config.yml", "base/*.yml", "uv.lock")),
        (dialogue / "rasa", ("components/*.py", "tools/*.py")),
    ):
        for pattern in patterns:
            yield from sorted(path for path in folder.glob(pattern) if path.is_file())
