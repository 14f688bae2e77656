"""Raw voice output made ready for the telephone: rate, silences, level, fades.

Samples are float32 in -1..1. Levels are dBFS: decibels under the RMS (or peak) of a full-scale
square wave.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import soxr

from common.audio import SAMPLE_RATE

Samples = npt.NDArray[np.float32]

SPEECH_DBFS: Final = -20.0
PEAK_DBFS: Final = -3.5
HEAD_S: Final = 0.06
TAIL_S: Final = 0.12
FADE_S: Final = 0.005

_FRAME = SAMPLE_RATE // 100
_SILENCE_BELOW_LOUDEST_DB = 38.0
_SILENCE_DBFS = -58.0
_ACTIVE_BELOW_LOUDEST_DB = 25.0
_LIMITER_HALF_WINDOW = SAMPLE_RATE // 250
_TINY = 1e-9


def to_box_rate(samples: npt.NDArray[Any], rate: int) -> Samples:
    """Return ``samples`` (at ``rate`` Hz) at the box's sample rate."""
    flat = np.ascontiguousarray(np.asarray(samples, dtype=np.float32).reshape(-1))
    if rate == SAMPLE_RATE or not len(flat):
        return flat
    resampled: Samples = soxr.resample(flat, rate, SAMPLE_RATE, quality="HQ")
    return resampled.astype(np.float32, copy=False)


def trim(samples: Samples, head_s: float = HEAD_S, tail_s: float = TAIL_S) -> Samples:
    """Cut (or pad) the silence before the first and after the last sound to fixed lengths.

    Returns an empty array when there is no sound at all.
    """
    levels = _frame_levels(samples)
    if not len(levels):
        return samples[:0]
    floor = max(_SILENCE_DBFS, float(levels.max()) - _SILENCE_BELOW_LOUDEST_DB)
    sounding = np.flatnonzero(levels > floor)
    if not len(sounding):
        return samples[:0]
    first = int(sounding[0]) * _FRAME
    last = min((int(sounding[-1]) + 1) * _FRAME, len(samples))
    head, tail = round(head_s * SAMPLE_RATE), round(tail_s * SAMPLE_RATE)
    start, end = max(0, first - head), min(len(samples), last + tail)
    body = faded(samples[start:end])
    before = np.zeros(head - (first - start), dtype=np.float32)
    after = np.zeros(tail - (end - last), dtype=np.float32)
    return np.concatenate([before, body, after])


def faded(samples: Samples, fade_s: float = FADE_S) -> Samples:
    """Return a copy whose first and last milliseconds rise from and fall to zero."""
    result = samples.astype(np.float32, copy=True)
    length = min(round(fade_s * SAMPLE_RATE), len(result) // 2)
    if length:
        ramp = (0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, length))).astype(np.float32)
        result[:length] *= ramp
        result[-length:] *= ramp[::-1]
    return result


def speech_level(samples: Samples) -> float:
    """Return the RMS of the frames that carry speech, in dBFS; -inf when there are none."""
    levels = _frame_levels(samples)
    if not len(levels) or levels.max() <= _SILENCE_DBFS:
        return float("-inf")
    active = levels[levels > levels.max() - _ACTIVE_BELOW_LOUDEST_DB]
    return float(10.0 * np.log10(np.mean(10.0 ** (active / 10.0))))


def levelled(samples: Samples) -> Samples:
    """Bring speech to :data:`SPEECH_DBFS`, its peaks softly under :data:`PEAK_DBFS`."""
    level = speech_level(samples)
    if level == float("-inf"):
        return samples
    gained = (samples * 10.0 ** ((SPEECH_DBFS - level) / 20.0)).astype(np.float32)
    return _limited(gained, 10.0 ** (PEAK_DBFS / 20.0))


def joined(pieces: Sequence[Samples], pause_s: float) -> Samples:
    """Concatenate ``pieces`` with ``pause_s`` of silence between them."""
    silence = np.zeros(round(pause_s * SAMPLE_RATE), dtype=np.float32)
    parts = [part for piece in pieces for part in (silence, piece)][1:]
    return np.concatenate(parts) if parts else silence[:0]


def to_pcm(samples: Samples) -> bytes:
    """Return signed 16-bit little-endian PCM."""
    return np.clip(np.round(samples * 32767.0), -32768, 32767).astype("<i2").tobytes()


def _frame_levels(samples: Samples) -> npt.NDArray[np.float64]:
    """Level of each 10 ms, in dBFS; a last partial frame counts as a whole one."""
    if not len(samples):
        return np.zeros(0)
    padded = np.pad(samples.astype(np.float64), (0, -len(samples) % _FRAME))
    power = np.mean(padded.reshape(-1, _FRAME) ** 2, axis=1)
    levels: npt.NDArray[np.float64] = 10.0 * np.log10(power + _TINY)
    return levels


def _limited(samples: Samples, ceiling: float) -> Samples:
    """Lower the gain smoothly around peaks over ``ceiling``."""
    magnitude = np.abs(samples)
    if not len(samples) or magnitude.max() <= ceiling:
        return samples
    wanted = np.minimum(1.0, ceiling / np.maximum(magnitude, _TINY))
    half = _LIMITER_HALF_WINDOW
    padded = np.pad(wanted, 2 * half, constant_values=1.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)
    lowest = windows.min(axis=1)
    kernel = np.hanning(2 * half + 3)[1:-1]
    gain = np.convolve(lowest, kernel / kernel.sum(), mode="valid")
    result: Samples = (samples * gain).astype(np.float32)
    return result
