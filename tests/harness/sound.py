"""Telephone recordings made for a test."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import soxr

from common.audio import SAMPLE_RATE

TELEPHONE_RATE = 8000


def silence(seconds: float) -> bytes:
    """Return silent PCM."""
    return bytes(int(seconds * SAMPLE_RATE) * 2)


def write_telephone_wav(path: Path, pcm: bytes) -> Path:
    """Write PCM of the box as an 8 kHz WAV file."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32)
    narrow = soxr.resample(samples, SAMPLE_RATE, TELEPHONE_RATE)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, TELEPHONE_RATE, 0, "NONE", ""))
        file.writeframes(np.clip(narrow, -32768, 32767).astype("<i2").tobytes())
    return path


def write_silence(path: Path, seconds: float) -> Path:
    """Write silence as an 8 kHz WAV file."""
    return write_telephone_wav(path, silence(seconds))
