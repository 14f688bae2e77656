"""What Whisper base has learnt of telephones, accents and short windows, as a low-rank correction.

``french_telephone.npz`` holds, for some of the model's matrices, two narrow factors whose product
is added to it. ``bench/adaptation`` makes it, for the weights with the checksum that it names.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asr.weights import FormatError

CORRECTION: Final = Path(__file__).with_name("french_telephone.npz")
CHECKSUM: Final = "sha256"
"""Key of the checksum of the weights, 32 bytes."""
LEFT, RIGHT = ":left", ":right"
"""What follows a matrix's name in the keys of its factors, of [rows, rank] and [rank, columns]."""

Correction: TypeAlias = Mapping[str, tuple[NDArray[np.float32], NDArray[np.float32]]]


def correction_of(weights: bytes, file: Path = CORRECTION) -> Correction:
    """Return the factors for ``weights``, by matrix; none for weights that ``file`` is not for.

    Raises:
        OSError: ``file`` cannot be read.
        ValueError: it is damaged.
    """
    try:
        with np.load(file, allow_pickle=False) as kept:
            if kept[CHECKSUM].tobytes() != hashlib.sha256(weights).digest():
                return {}
            names = [key.removesuffix(LEFT) for key in kept.files if key.endswith(LEFT)]
            return {
                name: tuple(kept[name + side].astype(np.float32) for side in (LEFT, RIGHT))
                for name in names
            }
    except (KeyError, zipfile.BadZipFile) as error:
        raise ValueError(f"{file.name} is damaged: {error}") from error


def corrected(
    matrix: NDArray[np.floating], left: NDArray[np.float32], right: NDArray[np.float32]
) -> bytes:
    """Return a matrix with the product of its factors, in its own kind of numbers.

    Raises:
        FormatError: the factors are of another shape.
    """
    total = matrix.astype(np.float32)
    product = left @ right
    if product.shape != total.shape:
        raise FormatError("a correction of another shape")
    total += product
    return total.astype(matrix.dtype).tobytes()
