"""Rasa's own environment: Python 3.10 and the versions that its lock file fixes."""

import hashlib
import os
import platform
from pathlib import Path

from callbot.setup.python310 import VARIABLE, VERSION, find_python310, probe
from callbot.setup.screen import Screen
from callbot.setup.steps import GIB, Place, SetupError, Step
from callbot.setup.tools import run_tool, uv

_MIB = 1024**2
_INSTALLED_BYTES = 1900 * _MIB
_STAMP = "callbot-installe"


class RasaEnvironmentStep(Step):
    """Builds `var/rasa/venv` from `dialogue/rasa/uv.lock`."""

    name = "Environnement de Rasa (environ 2 Go)"
    disk_bytes = 4 * GIB

    def __init__(self, place: Place) -> None:
        self._project = place.root / "dialogue" / "rasa"
        self._venv = place.var / "rasa" / "venv"
        self._pythons = place.var / "python"
        self._log = place.log

    def is_done(self) -> bool:
        try:
            stamp = (self._venv / _STAMP).read_text()
        except OSError:
            return False
        return stamp == self._fingerprint() and os.access(self._venv / "bin/python", os.X_OK)

    def run(self, screen: Screen) -> None:
        if platform.machine() != "x86_64":
            raise SetupError(
                f"Rasa n’existe pas pour ce processeur ({platform.machine()}).",
                "Installez le callbot sur une machine x86-64 (Intel ou AMD).",
            )
        interpreter = self._interpreter(screen)
        screen.note(f"Python {VERSION} : {interpreter}")
        (self._venv / _STAMP).unlink(missing_ok=True)
        command = [uv(), "sync", "--frozen", "--project", str(self._project)]
        run_tool(
            [*command, "--python", str(interpreter)],
            screen=screen,
            label="Téléchargement et installation",
            log=self._log,
            env={"UV_PROJECT_ENVIRONMENT": str(self._venv), "VIRTUAL_ENV": ""},
            expected_bytes=_INSTALLED_BYTES,
            failure=SetupError(
                "L’environnement de Rasa n’a pas pu être installé.",
                "Vérifiez l’accès au dépôt de paquets Python, puis relancez : ce qui est déjà"
                f" téléchargé est gardé. Détails dans « {self._log} ».",
            ),
        )
        (self._venv / _STAMP).write_text(self._fingerprint())

    def _fingerprint(self) -> str:
        digest = hashlib.sha256()
        for name in ("pyproject.toml", "uv.lock"):
            digest.update((self._project / name).read_bytes())
        return digest.hexdigest()

    def _interpreter(self, screen: Screen) -> Path:
        try:
            found = find_python310()
        except ValueError as error:
            raise SetupError(
                f"« {error} » (variable {VARIABLE}) n’est pas un Python {VERSION} qui fonctionne.",
                f"Indiquez le chemin complet d’un interpréteur Python {VERSION}, ou effacez la"
                " variable pour que le callbot en cherche un.",
            ) from error
        return found or self._own() or self._brought(screen)

    def _own(self) -> Path | None:
        """Return the one that an earlier set-up brought."""
        for path in sorted(self._pythons.glob("cpython-3.10*/bin/python3.10")):
            if interpreter := probe(path):
                return interpreter
        return None

    def _brought(self, screen: Screen) -> Path:
        failure = SetupError(
            f"Python {VERSION}, dont Rasa a besoin, est introuvable et n’a pas pu être téléchargé.",
            f"Installez-le (par exemple avec pyenv : pyenv install {VERSION}), ou indiquez-le :"
            f" {VARIABLE}=/chemin/vers/python{VERSION} make run",
        )
        run_tool(
            [uv(), "python", "install", "--no-bin", "--install-dir", str(self._pythons), VERSION],
            screen=screen,
            label=f"Téléchargement de Python {VERSION}",
            log=self._log,
            expected_bytes=100 * _MIB,
            failure=failure,
            show_last_words=False,
        )
        interpreter = self._own()
        if interpreter is None:
            raise failure
        return interpreter
