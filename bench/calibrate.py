"""Propose the ``seuils`` of config/dialogue.yml: python -m bench.calibrate [MANIFEST --heard FILE]
[--written FILE …]

Each threshold is judged by what the decision policy makes of sentences that the model has not
learnt: the town's examples, cross-validated, and half of a labelled set that was spoken
(``--heard`` is what ``callbot eval --transcriptions`` kept). The other half is only used to tell
whether the proposal holds. Thresholds are chosen to get the most turns right at once, while false
answers stay within a bound in both sets; a question back is worth less than an answer and more than
a mistake.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from asr.vocabulary import FIRST
from bench.intents import Judged, judge
from callbot import rasaprocess
from callbot.assistant import load_assistant
from callbot.evaluation import manifest, runner
from callbot.evaluation.manifest import Item
from callbot.evaluation.scoring import ASSERTS
from callbot.evaluation.transcripts import KeptTranscripts
from callbot.paths import Paths
from dialogue.alarm import sounds_alarming
from dialogue.config import DialogueSettings, Thresholds
from dialogue.intents import Intents
from dialogue.policy import DECISION_OF_BEHAVIOUR, EMERGENCY, Evidence, decide
from dialogue.ports import Heard

ACCEPT = (0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
CONFIRM = (0.2, 0.25, 0.3, 0.35)
MARGIN = (0.0, 0.05, 0.1, 0.15, 0.2)
BADLY_HEARD = (0.15, 0.2, 0.25, 0.3, 0.35)
SURE_ALL_THE_SAME = (0.6, 0.65, 0.7, 0.75, 0.8, 0.85)

FALSE_WRITTEN, FALSE_SPOKEN = 0.02, 0.03
"""Bounds on the share of turns that are answered wrongly."""
CONFIRMED = 0.6
"""Worth of « c'est bien cela ? » where a yes follows, an answer at once being worth 1."""
ASKED = 0.3
"""Worth of asking again, or of confirming what a no follows."""
MISTAKEN, FALSE = -0.5, -2.0
"""Worth of another class of decision, and of a false answer."""


@dataclass(frozen=True)
class Turn:
    """One sentence that the model has not learnt, and how well it was heard."""

    intent: str
    ranking: tuple[tuple[str, float], ...]
    hearing: float
    alarming: bool = False


@dataclass(frozen=True)
class Figures:
    """What one choice of thresholds makes of a set; shares of its turns."""

    worth: float
    right: float
    false: float
    clarified: float


def figures(turns: Sequence[Turn], intents: Intents, settings: DialogueSettings) -> Figures:
    """Let the policy decide on every turn as a caller's first one.

    What the search in the knowledge would find for a sentence that is not understood is left out.
    """
    worth, right, false, clarified = 0.0, 0, 0, 0
    for turn in turns:
        evidence = Evidence(turn.ranking, turn.hearing, "rien", 0, None, "accueil", turn.alarming)
        verdict = decide(evidence, intents, settings)
        same = verdict.intent == turn.intent
        meant = DECISION_OF_BEHAVIOUR[intents.behaviour(turn.intent)]
        if verdict.decision in ("confirm", "ask_again"):
            clarified += 1
            worth += CONFIRMED if verdict.decision == "confirm" and same else ASKED
        elif verdict.decision in ASSERTS and (not same or meant not in ASSERTS):
            false += 1
            worth += FALSE
        elif verdict.decision == meant:
            right += 1
            worth += 1.0
        else:
            worth += MISTAKEN
    count = max(1, len(turns))
    return Figures(worth / count, right / count, false / count, clarified / count)


def choices(now: Thresholds, *, spoken: bool) -> Iterator[Thresholds]:
    """Yield all thresholds to be tried; those of poor hearing only where sentences are spoken."""
    poor = itertools.product(BADLY_HEARD, SURE_ALL_THE_SAME) if spoken else [
        (now.ecoute, now.mal_entendu)
    ]  # fmt: skip
    for accept, confirm, margin, (badly, sure) in itertools.product(
        ACCEPT, CONFIRM, MARGIN, list(poor)
    ):
        if confirm < accept <= sure:
            yield now.model_copy(
                update={
                    "accepter": accept,
                    "confirmer": confirm,
                    "marge": margin,
                    "ecoute": badly,
                    "mal_entendu": sure,
                }
            )


