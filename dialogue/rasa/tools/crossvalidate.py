"""Cross-validates the intent model without Rasa: ``python -m tools.crossvalidate < in > out``.

In: ``{"examples": [[text, intent], …], "folds": n, "others": [text, …]}``. Out: ``{"intents": …,
"examples": …, "others": …}``, the probabilities of every example by a model that has not seen it,
and of the other texts by a model of all examples.
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


def crossvalidate(content: dict[str, Any]) -> dict[str, Any]:
    """Return what the module's text says."""
    texts = [text for text, _ in content["examples"]]
    intents = [intent for _, intent in content["examples"]]
    encoder = Encoder()
    embeddings = encoder.encode(texts)
    names = sorted(set(intents))
    unseen = np.zeros((len(texts), len(names)))
    folds = StratifiedKFold(content["folds"], shuffle=True, random_state=SEED)
    for train, test in folds.split(texts, intents):
        model = IntentModel(encoder)
        model.fit([texts[i] for i in train], [intents[i] for i in train], embeddings[train])
        unseen[test] = model.probabilities([texts[i] for i in test], embeddings[test])
    others: list[Any] = []
    if content["others"]:
        model = IntentModel(encoder)
        model.fit(texts, intents, embeddings)
        others = model.probabilities(content["others"]).round(4).tolist()
    return {"intents": names, "examples": unseen.round(4).tolist(), "others": others}


if __name__ == "__main__":
    json.dump(crossvalidate(json.load(sys.stdin)), sys.stdout)
