"""A switchboard's day for ``bench.soak``: when the calls come, and what has drifted. Pure."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

MONDAY: Mapping[int, float] = {
    7: 0.01,
    8: 0.09,
    9: 0.22,
    10: 0.16,
    11: 0.12,
    12: 0.04,
    13: 0.06,
    14: 0.11,
    15: 0.08,
    16: 0.06,
    17: 0.03,
    18: 0.01,
    20: 0.01,
}
"""Share of a Monday's calls by hour: a town hall's peak is at nine."""
_SMALLEST_CHANGE_MS = 50.0
_SURE = 0.95
_RESAMPLES = 400


def arrivals(calls: int, seconds: float, seed: int = 0) -> list[float]:
    """Return when ``calls`` calls come, in order, if the day is compressed to ``seconds``."""
    chance = random.Random(seed)
    first, last = min(MONDAY), max(MONDAY) + 1
    hours = chance.choices(list(MONDAY), list(MONDAY.values()), k=calls)
    moments = [(hour - first + chance.random()) / (last - first) for hour in hours]
    return sorted(moment * seconds for moment in moments)


@dataclass(frozen=True)
class Snapshot:
    """What the box holds on to at one moment, without calls."""

    rss_mb: Mapping[str, float]
    files: Mapping[str, int]
    """Open file descriptors by process."""
    threads: Mapping[str, int]
    temporary: int
    """Files that somebody meant to remove."""
    database_mb: float
    prompts: int


@dataclass(frozen=True)
class Answer:
    """One answer: when its call began, seconds from the first one, and how long it took."""

    at: float
    latency_ms: float


@dataclass(frozen=True)
class Drift:
    """The answers at the start of the day and at its end, at comparable load."""

    first_p50: float
    last_p50: float
    first_p95: float
    last_p95: float
    change: tuple[float, float]
    """Interval that holds the change of the median, 19 times out of 20."""

    @property
    def measurable(self) -> bool:
        """True when answers have certainly become slower, by more than an ear notices."""
        return self.change[0] > _SMALLEST_CHANGE_MS


def drift(answers: Sequence[Answer], seed: int = 0) -> Drift | None:
    """Compare the first third of the answers with the last one; None with too few of them."""
    ordered = sorted(answers, key=lambda answer: answer.at)
    third = len(ordered) // 3
    if third < 5:
        return None
    first = np.array([answer.latency_ms for answer in ordered[:third]])
    last = np.array([answer.latency_ms for answer in ordered[-third:]])
    chance = np.random.default_rng(seed)
    changes = [
        float(np.median(chance.choice(last, third)) - np.median(chance.choice(first, third)))
        for _ in range(_RESAMPLES)
    ]
    low, high = np.percentile(changes, [(1 - _SURE) / 2 * 100, (1 + _SURE) / 2 * 100])
    return Drift(
        float(np.median(first)),
        float(np.median(last)),
        float(np.percentile(first, 95)),
        float(np.percentile(last, 95)),
        (float(low), float(high)),
    )


def grown(before: Mapping[str, float], after: Mapping[str, float]) -> Mapping[str, float]:
    """Return by how much each process has grown."""
    return {name: round(after[name] - before.get(name, 0.0), 1) for name in after}
