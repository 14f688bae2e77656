"""Learns with and without heard examples: ``python -m tools.comparenoise < in > out``.

In: ``{"examples": [[text, intent], …], "heard": [[text, index of the example, learnt], …],
"folds": n}``. Out: ``{"written": [without, with], "heard": [without, with]}``, the shares that are
right among what no model has seen: an example and what was heard of it are always on the same side.
Only heard texts marked ``learnt`` are learnt from; all are judged.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
from components.features import Encoder
from components.model import IntentModel
from sklearn.model_selection import StratifiedKFold

SEED = 1


def compare(content: dict[str, Any]) -> dict[str, list[float]]:
    """Return what the module's text says."""
    said = [text for text, _ in content["examples"]]
    heard = [text for text, _, _ in content["heard"]]
    source = np.array([index for _, index, _ in content["heard"]], dtype=int)
    learnt = np.array([kept for _, _, kept in content["heard"]], dtype=bool)
    texts = np.array(said + heard, dtype=object)
    intents = np.array([intent for _, intent in content["examples"]], dtype=object)
    meant = np.concatenate([intents, intents[source]])
    encoder = Encoder()
    embeddings = encoder.encode(list(texts))
    right = np.zeros((2, len(texts)), dtype=bool)
    folds = StratifiedKFold(content["folds"], shuffle=True, random_state=SEED)
    for train, test in folds.split(said, intents):
        aside = np.isin(source, test)
        judged = np.concatenate([test, len(said) + np.flatnonzero(aside)])
        more = len(said) + np.flatnonzero(~aside & learnt)
        for column, rows in enumerate((train, np.concatenate([train, more]))):
            model = IntentModel(encoder)
            model.fit(list(texts[rows]), list(meant[rows]), embeddings[rows])
            best = model.probabilities(list(texts[judged]), embeddings[judged]).argmax(axis=1)
            right[column, judged] = np.array(model.intents, dtype=object)[best] == meant[judged]
    return {
        "written": [float(row[: len(said)].mean()) for row in right],
        "heard": [float(row[len(said) :].mean()) if heard else 0.0 for row in right],
    }


if __name__ == "__main__":
    json.dump(compare(json.load(sys.stdin)), sys.stdout)
