"""Recognition measured on a labelled set: python -m bench.asr MANIFEST.jsonl [--stock]

The recordings (8 kHz) are resampled as the line worker does and recognised one after the other in
this process. ``--stock`` also runs faster-whisper as it comes (30 s window, beam 5, no gate, no
guard) on each sentence right after ours, so that both meet the same load of the machine.
``--save`` keeps every result for ``bench.fit_confidence``.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import jiwer
import msgspec
import numpy as np
from faster_whisper import WhisperModel

from asr.engine import EngineSettings, Hint, Recognition, WhisperEngine
from callbot import wavfile
from callbot.evaluation import wordcount
from common.audio import duration_s


class Row(msgspec.Struct, frozen=True):
    """One sentence of the manifest; other keys are ignored."""

    id: str
    text: str
    audio: str | None = None
    condition: str = "-"
    group: str = "-"
    style: str = "-"


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


@dataclass(frozen=True)
class Figures:
    """What is printed for a set of outcomes."""

    n: int
    wer: float
    fine: float
    """Share of the sentences with at most one word in five wrong."""
    seconds_p50: float
    seconds_p95: float
    cpu_s: float


def normal(text: str) -> str:
    """Return the words that are compared, as ``callbot eval`` counts them."""
    return " ".join(wordcount.words(text))


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """Sum up outcomes; WER is over all words together."""
    seconds = [outcome.seconds for outcome in outcomes]
    return Figures(
        n=len(outcomes),
        wer=jiwer.wer([normal(o.said) for o in outcomes], [normal(o.heard) for o in outcomes]),
        fine=float(np.mean([outcome.wer <= 0.2 for outcome in outcomes])),
        seconds_p50=float(np.median(seconds)),
        seconds_p95=float(np.percentile(seconds, 95)),
        cpu_s=float(np.mean([outcome.cpu_s for outcome in outcomes])),
    )


def outcome_of(row: Row, recognise: Callable[[], Recognition]) -> Outcome:
    """Time one recognition."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = recognise()
    seconds, cpu_s = time.perf_counter() - wall, time.process_time() - cpu
    return Outcome(
        id=row.id,
        said=row.text,
        heard=result.text,
        wer=jiwer.wer(normal(row.text), normal(result.text)),
        seconds=seconds,
        cpu_s=cpu_s,
        avg_logprob=result.avg_logprob,
        no_speech_prob=result.no_speech_prob,
        speech_s=result.speech_s,
        second_pass=result.second_pass,
        confidence=result.confidence,
        reason=result.reason,
    )


class Stock:
    """faster-whisper as it comes."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._model = WhisperModel(
            str(folder),
            device="cpu",
            compute_type="int8",
            cpu_threads=threads,
            local_files_only=True,
        )

    def recognise(self, pcm: bytes) -> Recognition:
        """Return the text of all segments."""
        samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768
        segments, _ = self._model.transcribe(
            samples, language="fr", beam_size=5, condition_on_previous_text=False
        )
        return Recognition(" ".join(segment.text.strip() for segment in segments))


def table(title: str, outcomes: Sequence[Outcome]) -> str:
    """Return one line of figures."""
    f = figures(outcomes)
    return (
        f"{title:<22} {f.n:>4}  {100 * f.wer:>6.2f}  {100 * f.fine:>6.1f}  "
        f"{f.seconds_p50:>6.2f}  {f.seconds_p95:>6.2f}  {f.cpu_s:>6.2f}"
    )


def report(name: str, rows: Sequence[Row], outcomes: Sequence[Outcome]) -> None:
    """Print the figures of one engine, in all and by condition, group and style."""
    heads = ("WER %", "fine %", "p50 s", "p95 s", "CPU s")
    print(f"\n{name:<22} {'n':>4}  " + "  ".join(f"{head:>6}" for head in heads))
    print(table("all", outcomes))
    for key in ("condition", "group", "style"):
        parts: dict[str, list[Outcome]] = defaultdict(list)
        for row, outcome in zip(rows, outcomes, strict=True):
            parts[getattr(row, key)].append(outcome)
        if len(parts) > 1:
            for value, part in sorted(parts.items()):
                print(table(f"  {value}", part))


def main() -> None:
    """Run the benchmark."""
    options = _parser().parse_args()
    decoder = msgspec.json.Decoder(Row)
    lines = options.manifest.read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(decoder.decode, filter(None, lines)) if row.audio]
    rows = rows[:: options.every]
    engine = WhisperEngine(
        options.model, EngineSettings(threads=options.threads, beam_size=options.beam)
    )
    engine.warm_up()
    stock = Stock(options.model, options.threads) if options.stock else None
    ours: list[Outcome] = []
    theirs: list[Outcome] = []
    spoken_s = 0.0
    words = tuple(word.strip() for word in options.words.split(",") if word.strip())
    for row in rows:
        pcm = wavfile.read(options.manifest.parent / str(row.audio))
        spoken_s += duration_s(pcm)
        ours.append(outcome_of(row, partial(engine.recognise, pcm, Hint(words))))
        if stock is not None:
            theirs.append(outcome_of(row, partial(stock.recognise, pcm)))
    print(f"{len(rows)} sentences, {spoken_s:.0f} s of audio, {options.threads} thread(s)")
    report("callbot", rows, ours)
    second = sum(outcome.second_pass for outcome in ours)
    empty = sum(not outcome.heard for outcome in ours)
    print(f"second passes {second}, nothing understood {empty}")
    if theirs:
        report("stock faster-whisper", rows, theirs)
    if options.save:
        options.save.write_bytes(msgspec.json.encode(ours))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--model", type=Path, default=Path("var/models/whisper-base"))
    parser.add_argument("--stock", action="store_true", help="also run stock faster-whisper")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--beam", type=int, default=5)
    parser.add_argument("--every", type=int, default=1, help="only each n-th sentence")
    parser.add_argument("--words", default="", help="comma-separated words for the prompt")
    parser.add_argument("--save", type=Path, help="keep each result as JSON")
    return parser


if __name__ == "__main__":
    main()
