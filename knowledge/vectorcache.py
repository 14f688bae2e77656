"""Vectors of texts that were encoded before, kept on disk by what the texts say."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from knowledge.encoder import SIZE, Encoder, Vectors

_FILE = "vecteurs.npz"
_HALF = np.float16
"""Half precision changes a likeness by less than a thousandth."""


class VectorCache:
    """An encoder that computes only what it has not kept from its last list of texts.

    Meant for the knowledge, which is encoded once at the start; nothing that a caller says comes
    here.
    """

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        """``folder`` is made when it is missing; what is in it may be deleted at any time."""
        self.name = encoder.name
        self._encoder = encoder
        self._file = folder / _FILE

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one row for each text, and keep exactly these."""
        keys = [self._key(text) for text in texts]
        kept = self._read()
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in kept}
        if missing:
            computed = self._encoder.encode(list(missing.values())).astype(_HALF)
            kept.update(zip(missing, computed, strict=True))
        if missing or len(kept) > len(set(keys)):
            self._write({key: kept[key] for key in keys})
        rows = np.array([kept[key] for key in keys], dtype=np.float32)
        return rows.reshape(len(texts), SIZE)

    def _key(self, text: str) -> str:
        return hashlib.sha256(f"{self.name}\n{text}".encode("utf-8", "replace")).hexdigest()

    def _read(self) -> dict[str, np.ndarray]:
        """Return what is kept; nothing when the file is missing or damaged."""
        try:
            with np.load(self._file, allow_pickle=False) as arrays:
                keys, vectors = arrays["keys"], arrays["vectors"]
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return {}
        if vectors.dtype != _HALF or vectors.shape != (len(keys), SIZE):
            return {}
        return dict(zip(keys.tolist(), vectors, strict=True))

    def _write(self, kept: dict[str, np.ndarray]) -> None:
        """Keep them in one step; where the disk takes nothing, they are computed again."""
        part = self._file.with_suffix(f".{os.getpid()}")
        keys, vectors = np.array(list(kept)), np.array(list(kept.values()), _HALF)
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                np.savez(file, keys=keys, vectors=vectors)
            part.replace(self._file)
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
