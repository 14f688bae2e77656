"""A Piper voice on disk: a folder with one ``.onnx`` and its ``.onnx.json``."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

MODEL_NAME: Final = "voice.onnx"
CONFIG_NAME: Final = "voice.onnx.json"
SUMS_NAME: Final = "SHA256SUMS"
"""Optional, in ``sha256sum`` format: when it is there, the files must match it."""

_SMALLEST_MODEL = 100_000
_REQUIRED_KEYS = ("audio", "espeak", "phoneme_id_map", "num_symbols", "num_speakers")


class VoiceError(Exception):
    """The voice cannot be built or loaded; the message is French, for the admin."""


@dataclass(frozen=True)
class VoiceFiles:
    """Where the two files of a voice stand."""

    name: str
    model: Path
    config: Path

    def fingerprint(self) -> str:
        """Return a digest of both files: same fingerprint, same sound."""
        digest = hashlib.sha256()
        for path in (self.model, self.config):
            digest.update(sha256_of(path).encode())
        return digest.hexdigest()


def sha256_of(path: Path) -> str:
    """Return the hexadecimal sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def find_voice(folder: Path) -> VoiceFiles:
    """Return the voice in ``folder``.

    Raises:
        VoiceError: with the first problem that :func:`check_voice` names.
    """
    problems = check_voice(folder)
    if problems:
        raise VoiceError(problems[0])
    model = _models(folder)[0]
    return VoiceFiles(folder.resolve().name, model, _config_of(model))


def check_voice(folder: Path) -> list[str]:
    """Return what keeps ``folder`` from being a usable French Piper voice, in French."""
    if not folder.is_dir():
        return [f"Le dossier de la voix « {folder} » est introuvable."]
    models = _models(folder)
    if not models:
        return [f"Le dossier de la voix « {folder} » ne contient aucun fichier .onnx."]
    if len(models) > 1:
        names = ", ".join(model.name for model in models)
        return [
            f"Le dossier « {folder} » contient plusieurs voix ({names}). "
            "Gardez-en une seule par dossier."
        ]
    problems = _check_config(_config_of(models[0]))
    if models[0].stat().st_size < _SMALLEST_MODEL:
        problems.append(f"{models[0]} est trop petit pour être une voix : reprenez le fichier.")
    return problems or _check_sums(folder)


def _models(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.onnx") if path.is_file())


def _config_of(model: Path) -> Path:
    return model.with_name(model.name + ".json")


def _check_config(path: Path) -> list[str]:
    if not path.is_file():
        return [f"Il manque « {path.name} » à côté du modèle, dans « {path.parent} »."]
    try:
        config: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        return [f"{path} n'est pas un fichier JSON lisible."]
    if not isinstance(config, dict) or any(key not in config for key in _REQUIRED_KEYS):
        return [f"{path} n'est pas la description d'une voix Piper."]
    try:
        language = str(config["espeak"]["voice"])
        rate = int(config["audio"]["sample_rate"])
    except (KeyError, TypeError, ValueError):
        return [f"{path} n'est pas la description d'une voix Piper."]
    problems = []
    if not language.startswith("fr"):
        problems.append(f"{path} décrit une voix qui n'est pas française (« {language} »).")
    if not 8_000 <= rate <= 48_000:
        problems.append(f"{path} annonce une fréquence de {rate} Hz, hors de 8 000 à 48 000.")
    return problems


def _check_sums(folder: Path) -> list[str]:
    sums = folder / SUMS_NAME
    if not sums.is_file():
        return []
    problems = []
    for line in sums.read_text(encoding="utf-8").splitlines():
        expected, _, name = line.partition("  ")
        path = folder / Path(name.strip()).name
        if not path.is_file():
            problems.append(f"Il manque « {path.name} » dans « {folder} ».")
        elif sha256_of(path) != expected:
            problems.append(
                f"{path} est abîmé (mauvaise empreinte sha256). Effacez le dossier et "
                "relancez l'installation."
            )
    return problems
