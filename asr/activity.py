"""Voice activity on one call: when the caller starts, pauses, goes on.

Two opinions make a frame voiced: webrtcvad (a spectral model) and an energy gate above an adaptive
noise floor. The floor is the minimum of the short-term power over the last seconds, so whatever
lasts without a dip (line hum, traffic, a tone, distant babble) becomes floor within
``floor_window_s`` and no longer counts as speech: noise cannot hold a turn open for ever.

Blips: a sound voiced for less than ``start_voiced_s`` is dropped without any event. A longer one
that is still too short to be a word starts an utterance and ends in a :class:`Paused` whose
``voiced_s`` tells how little there was; each :class:`Started` is thus followed by a Paused within
``max_utterance_s``, whatever the line carries.

Pure: instants are passed in (seconds of one monotonic clock, taken at the end of each frame).
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TypeAlias

import numpy as np
import webrtcvad
from numpy.typing import NDArray

from common.audio import FRAME_BYTES, FRAME_MS, SAMPLE_RATE

FRAME_S = FRAME_MS / 1000


@dataclass(frozen=True)
class ActivitySettings:
    """All durations in seconds, levels in dB (full scale is 0 dB)."""

    aggressiveness: int = 2
    """webrtcvad mode, 0 (takes most for speech) to 3."""
    gate_db: float = 6.0
    """A voiced frame is at least this much above the noise floor."""
    lowest_gate_db: float = -60.0
    """Nothing below this level is speech, however quiet the line."""
    floor_window_s: float = 2.4
    settle_s: float = 0.3
    """At the start of a call the line is only listened to, to learn its noise."""
    speaker_range_db: float = 22.0
    """A voiced frame is at most this much below the caller's own recent loudness: people talking
    in the background are not the caller."""
    start_voiced_s: float = 0.1
    start_window_s: float = 0.14
    resume_voiced_s: float = 0.08
    resume_window_s: float = 0.12
    confirm_voiced_s: float = 0.3
    pause_s: float = 0.2
    pre_roll_s: float = 0.26
    max_speech_s: float = 25.0
    """Speech that never pauses is cut off here by a Paused."""
    max_utterance_s: float = 29.0
    """Longest audio kept, silence included."""
    abandon_s: float = 5.0
    """A paused utterance that nobody closes ends by itself after this."""


@dataclass(frozen=True)
class Started:
    """The caller began to speak. Utterances count from 1."""

    utterance: int
    at: float


@dataclass(frozen=True)
class Confirmed:
    """``voiced_s`` is now enough to be a barge-in rather than a cough."""

    utterance: int
    voiced_s: float
    at: float


@dataclass(frozen=True)
class Paused:
    """Silence follows the speech, or the speech is too long to go on.

    ``pcm`` runs from the pre-roll to now; ``speech_end`` is the end of the last voiced frame.
    """

    utterance: int
    pcm: bytes = field(repr=False)
    voiced_s: float
    speech_end: float
    at: float


@dataclass(frozen=True)
class Resumed:
    """The caller goes on after a Paused of the same utterance."""

    utterance: int
    at: float


Activity: TypeAlias = Started | Confirmed | Paused | Resumed


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


class Levelled:
    """Gain that brings a quiet caller up to where webrtcvad was trained; never turns down."""

    _TARGET = 10 ** (-20 / 10)
    _LOWEST = 10 ** (-44 / 10)
    _DECAY = 10 ** (-FRAME_S / 10)
    """1 dB a second: a pause between two turns changes little."""

    def __init__(self) -> None:
        self._level = self._LOWEST

    @property
    def power(self) -> float:
        """The caller's recent loudness, as a power."""
        return self._level

    def apply(self, samples: NDArray[np.float32], power: float) -> bytes:
        """Return the frame as PCM, amplified by what the loudest recent frame leaves room for."""
        self._level = max(power, self._level * self._DECAY, self._LOWEST)
        gain = max(1.0, math.sqrt(self._TARGET / self._level))
        amplified = np.clip(samples * gain, -32768, 32767).astype("<i2")
        return bytes(amplified.tobytes())


class _State(Enum):
    IDLE = auto()
    SPEAKING = auto()
    PAUSED = auto()
    FULL = auto()
    """Cut off by length: waits for close() or abandonment, never resumes."""


