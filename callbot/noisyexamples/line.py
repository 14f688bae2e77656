"""A simulated telephone line: what a caller says, as the town hall's end gets it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray

from common.audio import FRAME_MS, SAMPLE_RATE

Samples = NDArray[np.float32]
"""Between -1 and 1."""

RATE = 8000
"""Hz, of G.711."""

_FRAME = RATE * FRAME_MS // 1000
_EDGE_S = 0.3
"""Silence before and after the words, as the end-of-turn detector leaves it."""


@dataclass(frozen=True)
class Line:
    """What a call does to a voice. Levels in dBFS (root mean square), ratios in dB."""

    name: str
    level: float = -24.0
    noise_below: float | None = None
    """How far the noise lies below the voice; None: only the line's own hiss."""
    babble: bool = False
    """The noise comes and goes like voices; else it is steady and low, like a street."""
    echo_s: float = 0.0
    """How long the room takes to fall by 60 dB; 0: close to the microphone."""
    lost: float = 0.0
    """Share of the packets that never arrive."""


LINES = (
    Line("nette"),
    Line("faible", level=-38.0),
    Line("rue", noise_below=12.0),
    Line("voix", noise_below=15.0, babble=True),
    Line("salle", level=-28.0, echo_s=0.45),
    Line("pertes", lost=0.04),
)


def carried(pcm: bytes, pitch: float, line: Line, random: np.random.Generator) -> bytes:
    """Return PCM of the box as it comes out of ``line``.

    ``pitch`` below 1 makes the voice deeper and slower, as a tape that runs slowly does.
    """
    voice = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768
    slowed: Samples = soxr.resample(voice, SAMPLE_RATE * pitch, RATE)
    at_line = _at_level(_narrow(_in_room(slowed, line.echo_s, random)), line.level)
    edge = np.zeros(int(_EDGE_S * RATE), dtype=np.float32)
    heard = np.concatenate([edge, at_line, edge])
    heard = heard + _at_level(random.normal(size=heard.size), -66.0)
    if line.noise_below is not None:
        heard = heard + _at_level(
            _noise(heard.size, line.babble, random), line.level - line.noise_below
        )
    heard = _with_losses(through_alaw(heard), line.lost, random)
    wide = soxr.resample(heard, RATE, SAMPLE_RATE)
    return bytes((np.clip(wide, -1.0, 1.0) * 32767).astype("<i2").tobytes())


def through_alaw(samples: Samples) -> Samples:
    """Code to A-law (G.711) and back: 13 bits, of which 4 are kept beside sign and size."""
    size = np.clip(np.abs(samples) * 4096, 0, 4095)
    step = np.exp2(np.maximum(1.0, np.floor(np.log2(np.maximum(size, 1.0))) - 4.0))
    kept = (np.floor(size / step) + 0.5) * step / 4096
    return np.asarray(np.sign(samples) * kept, dtype=np.float32)


def _narrow(samples: Samples) -> Samples:
    """Keep 300 to 3400 Hz."""
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(samples.size, 1 / RATE)
    kept = np.clip((hertz - 200) / 100, 0, 1) * np.clip((3600 - hertz) / 200, 0, 1)
    return np.asarray(np.fft.irfft(spectrum * kept, samples.size), dtype=np.float32)


def _at_level(samples: NDArray[np.floating], level: float) -> Samples:
    power = float(np.sqrt(np.mean(np.square(samples)))) if samples.size else 0.0
    gain = 10 ** (level / 20) / power if power > 0 else 0.0
    return np.asarray(samples * gain, dtype=np.float32)


def _in_room(samples: Samples, echo_s: float, random: np.random.Generator) -> Samples:
    if echo_s <= 0:
        return samples
    taps = int(echo_s * RATE)
    tail = random.normal(size=taps) * 10 ** (-3 * np.arange(taps) / taps)
    tail /= np.sqrt(np.sum(tail**2))
    tail[0] = 1.5
    size = samples.size + taps
    product = np.fft.rfft(samples, size) * np.fft.rfft(tail, size)
    return np.asarray(np.fft.irfft(product, size), dtype=np.float32)


def _noise(size: int, babble: bool, random: np.random.Generator) -> Samples:
    """Return noise whose power falls with the frequency; babble also swells and sinks."""
    spectrum = np.fft.rfft(random.normal(size=size))
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    coloured = _narrow(np.fft.irfft(spectrum / np.maximum(hertz, 100.0), size).astype(np.float32))
    if not babble:
        return coloured
    seconds = np.arange(size) / RATE
    rates, phases = random.uniform(2.5, 5.0, 4), random.uniform(0, 2 * np.pi, 4)
    swell = sum(np.sin(2 * np.pi * r * seconds + p) for r, p in zip(rates, phases, strict=True))
    return np.asarray(coloured * np.maximum(0.1, 1.0 + 0.5 * swell), dtype=np.float32)


def _with_losses(samples: Samples, lost: float, random: np.random.Generator) -> Samples:
    """Put the packet before in the place of one that is lost, at half its loudness."""
    if lost <= 0:
        return samples
    heard = samples.copy()
    for start in range(_FRAME, heard.size - _FRAME + 1, _FRAME):
        if random.random() < lost:
            heard[start : start + _FRAME] = heard[start - _FRAME : start] / 2
    return heard
