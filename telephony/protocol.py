"""What line workers and the core say to each other.

A worker connects to the core's Unix socket and sends :class:`Hello`. From then on it reports
events and obeys commands. Instants (``at``) are seconds of ``time.monotonic()``, which all
processes of one machine share. Audio is mono 16-bit PCM at ``common.audio.SAMPLE_RATE``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from common.wire import Message


class Hello(Message, frozen=True):
    """First message of a worker.

    ``lines`` callers are let in at once; ``slots`` calls fit altogether, second legs included.
    """

    worker: int
    pid: int
    lines: int
    slots: int = 4


class CallStarted(Message, frozen=True):
    """An INVITE arrived and was answered 180; the core must Answer or Reject it."""

    call: str
    sip_call_id: str
    caller: str
    """User part of the caller's URI, a telephone number behind most trunks; may be empty."""
    called: str
    at: float


class CallAnswered(Message, frozen=True):
    """Media flows in both directions."""

    call: str
    codec: str
    at: float


class SpeechStarted(Message, frozen=True):
    """The caller began to speak. ``utterance`` counts from 1 within the call."""

    call: str
    utterance: int
    at: float


class SpeechConfirmed(Message, frozen=True):
    """The voiced part has lasted long enough to be a barge-in, not a cough."""

    call: str
    utterance: int
    voiced_s: float
    at: float


class SpeechPaused(Message, frozen=True):
    """A short silence (about 200 ms) follows the speech: recognition may start on ``pcm``.

    ``pcm`` runs from a little before the first word to now; ``speech_end`` is the instant of
    the last voiced frame. A later SpeechResumed of the same utterance makes it obsolete.
    """

    call: str
    utterance: int
    pcm: bytes
    voiced_s: float
    speech_end: float
    at: float


class SpeechResumed(Message, frozen=True):
    """The caller goes on after a SpeechPaused."""

    call: str
    utterance: int
    at: float


class Digit(Message, frozen=True):
    """A DTMF key: 0-9, *, #, A-D."""

    call: str
    digit: str
    at: float


class PlaybackStarted(Message, frozen=True):
    """The first sample of a Play left for the caller."""

    call: str
    playback: str
    at: float


class PlaybackFinished(Message, frozen=True):
    """All of a Play was heard, or it was flushed after ``played_s`` seconds."""

    call: str
    playback: str
    played_s: float
    complete: bool
    at: float


class Held(Message, frozen=True):
    """The caller put us on hold (re-INVITE) or took the call back."""

    call: str
    held: bool
    at: float


class TransferProgress(Message, frozen=True):
    """A provisional answer from the transfer target: 100, 180, 183."""

    call: str
    code: int
    at: float


class TransferFinished(Message, frozen=True):
    """The transfer succeeded (the leg to us then ends) or failed with a SIP code.

    408 stands for our own time-out, 501 for a peer that refuses REFER.
    """

    call: str
    ok: bool
    code: int
    reason: str
    at: float


class CallEnded(Message, frozen=True):
    """The dialog is over; no event of this call follows."""

    call: str
    by: Literal["caller", "us", "error", "timeout"]
    code: int
    reason: str
    duration_s: float
    rtp_received: int
    rtp_lost: int
    jitter_ms: float
    at: float


class LegProgress(Message, frozen=True):
    """A provisional answer to a Dial: 180, 181, 182, 183. Its early media goes to nobody."""

    leg: str
    code: int
    at: float


class LegAnswered(Message, frozen=True):
    """The called party took the call; it hears and is heard by us alone until a Connect."""

    leg: str
    codec: str
    at: float


class LegEnded(Message, frozen=True):
    """The second leg is over, or never came about; no event of it follows.

    ``code`` of an unanswered leg: the final SIP code (486 busy, 603 refused, 302 not followed,
    480, 404, …), 408 our ring time-out, 487 given up by us or because the caller left, 482 a
    target that is this box itself, 400 an impossible target, header or caller, 481 a ``call``
    that is no more, 503 no free slot in this worker, or draining. ``code`` of an answered leg:
    200, 481 when the peer vanished (no RTP), 408 when it lasted too long.
    """

    leg: str
    answered: bool
    code: int
    reason: str
    at: float


