"""Fit the numbers of dialogue/rasa/components/sureness.py: python -m bench.sureness [JSONL …]

Prints WEIGHTS and BIAS, and for a few thresholds what is accepted rightly and wrongly before and
after: of the town's examples, each judged by a model that has not learnt it and does not know some
intents at all, and of each labelled set (``text``, ``intent``), which nothing is fitted to.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.intents import read_labelled, run_tool
from callbot import rasaprocess
from callbot.checks import service_names
from callbot.paths import Paths
from dialogue.intents import load_intents

THRESHOLDS = (0.3, 0.43, 0.5, 0.6, 0.7)

Row = Sequence[float]
"""Whether the best intent is right, whether that intent was held back, and the probability of the
best before and after."""


def accepted(rows: Sequence[Row], column: int, threshold: float) -> tuple[float, float]:
    """Return the shares that are accepted rightly and wrongly by one of the probabilities."""
    taken = [bool(row[0]) for row in rows if row[column] >= threshold]
    return sum(taken) / len(rows), (len(taken) - sum(taken)) / len(rows)


def report(title: str, rows: Sequence[Row]) -> None:
    """Print both curves of one set."""
    print(
        f"\n{title}: {len(rows)} sentences, {sum(bool(r[0]) for r in rows) / len(rows):.1%} right"
    )
    print("threshold   before: right  false    after: right  false")
    for threshold in THRESHOLDS:
        before, after = (accepted(rows, column, threshold) for column in (2, 3))
        print(
            f"     {threshold:.2f}          {before[0]:6.1%} {before[1]:6.1%}"
            f"          {after[0]:6.1%} {after[1]:6.1%}"
        )


def main() -> int:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("jsonl", nargs="*", type=Path)
    parser.add_argument("--folds", type=int, default=3)
    args = parser.parse_args()
    paths = Paths.choose()
    intents = load_intents(paths.intents, service_names(paths))
    examples = [(text, name) for name in intents.names for text in intents.examples(name)]
    sets = [read_labelled(file) for file in args.jsonl]
    asked = {
        "examples": examples,
        "folds": args.folds,
        "others": [pair for labelled in sets for pair in labelled],
    }
    fitted = run_tool(rasaprocess.interpreter(paths), "tools.fitsureness", asked)
    print("WEIGHTS = (")
    for name, weight in zip(fitted["signs"], fitted["weights"], strict=True):
        print(f"    {weight:.3f},  # {name}")
    print(f")\nBIAS = {fitted['bias']:.3f}")
    report("examples, not learnt", fitted["examples"])
    rest = list(fitted["others"])
    for file, labelled in zip(args.jsonl, sets, strict=True):
        report(file.stem, rest[: len(labelled)])
        rest = rest[len(labelled) :]
    return 0


if __name__ == "__main__":
    sys.exit(main())
