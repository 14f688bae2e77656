"""CTranslate2's weights (``model.bin`` of version 6: its ``model_spec.py`` writes the format)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_VERSION: Final = 6
_KINDS: Final = {0: "<f4", 4: "<f2"}
"""Of the numbers that are read here."""


class FormatError(Exception):
    """The weights are not laid out as expected: the model is used as it is."""


@dataclass(frozen=True)
class Variable:
    """One array of weights: its header runs from ``start`` to ``data``."""

    name: str
    dimensions: tuple[int, ...]
    kind: int
    start: int
    data: int
    end: int

    def array(self, weights: bytes) -> NDArray[np.floating]:
        """Return the numbers of floating point that lie in ``weights``.

        Raises:
            FormatError: they are others, or not as many as the dimensions say.
        """
        try:
            flat = np.frombuffer(weights[self.data : self.end], dtype=_KINDS[self.kind])
            return flat.reshape(self.dimensions)
        except (KeyError, ValueError) as error:
            raise FormatError(f"{self.name} holds other numbers") from error


def variables(weights: bytes) -> Iterator[Variable]:
    """Yield the arrays in the order of the file.

    Raises:
        FormatError: the file is of another version, cut off or damaged.
    """
    try:
        (version,) = struct.unpack_from("<I", weights, 0)
        if version != _VERSION:
            raise FormatError(f"version {version}")
        _, at = _read_text(weights, 4)
        _, count = struct.unpack_from("<II", weights, at)
        at += 8
        for _ in range(count):
            variable = _variable(weights, at)
            if variable.end > len(weights):
                raise FormatError("the weights are cut off")
            yield variable
            at = variable.end
    except (struct.error, UnicodeDecodeError) as error:
        raise FormatError("the weights are damaged") from error


def packed(name: str, dimensions: tuple[int, ...], kind: int, data: bytes) -> bytes:
    """Return an array as the file holds it, its header included."""
    text = name.encode() + b"\0"
    return b"".join(
        (
            struct.pack("<H", len(text)) + text,
            struct.pack(f"<B{len(dimensions)}I", len(dimensions), *dimensions),
            struct.pack("<BI", kind, len(data)),
            data,
        )
    )


def _variable(weights: bytes, start: int) -> Variable:
    name, at = _read_text(weights, start)
    rank = weights[at : at + 1]
    dimensions = struct.unpack_from(f"<{rank[0] if rank else 0}I", weights, at + 1)
    at += 1 + 4 * len(dimensions)
    kind, length = struct.unpack_from("<BI", weights, at)
    return Variable(name, dimensions, kind, start, at + 5, at + 5 + length)


def _read_text(weights: bytes, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<H", weights, at)
    text = weights[at + 2 : at + 2 + length]
    return text.rstrip(b"\0").decode(), at + 2 + length
