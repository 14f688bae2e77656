"""Turn-taking measured: python -m bench.turns MANIFEST.jsonl [--smart-turn MODEL] [--plots docs]

Conversations are built from the recordings of the manifest and from sentences spoken by the town's
voice: pauses of 0.3 to 1.2 s inside sentences, hesitations, numbers in groups, traffic and
television 15 dB below the caller, coughs, echoes, people who say "mm-hmm". They are fed to the
box's voice activity frame by frame; recognition runs in every pause as in a call (of the town's
example sentences those are left out that are nearly one of the manifest's), and is kept in
``--cache``.
``--turns 40 --each 0`` is a small sample.

``--smart-turn`` names the ONNX file of the wheel ``pipecat-ai``
(``pipecat/audio/turn/smart_turn/data/``), to compare with; the callbot does not need it.
"""

from __future__ import annotations

import argparse
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from asr.endings import Endings
from asr.endpointing import OPEN, EndOfTurn
from asr.silero import SpeechCheck
from bench import bargescenes, turnsim
from bench.asr import spoken, unseen
from bench.bargescenes import Outcome, Overlaps
from bench.svg import BarChart
from bench.turnhearing import Texts, recogniser
from bench.turnsim import SmartTurn, Taken, Trace, Wait
from bench.turnsounds import Scenes, Turn, Voices, Words
from callbot.checks import service_names
from callbot.paths import Paths
from dialogue.intents import load_intents

DEFAULT_VOICE = "fr_FR-siwis-kokoro"
PARTS = ("tune", "report")
"""The turns are in one of two parts by what is said, so that waits can be tried on one of them and
reported on the other."""
KINDS = ("whole", "inside", "hesitation", "number", "yes_no")


@dataclass(frozen=True)
class Row:
    """One way to end turns."""

    name: str
    traces: Sequence[Trace]
    wait: Wait
    mends: bool = False
    """Whether who goes on soon is heard again as a whole."""

    def taken(self, *, at_once: bool = False) -> list[Taken]:
        """Take every turn; ``at_once``: as on a machine that recognises in no time."""
        return [
            turnsim.take(trace, self.wait, at_once=at_once, mends=self.mends)
            for trace in self.traces
        ]


def policies(traces: Mapping[str, Sequence[Trace]], endings: Endings, *, smart: bool) -> list[Row]:
    """Return what is compared, from the plainest to the richest."""
    words, towns = EndOfTurn(), EndOfTurn(endings=endings)
    box = traces["callbot"]
    rows = [Row(f"{name}, 0.5 s", heard, turnsim.fixed(0.5)) for name, heard in traces.items()]
    rows += [
        Row("callbot, words", box, turnsim.by_text(words)),
        Row("callbot, words + endings", box, turnsim.by_text(towns)),
        Row("callbot, and mends", box, turnsim.by_text(towns), mends=True),
    ]
    if smart:
        by_sound = turnsim.by_sound(0.35, 1.4)
        rows += [
            Row("callbot, smart-turn", box, by_sound),
            Row("callbot, words + smart-turn", box, either(words, 0.95)),
            Row("callbot, all three", box, either(towns, 0.95)),
        ]
    return rows


def either(policy: EndOfTurn, threshold: float) -> Wait:
    """Let smart-turn end what the words leave open."""
    settings = policy.settings

    def wait(trace: Trace, pause: turnsim.Pause) -> float:
        wait_s = policy.wait_s(trace.expectation, pause.text, pause.voiced_s)
        decided = wait_s <= settings.complete_s or wait_s > settings.inside_s
        if trace.expectation != OPEN or decided or pause.unfinished:
            return wait_s
        sure = (pause.finished or 0.0) >= threshold
        return settings.complete_s if sure else settings.inside_s

    return wait


