"""What a simulated line does to a voice."""

from __future__ import annotations

import audioop
from dataclasses import replace

import numpy as np
import pytest

from callbot.noisyexamples.line import LINES, RATE, Line, carried, through_alaw
from common.audio import SAMPLE_RATE, duration_s

PLAIN = Line("essai")


def tone(hertz: float, seconds: float = 1.0) -> bytes:
    at = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return bytes((np.sin(2 * np.pi * hertz * at) * 8000).astype("<i2").tobytes())


def heard(pcm: bytes, line: Line, pitch: float = 1.0, seed: int = 1) -> bytes:
    return carried(pcm, pitch, line, np.random.default_rng(seed))


def samples(pcm: bytes) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.frombuffer(pcm, dtype="<i2").astype(np.float64) / 32768


def level(pcm: bytes) -> float:
    """dBFS of the middle, where the voice is."""
    middle = samples(pcm)[SAMPLE_RATE // 2 : -SAMPLE_RATE // 2]
    return float(20 * np.log10(np.sqrt(np.mean(middle**2))))


def test_alaw_is_that_of_the_telephone() -> None:
    values = np.arange(0, 32768, 3, dtype="<i2")
    expected = audioop.alaw2lin(audioop.lin2alaw(values.tobytes(), 2), 2)
    coded = through_alaw((values / 32768).astype(np.float32))
    assert np.abs(coded - samples(expected)).max() <= 1 / 4096


def test_the_line_carries_only_the_telephones_band() -> None:
    assert level(heard(tone(1000), PLAIN)) == pytest.approx(PLAIN.level, abs=0.7)
    both = samples(tone(1000)) + samples(tone(5500))
    mixed = bytes((both * 16000).astype("<i2").tobytes())
    spectrum = np.abs(np.fft.rfft(samples(heard(mixed, PLAIN))))
    hertz = np.fft.rfftfreq(len(heard(mixed, PLAIN)) // 2, 1 / SAMPLE_RATE)
    assert spectrum[hertz > RATE / 2].max() < spectrum.max() / 100


def test_noise_lies_as_far_below_the_voice_as_the_line_says() -> None:
    noisy = heard(bytes(SAMPLE_RATE * 4) + tone(1000, 2.0), Line("bruit", noise_below=12.0))
    voice, before = samples(noisy)[-SAMPLE_RATE:], samples(noisy)[SAMPLE_RATE : SAMPLE_RATE * 2]
    apart = 20 * np.log10(np.sqrt(np.mean(voice**2)) / np.sqrt(np.mean(before**2)))
    assert 8.0 < apart < 18.0


def test_a_deep_voice_takes_longer() -> None:
    plain, deep = (duration_s(heard(tone(300), PLAIN, pitch)) for pitch in (1.0, 0.8))
    assert deep - plain == pytest.approx(0.25, abs=0.02)


def test_lost_packets_change_what_is_heard_and_nothing_else_does() -> None:
    whole, same = heard(tone(300), PLAIN), heard(tone(300), PLAIN)
    assert whole == same
    assert heard(tone(300), replace(PLAIN, lost=0.3)) != whole
    assert len(heard(tone(300), replace(PLAIN, lost=0.3))) == len(whole)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_every_line_carries_a_voice_without_clipping(line: Line) -> None:
    result = samples(heard(tone(440), line))
    assert 0.001 < np.abs(result).max() < 0.99
