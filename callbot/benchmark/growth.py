"""From measured runs to what a machine can hold. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

FULLEST = 0.7
"""Share of the cores that may be busy: above it, who speaks at the same moment waits too long."""


@dataclass(frozen=True)
class Line:
    """Cores as a function of the calls in progress."""

    base: float
    per_call: float

    def cores(self, calls: int) -> float:
        """Return the cores that ``calls`` keep busy."""
        return self.base + self.per_call * calls

    def needed(self, calls: int) -> int:
        """Return how many cores a machine for ``calls`` must have."""
        return max(1, math.ceil(self.cores(calls) / FULLEST))

    def calls(self, cores: int) -> int:
        """Return how many calls fit into ``cores``."""
        if self.per_call <= 0:
            return 0
        return max(0, math.floor((cores * FULLEST - self.base) / self.per_call + 1e-9))


def cpu_line(runs: Sequence[Mapping[str, Any]]) -> Line | None:
    """Fit the line through the runs that lost no call; None with fewer than two of them.

    Runs in which the cores were full say nothing about what a call takes, so only those up to the
    first answer above a second and a half (p95) count.
    """
    usable = [
        run
        for run in runs
        if not run["failed_calls"] and (run["latency_ms"]["p95"] or math.inf) <= 1500.0
    ]
    if len({run["calls"] for run in usable}) < 2:
        return None
    calls = np.array([run["calls"] for run in usable], dtype=float)
    cores = np.array([run["cpu_cores"] for run in usable], dtype=float)
    per_call, base = np.polyfit(calls, cores, 1)
    return Line(max(0.0, float(base)), max(0.0, float(per_call)))


def most_calls(runs: Sequence[Mapping[str, Any]], limit_ms: float = 1200.0) -> int | None:
    """Return the most calls at once whose p95 was within ``limit_ms``, None when none was."""
    good = [
        run["calls"]
        for run in runs
        if not run["failed_calls"] and (run["latency_ms"]["p95"] or math.inf) <= limit_ms
    ]
    return max(good, default=None)
