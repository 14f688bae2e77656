"""Recognition measured beside stock faster-whisper: python -m bench.asr [--spoken MANIFEST.jsonl]

Each sentence is resampled as the line worker does, recognised as a call does it (with the town's
words, its example sentences but for those that are nearly one of the set, and the kind of answer
that the manifest's ``expects`` names), and right after by faster-whisper as it comes (30 s window,
beam 5, no gate, no guard), with the same model in the same process, so that both meet the same load
of the machine. Sets:

- the human recordings of Debian's ``asterisk-core-sounds-fr`` (see :mod:`bench.recordings`);
- with ``--spoken``, a labelled set: JSON Lines with ``id``, ``text``, ``audio`` and, if known,
  ``voice``, ``condition``, ``group``, ``style``, ``expects``.

``--save`` keeps our results for ``bench.fit_confidence``, ``--write`` tables and all results,
``--plots`` the plots.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import jiwer
import msgspec
import numpy as np
from faster_whisper import WhisperModel

from asr.engine import FULL_WINDOW_S, EngineSettings, Recognition, WhisperEngine
from asr.hints import Hints
from asr.vocabulary import FIRST, Vocabulary
from asr.wording import plain
from bench import recordings
from bench.asrreport import Comparison, Outcome, chart, normal, tables, times, town_words
from callbot import wavfile
from common.audio import duration_s
from dialogue.intents import load_intents
from knowledge.town import load_town

__all__ = ["Outcome", "Stock", "main"]

HUMAN, SPOKEN = "human recordings", "spoken set"
_KEYS = {HUMAN: (), SPOKEN: ("group", "voice", "condition")}
_FEWEST_WORDS = 3
"""Of a human recording: single words are pieces of announcements, not speech."""


_NEARLY = 0.7
"""Share of their words that two sentences have in common, to be counted as one."""


class Row(msgspec.Struct, frozen=True):
    """One sentence of a set; other keys are ignored."""

    id: str
    text: str
    audio: str | None = None
    condition: str = "-"
    voice: str = "-"
    group: str = "-"
    style: str = "-"
    expects: str = FIRST

    @property
    def labels(self) -> dict[str, str]:
        """What the sentence is counted under."""
        return {
            "condition": self.condition,
            "voice": self.voice,
            "group": self.group,
            "style": self.style,
        }


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
        repaired=result.repaired,
        before=result.before,
        language=result.language,
        labels=row.labels,
    )


def human(chosen: Path | None, downloads: Path) -> Iterator[Row]:
    """Yield the human recordings of at least a few words, but for what no caller says at once."""
    for name, text, path in recordings.recordings(recordings.folder(chosen, downloads)):
        words = len(normal(text).split())
        if words >= _FEWEST_WORDS and duration_s(wavfile.read(path)) <= FULL_WINDOW_S:
            yield Row(name, text, str(path), voice=recordings.VOICE)


def spoken(manifest: Path) -> Iterator[Row]:
    """Yield the sentences of a manifest that are recorded."""
    decoder = msgspec.json.Decoder(Row)
    for line in filter(None, manifest.read_text(encoding="utf-8").splitlines()):
        row = decoder.decode(line)
        if row.audio:
            yield msgspec.structs.replace(row, audio=str(manifest.parent / row.audio))


def unseen(examples: Iterable[str], rows: Iterable[Row]) -> Iterator[str]:
    """Yield the town's example sentences that are not nearly one of those to be recognised."""
    said = [frozenset(normal(row.text).split()) for row in rows]
    for example in examples:
        told = frozenset(normal(plain(example)).split())
        if not any(len(told & words) > _NEARLY * len(told | words) for words in said):
            yield example