class Connected(Message, frozen=True):
    """Caller and leg talk to each other, and it is settled how.

    ``bridge``: through this worker; both legs stay and are watched. ``replaces``: by themselves;
    CallEnded and LegEnded follow. They hear each other from the Connect on in both cases.
    """

    call: str
    leg: str
    mode: Literal["bridge", "replaces"]
    at: float


class ConnectFailed(Message, frozen=True):
    """The Connect changed nothing: 481 one of the two is unknown or over, 491 not answered yet,
    being transferred, or already connected."""

    call: str
    leg: str
    code: int
    reason: str
    at: float


class RegistrationState(Message, frozen=True):
    """State of the registration at the town's PBX, when there is one."""

    registered: bool
    code: int
    reason: str


Event: TypeAlias = (
    Hello
    | CallStarted
    | CallAnswered
    | SpeechStarted
    | SpeechConfirmed
    | SpeechPaused
    | SpeechResumed
    | Digit
    | PlaybackStarted
    | PlaybackFinished
    | Held
    | TransferProgress
    | TransferFinished
    | CallEnded
    | LegProgress
    | LegAnswered
    | LegEnded
    | Connected
    | ConnectFailed
    | RegistrationState
)
"""``call`` of the speech, key, hold and playback events is the name of a call or of a leg."""


class Answer(Message, frozen=True):
    """Send 200 OK."""

    call: str


class Reject(Message, frozen=True):
    """Refuse the INVITE with a final code."""

    call: str
    code: int
    retry_after_s: int | None = None


class Play(Message, frozen=True):
    """Append audio to what the caller is hearing."""

    call: str
    playback: str
    pcm: bytes


class StopPlayback(Message, frozen=True):
    """Flush everything queued, at once."""

    call: str


class CloseUtterance(Message, frozen=True):
    """The turn is taken: speech after this belongs to the next utterance."""

    call: str
    utterance: int


class Transfer(Message, frozen=True):
    """Blind transfer by REFER (RFC 3515); on failure the call stays with us."""

    call: str
    target: str
    timeout_s: float


class Dial(Message, frozen=True):
    """Place a call to a target of the configuration: a second leg.

    ``leg`` is its name, chosen by the core, unique in the worker; Play, StopPlayback,
    CloseUtterance and HangUp take it as their ``call``, and its speech, key, hold and playback
    events carry it there. ``call`` is the call or leg it is placed for: when that ends while the
    leg rings, the leg is cancelled. None originates a call by itself. ``timeout_s`` bounds the
    ringing. ``caller`` (user part) and ``display`` are what the called phone shows; empty, our
    own. ``headers`` may be ``X-…`` and ``User-to-User`` only.
    """

    leg: str
    call: str | None
    target: str
    timeout_s: float
    caller: str = ""
    display: str = ""
    headers: dict[str, str] = msgspec.field(default_factory=dict)


class Connect(Message, frozen=True):
    """Let the caller and an answered leg talk; what was being played to either is flushed.

    ``call`` may be another answered leg. ``replaces`` asks the caller's side by REFER to connect
    to the leg itself (RFC 3891), so that the box leaves; if it will not, they stay bridged.
    When one of the two ends, the other gets BYE; with ``keep_caller`` the call outlives a leg that
    it is bridged to: LegEnded says what became of the leg, and the caller is with the bot again.
    """

    call: str
    leg: str
    replaces: bool
    keep_caller: bool = False


class Disconnect(Message, frozen=True):
    """End the leg, ringing, answered or connected; the caller is with the bot again."""

    call: str
    leg: str


class HangUp(Message, frozen=True):
    """Send BYE (or a final refusal or CANCEL before the answer)."""

    call: str


class Drain(Message, frozen=True):
    """Refuse new calls from now on; the worker exits when its last call has ended."""


Command: TypeAlias = (
    Answer
    | Reject
    | Play
    | StopPlayback
    | CloseUtterance
    | Transfer
    | Dial
    | Connect
    | Disconnect
    | HangUp
    | Drain
)
