"""Where a password or key is read from: an environment variable or a file, never the YAML."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_MAX_BYTES = 4096


class SecretError(Exception):
    """The secret cannot be read; the message is French and does not hold it."""


@dataclass(frozen=True)
class SecretSource:
    """The place of one secret; the secret itself is read each time it is needed."""

    variable: str | None = None
    file: Path | None = None

    def read(self, environ: Mapping[str, str] = os.environ) -> str:
        """Return the secret.

        Raises:
            SecretError: missing, empty, or a file that others than its owner may read.
        """
        if self.variable is not None:
            value = environ.get(self.variable, "").strip()
            if not value:
                raise SecretError(f"la variable d'environnement {self.variable} est vide.")
            return value
        assert self.file is not None
        return _read_file(self.file)


def _read_file(file: Path) -> str:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError as error:
        raise SecretError(f"le fichier {file} n'existe pas.") from error
    except OSError as error:
        raise SecretError(f"le fichier {file} est illisible ({error.strerror}).") from error
    try:
        _check_owner(file, os.fstat(descriptor))
        content = os.read(descriptor, _MAX_BYTES + 1)
    except OSError as error:
        raise SecretError(f"le fichier {file} est illisible ({error.strerror}).") from error
    finally:
        os.close(descriptor)
    if len(content) > _MAX_BYTES:
        raise SecretError(f"le fichier {file} est trop gros pour un mot de passe.")
    try:
        value = content.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise SecretError(f"le fichier {file} n'est pas un texte en UTF-8.") from error
    if not value:
        raise SecretError(f"le fichier {file} est vide.")
    if not value.isprintable():
        raise SecretError(f"le fichier {file} doit tenir sur une ligne.")
    return value


def _check_owner(file: Path, state: os.stat_result) -> None:
    if not stat.S_ISREG(state.st_mode):
        raise SecretError(f"{file} n'est pas un fichier.")
    if state.st_mode & 0o077:
        raise SecretError(
            f"le fichier {file} peut être lu par d'autres que son propriétaire. "
            f"Faites : chmod 600 {file}"
        )
    if state.st_uid not in (os.geteuid(), 0):
        raise SecretError(
            f"le fichier {file} n'appartient pas à l'utilisateur du callbot. "
            f"Changez son propriétaire avec chown."
        )
