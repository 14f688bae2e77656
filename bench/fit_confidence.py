"""Fit the confidence of ``asr/confidence.py``: python -m bench.fit_confidence RESULTS.json ...

Reads what ``bench.asr --save`` kept. The target is "at most one word in five wrong"; the logistic
function is fitted by Newton's method with a little ridge, checked by 10-fold cross-validation, and
printed as the constants to write into ``asr/confidence.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from asr.confidence import Evidence, features_of
from bench.asr import Outcome

Array = NDArray[np.float64]

_RIDGE = 1.0
_FOLDS = 10


def fit(inputs: Array, targets: Array) -> Array:
    """Return the weights that maximise the penalised likelihood (the bias is not penalised)."""
    weights = np.zeros(inputs.shape[1])
    penalty = np.full(inputs.shape[1], _RIDGE)
    penalty[0] = 1e-6
    for _ in range(100):
        chance = probabilities(inputs, weights)
        gradient = inputs.T @ (targets - chance) - penalty * weights
        curvature = (inputs * (chance * (1 - chance))[:, None]).T @ inputs + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        weights = weights + step
        if np.max(np.abs(step)) < 1e-9:
            break
    return weights


def probabilities(inputs: Array, weights: Array) -> Array:
    """Return the logistic function of the weighted inputs."""
    return np.asarray(1.0 / (1.0 + np.exp(-inputs @ weights)))


def area_under_curve(chance: Array, targets: Array) -> float:
    """Return the share of (fine, not fine) pairs that are ranked rightly."""
    fine, poor = chance[targets == 1], chance[targets == 0]
    wins = (fine[:, None] > poor[None, :]).mean() + 0.5 * (fine[:, None] == poor[None, :]).mean()
    return float(wins)


def main(paths: list[str]) -> None:
    """Fit, cross-validate and print."""
    decoder = msgspec.json.Decoder(list[Outcome])
    outcomes = [o for path in paths for o in decoder.decode(Path(path).read_bytes()) if o.heard]
    inputs = np.array(
        [
            features_of(Evidence(o.avg_logprob, o.no_speech_prob, o.speech_s, o.second_pass))
            for o in outcomes
        ]
    )
    targets = np.array([float(o.wer <= 0.2) for o in outcomes])
    order = np.random.default_rng(0).permutation(len(targets))
    held_out = np.zeros(len(targets))
    for fold in range(_FOLDS):
        test = order[fold::_FOLDS]
        train = np.setdiff1d(order, test)
        held_out[test] = probabilities(inputs[test], fit(inputs[train], targets[train]))
    print(f"{len(targets)} sentences, {targets.mean():.3f} of them fine")
    base = float(np.mean((targets.mean() - targets) ** 2))
    brier = float(np.mean((held_out - targets) ** 2))
    print(f"held out: Brier {brier:.3f} (constant {base:.3f}), "
          f"area under curve {area_under_curve(held_out, targets):.3f}")  # fmt: skip
    for low in np.arange(0.0, 1.0, 0.2):
        part = (held_out >= low) & (held_out < low + 0.2 + 1e-9)
        if part.any():
            print(f"  said {low:.1f}-{low + 0.2:.1f}: {part.sum():>4} sentences, "
                  f"{targets[part].mean():.2f} fine")  # fmt: skip
    names = ("bias", "sharpness", "no_speech_prob", "log_speech_s", "second_pass")
    for name, weight in zip(names, fit(inputs, targets), strict=True):
        print(f"    {name}={weight:.2f},")


if __name__ == "__main__":
    main(sys.argv[1:])
