"""Tables of a growth run for the documents: python -m bench.growth RUNS.json

``RUNS.json`` is what ``callbot bench --calls 1,2,4,8,16 --json`` printed. Prints Markdown: the
measured points, the line through the cores that they took, and machines for more and more calls.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from callbot.benchmark.growth import FULLEST, Line, cpu_line, most_calls

_COLUMNS: Sequence[tuple[str, tuple[str, ...]]] = (
    ("calls", ("calls",)),
    ("turns", ("turns",)),
    ("p50 ms", ("latency_ms", "p50")),
    ("p95 ms", ("latency_ms", "p95")),
    ("end of turn p50", ("stages_ms", "end_of_turn", "p50")),
    ("waits p95", ("stages_ms", "asr_queue", "p95")),
    ("recognition p50", ("stages_ms", "asr", "p50")),
    ("nlu p50", ("stages_ms", "nlu", "p50")),
    ("store", ("sentences", "stored_share")),
    ("late RTP", ("rtp", "late_share")),
    ("cores", ("cpu_cores",)),
    ("callers' cores", ("callers_cpu_cores",)),
    ("CPU-s a minute", ("cpu_s_per_call_minute",)),
    ("MB", ("rss_mb",)),
)
_SIZES = (4, 8, 16, 32, 64)


def points(runs: Sequence[Mapping[str, Any]]) -> str:
    """Return the measured points as a Markdown table."""
    ordered = sorted(runs, key=lambda run: run["calls"])
    rows = [[_cell(run, path) for _, path in _COLUMNS] for run in ordered]
    return table([name for name, _ in _COLUMNS], rows)


def machines(line: Line) -> str:
    """Return how many cores a machine for so many calls needs, as a Markdown table (French)."""
    rows = [
        [str(calls), f"{line.cores(calls):.2f}".replace(".", ","), str(line.needed(calls))]
        for calls in _SIZES
    ]
    return table(["appels à la fois", "cœurs occupés", "cœurs à acheter"], rows)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table, numbers to the right."""
    lines = [head, ["---:"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cell(run: Mapping[str, Any], path: Sequence[str]) -> str:
    found: Any = run
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    if found is None:
        return "–"
    if path[-1] in ("stored_share", "late_share"):
        return f"{found * 100:.2f} %"
    return f"{found:.0f}" if abs(found) >= 20 or found == int(found) else f"{found:.2f}"


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m bench.growth")
    parser.add_argument("runs", type=Path)
    found = json.loads(parser.parse_args().runs.read_text("utf-8"))
    runs = found.get("runs", [found])
    print(points(runs))
    line = cpu_line(runs)
    if line is not None:
        print(f"\nCores: {line.base:.2f} + {line.per_call:.3f} a call, {FULLEST:.0%} of them busy:")
        print(f"\n{machines(line)}")
    print(f"\nMost calls within 1.2 s (p95): {most_calls(runs)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
