"""Call-backs that are really made: what :class:`CallbackPolicy` decides is kept, then done.

Everything that happens to a call-back (time, telephones, people) goes through one step after the
other: read the record, ask the policy, keep the next version, act. What only telephones know is
in :class:`CallbackCall`; what must outlive the core is on disk before anything rings.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import uuid
from collections.abc import Callable, Collection, Coroutine
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

from callbot import screenpop
from callbot.callbackcall import CallbackCall
from callbot.callbackevents import CallEvent, Happened, step_after
from callbot.callbackparts import CallbackParts
from callbot.handover import Approach, Party
from callbot.placedlines import PlacedLine
from callbot.upkeep import Tasks
from common import logs
from common.frenchnumbers import FrenchNumber, Refusal, french_number
from dialogue.config import Phrases
from dialogue.promisewords import when_called
from telephony import callbacksteps as cs
from telephony.callbackrecord import (
    CLOSED,
    ENGAGED,
    QUEUE_PREFIX,
    Callback,
    CallbackState,
    callback_of,
)
from telephony.callbackrequests import Asked
from telephony.callbacks import CallbackPolicy
from telephony.callbacktimes import CallbackTimes
from telephony.reception import Reception

TICK_S = 10.0
"""How often the clock is looked at: no call-back is later than that by our fault."""

MISSING_S = 120.0
"""What was lost by a failure is taken up again so late, that nobody is rung in a circle."""

LEGS = 2
"""An agent's and the resident's, on one worker."""

Decide: TypeAlias = Callable[[Callback, datetime, Collection[str]], cs.Step | None]
"""What the policy makes of an event; the numbers are those that are in a call with the town."""


class CallbackDesk:
    """Every call-back, from the promise to its end. :meth:`run` for as long as the core lives."""

    def __init__(self, parts: CallbackParts) -> None:
        self._go_by(parts)
        self.changed: Callable[[], None] = lambda: None
        """Told when :attr:`callbacks` is different."""
        self.counted: Callable[[str], None] = lambda _result: None
        """Told what becomes of each: asked, done, given_up, cancelled or by_hand."""
        self.callbacks: tuple[Callback, ...] = ()
        """Those that are open, and those that ended today."""
        self._calls: dict[str, CallbackCall] = {}
        self._parked: dict[str, str | None] = {}
        """QUEUED, and waiting for a line; with the agent to be rung first."""
        self._missing: dict[str, float] = {}
        """QUEUED and nowhere to be found, since when."""
        self._lock = asyncio.Lock()
        self._wake = asyncio.Event()
        self._tasks = Tasks()
        self._log = logs.get(part="callbacks")

    def renew(self, reception: Reception, phrases: Phrases, own_numbers: Collection[str]) -> None:
        """Go by another version."""
        self._go_by(
            replace(self._parts, reception=reception, phrases=phrases, own_numbers=own_numbers)
        )

    def _go_by(self, parts: CallbackParts) -> None:
        rules = parts.reception.callbacks
        self._parts = parts
        self._times = CallbackTimes(rules, parts.hours, parts.zone)
        self._policy = CallbackPolicy(rules, self._times, texts=parts.send_text is not None)
        self.enabled = rules.possible(pbx=parts.pbx)
        """Whether residents are called back at all."""

    # Asking

    def possible(self, service: str) -> bool:
        """Tell whether people of this service call residents back."""
        known = self.enabled and service in self._parts.reception.queues
        return known and self._times.next_allowed(service, self._parts.clock()) is not None

    async def request(
        self,
        number: FrenchNumber | str,
        service: str,
        reason: str,
        *,
        call: str | None,
        waiting_since: datetime | None = None,
        again: bool = False,
        not_before: datetime | None = None,
    ) -> Asked:
        """Promise a call-back; asking twice for the same does not make two.

        Raises:
            ValueError: nobody calls this number back; the message is a French sentence for the
                resident.
            sqlite3.Error: nothing is promised.
        """
        if not self.enabled:
            raise ValueError("Je ne peux pas vous faire rappeler.")
        if isinstance(number, str):
            found = french_number(number, self._parts.own_numbers)
            if isinstance(found, Refusal):
                raise ValueError(found.sentence)
            number = found
        async with self._lock:
            now = self._parts.clock()
            new = self._policy.request(
                uuid.uuid4().hex,
                number=number.e164,
                mobile=number.mobile,
                service=service,
                reason=reason,
                now=now,
                waiting_since=waiting_since,
                not_before=not_before,
                call=call,
            )
            asked = await self._parts.waiting.ask(
                self._policy, new, now, again=again, not_before=not_before
            )
            self._log.info("callback_asked", callback=asked.callback.id, outcome=asked.outcome)
            if asked.outcome == "new":
                self.counted("asked")
                self._note(replace(asked.callback, state=CallbackState.PLANNED), asked.callback)
            if asked.step is not None:
                self._act(asked.step)
        await self._refresh()
        self._wake.set()
        return asked

    async def promised(self, number: FrenchNumber | str) -> tuple[Callback, ...]:
        """Return what is promised to a resident and not done yet, the first due first."""
        found = french_number(number) if isinstance(number, str) else number
        if isinstance(found, Refusal):
            return ()
        return await self._parts.waiting.callbacks(number=found.e164)

    async def served(self, number: FrenchNumber | str, service: str) -> None:
        """The resident has called and reached the service: the promise is kept."""
        for callback in await self.promised(number):
            if callback.service == service and callback.state not in ENGAGED:
                await self.step(callback.id, lambda one, now, _: self._policy.cancelled(one, now))

    # What people decide; see callbot.callbackactions for what they are told

    async def callback(self, identifier: str) -> Callback | None:
        """Return one call-back, None when it is unknown or erased."""
        return await self._parts.waiting.callback(identifier)

    @property
    def own_numbers(self) -> Collection[str]:
        """The town's numbers, as E.164."""
        return self._parts.own_numbers

    def knows(self, service: str) -> bool:
        """Tell whether the town has this service."""
        return service in self._parts.reception.queues

    def parked(self, identifier: str) -> bool:
        """Tell whether a call-back waits for a line."""
        return identifier in self._parked

    def ring_first(self, identifier: str, agent: str) -> None:
        """This agent is rung as soon as there is a line."""
        self._parked[identifier] = agent
        self._wake.set()

    def engaged(self) -> frozenset[str]:
        """Return the numbers (E.164) that are in a call with the town."""
        found = (french_number(caller) for caller in self._parts.lines.callers)
        return frozenset(number.e164 for number in found if isinstance(number, FrenchNumber))

    async def start_now(self, identifier: str, agent: str) -> cs.Step | None:
        """Call back at once, whatever the hour, this agent first; None when that is too late."""
        return await self.step(
            identifier, lambda one, now, _: self._policy.now(one, now), first=agent
        )

    async def settle(self, identifier: str, agent: str) -> cs.Step | None:
        """A person has done it outside this machine; None when that is too late, or too early."""
        return await self.step(
            identifier, lambda one, now, _: self._policy.done_by_hand(one, agent, now)
        )

    async def cancel(self, identifier: str) -> cs.Step | None:
        """The resident is not called back; None when it has ended, or the two talk."""
        return await self.step(identifier, lambda one, now, _: self._policy.cancelled(one, now))

    # One step after the other

    async def step(
        self,
        identifier: str,
        decide: Decide,
        call: CallbackCall | None = None,
        first: str | None = None,
    ) -> cs.Step | None:
        """Keep and do what the policy makes of an event; None when it does not apply any more.

        ``call`` is where it happened; without it, the actions are about the call in progress.
        ``first`` is the agent who is rung first.
        """
        async with self._lock:
            step = await self._kept(identifier, decide)
            if step is not None:
                self._act(step, call or self._calls.get(identifier), first)
        await self._refresh()
        return step

    async def _kept(self, identifier: str, decide: Decide) -> cs.Step | None:
        engaged = self.engaged()
        while (callback := await self.callback(identifier)) is not None:
            step = decide(callback, self._parts.clock(), engaged)
            if step is None or step.keep.version == callback.version:
                return step
            if await self._parts.waiting.keep(step.keep):
                self._note(callback, step.keep)
                return step
            again = await self.callback(identifier)
            if again is None or again.version == callback.version:
                if callback.number in engaged:
                    return None
                # The same number is being called for another service.
                engaged |= {callback.number}
        return None

    def _note(self, before: Callback, after: Callback) -> None:
        if before.state is after.state:
            return
        self._log.info(
            "callback", callback=after.id, state=str(after.state), attempts=after.attempts
        )
        ended = after.state in CLOSED or after.state is CallbackState.BY_HAND
        if ended:
            self.counted(str(after.state))

    def _act(
        self, step: cs.Step, call: CallbackCall | None = None, first: str | None = None
    ) -> None:
        for action in step.actions:
            self._do(action, step.keep, call, first)

    def _do(
        self,
        action: cs.CallbackAction,
        callback: Callback,
        call: CallbackCall | None,
        first: str | None,
    ) -> None:
        match action:
            case cs.EnterQueue():
                self._enter(callback, action.waited_s, first)
            case cs.LeaveQueue():
                self._parked.pop(callback.id, None)
                self._parts.desk.callback_over(callback.queue_call)
            case cs.DialResident() if call is not None:
                rules = self._parts.reception.callbacks
                call.dial(rules.address(action.number), rules.shown)
            case cs.Join() if call is not None:
                call.join()
            case cs.HangUpResident() if call is not None:
                call.drop_resident()
            case cs.ReleaseStaff() if call is not None:
                call.release_staff(self._last_words(action))
            case cs.SendText():
                self._tasks.passing(self._send_text(action))
            case cs.CallByHand():
                self._log.warning("callback_by_hand", callback=callback.id, why=action.why)
            case _:
                return

    def _last_words(self, action: cs.ReleaseStaff) -> str:
        say = self._parts.phrases.say
        if action.why == "cancelled":
            return say("rappel_annule")
        if action.next_try is None:
            return say("rappel_absent_fin")
        tried = action.why not in ("too_late", "engaged", "no_line")
        now = self._parts.clock().astimezone(self._parts.zone)
        when = when_called(action.next_try, now)
        return say("rappel_absent" if tried else "rappel_retarde", quand=when)

    # The queue, and whoever takes a call-back (desk.Taker)

    def can_ring(self) -> bool:
        """Tell whether a worker has room for both legs of a call-back."""
        return self._parts.lines.roomiest(LEGS) is not None

    def no_line(self, call: str) -> None:
        """It waits for a line instead of an agent."""
        identifier = callback_of(call)
        self._parts.desk.callback_over(call)
        if identifier is not None and identifier not in self._calls:
            self._parked.setdefault(identifier, None)

    def taken(self, call: str, agent: str, approach: Approach) -> None:
        """An agent pressed the key and waits."""
        identifier, line = callback_of(call), approach.caller.line
        assert identifier is not None
        assert isinstance(line, PlacedLine)
        parts = self._parts
        placed = CallbackCall(identifier, agent, approach, line, parts.speaker, parts.phrases, self)
        self._calls[identifier] = placed
        self._tasks.passing(self._staff_answered(placed))

    def _enter(self, callback: Callback, waited_s: float, agent: str | None) -> None:
        """Wait for an agent; without a line, or with the last call still ending, wait for that."""
        if not self.knows(callback.service):
            self._log.error("callback_without_service", callback=callback.id)
            return
        if callback.id in self._calls or not self.can_ring():
            self._parked[callback.id] = agent
            return
        self._parked.pop(callback.id, None)
        parts, service = self._parts, callback.service
        party = Party(
            callback.queue_call,
            PlacedLine(parts.lines),
            parts.phrases.say("rappel_annonce", service=parts.service_name(service)),
            callback.number,
            screenpop.headers(callback.call or callback.id, service, None, None),
        )
        parts.desk.queue_callback(party, service, waited_s, self, agent)

    async def _staff_answered(self, call: CallbackCall) -> None:
        def decide(callback: Callback, now: datetime, engaged: Collection[str]) -> cs.Step | None:
            if not call.room:
                return self._policy.no_line(callback, call.agent, now)
            return self._policy.staff_answered(callback, call.agent, now, engaged)

        if await self._follow(call, decide) is None:
            # Cancelled or settled meanwhile.
            call.release_staff(self._parts.phrases.say("rappel_annule"))

    # The two telephones (callbackcall.Follower)

    def happened(self, call: CallbackCall, event: CallEvent) -> None:
        """Something happened on a telephone: the agent is free at once, the rest is a step."""
        if event.what is Happened.STAFF_GONE:
            self._calls.pop(call.callback, None)
            queue_call = QUEUE_PREFIX + call.callback
            self._parts.desk.callback_over(queue_call, talked=call.joined)
            self._wake.set()

        def decide(callback: Callback, now: datetime, _: Collection[str]) -> cs.Step | None:
            return step_after(self._policy, callback, event, now)

        self._tasks.passing(self._follow(call, decide))

    async def _follow(self, call: CallbackCall, decide: Decide) -> cs.Step | None:
        """Nobody is left holding a receiver when nothing can be kept."""
        try:
            return await self.step(call.callback, decide, call)
        except sqlite3.Error:
            call.give_up()
            raise

    # Texts

    async def _send_text(self, action: cs.SendText) -> None:
        ok = False
        if self._parts.send_text is not None:
            try:
                ok = await self._parts.send_text(action)
            except Exception:
                self._log.exception("callback_text_failed", callback=action.callback)
        await self.step(
            action.callback, lambda one, now, _: self._policy.text_sent(one, now, ok=ok)
        )

    # Time

    async def run(self) -> None:
        """Take up what a restart interrupted, then keep the time of all until cancelled."""
        try:
            await self._guarded(self._recover())
            while True:
                await self._guarded(self._turn())
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(TICK_S):
                        await self._wake.wait()
                self._wake.clear()
        finally:
            for call in self._calls.values():
                call.close()
            await self._tasks.close()

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """A full disk today is no reason to call nobody back tomorrow."""
        try:
            await work
        except Exception:
            self._log.exception("callbacks_failed")

    async def _recover(self) -> None:
        for callback in await self._parts.waiting.callbacks():
            if callback.id in self._calls or not self.enabled:
                continue
            await self.step(
                callback.id, lambda one, now, _: self._policy.recovered(one, now, leg_alive=False)
            )

    async def _turn(self) -> None:
        """Do what is due."""
        now, engaged = self._parts.clock(), self.engaged()
        for callback in await self._parts.waiting.callbacks():
            if self.enabled and self._policy.due(callback, now, engaged) is not None:
                await self.step(callback.id, self._policy.due)
            self._look_for(callback)
        for identifier, agent in list(self._parked.items()):
            await self._enter_again(identifier, agent)
        await self._refresh()

    def _look_for(self, callback: Callback) -> None:
        """One that should wait in the queue, and was lost by a failure, enters it again."""
        here = callback.id in self._calls or callback.id in self._parked
        if (
            callback.state is not CallbackState.QUEUED
            or here
            or self._parts.desk.waits(callback.queue_call)
        ):
            self._missing.pop(callback.id, None)
            return
        now = asyncio.get_running_loop().time()
        if self.enabled and now - self._missing.setdefault(callback.id, now) >= MISSING_S:
            self._parked[callback.id] = None

    async def _enter_again(self, identifier: str, agent: str | None) -> None:
        async with self._lock:
            callback = await self.callback(identifier)
            if callback is None or callback.state is not CallbackState.QUEUED:
                self._parked.pop(identifier, None)
            elif identifier in self._parked:
                place = self._policy.place(callback, self._parts.clock())
                self._enter(callback, place.waited_s, agent)

    async def _refresh(self) -> None:
        today = self._parts.clock().astimezone(self._parts.zone)
        midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
        found = await self._parts.waiting.callbacks(closed_since=midnight)
        if found != self.callbacks:
            self.callbacks = found
            self.changed()
