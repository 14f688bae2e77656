"""Fits the numbers of ``components.sureness``: ``python -m tools.fitsureness < in > out``.

In: ``{"examples": [[text, intent], …], "folds": n, "others": [[text, intent], …]}``. Out:
``{"weights": …, "bias": …, "signs": …, "examples": …, "others": …}``, the last two with
``[right, new, before, after]`` for each judged sentence: whether the best intent is the right one,
whether that intent was held back, the probability of the best before and after. The numbers are
fitted on sentences that a model has not learnt; each such model lacks some intents altogether, so
that there is something that it cannot know. The other sentences are judged by a model of all
examples.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
from components.features import Encoder
from components.model import IntentModel
from components.sureness import SIGNS
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

SEED = 1
HELD_BACK = 6
"""Intents that each model lacks."""
NEW = 0.3
"""Weight of a sentence of such an intent: callers say less of what nobody foresaw."""
ALWAYS_KNOWN = ("hors_sujet", "urgence", "demander_agent")


def fit(content: dict[str, Any]) -> dict[str, Any]:
    """Return what the module's text says."""
    texts = [text for text, _ in content["examples"]]
    intents = np.array([intent for _, intent in content["examples"]], dtype=object)
    encoder = Encoder()
    embeddings = encoder.encode(texts)
    draw = np.random.default_rng(SEED)
    rare = draw.permutation(sorted(set(intents) - set(ALWAYS_KNOWN)))
    folds = StratifiedKFold(content["folds"], shuffle=True, random_state=SEED)
    judged = []
    for fold, (train, _) in enumerate(folds.split(texts, intents)):
        back = np.isin(intents, rare[fold * HELD_BACK : (fold + 1) * HELD_BACK])
        learnt = np.isin(np.arange(len(texts)), train) & ~back
        model = IntentModel(encoder)
        model.fit(_of(texts, learnt), list(intents[learnt]), embeddings[learnt])
        judged.append((*_judged(model, texts, intents, embeddings, ~learnt), back[~learnt]))
    table, right, before, new = (np.concatenate(parts) for parts in zip(*judged, strict=True))
    mean, spread = table.mean(axis=0), table.std(axis=0) + 1e-9
    regression = LogisticRegression(max_iter=1000)
    regression.fit((table - mean) / spread, right, sample_weight=np.where(new, NEW, 1.0))
    weights = regression.coef_[0] / spread
    bias = float(regression.intercept_[0] - (weights * mean).sum())
    others = _others(encoder, texts, intents, embeddings, content["others"])
    return {
        "signs": list(SIGNS),
        "weights": weights.tolist(),
        "bias": bias,
        "examples": _rows(right, new, before, table, weights, bias),
        "others": _rows(others[1], None, others[2], others[0], weights, bias) if others else [],
    }


def _of(texts: list[str], chosen: Any) -> list[str]:
    return [text for text, taken in zip(texts, chosen, strict=True) if taken]


def _judged(model: IntentModel, texts: Any, intents: Any, embeddings: Any, rows: Any) -> Any:
    chances, table = model.signs(_of(texts, rows), embeddings[rows])
    best = np.array(model.intents, dtype=object)[chances.argmax(axis=1)]
    return table, best == intents[rows], chances.max(axis=1)


def _others(encoder: Encoder, texts: Any, intents: Any, embeddings: Any, others: Any) -> Any:
    if not others:
        return None
    model = IntentModel(encoder)
    model.fit(texts, list(intents), embeddings)
    said = [text for text, _ in others]
    meant = np.array([intent for _, intent in others], dtype=object)
    return _judged(model, said, meant, encoder.encode(said), np.ones(len(said), dtype=bool))


def _rows(right: Any, new: Any, before: Any, table: Any, weights: Any, bias: float) -> Any:
    after = 1 / (1 + np.exp(-(table @ weights + bias)))
    held = np.zeros(len(right), dtype=bool) if new is None else new
    return [
        [bool(r), bool(h), round(float(b), 4), round(float(a), 4)]
        for r, h, b, a in zip(right, held, before, after, strict=True)
    ]


if __name__ == "__main__":
    json.dump(fit(json.load(sys.stdin)), sys.stdout)
