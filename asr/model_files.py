"""What a folder must hold to be a Whisper model for this callbot.

The layout is faster-whisper's: ``model.bin`` (CTranslate2 weights), ``config.json``,
``tokenizer.json``, and ``vocabulary.json`` or ``vocabulary.txt``. A model whose mel bank is not the
80-band one (large-v3 and its children) also needs ``preprocessor_config.json``. Nothing is ever
fetched from a model hub: a model that is not complete on disk is refused.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

REQUIRED = ("model.bin", "config.json", "tokenizer.json")
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
OPTIONAL = ("preprocessor_config.json",)

_SMALLEST_MODEL_BYTES = 10_000_000
_MEND = "Relancez « make run » ou indiquez un autre dossier dans config/callbot.yml."


def check_model(folder: Path) -> list[str]:
    """Return what is wrong with a model folder, one French sentence each; empty when usable."""
    if not folder.is_dir():
        return [f"Le modèle de reconnaissance {folder} est introuvable. {_MEND}"]
    problems = [
        f"Le fichier {name} manque dans le modèle de reconnaissance {folder}. {_MEND}"
        for name in REQUIRED
        if not (folder / name).is_file()
    ]
    if not any((folder / name).is_file() for name in VOCABULARIES):
        problems.append(
            f"Le vocabulaire (vocabulary.json ou vocabulary.txt) manque dans le modèle de "
            f"reconnaissance {folder}. {_MEND}"
        )
    weights = folder / "model.bin"
    if weights.is_file() and weights.stat().st_size < _SMALLEST_MODEL_BYTES:
        problems.append(f"Le fichier {weights} est incomplet. {_MEND}")
    for name in ("config.json", "tokenizer.json", "vocabulary.json", *OPTIONAL):
        path = folder / name
        if path.is_file() and not _is_json(path):
            problems.append(f"Le fichier {path} est abîmé : ce n'est pas du JSON. {_MEND}")
    return problems


def _is_json(path: Path) -> bool:
    try:
        # The vocabularies are megabytes: only their form is read.
        msgspec.json.decode(path.read_text("utf-8"), type=msgspec.Raw)
    except (OSError, ValueError):
        return False
    return True
