"""Confidence moves the right way and stays a probability."""

from __future__ import annotations

from dataclasses import replace

import pytest

from asr.confidence import WHISPER_BASE, Evidence

USUAL = Evidence(avg_logprob=-0.25, no_speech_prob=0.1, speech_s=2.5, second_pass=False)


def test_a_usual_sentence_is_rather_believed_and_a_poor_one_is_not() -> None:
    assert WHISPER_BASE.confidence(USUAL) > 0.6
    assert WHISPER_BASE.confidence(replace(USUAL, avg_logprob=-0.08)) > 0.9
    assert WHISPER_BASE.confidence(replace(USUAL, avg_logprob=-0.9)) < 0.2


def test_a_second_pass_lowers_it() -> None:
    assert WHISPER_BASE.confidence(replace(USUAL, second_pass=True)) < WHISPER_BASE.confidence(
        USUAL
    )


@pytest.mark.parametrize("avg_logprob", [0.0, -1e-9, -50.0])
@pytest.mark.parametrize("speech_s", [0.0, 0.1, 500.0])
def test_extremes_stay_between_0_and_1(avg_logprob: float, speech_s: float) -> None:
    evidence = Evidence(avg_logprob, 1.0, speech_s, True)
    assert 0.0 <= WHISPER_BASE.confidence(evidence) <= 1.0
