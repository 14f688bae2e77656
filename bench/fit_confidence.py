"""Fit the confidence of ``asr/confidence.py``: python -m bench.fit_confidence RESULTS.json ...

``python -m bench.fit_confidence MANIFEST.jsonl --heard FILE`` only straightens the present one:
with what ``callbot eval --transcriptions FILE`` kept of one half of the set, checked on the other.

Without ``--heard``, reads what ``bench.asr --save`` kept. The target is "at most one word in five
wrong"; the logistic function is fitted by Newton's method with a little ridge, checked by 10-fold
cross-validation, and printed as the constants to write into ``asr/confidence.py``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from asr.confidence import WHISPER_BASE, Evidence, features_of
from asr.vocabulary import FIRST
from bench.asr import Outcome
from callbot.evaluation import calibration, manifest, runner, wordcount
from callbot.evaluation.scoring import FINE_WER
from callbot.evaluation.transcripts import KeptTranscripts

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


def straighten(said: Array, targets: Array) -> tuple[float, float]:
    """Return shift and stretch of the logarithm of the odds that make confidences come true."""
    shift, stretch = fit(_odds(said), targets)
    return float(shift), float(stretch)


def straightened(said: Array, shift: float, stretch: float) -> Array:
    """Return the confidences after :func:`straighten`."""
    return probabilities(_odds(said), np.array([shift, stretch]))


def _odds(said: Array) -> Array:
    bounded = np.clip(said, 1e-6, 1 - 1e-6)
    return np.stack([np.ones_like(bounded), np.log(bounded / (1 - bounded))], axis=1)


def recalibrate(file: Path, heard: Path) -> None:
    """Fit on every other sentence, check on the rest and print the constants that follow."""
    kept = KeptTranscripts(heard)
    said, fine = [], []
    for item in manifest.read(file):
        if not item.audio:
            continue
        found = kept.heard(runner.sound(item, file.parent), FIRST)
        if found.text:
            errors = wordcount.compare(item.text, found.text)
            said.append(found.confidence)
            fine.append(float(errors.edits <= FINE_WER * errors.said))
    chosen, checked = (np.array(said)[half::2] for half in (0, 1))
    right, truth = (np.array(fine)[half::2] for half in (0, 1))
    shift, stretch = straighten(chosen, right)
    for name, values in (("now", checked), ("straightened", straightened(checked, shift, stretch))):
        points = [(float(value), bool(was)) for value, was in zip(values, truth, strict=True)]
        print(f"{name:<13} not looked at, {len(points)} sentences: "
              f"error {calibration.expected_error(points):.3f}, "
              f"Brier {calibration.brier(points):.3f}")  # fmt: skip
    for field in fields(WHISPER_BASE):
        weight = getattr(WHISPER_BASE, field.name) * stretch
        print(f"    {field.name}={weight + (shift if field.name == 'bias' else 0.0):.2f},")


def refit(paths: Sequence[Path]) -> None:
    """Fit from the beginning, cross-validate and print."""
    decoder = msgspec.json.Decoder(list[Outcome])
    outcomes = [o for path in paths for o in decoder.decode(path.read_bytes()) if o.heard]
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


def main() -> int:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--heard", type=Path)
    args = parser.parse_args()
    if args.heard is not None:
        recalibrate(args.files[0], args.heard)
    else:
        refit(args.files)
    return 0


if __name__ == "__main__":
    sys.exit(main())
