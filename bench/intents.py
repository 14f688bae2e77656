"""How well the intents are told apart, and where the thresholds belong.

``python -m bench.intents [JSONL] [--folds N]`` cross-validates the model on the town's examples
(each is judged by a model that has not seen it) and scores a labelled JSONL (``text``,
``intent``) with a model of all examples. Both give a curve of right and false accepts, from which
the ``seuils`` of config/dialogue.yml are recommended.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callbot import rasaprocess
from callbot.checks import service_names
from callbot.paths import Paths
from dialogue.compiling import PROJECT
from dialogue.intents import load_intents
from dialogue.policy import AGENT, EMERGENCY
from dialogue.rasa_client import rasa_environment

THRESHOLDS = tuple(step / 20 for step in range(4, 20))
MARGINS = (0.0, 0.05, 0.08, 0.1, 0.15, 0.2, 0.3)
FALSE_ACCEPTS = 0.05
"""Share of turns that may be taken for another intent when they are accepted."""
FALSE_ALARMS = 0.005
"""Share of other turns that may be taken for an emergency or for the wish for a human."""
CONFIRMED_RIGHT = 0.5
"""« C'est bien cela ? » should be answered by yes at least this often."""


@dataclass(frozen=True)
class Judged:
    """One sentence, what it means and what the model made of it."""

    text: str
    intent: str
    ranking: tuple[tuple[str, float], ...]

    @property
    def best(self) -> str:
        """The likeliest intent."""
        return self.ranking[0][0]

    @property
    def confidence(self) -> float:
        """Its probability."""
        return self.ranking[0][1]

    @property
    def margin(self) -> float:
        """Its lead over the second."""
        return self.confidence - self.ranking[1][1]

    @property
    def right(self) -> bool:
        """Whether it is the meaning."""
        return self.best == self.intent

    def probability(self, intent: str) -> float:
        """The probability of one intent."""
        return dict(self.ranking)[intent]


def run_tool(python: Path, module: str, asked: dict[str, Any]) -> Any:
    """Return what a program of dialogue/rasa/tools answers; ``python`` is Rasa's interpreter."""
    done = subprocess.run(
        [str(python), "-m", module],
        input=json.dumps(asked),
        env={**os.environ, **rasa_environment()},
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def judge(
    python: Path, examples: Sequence[tuple[str, str]], others: Sequence[tuple[str, str]], folds: int
) -> tuple[list[Judged], list[Judged]]:
    """Return the examples judged by cross-validation, and the others by all examples."""
    asked = {"examples": examples, "folds": folds, "others": [text for text, _ in others]}
    answer = run_tool(python, "tools.crossvalidate", asked)
    names = answer["intents"]

    def judged(labelled: Iterable[tuple[str, str]], rows: list[list[float]]) -> list[Judged]:
        return [
            Judged(text, intent, tuple(sorted(zip(names, row, strict=True), key=lambda p: -p[1])))
            for (text, intent), row in zip(labelled, rows, strict=True)
        ]

    return judged(examples, answer["examples"]), judged(others, answer["others"])


def accepts(items: Sequence[Judged], threshold: float, margin: float = 0.0) -> tuple[float, float]:
    """Return the shares of all turns that are accepted rightly and wrongly."""
    accepted = [i for i in items if i.confidence >= threshold and i.margin >= margin]
    right = sum(i.right for i in accepted)
    return right / len(items), (len(accepted) - right) / len(items)


def alarms(items: Sequence[Judged], intent: str, threshold: float) -> tuple[float, float]:
    """Return the share of the intent's sentences found, and of the others mistaken for it."""
    meant = [i.probability(intent) >= threshold for i in items if i.intent == intent]
    other = [i.probability(intent) >= threshold for i in items if i.intent != intent]
    return sum(meant) / max(1, len(meant)), sum(other) / max(1, len(other))


def recommended(items: Sequence[Judged]) -> dict[str, float]:
    """Return values for ``seuils``: accept the most within the bound on false accepts."""
    choices = [(t, m) for t in THRESHOLDS for m in MARGINS]
    allowed = [c for c in choices if accepts(items, *c)[1] <= FALSE_ACCEPTS] or [choices[-1]]
    threshold, margin = max(allowed, key=lambda c: (accepts(items, *c)[0], -c[1]))
    confirm = threshold
    for lower in sorted((t for t in THRESHOLDS if t < threshold), reverse=True):
        between = [i.right for i in items if lower <= i.confidence < lower + 0.05]
        if between and sum(between) / len(between) < CONFIRMED_RIGHT:
            break
        confirm = lower
    values = {"accepter": threshold, "confirmer": confirm, "marge": margin}
    for key, intent in (("urgence", EMERGENCY), ("agent", AGENT)):
        quiet = [t for t in THRESHOLDS if alarms(items, intent, t)[1] <= FALSE_ALARMS]
        values[key] = min(quiet, default=THRESHOLDS[-1])
    return values


def report(title: str, items: Sequence[Judged], confusions: int) -> None:
    """Print accuracy, confusions and curves of one set."""
    count = len(items)
    top3 = sum(i.intent in [name for name, _ in i.ranking[:3]] for i in items)
    print(f"\n{title}: {count} sentences")
    print(f"top-1 {sum(i.right for i in items) / count:.1%}, top-3 {top3 / count:.1%}")
    pairs = Counter((i.intent, i.best) for i in items if not i.right)
    for (meant, taken), times in pairs.most_common(confusions):
        print(f"  {times:3d}  {meant} taken for {taken}")
    print("threshold  right  false   (margin 0)")
    for threshold in THRESHOLDS[::2]:
        right, false = accepts(items, threshold)
        print(f"     {threshold:.2f}  {right:6.1%} {false:6.1%}")
    for intent in (EMERGENCY, AGENT):
        curve = [(t, *alarms(items, intent, t)) for t in THRESHOLDS[:10:2]]
        print(f"{intent}: " + ", ".join(f"{t:.2f}: {f:.0%} found {a:.1%}" for t, f, a in curve))
    values = recommended(items)
    right, false = accepts(items, values["accepter"], values["marge"])
    print("recommended: " + ", ".join(f"{key} {value:.2f}" for key, value in values.items()))
    print(f"             accepts {right:.1%} rightly, {false:.1%} wrongly")


def read_labelled(file: Path) -> list[tuple[str, str]]:
    """Read ``text`` and ``intent`` of a JSON Lines file."""
    lines = (json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip())
    return [(str(line["text"]), str(line["intent"])) for line in lines]


def main() -> int:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jsonl", nargs="?", type=Path)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--confusions", type=int, default=25)
    args = parser.parse_args()
    paths = Paths.choose()
    intents = load_intents(paths.intents, service_names(paths))
    examples = [(text, name) for name in intents.names for text in intents.examples(name)]
    others = read_labelled(args.jsonl) if args.jsonl else []
    unseen, scored = judge(rasaprocess.interpreter(paths), examples, others, args.folds)
    report("cross-validation", unseen, args.confusions)
    if scored:
        report(args.jsonl.name, scored, args.confusions)
    return 0


if __name__ == "__main__":
    sys.exit(main())
