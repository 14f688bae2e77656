"""Rasa as a process of this box: its interpreter, its model, how to start it."""

from __future__ import annotations

import os
from pathlib import Path

from callbot.paths import Paths
from callbot.supervision.child import Probe
from dialogue.compiling import PROJECT
from dialogue.rasa_client import RasaClient, rasa_command, rasa_environment
from dialogue.training import active_model, outdated
from dialogue.versions import VersionStore


def interpreter(paths: Paths) -> Path:
    """Return the Python 3.10 of Rasa's own environment."""
    return paths.rasa / "venv" / "bin" / "python"


def url(port: int) -> str:
    """Return where Rasa answers."""
    return f"http://127.0.0.1:{port}"


def command(paths: Paths, port: int, model: Path | None = None) -> tuple[str, ...]:
    """Return the command line that serves ``model``, or the active one, on a loopback port."""
    return tuple(rasa_command(interpreter(paths), model or active_model(paths.rasa), port))


def environment() -> dict[str, str]:
    """Return what this process needs besides the inherited environment."""
    return rasa_environment()


def missing(paths: Paths) -> list[str]:
    """Return what Rasa lacks to start, one French sentence with its mend each."""
    if not os.access(interpreter(paths), os.X_OK):
        return [
            f"L'environnement de Rasa n'est pas installé dans {paths.rasa}. Lancez « make run »."
        ]
    if not active_model(paths.rasa).is_file():
        return ["Les intentions n'ont pas encore été apprises. Lancez « uv run callbot train »."]
    model = VersionStore(paths.rasa).active()
    if model is not None and outdated(model, PROJECT):
        return [
            "Les intentions ont été apprises avec une autre version du programme, et Rasa ne "
            "pourrait pas les charger. Lancez « uv run callbot train »."
        ]
    return []


def ready(port: int) -> Probe:
    """Ready once a model is loaded."""

    async def probe() -> bool:
        client = RasaClient(url(port))
        try:
            return await client.ready()
        finally:
            await client.close()

    return probe
