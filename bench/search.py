"""How well the search over the knowledge finds, and the numbers it decides with.

``python -m bench.search [--write] [--mistakes N]`` fits the numbers of ``knowledge/search.json`` on
one half of tests/fixtures/search/questions.jsonl (split by a hash of the text), judges them on the
other half, and times building and asking. ``--write`` keeps them.

A question is ``known`` (it has right entries), ``unknown`` (the knowledge does not hold it) or
``personal`` (a person must answer: right are its entries, which transfer, or no answer).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import psutil
from numpy.typing import NDArray

from callbot.checks import service_names
from callbot.paths import Paths
from dialogue.intents import load_intents
from knowledge.encoder import SentenceEncoder
from knowledge.personal import is_personal
from knowledge.search import KnowledgeSearch, Likeness, SearchEntry, Weights, chances
from knowledge.searchable import search_entries
from knowledge.town import load_town
from knowledge.vectorcache import VectorCache

QUESTIONS = Path(__file__).parents[1] / "tests/fixtures/search/questions.jsonl"
NUMBERS = Path(__file__).parents[1] / "knowledge/search.json"
TODAY = date(2026, 11, 25)
OFF_TOPIC = "hors_sujet"
FALSE_ANSWERS = 0.04
"""Share of all questions that may be answered wrongly."""

_ASIDE = 0.02
"""The same when the threshold is chosen, where the fit has seen the questions."""
_RIDGE = 0.2
_FOLDS = 5
_THRESHOLDS = np.arange(0.3, 0.99, 0.01)
_MARGINS = (0.1, 0.2, 0.3, 0.4)

Array = NDArray[np.float64]


class Question(msgspec.Struct, frozen=True):
    """A line of the file."""

    text: str
    kind: Literal["known", "unknown", "personal"]
    entries: tuple[str, ...]

    @property
    def held_out(self) -> bool:
        """Whether it only judges."""
        return hashlib.sha256(self.text.encode()).digest()[0] % 2 == 1


@dataclass(frozen=True)
class Seen:
    """A question, and how the knowledge compares with it."""

    question: Question
    likeness: Likeness
    right: NDArray[np.bool_]
    """For each entry and, last, for none of them."""

    def options(self) -> Array:
        """The features of every option: asked, said, letters, foreign, none."""
        count = len(self.likeness.entries)
        rows = np.zeros((count + 1, 5))
        rows[:count, :3] = self.likeness.entries
        rows[count, 3:] = self.likeness.foreign, 1.0
        return rows


@dataclass(frozen=True)
class Judged:
    """What the search would do with a question."""

    question: Question
    entry: str
    score: float
    margin: float
    transfers: bool

    @property
    def right(self) -> bool:
        """Whether the entry answers the question."""
        return self.entry in self.question.entries

    def answered(self, threshold: float, margin: float) -> bool:
        """Whether :meth:`KnowledgeSearch.best` gives the entry."""
        sure = self.score >= threshold and self.margin >= margin
        return sure and (self.transfers or not is_personal(self.question.text))


def read_questions(file: Path = QUESTIONS) -> list[Question]:
    """Read the questions."""
    lines = file.read_text("utf-8").splitlines()
    return [msgspec.json.decode(line, type=Question) for line in lines]


def town_entries(paths: Paths) -> tuple[tuple[SearchEntry, ...], tuple[str, ...]]:
    """Return the town's entries and what is off topic, as the callbot searches them."""
    town = load_town(paths.town, today=TODAY)
    intents = load_intents(paths.intents, service_names(paths))
    examples = {name: intents.examples(name) for name in intents.names}
    return search_entries(town, examples, TODAY), examples[OFF_TOPIC]


def look(search: KnowledgeSearch, questions: Iterable[Question]) -> list[Seen]:
    """Compare each question with the knowledge."""
    ids = [entry.id for entry in search.entries]
    seen: list[Seen] = []
    for question in questions:
        unknown = set(question.entries) - set(ids)
        if unknown:
            raise ValueError(f"no such entry: {', '.join(sorted(unknown))}")
        right = np.array([*(name in question.entries for name in ids), not question.entries])
        seen.append(Seen(question, search.likeness(question.text), right))
    return seen


def fit(seen: Sequence[Seen]) -> Array:
    """Return the weights under which right options are likeliest (Fisher scoring, small ridge)."""
    options = [item.options() for item in seen]
    weights = np.array([5.0, 5.0, 5.0, 5.0, 5.0])
    for _ in range(100):
        gradient, information = -_RIDGE * weights, _RIDGE * np.eye(5)
        for rows, item in zip(options, seen, strict=True):
            chance = _softmax(rows @ weights)
            right = chance * item.right
            mean = chance @ rows
            gradient = gradient + (right / right.sum()) @ rows - mean
            information += (rows * chance[:, None]).T @ rows - np.outer(mean, mean)
        step = np.linalg.solve(information, gradient)
        weights = weights + step
        if np.max(np.abs(step)) < 1e-6:
            break
    return weights


def _softmax(sums: Array) -> Array:
    powers = np.exp(sums - sums.max())
    return np.asarray(powers / powers.sum())


