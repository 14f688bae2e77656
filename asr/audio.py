"""PCM to what Whisper and Silero take: float samples at a steady level."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from common.audio import SAMPLE_RATE

Samples = NDArray[np.float32]

_FRAME = SAMPLE_RATE // 50
_TARGET_RMS = 10 ** (-20 / 20)
_HIGHEST_PEAK = 0.97
_LARGEST_GAIN = 10 ** (40 / 20)


def samples_of(pcm: bytes, longest_s: float) -> Samples:
    """Return PCM as samples in -1..1; a trailing half sample and all after ``longest_s`` go."""
    size = min(len(pcm) // 2, int(longest_s * SAMPLE_RATE))
    samples: Samples = np.frombuffer(pcm, dtype="<i2", count=size).astype(np.float32)
    samples /= 32768
    return samples


def levelled(samples: Samples) -> Samples:
    """Return the samples without offset and with the loud frames at -20 dB, never clipped.

    The reference is the 95th percentile of the 20 ms levels, which a click does not move.
    """
    if samples.size < _FRAME:
        return samples
    centred: Samples = samples - np.float32(samples.mean(dtype=np.float64))
    frames = centred[: centred.size // _FRAME * _FRAME].reshape(-1, _FRAME)
    loud = float(np.percentile(np.sqrt(np.mean(frames**2, axis=1)), 95))
    peak = float(np.max(np.abs(centred)))
    if loud <= 0.0 or peak <= 0.0:
        return centred
    gain = min(_TARGET_RMS / loud, _HIGHEST_PEAK / peak, _LARGEST_GAIN)
    return np.asarray(centred * np.float32(gain), dtype=np.float32)
