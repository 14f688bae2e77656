"""Fit the weights of ``asr/endings.py``: python -m bench.fit_endings [MANIFEST.jsonl]

The town's examples are split in two; each half is judged by counts of the other, at every word.
With a manifest (``text``), prints how many of its sentences, and of their beginnings, are taken for
complete at each threshold.
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
from bench.fit_confidence import fit
from callbot.checks import service_names
from callbot.paths import Paths
from dialogue.intents import load_intents

_SHARES = (0.03, 0.05, 0.08, 0.1, 0.12, 0.15, 0.2)
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
    print("weights", ", ".join(f"{weight:.2f}" for weight in weights(examples)))
    if not arguments:
        return
    endings = Endings(examples)
    lines = Path(arguments[0]).read_text(encoding="utf-8").splitlines()
    spoken = [beginnings(json.loads(line)["text"]) for line in lines if line.strip()]
    whole = np.array([endings.likely(texts[-1]) for texts in spoken if texts])
    inside = np.array([endings.likely(text) for texts in spoken for text in texts[1:-2]])
    for share in _SHARES:
        threshold = float(np.quantile(inside, 1 - share))
        found = float(np.mean(whole >= threshold))
        print(
            f"{threshold:.2f}: {100 * found:.0f} % of sentences, {100 * share:.0f} % of beginnings"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
