"""One ``callbot serve`` for each var folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyServingError(Exception):
    """Another supervisor holds this folder; the message is French."""


@contextmanager
def single_instance(path: Path) -> Iterator[None]:
    """Hold the lock for the life of the block; the file holds our process id.

    The kernel drops the lock when we die, however that happens.

    Raises:
        AlreadyServingError: another process holds it.
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Opened for appending: the holder's process id must survive our attempt.
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise AlreadyServingError(
                f"Le callbot tourne déjà sur {path.parent.parent} (processus "
                f"{file.read().strip() or 'inconnu'}). Arrêtez-le d'abord, ou donnez un autre "
                "dossier avec --var."
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
