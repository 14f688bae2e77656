"""Is this frame voice, and can it be the caller's?

webrtcvad (a spectral model) and an energy gate above an adaptive noise floor must agree. The floor
is the minimum of the short-term power over the last seconds, so whatever lasts without a dip (line
hum, traffic, a tone) becomes floor and no longer counts. Voice is then *strong* when it is about as
loud as the caller has been: a television or people in the background stay *weak*.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import webrtcvad
from numpy.typing import NDArray

from common.audio import FRAME_BYTES, FRAME_MS, SAMPLE_RATE

FRAME_S = FRAME_MS / 1000
_RISE = FRAME_S / 0.12
_FALL = FRAME_S / 12.0


class Voice(IntEnum):
    """What one frame holds."""

    NONE = 0
    WEAK = 1
    STRONG = 2


@dataclass(frozen=True)
class LoudnessSettings:
    """Durations in seconds, levels in dB (full scale is 0 dB)."""

    aggressiveness: int = 2
    """webrtcvad mode, 0 (takes most for speech) to 3."""
    gate_db: float = 6.0
    """Voice is at least this much above the noise floor."""
    lowest_gate_db: float = -60.0
    """Nothing below this level is voice, however quiet the line."""
    floor_window_s: float = 2.4
    settle_s: float = 0.3
    """At the start of a call the line is only listened to, to learn its noise."""
    speaker_range_db: float = 8.0
    """Strong voice is at most this much below the caller's loudness."""
    over_us_range_db: float = 6.0
    """The same while we speak: who interrupts us does not murmur."""
    learnt_s: float = 1.0
    """One who has not been heard yet cannot speak over us before: who else is on the line is learnt
    by then."""
    first_over_us_db: float = -37.0
    """Nor can one who is softer than this."""
    above_others_db: float = 8.0
    """Nor one who is not so much louder than the voices that were there before."""


class NoiseFloor:
    """Minimum of the 100 ms power over a sliding window of some seconds."""

    _SMOOTH = 5
    _BLOCK = 10

    def __init__(self, window_s: float) -> None:
        blocks = max(2, round(window_s / (self._BLOCK * FRAME_S)))
        self._powers: deque[float] = deque(maxlen=self._SMOOTH)
        self._minima: deque[float] = deque(maxlen=blocks)
        self._current = math.inf
        self._count = 0
        self._lowest = math.inf

    def update(self, power: float) -> float:
        """Take the power of one frame (full scale 1) and return the floor as a power."""
        self._powers.append(power)
        smoothed = math.fsum(self._powers) / len(self._powers)
        self._current = min(self._current, smoothed)
        self._count += 1
        if self._count == self._BLOCK:
            self._minima.append(self._current)
            self._lowest = min(self._minima)
            self._current, self._count = math.inf, 0
        return min(self._current, self._lowest)


class Others:
    """Voices that were on the line before the caller said anything: a television, a waiting room.

    Their level rises fast and falls slowly. It is looked at as of half a second ago, and nothing is
    learnt for a second after what may be the caller's: nobody is compared with their own voice.
    """

    _DELAY_S = 0.5
    _CALLER_S = 1.0

    def __init__(self, settings: LoudnessSettings) -> None:
        self._settings = settings
        self._level_db = -math.inf
        self._levels: deque[float] = deque(maxlen=round(self._DELAY_S / FRAME_S))
        self._unlearnt = round(settings.learnt_s / FRAME_S)
        self._caller = 0

    def hear(self, power: float, *, voiced: bool) -> None:
        """Take the power of every frame; ``voiced``: it may hold a voice."""
        self._unlearnt -= 1
        self._caller -= 1
        if self._caller > 0:
            return
        if voiced:
            self._level_db = _followed(self._level_db, _db(power))
        self._levels.append(self._level_db)

    def outspoken_by(self, power: float) -> bool:
        """Take the power of a voiced frame; return whether it can be the caller's."""
        s = self._settings
        least_db = max(s.first_over_us_db, self._levels[0] + s.above_others_db)
        outspoken = self._unlearnt <= 0 and _db(power) >= least_db
        if outspoken:
            self._caller = round(self._CALLER_S / FRAME_S)
        return outspoken


