"""What each stage of a recognition costs: python -m bench.asrstages MANIFEST.jsonl [--every N].

By processor time, with one thread; a busy machine still makes half as much again of it, so compare
runs one after the other. The sentences are those of a manifest as :mod:`bench.asr` reads it,
recognised as a call does it; those of ``callbot bench`` come from ``--calls``, the folder where it
keeps them.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import numpy as np

from asr.engine import EngineSettings, Hint, WhisperEngine
from asr.hints import Hints
from asr.vocabulary import FIRST, OPEN, Vocabulary
from bench.asr import spoken, unseen
from callbot import wavfile
from callbot.benchmark.script import DIALOGUES, Casting
from dialogue.intents import load_intents
from knowledge.town import load_town

_P = ParamSpec("_P")
_T = TypeVar("_T")

_OF_THE_MODEL: Final = ("encode", "generate", "align", "detect_language")
_WHOLE: Final = "whole"
STAGES: Final = ("speech", "features", *_OF_THE_MODEL, "readings", _WHOLE)
"""Is there speech; log-mel; what the model does; finding other readings; all of it."""
_SILENCE: Final = bytes(6400)
"""Around what a caller of the benchmark says, as the line hears it."""


class Meter:
    """Adds up processor time by stage. In milliseconds."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()

    def timed(self, stage: str, function: Callable[_P, _T]) -> Callable[_P, _T]:
        """Return a function whose time counts for a stage."""

        def run(*args: _P.args, **kwargs: _P.kwargs) -> _T:
            begun = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                self.spent[stage] += round(1e6 * (time.process_time() - begun))

        return run

    def take(self) -> dict[str, float]:
        """Return what was spent since the last time."""
        spent, self.spent = self.spent, Counter()
        return {stage: spent[stage] / 1000 for stage in STAGES}


class _TimedModel:
    """The model with its calls timed."""

    def __init__(self, model: Any, meter: Meter) -> None:
        self._model = model
        for name in _OF_THE_MODEL:
            setattr(self, name, meter.timed(name, getattr(model, name)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


class TimedEngine(WhisperEngine):
    """An engine that tells what each stage took."""

    def __init__(self, folder: Path, settings: EngineSettings) -> None:
        super().__init__(folder, settings)
        self._meter = Meter()
        self._model.feature_extractor = self._meter.timed("features", self._model.feature_extractor)
        self._model.model = _TimedModel(self._model.model, self._meter)
        self._speech.speech_s = self._meter.timed(  # type: ignore[method-assign]
            "speech", self._speech.speech_s
        )

    def stages(self, pcm: bytes, hint: Hint) -> dict[str, float]:
        """Recognise and return the milliseconds of each stage."""
        if hint.rivals is not None:
            hint = replace(hint, rivals=self._meter.timed("readings", hint.rivals))
        self._meter.take()
        self._meter.timed(_WHOLE, self.recognise)(pcm, hint)
        return self._meter.take()


def of_calls(folder: Path) -> Iterator[tuple[bytes, str]]:
    """Yield what the callers of ``callbot bench`` say, and what is expected of them."""
    casting = Casting(folder)
    dialogues = casting.dialogues(0)
    for _ in DIALOGUES:
        first, *others = next(dialogues)
        yield _SILENCE + first.pcm + _SILENCE, FIRST
        yield from ((_SILENCE + turn.pcm + _SILENCE, OPEN) for turn in others)


def table(name: str, costs: Sequence[dict[str, float]]) -> str:
    """Return mean and 95th percentile by stage, as Markdown."""
    lines = [f"| {name}: {len(costs)} | mean ms | p95 ms |", "|---|---:|---:|"]
    for stage in STAGES:
        spent = [cost[stage] for cost in costs]
        lines.append(f"| {stage} | {np.mean(spent):.1f} | {np.percentile(spent, 95):.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Run the benchmark."""
    options = _parser().parse_args()
    rows = list(spoken(options.manifest))
    engine = TimedEngine(options.model, EngineSettings(threads=1, beam_size=options.beam))
    engine.warm_up()
    town = load_town(options.town)
    intents = load_intents(options.intents, town.services)
    told = (text for name in intents.names for text in intents.examples(name))
    words = Vocabulary(town.vocabulary(), town.streets, sentences=tuple(unseen(told, rows)))
    hints = Hints(words)
    hints.prepare()
    chosen = rows[:: options.every]
    sets = {"spoken": [(wavfile.read(Path(str(row.audio))), row.expects) for row in chosen]}
    if options.calls:
        sets["calls"] = list(of_calls(options.calls))
    for name, sounds in sets.items():
        print(table(name, [engine.stages(pcm, hints.of(expects)) for pcm, expects in sounds]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("manifest", type=Path, help="manifest of a labelled spoken set")
    parser.add_argument("--calls", type=Path, help="sentences of callbot bench, one voice")
    parser.add_argument("--every", type=int, default=1, help="only each n-th sentence")
    parser.add_argument("--beam", type=int, default=EngineSettings.beam_size)
    parser.add_argument("--model", type=Path, default=Path("var/models/whisper-base"))
    parser.add_argument("--town", type=Path, default=Path("config/ville"))
    parser.add_argument("--intents", type=Path, default=Path("config/intents"))
    return parser


if __name__ == "__main__":
    main()
