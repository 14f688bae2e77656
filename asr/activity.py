"""Voice activity on one call: when the caller starts, pauses, goes on.

Frames are judged by :mod:`asr.loudness`; this module counts them. A pause is 120 ms without voice,
or 300 ms in which nothing was as loud as the caller (half a second after speaking over us):
neither noise nor a television can hold a turn open for ever.

What starts an utterance must not be an echo of what the box says meanwhile (:mod:`asr.echo`), and
must be speech to a model that is asked only then (:mod:`asr.silero`).

Blips: a sound voiced for less than ``start_voiced_s`` is dropped without any event. A longer one
that is still too short to be a word starts an utterance and ends in a :class:`Paused` whose
``voiced_s`` tells how little there was; each :class:`Started` is thus followed by a Paused within
``max_speech_s``, whatever the line carries.

Pure: instants are passed in (seconds of one monotonic clock, taken at the end of each frame).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol, TypeAlias

from asr.echo import Played
from asr.loudness import FRAME_S, FrameJudge, LoudnessSettings, Voice
from common.audio import FRAME_BYTES


@dataclass(frozen=True)
class ActivitySettings:
    """All durations in seconds."""

    loudness: LoudnessSettings = field(default_factory=LoudnessSettings)
    start_voiced_s: float = 0.1
    start_window_s: float = 0.14
    resume_voiced_s: float = 0.08
    resume_window_s: float = 0.12
    strong_s: float = 0.04
    """How much of what starts or resumes an utterance must be as loud as the caller."""
    confirm_voiced_s: float = 0.3
    pause_s: float = 0.12
    """Recognition begins then: how long the caller is waited for is decided later."""
    weak_pause_s: float = 0.3
    """Voice that has not been as loud as the caller for this long is somebody else's."""
    weak_pause_over_us_s: float = 0.5
    """The same of what began while we spoke: nobody waits for us then, and no word may be lost."""
    pre_roll_s: float = 0.26
    max_speech_s: float = 25.0
    """Speech that never pauses is cut off here by a Paused."""
    max_utterance_s: float = 29.0
    """Longest audio kept, silence included."""
    compared_s: float = 0.16
    """How much is compared with what was played, to tell an echo."""
    echo_s: float = 0.1
    """What was found to be an echo is not looked at again for so long."""
    echo_again_s: float = 0.6
    """For so long after that, less likeness is enough."""
    noise_s: float = 0.06
    """What was found to be no speech is not looked at again for so long."""
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


class Judge(Protocol):
    """Says what each frame holds."""

    def judge(self, frame: bytes, *, over_us: bool = False) -> Voice: ...


class Check(Protocol):
    """A second opinion on what begins to sound like voice."""

    def is_speech(self, pcm: bytes) -> bool: ...


class _State(Enum):
    IDLE = auto()
    SPEAKING = auto()
    PAUSED = auto()
    FULL = auto()
    """Cut off by length: waits for close() or abandonment, never resumes."""


