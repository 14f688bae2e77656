"""One promise for each wish: asking twice for the same call-back does not make two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias

from telephony.callbackrecord import Callback, CallbackState
from telephony.callbacks import CallbackPolicy
from telephony.callbacksteps import Step

Outcome: TypeAlias = Literal["new", "kept", "renewed", "handled_today"]
"""``handled_today``: the same number was called back for this service today already; whoever asks
again (``again``) gets another one."""


@dataclass(frozen=True)
class Asked:
    """What became of a request: the promise that counts, and what to do for it."""

    outcome: Outcome
    callback: Callback
    step: Step | None = None
    """To keep and carry out; None when nothing changes."""


def decide(
    policy: CallbackPolicy,
    new: Step,
    known: Iterable[Callback],
    now: datetime,
    *,
    again: bool,
    not_before: datetime | None = None,
) -> Asked:
    """Return what a request means beside the promises ``known`` for its number and service.

    ``known`` holds the open ones, and all of the same day.
    """
    promises = sorted(known, key=lambda callback: (callback.requested_at, callback.round))
    wanted = new.keep
    still_open = next((callback for callback in promises if callback.open), None)
    if still_open is not None:
        step = None
        if again or not_before is not None:
            step = policy.renewed(still_open, now, reason=wanted.reason, not_before=not_before)
        if step is None:
            return Asked("kept", still_open)
        return Asked("renewed", step.keep, step)
    today = [callback for callback in promises if callback.day == wanted.day]
    handled = [callback for callback in today if callback.state is not CallbackState.CANCELLED]
    if handled and not again:
        return Asked("handled_today", handled[-1])
    number = max((callback.round for callback in today), default=0) + 1
    step = Step(replace(wanted, round=number), new.actions)
    return Asked("new", step.keep, step)
