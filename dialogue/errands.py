"""Does what the caller has agreed to, and remembers it for this call.

A turn may be cancelled at any moment because the caller goes on speaking. An errand that has begun
is finished all the same, and what became of it is known when it is asked for again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime
from typing import Any, Protocol, TypeVar

from common.audio import duration_s
from common.frenchnumbers import FrenchNumber, Refusal, french_number
from dialogue.ports import Errands, Promise, Reply, ServiceUnavailableError, TextOutcome

T = TypeVar("T")

_KNOWN_DIGITS = 2


class Report(Protocol):
    """Takes one point of the call's timeline; see :meth:`dialogue.record.Recorder.event`."""

    def __call__(self, kind: str, **details: str | int | float | bool | None) -> None: ...


def unreported(kind: str, **details: str | int | float | bool | None) -> None:
    """Drop it: nobody keeps this conversation."""


class ErrandRunner:
    """The errands of one call."""

    def __init__(self, errands: Errands) -> None:
        self.errands = errands
        self.report: Report = unreported
        self._sent: set[str] = set()
        self._promised: set[str] = set()
        self._running: set[asyncio.Task[Any]] = set()

    def judge_for_text(self, number: str) -> FrenchNumber | Refusal:
        """Say whether a text may go to this number."""
        return french_number(number, self.errands.own_numbers, "text")

    def judge_for_call(self, number: str) -> FrenchNumber | Refusal:
        """Say whether this number may be called back."""
        return french_number(number, self.errands.own_numbers)

    @property
    def promised(self) -> bool:
        """True when a call-back was promised."""
        return bool(self._promised)

    def may_offer_text(self, reply: Reply) -> bool:
        """True when the text is worth offering and was not sent in this call."""
        if self.errands.texts is None or not reply.sms_offered:
            return False
        return reply.sms_source not in self._sent

    def may_offer_callback(self, service: str) -> bool:
        """True when people of this service call back, and have not been asked to in this call."""
        return service not in self._promised and self.may_call_back(service)

    def may_call_back(self, service: str) -> bool:
        """True when people of this service call back."""
        callbacks = self.errands.callbacks
        return callbacks is not None and callbacks.possible(service)

    async def send_text(self, reply: Reply, number: str, consent: str) -> TextOutcome:
        """Send one answer; "unavailable" when that fails."""
        return await self._finish(self._send_text(reply, number, consent))

    async def call_back(
        self,
        service: str,
        number: str,
        reason: str,
        *,
        again: bool,
        waiting_since: datetime | None,
    ) -> Promise | None:
        """Ask for a call-back; None when nothing could be promised."""
        return await self._finish(
            self._call_back(service, number, reason, again=again, waiting_since=waiting_since)
        )

    def may_take_message(self, service: str, now: datetime) -> bool:
        """True when the town keeps messages for this service now."""
        messages = self.errands.messages
        return messages is not None and messages.possible(service, now)

    async def keep_message(self, pcm: bytes, transcript: str, service: str) -> bool:
        """Keep a message; False when that fails."""
        return await self._finish(self._keep_message(pcm, transcript, service))

    async def close(self) -> None:
        """Wait for what has begun."""
        if self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _finish(self, errand: Coroutine[Any, Any, T]) -> T:
        task = asyncio.create_task(errand)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _send_text(self, reply: Reply, number: str, consent: str) -> TextOutcome:
        texts = self.errands.texts
        outcome: TextOutcome = "unavailable"
        if texts is not None:
            try:
                outcome = await texts.send(reply, number, consent)
            except ServiceUnavailableError:
                outcome = "unavailable"
        if outcome in ("queued", "waiting", "already"):
            self._sent.add(reply.sms_source)
        self.report(
            "sms_demande",
            resultat=outcome,
            source=reply.sms_source,
            consentement=consent,
            fin=number[-_KNOWN_DIGITS:],
        )
        return outcome

    async def _keep_message(self, pcm: bytes, transcript: str, service: str) -> bool:
        messages = self.errands.messages
        try:
            kept = messages is not None and await messages.keep(pcm, transcript, service)
        except ServiceUnavailableError:
            kept = False
        seconds = round(duration_s(pcm), 1)
        self.report("message_laisse", service=service, secondes=seconds, garde=kept)
        return kept

    async def _call_back(
        self,
        service: str,
        number: str,
        reason: str,
        *,
        again: bool,
        waiting_since: datetime | None,
    ) -> Promise | None:
        callbacks = self.errands.callbacks
        fin = number[-_KNOWN_DIGITS:]
        try:
            if callbacks is None:
                return None
            promise = await callbacks.request(
                service, number, reason, again=again, waiting_since=waiting_since
            )
        except ServiceUnavailableError:
            self.report("rappel_impossible", service=service, fin=fin)
            return None
        if promise.outcome == "handled_today":
            self.report("rappel_deja_fait", service=service, fin=fin)
            return promise
        self._promised.add(service)
        due = promise.due.isoformat() if promise.due else None
        self.report(
            "rappel_promis", resultat=promise.outcome, service=service, fin=fin, echeance=due
        )
        return promise
