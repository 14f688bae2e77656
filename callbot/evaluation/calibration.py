"""Whether a confidence means what it says: of what is said at 0.8, four in five should be right.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

Point = tuple[float, bool]
"""A confidence, 0 to 1, and whether what it belongs to was right."""

BINS = 10


@dataclass(frozen=True)
class Bin:
    """All points with a confidence from ``low`` to below ``high``."""

    low: float
    high: float
    n: int
    said: float
    """Mean confidence."""
    right: float
    """Share that was right."""


def bins(points: Sequence[Point], number: int = BINS) -> list[Bin]:
    """Return the bins that are not empty, the lowest first; 1.0 belongs to the last one."""
    groups: dict[int, list[Point]] = {}
    for point in points:
        groups.setdefault(min(number - 1, int(point[0] * number)), []).append(point)
    return [
        Bin(
            low=round(index / number, 4),
            high=round((index + 1) / number, 4),
            n=len(group),
            said=round(sum(said for said, _ in group) / len(group), 4),
            right=round(sum(right for _, right in group) / len(group), 4),
        )
        for index, group in sorted(groups.items())
    ]


def expected_error(points: Sequence[Point], number: int = BINS) -> float | None:
    """Return how far confidence and truth lie apart, on average over the points (0 is best)."""
    if not points:
        return None
    apart = sum(abs(b.said - b.right) * b.n for b in bins(points, number))
    return round(apart / len(points), 4)


def brier(points: Sequence[Point]) -> float | None:
    """Return the mean squared distance between confidence and truth (0 is best)."""
    if not points:
        return None
    return round(sum((said - right) ** 2 for said, right in points) / len(points), 4)


def as_json(points: Sequence[Point]) -> dict[str, Any]:
    """Return all of it, ready for JSON."""
    return {
        "n": len(points),
        "error": expected_error(points),
        "brier": brier(points),
        "bins": [asdict(b) for b in bins(points)],
    }
