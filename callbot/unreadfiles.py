"""YAML files that lie where nothing reads them."""

from __future__ import annotations

from pathlib import Path

from callbot.publishing import tree
from common.yamlfile import Problem


def check_unread(folder: Path) -> list[Problem]:
    """Warn of each YAML file of a configuration whose name or folder keeps it from being read.

    Hidden files and folders are nobody's mistake.
    """
    return [
        Problem(folder / name, 1, 1, "ce fichier n'est pas lu.", _mend(name), "attention")
        for name in _yaml_files(folder)
        if not name.endswith(".yml") or tree.kind(name) == "other"
    ]


def _yaml_files(folder: Path) -> list[str]:
    found = (file.relative_to(folder) for file in folder.rglob("*"))
    return sorted(
        name.as_posix()
        for name in found
        if name.suffix.lower() in (".yml", ".yaml")
        and not any(part.startswith(".") for part in name.parts)
    )


def _mend(name: str) -> str:
    right = Path(name).with_suffix(".yml").as_posix()
    if tree.kind(right) != "other":
        return f"Renommez-le en {Path(right).name}."
    return "Mettez-le dans le dossier de ce qu'il contient, par exemple ville/lieux, ou retirez-le."