def table(rows: Sequence[Row]) -> str:
    """Return the comparison as Markdown."""
    head = ["turns end by", "too soon", "median", "p90", "too soon", "cut off", "median", "p90"]
    head += [*KINDS, "recognitions", "never"]
    out = [line(head), line(["---", *["--:"] * (len(head) - 1)])]
    for row in rows:
        at_once, heard = row.taken(at_once=True), row.taken()
        _, median, p90, _ = turnsim.summed(at_once)
        cut, median_heard, p90_heard, never = turnsim.summed(heard)
        kinds = [[one for one in heard if one.trace.kind == kind] for kind in KINDS]
        pauses = float(np.mean([len(trace.pauses) for trace in row.traces]))
        cells = [percent(too_soon(at_once)), second(median), second(p90)]
        cells += [percent(too_soon(heard)), percent(cut), second(median_heard), second(p90_heard)]
        cells += [*(percent(too_soon(kind)) for kind in kinds), f"{pauses:.1f}", str(never)]
        out.append(line([row.name, *cells]))
    return "\n".join(out)


def too_soon(taken: Sequence[Taken]) -> float:
    """Return the share of turns that were taken before their end, mended or not."""
    if not taken:
        return float("nan")
    return float(np.mean([one.cut_off or one.gone_on > 0 for one in taken]))


def overlap_table(outcomes: Sequence[Outcome]) -> str:
    """Return what silenced the bot as Markdown."""
    head = ["over the bot's speech", "scenes", "silenced", "cut off", "reaction", "p95", "silent"]
    out = [line(head), line(["---", *["--:"] * (len(head) - 1)])]
    for kind in dict.fromkeys(outcome.kind for outcome in outcomes):
        of_kind = [outcome for outcome in outcomes if outcome.kind == kind]
        reactions = [one.reaction_s for one in of_kind if one.reaction_s is not None]
        silent = [one.silent_s for one in of_kind if one.stops and not one.cut_off]
        cells = [
            str(len(of_kind)),
            percent(float(np.mean([one.stops > 0 for one in of_kind]))),
            percent(float(np.mean([one.cut_off for one in of_kind]))),
            second(float(np.median(reactions))) if reactions else "–",
            second(float(np.percentile(reactions, 95))) if reactions else "–",
            second(float(np.mean(silent))) if silent else "–",
        ]
        out.append(line([kind, *cells]))
    return "\n".join(out)


def line(cells: Sequence[str]) -> str:
    """Return one line of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def percent(share: float) -> str:
    """Return a share as the tables show it."""
    return "–" if np.isnan(share) else f"{100 * share:.1f} %"


def second(length: float) -> str:
    """Return seconds as the tables show them."""
    return "–" if np.isnan(length) else f"{length:.2f} s"


def traced(turns: Sequence[Turn], texts: Texts, smart: SmartTurn | None) -> dict[str, list[Trace]]:
    """Return the pauses of every turn by each voice activity; the callbot's are recognised."""
    found: dict[str, list[Trace]] = {}
    for name, make in turnsim.judges().items():
        found[name] = [turnsim.trace(turn, make(turn.line), None, None) for turn in turns]
    check = SpeechCheck()
    judge = turnsim.judges()["webrtcvad+loudness"]
    found["callbot"] = [
        turnsim.trace(turn, judge(turn.line), texts, smart, check) for turn in turns
    ]
    return found


def plots(folder: Path, rows: Sequence[Row], ears: Mapping[str, Sequence[Outcome]]) -> None:
    """Draw cut-offs and waits of each policy, and what silences the bot."""
    cuts, waits = {}, {}
    for row in rows:
        taken = row.taken()
        cut, median, p90, _ = turnsim.summed(taken)
        name = row.name.removeprefix("callbot, ")
        cuts[name], waits[name] = [100 * too_soon(taken), 100 * cut], [median, p90]
    silenced = {
        kind: [
            100 * float(np.mean([one.stops > 0 for one in outcomes if one.kind == kind]))
            for outcomes in ears.values()
        ]
        for kind in dict.fromkeys(one.kind for one in next(iter(ears.values())))
    }
    charts = {
        "turn-cutoffs": BarChart("Turns taken too soon", "%", ("too soon", "not mended"), cuts),
        "turn-waits": BarChart(
            "Wait after the last word, recognition included", "s", ("median", "p90"), waits, 2
        ),
        "turn-overlaps": BarChart("Scenes that silence the bot", "%", tuple(ears), silenced, 0),
    }
    for name, chart in charts.items():
        (folder / f"{name}.svg").write_text(chart.svg(), encoding="utf-8")