class VoiceActivity:
    """The voice activity of one call leg. Feed it every 20 ms frame, in order."""

    def __init__(self, settings: ActivitySettings | None = None) -> None:
        self._settings = settings or ActivitySettings()
        s = self._settings
        self._vad = webrtcvad.Vad(s.aggressiveness)
        self._floor = NoiseFloor(s.floor_window_s)
        self._levelled = Levelled()
        self._gate = _power(s.gate_db)
        self._range = _power(-s.speaker_range_db)
        self._settling = _frames(s.settle_s)
        self._lowest_gate = _power(s.lowest_gate_db)
        self._start = (_frames(s.start_voiced_s), _frames(s.start_window_s))
        self._resume = (_frames(s.resume_voiced_s), _frames(s.resume_window_s))
        self._recent_voiced: deque[bool] = deque(maxlen=max(self._start[1], self._resume[1]))
        self._recent: deque[bytes] = deque(maxlen=_frames(s.pre_roll_s) + self._start[1])
        self._state = _State.IDLE
        self._utterance = 0
        self._pcm = bytearray()
        self._voiced = 0
        self._silence = 0
        self._speech_end = 0.0
        self._confirmed = False

    @property
    def speaking(self) -> bool:
        """Whether the caller is speaking now, pauses excluded."""
        return self._state is _State.SPEAKING

    def feed(self, frame: bytes, at: float) -> list[Activity]:
        """Take one frame that ended at ``at`` and return what it changed.

        Raises:
            ValueError: the frame is not 20 ms of 16 kHz 16-bit mono.
        """
        if len(frame) != FRAME_BYTES:
            raise ValueError(f"frame of {len(frame)} bytes instead of {FRAME_BYTES}")
        voiced = self._is_voiced(frame)
        self._recent_voiced.append(voiced)
        self._recent.append(frame)
        if self._state is _State.IDLE:
            return self._idle(at)
        if len(self._pcm) < _frames(self._settings.max_utterance_s) * FRAME_BYTES:
            self._pcm += frame
        if self._state is _State.SPEAKING:
            return self._speaking(voiced, at)
        return self._paused(at)

    def close(self, utterance: int) -> None:
        """End ``utterance``: what is said after its last word belongs to the next one.

        Closing an utterance that is already over does nothing.
        """
        if self._state is not _State.IDLE and utterance == self._utterance:
            self._end()

    def _is_voiced(self, frame: bytes) -> bool:
        samples = np.frombuffer(frame, dtype="<i2").astype(np.float32)
        power = float(np.dot(samples, samples)) / (samples.size * 32768.0**2)
        levelled = self._levelled.apply(samples, power)
        # webrtcvad adapts to what it hears: it must see every frame, gated or not.
        speech = bool(self._vad.is_speech(levelled, SAMPLE_RATE))
        floor = self._floor.update(power)
        if self._settling > 0:
            self._settling -= 1
            return False
        gate = max(floor * self._gate, self._levelled.power * self._range, self._lowest_gate)
        return speech and power > gate

    def _idle(self, at: float) -> list[Activity]:
        needed, window = self._start
        latest = list(self._recent_voiced)[-window:]
        voiced = sum(latest)
        if voiced < needed:
            return []
        first = len(latest) - latest.index(True) + _frames(self._settings.pre_roll_s)
        self._pcm = bytearray(b"".join(list(self._recent)[-first:]))
        self._utterance += 1
        self._state = _State.SPEAKING
        self._voiced, self._silence, self._confirmed = voiced, 0, False
        self._speech_end = at
        return [Started(self._utterance, at)]

    def _speaking(self, voiced: bool, at: float) -> list[Activity]:
        events: list[Activity] = []
        # A lone voiced frame inside silence is a click: it must not prolong the speech.
        if voiced and sum(list(self._recent_voiced)[-3:]) >= 2:
            self._silence = 0
            self._speech_end = at
        else:
            self._silence += 1
        self._voiced += voiced
        voiced_s = self._voiced * FRAME_S
        if not self._confirmed and self._voiced >= _frames(self._settings.confirm_voiced_s):
            self._confirmed = True
            events.append(Confirmed(self._utterance, voiced_s, at))
        full = len(self._pcm) >= _frames(self._settings.max_speech_s) * FRAME_BYTES
        if full or self._silence >= _frames(self._settings.pause_s):
            self._state = _State.FULL if full else _State.PAUSED
            events.append(Paused(self._utterance, bytes(self._pcm), voiced_s, self._speech_end, at))
        return events

    def _paused(self, at: float) -> list[Activity]:
        self._silence += 1
        needed, window = self._resume
        latest = list(self._recent_voiced)[-min(window, self._silence) :]
        if self._state is _State.PAUSED and sum(latest) >= needed:
            self._state = _State.SPEAKING
            self._voiced += sum(latest)
            self._silence = 0
            self._speech_end = at
            return [Resumed(self._utterance, at)]
        if at - self._speech_end >= self._settings.abandon_s:
            self._end()
        return []

    def _end(self) -> None:
        kept = min(self._silence, len(self._recent))
        self._recent = deque(list(self._recent)[len(self._recent) - kept :], self._recent.maxlen)
        voiced = list(self._recent_voiced)
        kept = min(self._silence, len(voiced))
        self._recent_voiced = deque(voiced[len(voiced) - kept :], self._recent_voiced.maxlen)
        self._pcm = bytearray()
        self._state = _State.IDLE


def _frames(seconds: float) -> int:
    return round(seconds / FRAME_S)


def _power(level_db: float) -> float:
    return float(10 ** (level_db / 10))