def judge(search: KnowledgeSearch, seen: Sequence[Seen], weights: Weights) -> list[Judged]:
    """Decide on each question."""
    judged: list[Judged] = []
    for item in seen:
        scores = chances(item.likeness, weights)[:-1]
        second, first = np.sort(scores)[-2:]
        entry = search.entries[int(scores.argmax())]
        judged.append(
            Judged(item.question, entry.id, float(first), float(first - second), entry.transfers)
        )
    return judged


def numbers(fitted: Array, threshold: float = 1.0, margin: float = 0.0) -> Weights:
    """Return fitted numbers as the search takes them."""
    asked, said, letters, foreign, none = (round(float(value), 3) for value in fitted)
    return Weights(
        asked=asked, said=said, letters=letters, foreign=foreign, none=none,
        threshold=threshold, margin=margin,
    )  # fmt: skip


def shares(judged: Sequence[Judged], threshold: float, margin: float) -> tuple[float, float]:
    """Return the share of known questions answered rightly, and of all answered wrongly."""
    answered = [item for item in judged if item.answered(threshold, margin)]
    known = sum(item.question.kind == "known" for item in judged)
    right = sum(item.right and item.question.kind == "known" for item in answered)
    return right / max(1, known), sum(not item.right for item in answered) / len(judged)


def choose(search: KnowledgeSearch, seen: Sequence[Seen]) -> tuple[float, float]:
    """Return threshold and margin: the most answers within the bound, cross-validated."""
    judged: list[Judged] = []
    for fold in range(_FOLDS):
        fitted = fit([item for i, item in enumerate(seen) if i % _FOLDS != fold])
        judged += judge(search, seen[fold::_FOLDS], numbers(fitted))
    choices = [(float(t), m) for t in _THRESHOLDS for m in _MARGINS]
    allowed = [c for c in choices if shares(judged, *c)[1] <= _ASIDE]
    threshold, margin = max(allowed, key=lambda c: (shares(judged, *c)[0], c[0]))
    return round(threshold, 2), margin


def report(judged: Sequence[Judged], weights: Weights, mistakes: int) -> None:
    """Print what the held-out questions say."""
    known = [item for item in judged if item.question.kind == "known"]
    print(f"{len(judged)} held-out questions, {len(known)} of them known")
    print(f"top-1 of the known: {sum(item.right for item in known) / len(known):.1%}")
    right, false = shares(judged, weights.threshold, weights.margin)
    print(f"answered rightly: {right:.1%} of the known; wrongly: {false:.1%} of all")
    for kind in ("known", "unknown", "personal"):
        part = [item for item in judged if item.question.kind == kind]
        wrong = [
            item
            for item in part
            if item.answered(weights.threshold, weights.margin) and not item.right
        ]
        print(f"  {kind}: {len(wrong)} of {len(part)} answered wrongly")
    print("threshold  right  false")
    for threshold in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        right, false = shares(judged, threshold, weights.margin)
        print(f"     {threshold:.2f}  {right:6.1%} {false:6.1%}")
    wrong = [item for item in judged if not item.right]
    for item in sorted(wrong, key=lambda item: -item.score)[:mistakes]:
        wanted = ", ".join(item.question.entries) or "-"
        print(f"  {item.score:.2f} {item.question.text}: {item.entry}, not {wanted}")


def timings(
    entries: Sequence[SearchEntry], foreign: Sequence[str], questions: Sequence[Question]
) -> None:
    """Print how long building and asking take."""
    watch = Watch()
    encoder = SentenceEncoder()
    print(f"model loaded in {watch.lap():.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("nothing kept", "vectors kept"):
            cache = VectorCache(encoder, Path(folder))
            search = KnowledgeSearch(entries, encoder, foreign=foreign, known=cache)
            print(f"{len(entries)} entries built, {name}: {watch.lap():.2f} s")
    spent: list[float] = []
    for question in questions:
        watch.lap()
        search.best(question.text)
        spent.append(watch.lap() * 1000)
    held = psutil.Process().memory_info().rss / 1e6
    print(f"one question: median {np.median(spent):.1f} ms, longest {max(spent):.1f} ms")
    print(f"{psutil.Process().num_threads()} thread(s), {held:.0f} MB in all")


class Watch:
    """Time since the last look at it."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def lap(self) -> float:
        """Return seconds since the last lap."""
        last, self._last = self._last, time.perf_counter()
        return self._last - last


def main() -> None:
    """Fit, judge, time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--mistakes", type=int, default=0)
    args = parser.parse_args()
    questions = read_questions()
    entries, foreign = town_entries(Paths.choose())
    search = KnowledgeSearch(entries, SentenceEncoder(), foreign=foreign)
    seen = look(search, questions)
    fitting = [s for s in seen if not s.question.held_out and s.question.kind != "personal"]
    fitted = fit(fitting)
    threshold, margin = choose(search, [s for s in seen if not s.question.held_out])
    weights = numbers(fitted, threshold, margin)
    print(f"{len(search.entries)} entries; fitted on {len(fitting)} questions: {weights}")
    if args.write:
        text = json.dumps(msgspec.to_builtins(weights), indent=2)
        NUMBERS.write_text(text + "\n", "utf-8")
    report(judge(search, [s for s in seen if s.question.held_out], weights), weights, args.mistakes)
    timings(entries, foreign, questions)


if __name__ == "__main__":
    main()
