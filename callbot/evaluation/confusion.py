"""Which label was taken for which. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

Matrix = Mapping[tuple[str, str], int]
"""How often a label (first) was taken for another, or for itself."""


def count(labels: Iterable[tuple[str, str]]) -> Matrix:
    """Count pairs of what was meant and what it was taken for."""
    return Counter(labels)


def worst(matrix: Matrix) -> list[tuple[str, str, int]]:
    """Return the mistakes, the most frequent first."""
    wrong = [(meant, taken, times) for (meant, taken), times in matrix.items() if meant != taken]
    return sorted(wrong, key=lambda row: (-row[2], row[0], row[1]))


def as_rows(matrix: Matrix) -> list[dict[str, Any]]:
    """Return the mistakes, ready for JSON; what is absent was right."""
    return [
        {"meant": meant, "taken_for": taken, "n": times} for meant, taken, times in worst(matrix)
    ]


def labels(matrix: Matrix) -> list[str]:
    """Return every label of either side, in alphabetical order."""
    return sorted({name for pair in matrix for name in pair})