class Kept:
    """Outcomes in a file, one a line with the engine's name, so that a run can be in pieces."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        lines = file.read_bytes().splitlines() if file is not None and file.exists() else []
        known = [msgspec.json.decode(line, type=tuple[str, Outcome]) for line in lines]
        self._known = {(engine, outcome.id): outcome for engine, outcome in known}

    def outcome(self, engine: str, row: Row, recognise: Callable[[], Recognition]) -> Outcome:
        """Return what is known of a sentence, or recognise it."""
        known = self._known.get((engine, row.id))
        if known is not None:
            return known
        outcome = outcome_of(row, recognise)
        if self._file is not None:
            with self._file.open("ab") as file:
                file.write(msgspec.json.encode((engine, outcome)) + b"\n")
        return outcome


class Bench:
    """Our engine and the stock one, with one model."""

    def __init__(self, options: argparse.Namespace, rows: Sequence[Row]) -> None:
        settings = EngineSettings(threads=options.threads, beam_size=options.beam)
        self._engine = WhisperEngine(options.model, settings)
        self._engine.warm_up()
        town = load_town(options.town)
        words = town.vocabulary()
        intents = load_intents(options.intents, town.services)
        told = (text for name in intents.names for text in intents.examples(name))
        sentences = tuple(unseen(told, rows))
        self._hints = Hints(Vocabulary(town=words, streets=town.streets, sentences=sentences))
        self._hints.prepare()
        self._town = town_words(words)
        self._stock = Stock(options.model, options.threads) if options.stock else None

    def compare(self, rows: Sequence[Row], kept: Kept, until: float) -> Comparison:
        """Recognise each sentence with both, one right after the other.

        What is ``kept`` is not recognised again; what has not begun by ``until`` (of the monotonic
        clock) is left out.
        """
        ours: list[Outcome] = []
        theirs: list[Outcome] = []
        spoken_s = 0.0
        for row in rows:
            if time.monotonic() > until:
                print("Stopped in time; run it again with the same --kept to go on.")
                break
            pcm = wavfile.read(Path(str(row.audio)))
            spoken_s += duration_s(pcm)
            hint = self._hints.of(row.expects)
            ours.append(kept.outcome("callbot", row, partial(self._engine.recognise, pcm, hint)))
            if self._stock is not None:
                theirs.append(kept.outcome("stock", row, partial(self._stock.recognise, pcm)))
        print(f"{len(ours)} sentences, {spoken_s:.0f} s of audio")
        return Comparison(ours, theirs, self._town)


def report(name: str, comparison: Comparison) -> str:
    """Return the Markdown of one set."""
    second = sum(outcome.second_pass for outcome in comparison.ours)
    empty = sum(not outcome.heard for outcome in comparison.ours)
    foreign = sum(outcome.language not in ("", "fr") for outcome in comparison.ours)
    better, worse, neither = comparison.repairs()
    return (
        f"{tables(name, comparison, _KEYS[name])}\n"
        f"Second passes: {second}. Nothing understood: {empty}. Taken for another language: "
        f"{foreign}. Repairs: {better} mended, {worse} broken, "
        f"{neither} neither.\n"
    )


def main() -> None:
    """Run the benchmark."""
    options = _parser().parse_args()
    sets: dict[str, list[Row]] = {}
    if options.human:
        sets[HUMAN] = list(human(options.recordings, options.downloads))[:: options.every]
    if options.spoken:
        sets[SPOKEN] = list(spoken(options.spoken))[:: options.every]
    bench = Bench(options, [row for rows in sets.values() for row in rows])
    kept, until = Kept(options.kept), time.monotonic() + 60 * options.minutes
    compared = {name: bench.compare(rows, kept, until) for name, rows in sets.items()}
    text = "\n".join(report(name, comparison) for name, comparison in compared.items())
    print(text)
    if options.save:
        ours = [outcome for comparison in compared.values() for outcome in comparison.ours]
        options.save.write_bytes(msgspec.json.encode(ours))
    if options.write:
        _write(options.write, text, compared)
    if options.plots:
        _plot(options.plots, compared)


def _write(folder: Path, text: str, compared: dict[str, Comparison]) -> None:
    """Keep tables and every sentence."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "asr.md").write_text(text, encoding="utf-8")
    for name, comparison in compared.items():
        results = {"callbot": comparison.ours, "stock": comparison.stock}
        (folder / f"{_stem(name)}.json").write_bytes(msgspec.json.encode(results))


def _plot(folder: Path, compared: dict[str, Comparison]) -> None:
    for name, comparison in compared.items():
        picture = chart(f"Word error rate, {name}", comparison, _KEYS[name])
        (folder / f"{_stem(name)}.svg").write_text(picture.svg(), encoding="utf-8")
    (folder / "asr-time.svg").write_text(times(compared).svg(), encoding="utf-8")


def _stem(name: str) -> str:
    return f"asr-{name.split(maxsplit=1)[0]}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--spoken", type=Path, help="manifest of a labelled spoken set")
    parser.add_argument("--recordings", type=Path, help="folder with the human recordings")
    parser.add_argument("--downloads", type=Path, default=Path("var/bench/asterisk"))
    parser.add_argument("--no-human", dest="human", action="store_false")
    parser.add_argument("--no-stock", dest="stock", action="store_false", help="only ours")
    parser.add_argument("--model", type=Path, default=Path("var/models/whisper-base"))
    parser.add_argument("--town", type=Path, default=Path("config/ville"))
    parser.add_argument("--intents", type=Path, default=Path("config/intents"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--beam", type=int, default=5)
    parser.add_argument("--every", type=int, default=1, help="only each n-th sentence")
    parser.add_argument("--kept", type=Path, help="keep outcomes there, and go on from them")
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop after these")
    parser.add_argument("--save", type=Path, help="keep our results as JSON")
    parser.add_argument("--write", type=Path, help="folder for tables and results")
    parser.add_argument("--plots", type=Path, help="folder for plots")
    return parser


if __name__ == "__main__":
    main()
