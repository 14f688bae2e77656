"""How much to believe a transcript.

The confidence is the probability that at most one word in five is wrong (WER ≤ 0.2), a logistic
function of what the decoder says of itself. ``bench/fit_confidence.py`` fits the constants.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Evidence:
    """What is known of a decoding without knowing what was said."""

    avg_logprob: float
    """Mean log-probability of the tokens, natural logarithm, 0 at best."""
    no_speech_prob: float
    speech_s: float
    """Seconds of speech that Silero heard."""
    second_pass: bool


@dataclass(frozen=True)
class Logistic:
    """Weights on what :func:`features_of` returns."""

    bias: float
    sharpness: float
    """Weight of -log(-avg_logprob): the difference between -0.1 and -0.2 says as much as the one
    between -0.5 and -1."""
    no_speech_prob: float
    log_speech_s: float
    second_pass: float

    def confidence(self, evidence: Evidence) -> float:
        """Return a probability between 0 and 1."""
        constant, *features = features_of(evidence)
        weights = (self.sharpness, self.no_speech_prob, self.log_speech_s, self.second_pass)
        exponent = self.bias * constant
        exponent += math.fsum(w * f for w, f in zip(weights, features, strict=True))
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, exponent))))


def features_of(evidence: Evidence) -> tuple[float, float, float, float, float]:
    """Return the inputs of the logistic function, bounded so that no outlier rules alone."""
    return (
        1.0,
        -math.log(max(0.03, min(2.0, -evidence.avg_logprob))),
        max(0.0, min(1.0, evidence.no_speech_prob)),
        math.log(max(0.2, min(10.0, evidence.speech_s))),
        1.0 if evidence.second_pass else 0.0,
    )


WHISPER_BASE = Logistic(
    bias=-3.10, sharpness=3.47, no_speech_prob=1.31, log_speech_s=-0.61, second_pass=-0.64
)
"""Fitted on 340 sentences at 8 kHz: synthetic callers in noise, a human voice; then straightened on
half of a set of 180 that was recognised as in a call. The weight of ``second_pass`` is set by hand:
too few sentences need one."""
