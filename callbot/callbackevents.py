"""What the two telephones of a call-back do, and what the policy makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from telephony.callbackrecord import Callback, CallbackState
from telephony.callbacks import CallbackPolicy
from telephony.callbacksteps import Step
from telephony.queueactions import failure_of

CUT = frozenset({481, 503})
"""How a leg ends that nobody hung up: the telephone vanished, the line worker died."""


class Happened(Enum):
    """An event of one of the telephones."""

    RESIDENT_ANSWERED = auto()
    RESIDENT_GONE = auto()
    STAFF_GONE = auto()


@dataclass(frozen=True)
class CallEvent:
    """Something happened."""

    what: Happened
    code: int
    """The final SIP code of a leg that is gone, else 200."""
    joined: bool
    """Whether the two had heard each other by then."""


def step_after(
    policy: CallbackPolicy, callback: Callback, event: CallEvent, now: datetime
) -> Step | None:
    """Return what to keep and do, None when the event changes nothing any more."""
    if event.what is Happened.RESIDENT_ANSWERED:
        return policy.resident_answered(callback, now)
    if callback.state is CallbackState.TALKING:
        return _step_out_of_talk(policy, callback, event, now)
    if event.what is Happened.STAFF_GONE:
        return policy.staff_left(callback, now)
    return policy.resident_failed(callback, failure_of(event.code), now)


def _step_out_of_talk(
    policy: CallbackPolicy, callback: Callback, event: CallEvent, now: datetime
) -> Step | None:
    if not event.joined:
        staff = event.what is Happened.STAFF_GONE
        return policy.not_joined(callback, "unreachable" if staff else "refused", now)
    if event.code in CUT:
        return policy.recovered(callback, now, leg_alive=False)
    return policy.talk_ended(callback, now)