def propose(
    written: Sequence[Turn], spoken: Sequence[Turn], intents: Intents, now: DialogueSettings
) -> Thresholds:
    """Return the thresholds of most worth, written and spoken turns counting alike.

    Without a choice within the bounds, the one with the fewest false answers.
    """
    tried = []
    by_poor: dict[tuple[float, float, float], Figures] = {}
    for thresholds in choices(now.seuils, spoken=bool(spoken)):
        settings = now.model_copy(update={"seuils": thresholds})
        # A written sentence is always well heard.
        key = (thresholds.accepter, thresholds.confirmer, thresholds.marge)
        if key not in by_poor:
            by_poor[key] = figures(written, intents, settings)
        on_paper = by_poor[key]
        aloud = figures(spoken, intents, settings) if spoken else on_paper
        within = on_paper.false <= FALSE_WRITTEN and aloud.false <= FALSE_SPOKEN
        rank = on_paper.worth + aloud.worth if within else -on_paper.false - aloud.false
        tried.append((within, rank, thresholds))
    return max(tried, key=lambda row: row[:2])[2]


def halves(turns: Sequence[Turn]) -> tuple[list[Turn], list[Turn]]:
    """Return the half to choose on and the half to check with."""
    return list(turns[::2]), list(turns[1::2])


def alarms(turns: Sequence[Turn], intents: Intents, settings: DialogueSettings) -> str:
    """Say how many emergencies are found, and how many other turns are taken for one."""
    meant = [t for t in turns if intents.behaviour(t.intent) == "urgence"]
    other = [t for t in turns if intents.behaviour(t.intent) != "urgence"]

    def taken(part: Sequence[Turn]) -> int:
        return sum(
            dict(t.ranking).get(EMERGENCY, 0.0)
            >= (settings.seuils.alerte if t.alarming else settings.seuils.urgence)
            for t in part
        )

    return (
        f"emergencies {taken(meant)} of {len(meant)}, false alarms {taken(other)} of {len(other)}"
    )


def show(title: str, turns: Sequence[Turn], intents: Intents, settings: DialogueSettings) -> None:
    """Print what thresholds make of a set."""
    if turns:
        f = figures(turns, intents, settings)
        print(
            f"  {title:<28} n {len(turns):>5}  right {f.right:6.1%}  false {f.false:5.1%}  "
            f"asked back {f.clarified:6.1%}  worth {f.worth:.3f}   "
            f"{alarms(turns, intents, settings)}"
        )


def heard_again(items: Sequence[Item], folder: Path, kept: KeptTranscripts) -> Iterator[Heard]:
    """Yield what was recognised of each item; raises KeyError when it was not recognised yet."""
    for item in items:
        yield kept.heard(runner.sound(item, folder), FIRST)


def main() -> int:
    """Choose, check and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("manifest", nargs="?", type=Path)
    parser.add_argument("--heard", type=Path, help="what callbot eval --transcriptions kept")
    parser.add_argument(
        "--written", nargs="*", type=Path, default=[], help="sets to check with, taken as written"
    )
    parser.add_argument("--folds", type=int, default=5)
    args = parser.parse_args()
    paths = Paths.choose()
    assistant = load_assistant(paths)
    intents, now = assistant.intents, assistant.dialogue
    items, heard = _spoken(args.manifest, args.heard)
    examples = [(text, name) for name in intents.names for text in intents.examples(name)]
    others = [(h.text, item.intent) for item, h in zip(items, heard, strict=True)]
    sets = [[(item.text, item.intent) for item in manifest.read(file)] for file in args.written]
    unseen, judged = judge(
        rasaprocess.interpreter(paths), examples, [*others, *itertools.chain(*sets)], args.folds
    )
    judged, rest = judged[: len(others)], iter(judged[len(others) :])
    checks = [[_turn(next(rest), 1.0) for _ in part] for part in sets]
    written = [_turn(j, 1.0) for j in unseen]
    chosen_on, checked_with = halves(
        [_turn(j, h.confidence) for j, h in zip(judged, heard, strict=True)]
    )
    proposed = now.model_copy(update={"seuils": propose(written, chosen_on, intents, now)})
    for title, settings in (("now", now), ("proposed", proposed)):
        print(f"{title}: {_listed(settings.seuils.model_dump())}")
        show(f"examples, {args.folds}-fold", written, intents, settings)
        show("spoken, chosen on", chosen_on, intents, settings)
        show("spoken, not looked at", checked_with, intents, settings)
        for file, turns in zip(args.written, checks, strict=True):
            show(file.stem, turns, intents, settings)
    return 0


def _spoken(file: Path | None, kept: Path | None) -> tuple[list[Item], list[Heard]]:
    if file is None or kept is None:
        return [], []
    items = [item for item in manifest.read(file) if item.audio]
    try:
        return items, list(heard_again(items, file.parent, KeptTranscripts(kept)))
    except KeyError:
        sys.exit(f"{kept} lacks recordings of {file}: run callbot eval --transcriptions again.")


def _turn(judged: Judged, hearing: float) -> Turn:
    return Turn(judged.intent, judged.ranking, hearing, sounds_alarming(judged.text))


def _listed(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in values.items())


if __name__ == "__main__":
    sys.exit(main())
