"""What the core and the recognition process say to each other.

The recognition process listens on a Unix socket and greets each connection with Ready. The core
then tells it the Vocabulary of the town once; without one, nothing but French is known.
"""

from __future__ import annotations

from typing import TypeAlias

from asr.vocabulary import OPEN, Vocabulary
from common.wire import Message


class Ready(Message, frozen=True):
    """The model is loaded and warm."""

    model: str


class Recognise(Message, frozen=True):
    """Recognise one utterance. The queue is served by ``waiting_since``, oldest first."""

    id: int
    call: str
    pcm: bytes
    waiting_since: float
    expects: str = OPEN
    """The kind of answer that is expected, see :mod:`asr.vocabulary`."""


class Cancel(Message, frozen=True):
    """The caller went on speaking: forget this request, or end it early if it has begun."""

    id: int


class Transcript(Message, frozen=True):
    """The result. An empty ``text`` means that no speech was understood; ``reason`` says why."""

    id: int
    text: str
    confidence: float
    """0 to 1; 0 when the text is empty."""
    avg_logprob: float
    no_speech_prob: float
    duration_s: float
    queued_s: float
    compute_s: float
    second_pass: bool
    reason: str = ""
    """'', 'silence', 'loop', 'invention', 'cancelled' or 'error'."""
    repaired: bool = False
    """A near miss was put right."""
    language: str = ""
    """ISO 639-1 code, where the caller's language was asked for and is sure."""


Request: TypeAlias = Vocabulary | Recognise | Cancel
Reply: TypeAlias = Ready | Transcript
