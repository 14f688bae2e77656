"""What a line worker needs from voice activity detection, whoever provides it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from telephony.protocol import SpeechConfirmed, SpeechPaused, SpeechResumed, SpeechStarted

SpeechEvent: TypeAlias = SpeechStarted | SpeechConfirmed | SpeechPaused | SpeechResumed


class Listener(Protocol):
    """Hears one call, frame by frame, in the worker's own loop."""

    def feed(self, frame: bytes, at: float, played: bytes) -> Sequence[SpeechEvent]:
        """Take one 20 ms frame received at ``at``; return what it made known.

        ``played`` is the frame sent meanwhile, empty when it was silence.
        """
        ...

    def close(self, utterance: int) -> None:
        """The turn of ``utterance`` is taken: what follows is another utterance."""
        ...


ListenerFactory: TypeAlias = Callable[[str], Listener]
"""Makes the listener of the call whose identifier is given."""
