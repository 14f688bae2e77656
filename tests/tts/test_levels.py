"""Sound for the telephone: level, silences, no clipping."""

from __future__ import annotations

import numpy as np
import pytest

from common.audio import SAMPLE_RATE
from tts import levels


def tone(seconds: float, amplitude: float) -> levels.Samples:
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (amplitude * np.sin(2 * np.pi * 440 * times)).astype(np.float32)


def silence(seconds: float) -> levels.Samples:
    return np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32)


@pytest.mark.parametrize("amplitude", [0.01, 0.1, 0.9])
def test_any_input_comes_out_at_the_speech_level(amplitude: float) -> None:
    sound = np.concatenate([silence(0.5), tone(1, amplitude), silence(0.5)])
    assert levels.speech_level(levels.levelled(sound)) == pytest.approx(levels.SPEECH_DBFS, abs=0.3)


def test_peaks_stay_under_the_ceiling_without_hard_clipping() -> None:
    sound = tone(1, 0.05)
    sound[8000:8010] = 0.9
    result = levels.levelled(sound)
    ceiling = 10 ** (levels.PEAK_DBFS / 20)
    assert np.abs(result).max() <= ceiling * 1.001
    assert np.count_nonzero(np.abs(result) > ceiling * 0.999) < 40


def test_silence_stays_silence() -> None:
    assert not levels.levelled(silence(0.2)).any()
    assert len(levels.trim(silence(1.0))) == 0


@pytest.mark.parametrize("around", [0.0, 0.03, 1.0])
def test_silences_around_get_fixed_lengths(around: float) -> None:
    result = levels.trim(np.concatenate([silence(around), tone(0.5, 0.3), silence(around)]))
    expected = 0.5 + levels.HEAD_S + levels.TAIL_S
    assert len(result) / SAMPLE_RATE == pytest.approx(expected, abs=0.011)
    assert abs(result[0]) < 0.01
    assert abs(result[-1]) < 0.01


def test_pieces_are_joined_with_pauses() -> None:
    joined = levels.joined([tone(0.1, 0.3), tone(0.1, 0.3)], 0.2)
    assert len(joined) / SAMPLE_RATE == pytest.approx(0.4)
    assert len(levels.joined([], 0.2)) == 0


def test_resampling_keeps_the_duration_and_the_tone() -> None:
    times = np.arange(24_000) / 24_000
    result = levels.to_box_rate(np.sin(2 * np.pi * 440 * times).astype(np.float32), 24_000)
    assert len(result) == pytest.approx(SAMPLE_RATE, abs=2)
    spectrum = np.abs(np.fft.rfft(result))
    assert np.argmax(spectrum) * SAMPLE_RATE / len(result) == pytest.approx(440, abs=2)