class VoiceActivity:
    """The voice activity of one call leg. Feed it every 20 ms frame, in order."""

    def __init__(
        self,
        settings: ActivitySettings | None = None,
        judge: Judge | None = None,
        check: Check | None = None,
    ) -> None:
        """``judge`` stands in for the usual :class:`~asr.loudness.FrameJudge`; without ``check``
        whatever sounds like voice is."""
        self._settings = settings or ActivitySettings()
        s = self._settings
        self._judge = judge or FrameJudge(s.loudness)
        self._start = (_frames(s.start_voiced_s), _frames(s.start_window_s))
        self._resume = (_frames(s.resume_voiced_s), _frames(s.resume_window_s))
        self._voices: deque[Voice] = deque(maxlen=max(self._start[1], self._resume[1]))
        self._recent: deque[bytes] = deque(maxlen=_frames(s.pre_roll_s) + self._start[1])
        self._played = Played(s.compared_s)
        self._check = check
        self._over_us = False
        """Whether the utterance began while we spoke: it is judged so to its end."""
        self._deaf_until = 0.0
        self._echo_until = 0.0
        self._state = _State.IDLE
        self._utterance = 0
        self._pcm = bytearray()
        self._voiced = 0
        self._silence = 0
        self._since_strong = 0
        self._speech_end = 0.0
        self._strong_end = 0.0
        self._confirmed = False

    @property
    def speaking(self) -> bool:
        """Whether the caller is speaking now, pauses excluded."""
        return self._state is _State.SPEAKING

    def feed(self, frame: bytes, at: float, played: bytes = b"") -> list[Activity]:
        """Take one frame that ended at ``at`` and return what it changed.

        ``played`` is the frame that was played meanwhile, empty when none was.

        Raises:
            ValueError: the frame is not 20 ms of 16 kHz 16-bit mono.
        """
        over_us = self._over_us or not self._played.silent
        voice = self._judge.judge(frame, over_us=over_us)
        self._voices.append(voice)
        self._recent.append(frame)
        self._played.add(played)
        if self._state is _State.IDLE:
            return self._idle(at)
        if len(self._pcm) < _frames(self._settings.max_utterance_s) * FRAME_BYTES:
            self._pcm += frame
        if self._state is _State.SPEAKING:
            return self._speaking(voice, at)
        return self._paused(at)

    def close(self, utterance: int) -> None:
        """End ``utterance``: what is said after its last word belongs to the next one.

        Closing an utterance that is already over does nothing.
        """
        if self._state is not _State.IDLE and utterance == self._utterance:
            self._end()

    def _idle(self, at: float) -> list[Activity]:
        latest = list(self._voices)[-self._start[1] :]
        voiced = self._voiced_in(latest, self._start[0])
        if not voiced or self._is_nothing(at):
            return []
        first = next(index for index, voice in enumerate(latest) if voice)
        kept = len(latest) - first + _frames(self._settings.pre_roll_s)
        self._pcm = bytearray(b"".join(list(self._recent)[-kept:]))
        self._utterance += 1
        self._voiced, self._confirmed = 0, False
        self._over_us = not self._played.silent
        self._go_on(voiced, at)
        return [Started(self._utterance, at)]

    def _go_on(self, voiced: int, at: float) -> None:
        self._state = _State.SPEAKING
        self._voiced += voiced
        self._silence = self._since_strong = 0
        self._speech_end = self._strong_end = at

    def _speaking(self, voice: Voice, at: float) -> list[Activity]:
        events: list[Activity] = []
        self._silence += 1
        self._since_strong += 1
        # A lone voiced frame inside silence is a click: it must not prolong the speech.
        if voice and sum(map(bool, list(self._voices)[-3:])) >= 2:
            self._silence = 0
            self._speech_end = at
            if voice is Voice.STRONG:
                self._since_strong = 0
                self._strong_end = at
        self._voiced += bool(voice)
        voiced_s = self._voiced * FRAME_S
        if not self._confirmed and self._voiced >= _frames(self._settings.confirm_voiced_s):
            self._confirmed = True
            events.append(Confirmed(self._utterance, voiced_s, at))
        if self._pauses():
            events.append(Paused(self._utterance, bytes(self._pcm), voiced_s, self._speech_end, at))
        return events

    def _pauses(self) -> bool:
        """Leave the speaking state when the caller is silent, or has spoken for too long."""
        s = self._settings
        if len(self._pcm) >= _frames(s.max_speech_s) * FRAME_BYTES:
            self._state = _State.FULL
            return True
        if self._silence >= _frames(s.pause_s):
            self._state = _State.PAUSED
            return True
        weak_s = s.weak_pause_over_us_s if self._over_us else s.weak_pause_s
        if self._since_strong >= _frames(weak_s):
            self._state = _State.PAUSED
            self._silence, self._speech_end = self._since_strong, self._strong_end
            return True
        return False

    def _paused(self, at: float) -> list[Activity]:
        self._silence += 1
        needed, window = self._resume
        # The frames of a weak pause were judged already: only what came after it can resume.
        fresh = min(window, self._silence)
        voiced = self._voiced_in(list(self._voices)[-fresh:], needed)
        if self._state is _State.PAUSED and voiced and not self._is_nothing(at):
            self._go_on(voiced, at)
            return [Resumed(self._utterance, at)]
        if at - self._speech_end >= self._settings.abandon_s:
            self._end()
        return []

    def _is_nothing(self, at: float) -> bool:
        """Tell whether what sounds like voice is our own, or none."""
        if at < self._deaf_until:
            return True
        s = self._settings
        recent = list(self._recent)
        latest = b"".join(recent[-_frames(s.compared_s) :])
        if self._played.echoes_in(latest, again=at < self._echo_until):
            self._deaf_until = at + s.echo_s
            self._echo_until = at + s.echo_s + s.echo_again_s
            return True
        if self._check is None or self._check.is_speech(b"".join(recent)):
            return False
        self._deaf_until = at + s.noise_s
        return True

    def _voiced_in(self, voices: list[Voice], needed: int) -> int:
        """Return how many frames are voiced if they make the caller's speech, else 0."""
        voiced = sum(map(bool, voices))
        strong = voices.count(Voice.STRONG)
        return voiced if voiced >= needed and strong >= _frames(self._settings.strong_s) else 0

    def _end(self) -> None:
        """Keep only the frames after the last word, for the next utterance."""
        for history in (self._recent, self._voices):
            for _ in range(max(0, len(history) - self._silence)):
                history.popleft()
        self._pcm = bytearray()
        self._over_us = False
        self._state = _State.IDLE


def _frames(seconds: float) -> int:
    return round(seconds / FRAME_S)
