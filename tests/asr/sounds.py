"""Sounds for the tests: recorded sentences and synthetic noise, as PCM of the box."""

from __future__ import annotations

import wave

import numpy as np
import soxr
from numpy.typing import NDArray

from common.audio import SAMPLE_RATE
from tests.paths import PROJECT

SPEECH = PROJECT / "tests" / "fixtures" / "speech"

Samples = NDArray[np.float64]


def recorded(name: str, gain_db: float = 0.0) -> Samples:
    """Return a recording of the fixtures at 16 kHz."""
    with wave.open(str(SPEECH / f"{name}.wav")) as file:
        rate = file.getframerate()
        raw = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    resampled = np.asarray(soxr.resample(raw.astype(np.float64) / 32768, rate, SAMPLE_RATE))
    return np.asarray(resampled * 10 ** (gain_db / 20))


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * SAMPLE_RATE))


def noise(seconds: float, level_db: float, seed: int = 1) -> Samples:
    """Return noise with the spectrum of traffic (mostly low) at an RMS level."""
    size = int(seconds * SAMPLE_RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=size))
    spectrum /= np.maximum(1.0, np.fft.rfftfreq(size, 1 / SAMPLE_RATE) / 200.0)
    shaped = np.fft.irfft(spectrum, size)
    return np.asarray(shaped / np.sqrt(np.mean(shaped**2)) * 10 ** (level_db / 20))


def tone(seconds: float, hertz: float, level_db: float = -20.0) -> Samples:
    instants = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.asarray(np.sin(2 * np.pi * hertz * instants) * np.sqrt(2) * 10 ** (level_db / 20))


def tune(seconds: float, level_db: float = -22.0) -> Samples:
    """Return hold music: a chord that changes twice a second, each note with harmonics."""
    chords = ((262, 330, 392), (294, 349, 440), (330, 392, 494), (262, 349, 440))
    parts = []
    for index in range(int(seconds * 2)):
        chord = sum(
            tone(0.5, hertz * harmonic, level_db - 9 - 4 * harmonic)
            for hertz in chords[index % len(chords)]
            for harmonic in (1, 2, 3)
        )
        parts.append(chord * np.exp(-np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE * 3))
    return np.concatenate(parts)


def pcm(*parts: Samples) -> bytes:
    samples = np.clip(np.concatenate(parts), -1.0, 1.0) * 32767
    return bytes(samples.astype("<i2").tobytes())


def mixed(speech: Samples, background: Samples) -> Samples:
    """Return the background with the speech in it from its first sample."""
    total = background.copy()
    total[: speech.size] += speech
    return total
