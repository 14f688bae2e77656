"""What happens to a conversation, as the dialogue sees it.

Instants are seconds of the event loop's clock (``time.monotonic()``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True)
class Answered:
    """Media flows."""

    at: float


@dataclass(frozen=True)
class SpeechStarted:
    """The caller may be speaking."""

    utterance: int
    at: float


@dataclass(frozen=True)
class SpeechConfirmed:
    """It is real speech, not a cough."""

    utterance: int
    at: float


@dataclass(frozen=True)
class SpeechPaused:
    """A short silence after speech; ``pcm`` is the whole utterance so far."""

    utterance: int
    pcm: bytes
    voiced_s: float
    speech_end: float
    at: float


@dataclass(frozen=True)
class SpeechResumed:
    """The caller goes on."""

    utterance: int
    at: float


@dataclass(frozen=True)
class Digit:
    """A telephone key."""

    digit: str
    at: float


@dataclass(frozen=True)
class PlaybackStarted:
    """The first sample of one piece left."""

    playback: str
    at: float


@dataclass(frozen=True)
class PlaybackFinished:
    """One piece was heard to its end, or flushed."""

    playback: str
    played_s: float
    complete: bool
    at: float


@dataclass(frozen=True)
class Held:
    """The caller put us on hold or came back."""

    held: bool
    at: float


@dataclass(frozen=True)
class Queued:
    """The caller waits for a person: where they stand, to be told now."""

    position: int
    """From 1."""
    minutes: int | None
    """Estimated wait, None when it is not known."""
    more: bool
    """The wait is more than ``minutes``."""
    at: float


@dataclass(frozen=True)
class Referred:
    """The waiting caller is being sent to a telephone, which cannot be taken back."""

    at: float


@dataclass(frozen=True)
class HandOver:
    """Staff send this call to a service."""

    service: str
    at: float


@dataclass(frozen=True)
class BackInQueue:
    """The person who took the call is gone, the caller is not: first in line again."""

    lost: bool
    """Their telephone vanished; else they hung up at once."""
    at: float


@dataclass(frozen=True)
class TalkOver:
    """The person who took the call has hung up after a talk."""

    at: float


@dataclass(frozen=True)
class TransferFinished:
    """The transfer reached a human, or failed; a failure may also come after a talk cut short."""

    ok: bool
    code: int
    at: float


@dataclass(frozen=True)
class Ended:
    """The call is over."""

    by: Literal["caller", "us", "error", "timeout"]
    at: float


Event: TypeAlias = (
    Answered
    | SpeechStarted
    | SpeechConfirmed
    | SpeechPaused
    | SpeechResumed
    | Digit
    | PlaybackStarted
    | PlaybackFinished
    | Held
    | Queued
    | Referred
    | HandOver
    | BackInQueue
    | TalkOver
    | TransferFinished
    | Ended
)
