"""Fit the weights of ``asr/endings.py``: python -m bench.fit_endings [MANIFEST.jsonl]

The town's examples and what callers say in its golden conversations are split in two; each half is
judged by counts of the other, at every word. With a manifest (``text``), prints how long its
sentences are waited for without their marks, and how often one that pauses after any of its words
is answered too soon: such pauses last 0.3 s and more, 0.7 s in the mean.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from asr.endings import Endings
from asr.endpointing import OPEN, EndOfTurn
from bench.fit_confidence import fit
from callbot.assistant import load_assistant
from callbot.checks import service_names
from callbot.golden import load
from callbot.paths import Paths
from dialogue.intents import load_intents

_LONG_S = (0.5, 0.8)
_MARKED = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def beginnings(sentence: str) -> list[str]:
    """Return the sentence after each of its words."""
    words = re.findall(r"[^\W_]+", _MARKED.sub(r"\1", sentence))
    return [" ".join(words[:end]) for end in range(1, len(words) + 1)]


def weights(sentences: Sequence[str]) -> list[float]:
    """Return the weights that tell whole sentences from their beginnings best."""
    shuffled = list(sentences)
    random.Random(1).shuffle(shuffled)
    halves = shuffled[::2], shuffled[1::2]
    inputs, targets = [], []
    for known, judged in (halves, halves[::-1]):
        endings = Endings(known)
        for sentence in judged:
            *inside, whole = beginnings(sentence) or [""]
            if whole:
                inputs += [endings.evidence(text) for text in (*inside, whole)]
                targets += [0.0] * len(inside) + [1.0]
    return [float(weight) for weight in fit(np.array(inputs), np.array(targets))]


def main(arguments: list[str]) -> None:
    """Fit, print, and check on a manifest."""
    paths = Paths.choose()
    intents = load_intents(paths.intents, service_names(paths))
    examples = [text for name in intents.names for text in intents.examples(name)]
    told = [
        turn.dit
        for placed in load(paths, load_assistant(paths))
        for turn in placed.golden.tours
        if turn.dit
    ]
    print("weights", ", ".join(f"{weight:.2f}" for weight in weights([*examples, *told])))
    if not arguments:
        return
    policy = EndOfTurn(endings=Endings(examples))
    lines = Path(arguments[0]).read_text(encoding="utf-8").splitlines()
    spoken = [beginnings(json.loads(line)["text"]) for line in lines if line.strip()]
    waits = np.array([_wait_s(policy, texts[-1]) for texts in spoken if texts])
    inside = np.array([_wait_s(policy, text) for texts in spoken for text in texts[1:-1]])
    settings = policy.settings
    gone_on = np.exp(-np.maximum(inside - settings.shortest_pause_s, 0.0) / settings.pauses_s)
    over = ", ".join(f"{100 * np.mean(waits > s):.0f} % over {s} s" for s in _LONG_S)
    print(f"waits: {np.mean(waits):.2f} s in the mean, {over}")
    print(f"answered too soon in a pause: {100 * np.mean(gone_on):.0f} %")


def _wait_s(policy: EndOfTurn, text: str) -> float:
    """Return how long words are waited for; Whisper ends whatever it hears with a full stop."""
    return policy.wait_s(OPEN, f"{text}.", 2.0)


if __name__ == "__main__":
    main(sys.argv[1:])
