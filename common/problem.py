"""A mistake in a file that people edit: where it is, what is wrong, the mend."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

Severity = Literal["erreur", "attention"]
Location = Sequence[str | int]


_REASONS: Final = {
    errno.EACCES: "accès refusé",
    errno.EPERM: "accès refusé",
    errno.EDQUOT: "quota atteint",
    errno.EIO: "le disque ne répond pas",
    errno.EISDIR: "c'est un dossier",
    errno.ELOOP: "liens sans fin",
    errno.ENOENT: "introuvable",
    errno.ENOSPC: "le disque est plein",
    errno.ENOTDIR: "ce n'est pas un dossier",
    errno.EROFS: "le disque est en lecture seule",
}


def why(error: OSError) -> str:
    """Return in French why a file cannot be read or written."""
    return _REASONS.get(error.errno or 0) or error.strerror or "cause inconnue"


@dataclass(frozen=True)
class Problem:
    """One mistake in one file, for the person who edits it (French)."""

    file: Path
    line: int
    column: int
    message: str
    mend: str = ""
    severity: Severity = "erreur"

    def __str__(self) -> str:
        mend = f" {self.mend}" if self.mend else ""
        return f"{self.file}, ligne {self.line}, colonne {self.column} : {self.message}{mend}"


class ConfigError(Exception):
    """At least one problem makes the configuration unusable."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
