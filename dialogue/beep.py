"""The tone after which a message is recorded."""

from __future__ import annotations

from typing import Final

import numpy as np

from common.audio import SAMPLE_RATE

GAP_S: Final = 0.2
"""Between the last word and the tone."""
TONE_S: Final = 0.3
TONE_HZ: Final = 1000.0
FADE_S: Final = 0.015
_PEAK: Final = 6500


def beep() -> bytes:
    """Return the tone as PCM at the box's rate, a short silence before it."""
    count = round(TONE_S * SAMPLE_RATE)
    fade = round(FADE_S * SAMPLE_RATE)
    wave = _PEAK * np.sin(2 * np.pi * TONE_HZ / SAMPLE_RATE * np.arange(count))
    ramp = np.sin(np.linspace(0.0, np.pi / 2, fade)) ** 2
    wave[:fade] *= ramp
    wave[-fade:] *= ramp[::-1]
    gap = np.zeros(round(GAP_S * SAMPLE_RATE))
    return np.concatenate([gap, wave]).round().astype("<i2").tobytes()


BEEP: Final = beep()
