"""Calling residents back: one pure state machine for each call-back.

Every method takes the record and the instant, and returns the record to keep with the actions to
carry out *after* it has been kept (compare-and-set on ``version``), or None when the event does
not apply. Staff is rung first, through the queue, where the call-back stands at the place that the
resident had; the resident's telephone rings only when somebody is there to talk.

=========  ============================  ==================================  =====================
state      event                         next                                action
=========  ============================  ==================================  =====================
PLANNED    due, allowed                  QUEUED                              EnterQueue
PLANNED    due, closed or too late       PLANNED at the next allowed time
PLANNED    due, number in another call   PLANNED two minutes later
PLANNED    older than the limit          BY_HAND                             CallByHand
PLANNED    a person says "now"           QUEUED                              EnterQueue
QUEUED     an agent takes it             DIALLING                            DialResident
QUEUED     an agent takes it too late,   PLANNED at the next allowed time    ReleaseStaff
           or the number is in a call,
           or no line is free
QUEUED     no longer allowed             PLANNED at the next allowed time    LeaveQueue
QUEUED     older than the limit          BY_HAND                             LeaveQueue, CallByHand
DIALLING   the resident answers          TALKING                             Join
DIALLING   not reached, tries left       PLANNED at the next try             ReleaseStaff
DIALLING   not reached, none left        CLOSING (mobile) or BY_HAND         ReleaseStaff, SendText
                                                                             or CallByHand
DIALLING   the agent hangs up            as not reached                      HangUpResident
TALKING    the talk ends                 DONE
TALKING    one left before the Join      as not reached                      HangUpResident
CLOSING    the text is on its way        GIVEN_UP
CLOSING    no text can be sent           BY_HAND                             CallByHand
BY_HAND    a person has called           DONE
BY_HAND    a person says "now"           QUEUED                              EnterQueue
open       cancelled                     CANCELLED                           LeaveQueue, …
=========  ============================  ==================================  =====================

After a crash (:meth:`CallbackPolicy.recovered`): QUEUED enters the queue again and CLOSING sends
its text again under the same key, both harmless. DIALLING whose leg is gone counts as a try that
failed: the resident has talked to nobody, because Join comes after TALKING is kept. TALKING whose
leg is gone goes to people: the talk may or may not have been enough, so no machine rings again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from telephony.callbackrecord import ENGAGED, Callback, CallbackState, Reason
from telephony.callbacksteps import (
    CallbackAction,
    CallByHand,
    DialResident,
    EnterQueue,
    HangUpResident,
    Join,
    LeaveQueue,
    ReleaseReason,
    ReleaseStaff,
    SendText,
    Step,
)
from telephony.callbacktimes import CallbackTimes
from telephony.queueactions import Failure
from telephony.reception import CallbackRules

ENGAGED_PAUSE = timedelta(minutes=2)
"""A number that is in another call of ours is tried again after so long."""

FORCED_FOR = timedelta(minutes=10)
"""Nobody took it within that time after a person said "now": the usual hours count again."""


class CallbackPolicy:
    """The transitions of the module's table."""

    def __init__(self, rules: CallbackRules, times: CallbackTimes, *, texts: bool) -> None:
        self._rules = rules
        self._times = times
        self._texts = texts

    def request(
        self,
        identifier: str,
        *,
        number: str,
        mobile: bool,
        service: str,
        reason: str,
        now: datetime,
        waiting_since: datetime | None = None,
        not_before: datetime | None = None,
        call: str | None = None,
    ) -> Step:
        """Return a new call-back: as soon as the service is open, or from ``not_before`` on."""
        wanted = max(now, not_before) if not_before else now
        due = self._times.next_allowed(service, wanted)
        callback = Callback(
            identifier,
            number,
            mobile,
            service,
            reason,
            requested_at=now,
            day=self._times.local(now).date(),
            waiting_since=waiting_since or now,
            due_at=due or wanted,
            expires_at=self._expiry(due or wanted),
            call=call,
            changed_at=now,
        )
        if due is None:
            callback = replace(callback, state=CallbackState.BY_HAND, by_hand="never_open")
            return Step(callback, (CallByHand(identifier, service, "never_open"),))
        return Step(callback)

    def renewed(
        self, callback: Callback, now: datetime, *, reason: str = "", not_before: datetime | None
    ) -> Step | None:
        """The resident asks again for what is still open: the tries start anew, once only.

        A call-back that is being carried out is left alone.
        """
        if callback.state not in (CallbackState.PLANNED, CallbackState.BY_HAND):
            return None
        due = self._times.next_allowed(callback.service, max(now, not_before or now))
        if due is None:
            return None
        fresh = self._to(
            callback,
            CallbackState.PLANNED,
            now,
            due_at=due,
            expires_at=self._expiry(due),
            attempts=0,
            by_hand=None,
            reason=reason or callback.reason,
        )
        return Step(fresh)

    def due(self, callback: Callback, now: datetime, engaged: Collection[str] = ()) -> Step | None:
        """Time has passed; ``engaged`` are the numbers that are in a call with the town."""
        if callback.state is CallbackState.PLANNED:
            if now >= callback.expires_at:
                return self._by_hand(callback, "expired", now, ())
            return self._planned_due(callback, now, engaged)
        if callback.state is CallbackState.QUEUED:
            if callback.forced and now < callback.changed_at + FORCED_FOR:
                return None
            leave = (LeaveQueue(callback.id),)
            if now >= callback.expires_at:
                return self._by_hand(callback, "expired", now, leave)
            if not self._times.allowed(callback.service, now):
                return self._postponed(callback, now, now, leave)
        return None

    def _planned_due(
        self, callback: Callback, now: datetime, engaged: Collection[str]
    ) -> Step | None:
        if now < callback.due_at:
            return None
        if not self._times.allowed(callback.service, now):
            return self._postponed(callback, now, now, ())
        if callback.number in engaged:
            return self._postponed(callback, now, now + ENGAGED_PAUSE, ())
        return self._queued(callback, now)

    def now(self, callback: Callback, now: datetime) -> Step | None:
        """A person wants it done now, whatever the hour."""
        if callback.state not in (CallbackState.PLANNED, CallbackState.BY_HAND):
            return None
        return self._queued(callback, now, forced=True)

    def staff_answered(
        self, callback: Callback, agent: str, now: datetime, engaged: Collection[str] = ()
    ) -> Step | None:
        """An agent has it: the resident is rung, unless that is no longer right."""
        if callback.state is not CallbackState.QUEUED:
            return None
        if callback.number in engaged:
            step = self._postponed(callback, now, now + ENGAGED_PAUSE, ())
            return self._released(step, agent, "engaged")
        if not callback.forced and not self._times.allowed(callback.service, now):
            return self._released(self._postponed(callback, now, now, ()), agent, "too_late")
        kept = self._to(callback, CallbackState.DIALLING, now, agent=agent)
        return Step(kept, (DialResident(callback.id, callback.number, agent),))

    def no_line(self, callback: Callback, agent: str, now: datetime) -> Step | None:
        """An agent has it, and the resident cannot be rung: that is no try."""
        if callback.state is not CallbackState.QUEUED:
            return None
        step = self._postponed(callback, now, now + ENGAGED_PAUSE, ())
        return self._released(step, agent, "no_line")

    def resident_answered(self, callback: Callback, now: datetime) -> Step | None:
        """The resident is on the line."""
        if callback.state is not CallbackState.DIALLING:
            return None
        agent = callback.agent or ""
        return Step(self._to(callback, CallbackState.TALKING, now), (Join(callback.id, agent),))

    def resident_failed(self, callback: Callback, why: Failure, now: datetime) -> Step | None:
        """The resident is busy, does not answer, or cannot be reached."""
        if callback.state is not CallbackState.DIALLING:
            return None
        return self._released(self._failed_try(callback, now), callback.agent or "", why)

    def staff_left(self, callback: Callback, now: datetime) -> Step | None:
        """The agent hung up; before the resident answered, that is a try that failed."""
        if callback.state is CallbackState.TALKING:
            return self.talk_ended(callback, now)
        if callback.state is not CallbackState.DIALLING:
            return None
        step = self._failed_try(callback, now)
        return Step(step.keep, (HangUpResident(callback.id), *step.actions))

    def talk_ended(self, callback: Callback, now: datetime) -> Step | None:
        """Both have talked."""
        if callback.state is not CallbackState.TALKING:
            return None
        return Step(self._to(callback, CallbackState.DONE, now))

    def not_joined(self, callback: Callback, why: Failure, now: datetime) -> Step | None:
        """The resident picked up, and one of the two was gone before they could talk."""
        if callback.state is not CallbackState.TALKING:
            return None
        step = self._released(self._failed_try(callback, now), callback.agent or "", why)
        return Step(step.keep, (HangUpResident(callback.id), *step.actions))

    def text_sent(self, callback: Callback, now: datetime, *, ok: bool) -> Step | None:
        """The text was handed over for good, or cannot be sent."""
        if callback.state is not CallbackState.CLOSING:
            return None
        if not ok:
            return self._by_hand(callback, "no_text", now, ())
        return Step(self._to(callback, CallbackState.GIVEN_UP, now))

    def done_by_hand(self, callback: Callback, agent: str, now: datetime) -> Step | None:
        """A person has settled it outside this machine."""
        if not callback.open or callback.state in ENGAGED:
            return None
        kept = self._to(callback, CallbackState.DONE, now, agent=agent)
        queued = callback.state is CallbackState.QUEUED
        return Step(kept, (LeaveQueue(callback.id),) if queued else ())

    def cancelled(self, callback: Callback, now: datetime) -> Step | None:
        """The resident no longer wants it, or was served by calling again; not in mid-talk."""
        if not callback.open or callback.state is CallbackState.TALKING:
            return None
        actions: tuple[CallbackAction, ...] = ()
        if callback.state is CallbackState.QUEUED:
            actions = (LeaveQueue(callback.id),)
        elif callback.state is CallbackState.DIALLING:
            release = ReleaseStaff(callback.id, callback.agent or "", "cancelled", None)
            actions = (HangUpResident(callback.id), release)
        return Step(self._to(callback, CallbackState.CANCELLED, now), actions)

    def recovered(self, callback: Callback, now: datetime, *, leg_alive: bool) -> Step | None:
        """The core has started again; ``leg_alive``: a worker still has the resident's leg."""
        match callback.state:
            case CallbackState.QUEUED:
                if not self._times.allowed(callback.service, now):
                    return self._postponed(callback, now, now, ())
                return Step(callback, (self.place(callback, now),))
            case CallbackState.DIALLING if not leg_alive:
                return self._failed_try(callback, now)
            case CallbackState.TALKING if not leg_alive:
                return self._by_hand(callback, "interrupted", now, ())
            case CallbackState.CLOSING:
                return Step(callback, (self._text(callback),))
            case _:
                return None

    def place(self, callback: Callback, now: datetime) -> EnterQueue:
        """Return how a QUEUED call-back enters the queue, again if need be."""
        # A further try stands in line from its own time on: the place was used by the first.
        since = callback.due_at if callback.attempts else callback.waiting_since
        waited = max(0.0, (now - since).total_seconds())
        return EnterQueue(callback.id, callback.service, waited)

    def _expiry(self, due: datetime) -> datetime:
        return due + timedelta(seconds=self._rules.give_up_after_s)

    def _queued(self, callback: Callback, now: datetime, *, forced: bool = False) -> Step:
        kept = self._to(callback, CallbackState.QUEUED, now, by_hand=None, forced=forced)
        return Step(kept, (self.place(kept, now),))

    def _postponed(
        self,
        callback: Callback,
        now: datetime,
        until: datetime,
        actions: tuple[CallbackAction, ...],
    ) -> Step:
        due = self._times.next_allowed(callback.service, until)
        if due is None:
            return self._by_hand(callback, "never_open", now, actions)
        return Step(self._to(callback, CallbackState.PLANNED, now, due_at=due), actions)

    @staticmethod
    def _released(step: Step, agent: str, why: ReleaseReason) -> Step:
        kept = step.keep
        next_try = kept.due_at if kept.state is CallbackState.PLANNED else None
        return Step(kept, (ReleaseStaff(kept.id, agent, why, next_try), *step.actions))

    def _failed_try(self, callback: Callback, now: datetime) -> Step:
        attempts = callback.attempts + 1
        due = self._times.retry(callback.service, now, attempts)
        if due is not None:
            kept = self._to(callback, CallbackState.PLANNED, now, due_at=due, attempts=attempts)
            return Step(kept)
        tried = replace(callback, attempts=attempts)
        if self._texts and callback.mobile:
            return Step(self._to(tried, CallbackState.CLOSING, now), (self._text(callback),))
        return self._by_hand(tried, "not_reached", now, ())

    def _text(self, callback: Callback) -> SendText:
        return SendText(callback.id, callback.number, callback.service, callback.queue_call)

    def _by_hand(
        self, callback: Callback, why: Reason, now: datetime, actions: tuple[CallbackAction, ...]
    ) -> Step:
        kept = self._to(callback, CallbackState.BY_HAND, now, by_hand=why)
        return Step(kept, (*actions, CallByHand(callback.id, callback.service, why)))

    def _to(
        self, callback: Callback, state: CallbackState, now: datetime, **changes: Any
    ) -> Callback:
        version = callback.version + 1
        return replace(callback, state=state, changed_at=now, version=version, **changes)
