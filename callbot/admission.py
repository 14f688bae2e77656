"""How new calls are treated when the box is short of breath. Pure; instants are passed in.

Two things tell that it is: callers wait for recognition, and the sound of the lines is told late.
Each is judged by the measurements of the last seconds. The level rises at once and falls one step
at a time, after a quiet while, so that it does not flutter around a threshold. Calls in progress
are never touched.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum


class Level(IntEnum):
    """What the next call gets."""

    USUAL = 0
    """The whole dialogue."""
    SHORT = 1
    """The shorter dialogue: no offers, and a person at the first misunderstanding."""
    FULL = 2
    """No dialogue: elsewhere, or a spoken apology."""


@dataclass(frozen=True)
class Limits:
    """Thresholds, all in seconds."""

    recognition_s: tuple[float, float] = (0.8, 2.5)
    """Waits for recognition from which calls are SHORT, then FULL."""
    audio_s: tuple[float, float] = (0.15, 0.5)
    """Lateness of the lines' events, likewise."""
    recovered: float = 0.5
    """A level is left below this share of its thresholds…"""
    quiet_s: float = 15.0
    """… and after so long below them."""
    window_s: float = 20.0
    fewest: int = 4
    """With fewer measurements in the window nothing is judged: one slow one is an accident."""


@dataclass
class _Gauge:
    """The third quartile of what was measured in the last seconds."""

    window_s: float
    fewest: int
    taken: deque[tuple[float, float]] = field(default_factory=deque)

    def add(self, value: float, at: float) -> None:
        self.taken.append((at, value))
        self._forget(at)

    def value(self, now: float) -> float:
        self._forget(now)
        if len(self.taken) < self.fewest:
            return 0.0
        values = sorted(value for _, value in self.taken)
        return values[(len(values) * 3 - 1) // 4]

    def _forget(self, now: float) -> None:
        while self.taken and self.taken[0][0] < now - self.window_s:
            self.taken.popleft()


class Admission:
    """The admission of one box."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._recognition = _Gauge(self._limits.window_s, self._limits.fewest)
        self._audio = _Gauge(self._limits.window_s, self._limits.fewest)
        self._level = Level.USUAL
        self._quiet_since: float | None = None

    def recognition_waited(self, seconds: float, at: float) -> None:
        """A caller's words waited so long until their recognition began."""
        self._recognition.add(seconds, at)

    def audio_late(self, seconds: float, at: float) -> None:
        """What happened on a line was known so long afterwards."""
        self._audio.add(seconds, at)

    def level(self, now: float) -> Level:
        """Return how a call that comes now is treated."""
        wanted = self._judged(now, 1.0)
        if wanted > self._level:
            self._level, self._quiet_since = wanted, None
        elif self._judged(now, self._limits.recovered) < self._level:
            self._fall(now)
        else:
            self._quiet_since = None
        return self._level

    def _fall(self, now: float) -> None:
        if self._quiet_since is None:
            self._quiet_since = now
        elif now - self._quiet_since >= self._limits.quiet_s:
            self._level, self._quiet_since = Level(self._level - 1), now

    def _judged(self, now: float, share: float) -> Level:
        """Return the level that the measurements ask for, with thresholds scaled by ``share``."""
        pairs = (
            (self._recognition.value(now), self._limits.recognition_s),
            (self._audio.value(now), self._limits.audio_s),
        )
        for level in (Level.FULL, Level.SHORT):
            if any(value >= limits[level - 1] * share for value, limits in pairs):
                return level
        return Level.USUAL
