"""Tables of a growth run for the documents: python -m bench.growth RUNS.json [--plots docs]

``RUNS.json`` is what ``callbot bench --calls 1,2,4,8,16 --json`` printed; several such files make
one growth. Prints Markdown: the measured points, the line through the cores that they took, and
machines for more and more calls. ``--plots`` draws them into a folder.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from callbot.benchmark.growth import FULLEST, Line, cpu_line, most_calls
from callbot.benchmark.report import drawings

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
_ALONE = 'xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="12"'
_LOOK = (
    "</title><style>.grille{stroke:#ddd}.seuil{stroke:#a83254;stroke-dasharray:5 4}</style>"
    '<rect width="100%" height="100%" fill="white"/>'
)
_SIZES = (4, 8, 16, 32, 64)


def points(runs: Sequence[Mapping[str, Any]]) -> str:
    """Return the measured points as a Markdown table."""
    ordered = sorted(runs, key=_calls)
    rows = [[_cell(run, path) for _, path in _COLUMNS] for run in ordered]
    return table([name for name, _ in _COLUMNS], rows)


def machines(line: Line) -> str:
    """Return how many cores a machine for so many calls needs, as a Markdown table (French)."""
    rows = [
        [str(calls), f"{line.cores(calls):.2f}".replace(".", ","), str(line.needed(calls))]
        for calls in _SIZES
    ]
    return table(["appels à la fois", "cœurs occupés", "cœurs à acheter"], rows)


def plots(folder: Path, runs: Sequence[Mapping[str, Any]]) -> None:
    """Draw the runs as the report of ``callbot bench`` does, each drawing a file of its own."""
    for name, drawing in drawings(runs).items():
        alone = drawing.replace("<svg ", f"<svg {_ALONE} ", 1).replace("</title>", _LOOK, 1)
        (folder / f"growth-{name}.svg").write_text(alone + "\n", encoding="utf-8")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table, numbers to the right."""
    lines = [head, ["---:"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _calls(run: Mapping[str, Any]) -> int:
    return int(run["calls"])


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
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--plots", type=Path, help="folder for the drawings")
    options = parser.parse_args()
    read = [json.loads(file.read_text("utf-8")) for file in options.runs]
    runs = sorted((run for found in read for run in found.get("runs", [found])), key=_calls)
    if options.plots:
        plots(options.plots, runs)
    print(points(runs))
    line = cpu_line(runs)
    if line is not None:
        print(f"\nCores: {line.base:.2f} + {line.per_call:.3f} a call, {FULLEST:.0%} of them busy:")
        print(f"\n{machines(line)}")
    print(f"\nMost calls within 1.2 s (p95): {most_calls(runs)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