def main() -> None:
    """Run the benchmark."""
    options = _parser().parse_args()
    paths = Paths.choose()
    begun = time.monotonic()
    voices = Voices(options.cache, paths.var / "voices", options.voice or [DEFAULT_VOICE])
    words = Words(options.cache / "words.json", options.model)
    seeds = options.seed or [1]
    built = [Scenes(options.manifest, voices, words, seed) for seed in seeds]
    drawn = [turn for scenes in built for turn in scenes.turns(options.turns)]
    turns = [turn for turn in drawn if part(turn) in (options.part or PARTS)]
    overlaps = Overlaps(built[0], voices).build(options.each)
    intents = load_intents(paths.intents, service_names(paths))
    told = (text for name in intents.names for text in intents.examples(name))
    examples = tuple(unseen(told, spoken(options.manifest)))
    texts = Texts(options.cache, recogniser(options.model, examples))
    endings = Endings(examples)
    smart = SmartTurn(options.smart_turn) if options.smart_turn else None
    traces = traced(turns, texts, smart)
    rows = policies(traces, endings, smart=smart is not None)
    print(f"{len(turns)} turns, seeds {seeds}, {time.monotonic() - begun:.0f} s\n")
    print(table(rows))
    ears = overheard(overlaps, texts, EndOfTurn(endings=endings))
    for name, outcomes in ears.items():
        print(f"\n{name}\n\n{overlap_table(outcomes)}")
    if smart is not None:
        print(f"\nsmart-turn: {1000 * smart.cpu_s:.0f} ms of processor a pause")
    if options.plots:
        plots(options.plots, rows, ears)


def overheard(
    scenes: Sequence[bargescenes.Scene], texts: Texts, end_of_turn: EndOfTurn
) -> dict[str, list[Outcome]]:
    """Return what silences the bot, by how much of the box's ear there is."""
    judges = turnsim.judges()
    loudness, check = judges["webrtcvad+loudness"], SpeechCheck()
    ears = (
        ("webrtcvad", judges["webrtcvad"], False, None, None),
        ("and loudness", loudness, False, None, None),
        ("and echo", loudness, True, None, None),
        ("and Silero", loudness, True, check, texts.hear),
    )
    return {
        name: [
            bargescenes.play(scene, judge(scene.line), end_of_turn, hear, aware=aware, check=second)
            for scene in scenes
        ]
        for name, judge, aware, second, hear in ears
    }


def part(turn: Turn) -> str:
    """Return which of the parts a turn is in, by what is said in it."""
    said = " ".join(word for _, word in turn.words)
    return PARTS[zlib.crc32(said.encode()) % len(PARTS)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--model", type=Path, default=Path("var/models/whisper-base"))
    parser.add_argument("--voice", action="append", help="folder in var/voices; may be repeated")
    parser.add_argument("--cache", type=Path, default=Path("var/bench/turns"))
    parser.add_argument("--smart-turn", type=Path, help="ONNX file to compare with")
    parser.add_argument("--turns", type=int, default=150)
    parser.add_argument("--part", choices=PARTS, action="append", help="one part of the turns")
    parser.add_argument("--each", type=int, default=12, help="overlaps of each kind")
    parser.add_argument("--seed", type=int, action="append", help="1; may be repeated")
    parser.add_argument("--plots", type=Path, help="folder for the drawings")
    return parser


if __name__ == "__main__":
    main()