class Speaker:
    """Level of the caller's louder syllables: rises fast, falls slowly.

    It falls while somebody softer speaks, so that another person who takes the phone is heard
    after some seconds, and a bystander is not before. While we speak it does not fall: the caller
    listens, and a television that goes on meanwhile is none the more the caller.
    """

    def __init__(self, settings: LoudnessSettings) -> None:
        self._level_db = -math.inf
        self._settings = settings

    @property
    def known(self) -> bool:
        """Whether the caller has been heard."""
        return math.isfinite(self._level_db)

    def is_strong(self, power: float, *, over_us: bool = False) -> bool:
        """Take the power of a voiced frame; return whether it can be the caller's.

        ``over_us``: we are speaking.
        """
        frame_db = _db(power)
        if frame_db > self._level_db or not over_us:
            self._level_db = _followed(self._level_db, frame_db)
        s = self._settings
        return frame_db >= self._level_db - (s.over_us_range_db if over_us else s.speaker_range_db)


class Levelled:
    """Gain that brings a quiet caller up to where webrtcvad was trained; never turns down."""

    _TARGET = 10 ** (-20 / 10)
    _LOWEST = 10 ** (-44 / 10)
    _DECAY = 10 ** (-FRAME_S / 10)
    """1 dB a second: a pause between two turns changes little."""

    def __init__(self) -> None:
        self._level = self._LOWEST

    def apply(self, samples: NDArray[np.float32], power: float) -> bytes:
        """Return the frame as PCM, amplified by what the loudest recent frame leaves room for."""
        self._level = max(power, self._level * self._DECAY, self._LOWEST)
        gain = max(1.0, math.sqrt(self._TARGET / self._level))
        amplified = np.clip(samples * gain, -32768, 32767).astype("<i2")
        return bytes(amplified.tobytes())


class FrameJudge:
    """Judges the frames of one call leg, in order."""

    def __init__(self, settings: LoudnessSettings) -> None:
        self._vad = webrtcvad.Vad(settings.aggressiveness)
        self._floor = NoiseFloor(settings.floor_window_s)
        self._levelled = Levelled()
        self._speaker = Speaker(settings)
        self._others = Others(settings)
        self._gate = power_of(settings.gate_db)
        self._lowest_gate = power_of(settings.lowest_gate_db)
        self._settling = round(settings.settle_s / FRAME_S)

    def judge(self, frame: bytes, *, over_us: bool = False) -> Voice:
        """Return what one frame holds; ``over_us``: we are speaking.

        Raises:
            ValueError: the frame is not 20 ms of 16 kHz 16-bit mono.
        """
        if len(frame) != FRAME_BYTES:
            raise ValueError(f"frame of {len(frame)} bytes instead of {FRAME_BYTES}")
        samples = np.frombuffer(frame, dtype="<i2").astype(np.float32)
        power = float(np.dot(samples, samples)) / (samples.size * 32768.0**2)
        # webrtcvad adapts to what it hears: it must see every frame, gated or not.
        levelled = self._levelled.apply(samples, power)
        speech = bool(self._vad.is_speech(levelled, SAMPLE_RATE))
        floor = self._floor.update(power)
        settling = self._settling > 0
        gate = self._lowest_gate if settling else max(floor * self._gate, self._lowest_gate)
        voiced = speech and power >= gate
        if not self._speaker.known:
            self._others.hear(power, voiced=voiced)
        if settling:
            self._settling -= 1
        if settling or not voiced:
            return Voice.NONE
        if over_us and not self._speaker.known:
            return Voice.STRONG if self._others.outspoken_by(power) else Voice.WEAK
        strong = self._speaker.is_strong(power, over_us=over_us)
        return Voice.STRONG if strong else Voice.WEAK


def _followed(level_db: float, frame_db: float) -> float:
    """Return the level of louder syllables after one more frame: up at once, down slowly."""
    if not math.isfinite(level_db):
        return frame_db
    return level_db + (frame_db - level_db) * (_RISE if frame_db > level_db else _FALL)


def _db(power: float) -> float:
    return 10.0 * math.log10(max(power, 1e-10))


def power_of(level_db: float) -> float:
    """Return a level as a power, full scale 1."""
    return float(10 ** (level_db / 10))
