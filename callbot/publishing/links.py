"""Symbolic links that lead out of a configuration: nothing is read, or shown, through them."""

from __future__ import annotations

import os
from pathlib import Path

from common.problem import ConfigError, Problem


def strays(folder: Path) -> list[Path]:
    """Return the links below a folder that lead out of it."""
    links = (Path(at, name) for at, below, names in os.walk(folder) for name in (*below, *names))
    return [link for link in links if link.is_symlink() and inside(folder, link) is None]


def check_links(folder: Path) -> list[Problem]:
    """Return a mistake for each link that leads out of a configuration."""
    return [_mistake(link) for link in sorted(strays(folder))]


def require_inside(folder: Path, file: Path) -> None:
    """See that one file of a configuration can be read.

    Raises:
        ConfigError: it, or a link on the way, leads out of the configuration.
    """
    if inside(folder, file) is None:
        raise ConfigError([_mistake(file)])


def inside(folder: Path, file: str | Path) -> Path | None:
    """Return a file of a folder, None where it, or a link on the way, leads out of it."""
    path = folder / file
    try:
        return path if path.resolve().is_relative_to(folder.resolve()) else None
    except (OSError, RuntimeError):  # links without end
        return None


def _mistake(link: Path) -> Problem:
    message = "ce lien mène hors de la configuration ; il n'est pas suivi."
    mend = "Mettez à sa place une copie de ce qu'il désigne, ou retirez-le."
    return Problem(link, 1, 1, message, mend)
