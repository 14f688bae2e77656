"""What a program and its test phone say to each other.

The phone is a process of its own (``python -m telephony.phone``), so that its SIP stack never
shares a process with the program that drives it. Instants (``at``) are ``time.monotonic()``
seconds; PCM is mono 16-bit at ``common.audio.SAMPLE_RATE``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from common.wire import Message

ReferPolicy = Literal["follow", "refuse"]
Codec = Literal["PCMA", "PCMU", "G722"]


class Dial(Message, frozen=True):
    """Place a call to a ``sip:`` URI."""

    uri: str


class PlayPcm(Message, frozen=True):
    """Append audio to what the phone says; silence is sent when nothing is queued."""

    play: int
    pcm: bytes


class SendDigits(Message, frozen=True):
    """Press keys, by RFC 4733 events or by SIP INFO."""

    digits: str
    method: Literal["rfc4733", "info"] = "rfc4733"


class Hold(Message, frozen=True):
    """Put the other side on hold, or take the call back."""

    on: bool


class HangUp(Message, frozen=True):
    """End the call, whatever its state."""


class Quit(Message, frozen=True):
    """End all calls and the process."""


class Ready(Message, frozen=True):
    """The phone can dial and be called at ``sip:phone@host:port``."""

    port: int


class Ringing(Message, frozen=True):
    """The other side rings (180 or 183)."""

    at: float


class Connected(Message, frozen=True):
    """The call is answered and audio flows. Comes again for the new leg after a transfer."""

    sip_call_id: str
    codec: str
    at: float


class Heard(Message, frozen=True):
    """One frame (20 ms) of received audio; ``at`` is the instant it left the jitter buffer."""

    pcm: bytes
    at: float


class PlayedOut(Message, frozen=True):
    """All of a PlayPcm has left.

    ``at`` is the instant after its last sample, ``speech_at`` the instant after its last sample
    that is louder than a hundredth of its peak: latency is counted from there.
    """

    play: int
    at: float
    speech_at: float


class KeyHeard(Message, frozen=True):
    """The other side pressed a key."""

    digit: str
    at: float


class OnHold(Message, frozen=True):
    """The other side put this phone on hold, or took the call back."""

    held: bool
    at: float


class Transferred(Message, frozen=True):
    """The other side sent REFER; ``followed`` tells whether this phone accepted it."""

    target: str
    followed: bool
    at: float


class TransferLeg(Message, frozen=True):
    """The call to the transfer target got a SIP answer: provisional or final."""

    code: int
    reason: str
    at: float


class Ended(Message, frozen=True):
    """The call is over. ``code`` is 200 for an ordinary end, else the SIP refusal."""

    code: int
    reason: str
    by_us: bool
    rtp_received: int
    rtp_lost: int
    rtp_late: int
    jitter_ms: float
    at: float


Command: TypeAlias = Dial | PlayPcm | SendDigits | Hold | HangUp | Quit
PhoneEvent: TypeAlias = (
    Ready
    | Ringing
    | Connected
    | Heard
    | PlayedOut
    | KeyHeard
    | OnHold
    | Transferred
    | TransferLeg
    | Ended
)
