"""What the core and the speech process say to each other.

The speech process listens on a Unix socket and greets each connection with Ready. It keeps the
prompt store; texts are written French and become speech text inside the process.
"""

from __future__ import annotations

from typing import TypeAlias

from common.wire import Message


class Ready(Message, frozen=True):
    """The voice is loaded."""

    voice: str


class Synthesise(Message, frozen=True):
    """Speak one sentence now. ``keep`` adds it to the prompt store."""

    id: int
    text: str
    keep: bool = True
    pace: float = 1.0
    """1.0 is the voice's own pace, 0.8 is slower."""
    stream: bool = False
    """Answer with several Speech, the first as soon as a clause is ready."""


class Prepare(Message, frozen=True):
    """Render these sentences ahead if the store lacks them, in this order.

    ``urgent`` ones are rendered at once (start-up waits for them), the others only while no
    Synthesise has come for some seconds, be it for a stored sentence.
    """

    texts: tuple[str, ...]
    urgent: bool
    pace: float = 1.0
    spoken: bool = False
    """True for texts that are speech text already, such as the pieces of numbers."""


class Speech(Message, frozen=True):
    """Audio for one Synthesise: mono 16-bit PCM at ``common.audio.SAMPLE_RATE``."""

    id: int
    pcm: bytes
    stored: bool
    """True when it came from the prompt store."""
    compute_s: float
    last: bool = True
    """False while more audio of a streamed Synthesise follows."""


class Failed(Message, frozen=True):
    """The sentence could not be spoken."""

    id: int
    error: str


class Progress(Message, frozen=True):
    """State of the rendering ahead, sent at once after a Prepare and after each sentence of it."""

    urgent_left: int
    idle_left: int
    stored: int
    prepares: int = 0
    """How many Prepare messages of this connection are counted in."""


Request: TypeAlias = Synthesise | Prepare
Reply: TypeAlias = Ready | Speech | Failed | Progress
