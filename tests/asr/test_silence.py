"""Whether there is speech at all: Silero, as the engine asks it."""

from __future__ import annotations

import numpy as np
import pytest

from asr.audio import levelled, samples_of
from asr.engine import EngineSettings
from asr.silence import SpeechDetector
from callbot.noisyexamples.line import LINES, Line, carried
from tests.asr.sounds import Samples, noise, pcm, recorded, silence, tone, tune

SETTINGS = EngineSettings()


@pytest.fixture(scope="module")
def detector() -> SpeechDetector:
    return SpeechDetector()


def speech_s(detector: SpeechDetector, sound: bytes) -> float:
    samples = levelled(samples_of(sound, SETTINGS.longest_s))
    return detector.speech_s(samples, SETTINGS.speech_threshold)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_one_soft_word_is_speech_over_any_line(detector: SpeechDetector, line: Line) -> None:
    for seed in range(3):
        word = carried(pcm(recorded("auth-thankyou")), 1.0, line, np.random.default_rng(seed))
        assert speech_s(detector, word) >= 2 * SETTINGS.least_speech_s


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_most_of_a_sentence_is_speech_over_any_line(detector: SpeechDetector, line: Line) -> None:
    sentence = pcm(recorded("conf-invalid"))
    clear = speech_s(detector, sentence)
    carried_over = carried(sentence, 1.0, line, np.random.default_rng(0))
    assert speech_s(detector, carried_over) >= 0.8 * clear > 2.0


@pytest.mark.parametrize(
    "sound",
    [silence(3.0), noise(4.0, -30.0), noise(4.0, -45.0, 7), tone(4.0, 440.0), tune(4.0)],
    ids=["silence", "traffic", "faint traffic", "tone", "music"],
)
def test_noise_tones_and_music_are_none(detector: SpeechDetector, sound: Samples) -> None:
    assert speech_s(detector, pcm(sound)) < SETTINGS.least_speech_s
