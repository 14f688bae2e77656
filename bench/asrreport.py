"""Figures, tables and plots of recognition, for :mod:`bench.asr`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import jiwer
import msgspec
import numpy as np

from bench.svg import BarChart
from callbot.evaluation import wordcount

_SHORTEST_WORD = 4
"""Letters of a word of a town's name that counts: « du », « des » are everybody's."""


class Outcome(msgspec.Struct, frozen=True):
    """One sentence as one engine heard it."""

    id: str
    said: str
    heard: str
    wer: float
    seconds: float
    cpu_s: float
    avg_logprob: float = 0.0
    no_speech_prob: float = 0.0
    speech_s: float = 0.0
    second_pass: bool = False
    confidence: float = 0.0
    reason: str = ""
    repaired: bool = False
    before: str = ""
    """What was heard before a repair."""
    language: str = ""
    labels: dict[str, str] = {}
    """Set, voice, condition, group and style of the sentence."""


@dataclass(frozen=True)
class Figures:
    """Rates over all words, or characters, of some sentences together."""

    n: int
    wer: float
    cer: float
    fine: float
    """Share of the sentences with at most one word in five wrong."""
    town_words: int
    town_errors: int
    """Town words that were said and not heard."""
    seconds_mean: float
    seconds_p50: float
    seconds_p95: float
    cpu_s: float


def normal(text: str) -> str:
    """Return the words that are compared, as ``callbot eval`` counts them."""
    return " ".join(wordcount.words(text))


def town_words(vocabulary: Sequence[str]) -> frozenset[str]:
    """Return the single words by which the town's names are told apart."""
    words = (word for name in vocabulary for word in wordcount.words(name))
    return frozenset(word for word in words if len(word) >= _SHORTEST_WORD)


def figures(outcomes: Sequence[Outcome], town: frozenset[str] = frozenset()) -> Figures:
    """Sum up outcomes, of which there must be some."""
    said = [normal(o.said) for o in outcomes]
    heard = [normal(o.heard) for o in outcomes]
    seconds = [outcome.seconds for outcome in outcomes]
    total, missed = _town_errors(said, heard, town)
    return Figures(
        n=len(outcomes),
        wer=jiwer.wer(said, heard),
        cer=jiwer.cer(said, heard),
        fine=float(np.mean([outcome.wer <= 0.2 for outcome in outcomes])),
        town_words=total,
        town_errors=missed,
        seconds_mean=float(np.mean(seconds)),
        seconds_p50=float(np.median(seconds)),
        seconds_p95=float(np.percentile(seconds, 95)),
        cpu_s=float(np.mean([outcome.cpu_s for outcome in outcomes])),
    )


def _town_errors(
    said: Sequence[str], heard: Sequence[str], town: frozenset[str]
) -> tuple[int, int]:
    """Return how many town words were said, and how many of them were not heard."""
    aligned = jiwer.process_words(list(said), list(heard))
    total = missed = 0
    for words, chunks in zip(aligned.references, aligned.alignments, strict=True):
        for chunk in chunks:
            span = words[chunk.ref_start_idx : chunk.ref_end_idx]
            spoken = sum(word in town for word in span)
            total += spoken
            missed += spoken if chunk.type in ("substitute", "delete") else 0
    return total, missed


@dataclass(frozen=True)
class Comparison:
    """Our outcomes and the stock engine's, sentence by sentence."""

    ours: Sequence[Outcome]
    stock: Sequence[Outcome]
    town: frozenset[str]

    def only(self, key: str, label: str) -> Comparison:
        """Return the part whose sentences have this label."""
        ours = [outcome for outcome in self.ours if outcome.labels[key] == label]
        stock = [outcome for outcome in self.stock if outcome.labels[key] == label]
        return Comparison(ours, stock, self.town)

    def groups(self, key: str) -> Iterator[tuple[str, Comparison]]:
        """Yield the parts with one label each."""
        for label in sorted({o.labels[key] for o in self.ours}):
            yield label, self.only(key, label)

    def pair(self) -> tuple[Figures, Figures | None]:
        """Return our figures and the stock engine's, if it ran."""
        return (
            figures(self.ours, self.town),
            figures(self.stock, self.town) if self.stock else None,
        )

    def repairs(self) -> tuple[int, int, int]:
        """Return how many repairs made a sentence better, worse, or neither."""
        changed = [
            (o.wer, jiwer.wer(normal(o.said), normal(o.before))) for o in self.ours if o.repaired
        ]
        better = sum(after < before for after, before in changed)
        worse = sum(after > before for after, before in changed)
        return better, worse, len(changed) - better - worse


HEAD = (
    "| | sentences | WER | CER | town words missed | seconds, mean | p95 |\n"
    "|---|---|---|---|---|---|---|"
)


def line(title: str, f: Figures) -> str:
    """Return one row of a Markdown table."""
    town = f"{f.town_errors} of {f.town_words}" if f.town_words else "–"
    return (
        f"| {title} | {f.n} | {100 * f.wer:.1f} % | {100 * f.cer:.1f} % | {town} "
        f"| {f.seconds_mean:.2f} | {f.seconds_p95:.2f} |"
    )


def tables(name: str, comparison: Comparison, keys: Sequence[str]) -> str:
    """Return the Markdown of one set: in all, then by each label."""
    parts = [f"### {name}", "", HEAD, *_both("all", comparison)]
    for key in keys:
        groups = list(comparison.groups(key))
        if len(groups) > 1:
            parts += [row for label, part in groups for row in _both(f"{key} {label}", part)]
    return "\n".join([*parts, ""])


def _both(title: str, comparison: Comparison) -> Iterator[str]:
    ours, stock = comparison.pair()
    yield line(f"{title}: callbot", ours)
    if stock is not None:
        yield line(f"{title}: stock", stock)


def chart(title: str, comparison: Comparison, keys: Sequence[str]) -> BarChart:
    """Return WER in all and by each label, ours beside the stock engine's."""
    rows: dict[str, tuple[float, ...]] = {"all": _rates(comparison)}
    for key in keys:
        rows |= {label: _rates(part) for label, part in comparison.groups(key)}
    return BarChart(title, "%", ("callbot", "stock faster-whisper, beam 5"), rows)


def _rates(comparison: Comparison) -> tuple[float, ...]:
    ours, stock = comparison.pair()
    return 100 * ours.wer, 100 * stock.wer if stock is not None else float("nan")


def times(sets: Mapping[str, Comparison]) -> BarChart:
    """Return the mean seconds an utterance takes."""
    rows = {}
    for name, comparison in sets.items():
        ours, stock = comparison.pair()
        rows[name] = (ours.seconds_mean, stock.seconds_mean if stock else float("nan"))
    series = ("callbot", "stock faster-whisper, beam 5")
    return BarChart("Time an utterance takes", "s", series, rows, decimals=2)
