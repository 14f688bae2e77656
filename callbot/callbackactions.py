"""Call-backs at the screens of staff, and as the dialogue asks for them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime

from callbot.callbackdesk import CallbackDesk
from callbot.desk import Desk
from common import frenchnumbers as fn
from console.ports import ActionRefusedError, CallBackEntry
from dialogue.ports import Promise, ServiceUnavailableError
from telephony.callbackrecord import Callback, CallbackState
from telephony.presence import Presence
from telephony.reception import SERVICE_PREFIX

_NUMBERS: Mapping[fn.Problem, str] = {
    "empty": "Le numéro de cet appel est inconnu ou masqué.",
    "short": "Un numéro court ne peut pas être rappelé.",
    "special": "Un numéro spécial ou surtaxé ne peut pas être rappelé d'ici.",
    "foreign": "Seuls les numéros français peuvent être rappelés d'ici.",
    "invalid": "Le numéro de cet appel n'existe pas.",
    "own": "C'est un numéro de la mairie.",
}
_TOO_LATE: Mapping[CallbackState, str] = {
    CallbackState.QUEUED: "Ce rappel attend déjà un agent libre.",
    CallbackState.DIALLING: "Le téléphone de l'habitant sonne déjà.",
    CallbackState.TALKING: "L'habitant est déjà en ligne avec un collègue.",
    CallbackState.CLOSING: "Tous les essais sont faits : un SMS part à l'habitant.",
}
_ENDED = "Ce rappel est déjà terminé."
_TAKES: Mapping[str, str] = {
    "already_taken": "Un collègue vient de prendre ce rappel.",
    "not_waiting": _ENDED,
    "agent_in_call": "Vous êtes déjà en ligne.",
    "unknown_agent": "Choisissez d'abord votre nom.",
}


class CallbackActions:
    """See :class:`console.ports.CallBacks`."""

    def __init__(self, callbacks: CallbackDesk, desk: Desk) -> None:
        self._callbacks = callbacks
        self._desk = desk

    def entries(self) -> tuple[CallBackEntry, ...]:
        """Return those that are open or ended today, as the board shows them."""
        return tuple(_entry(callback) for callback in self._callbacks.callbacks)

    async def now(self, callback: str, agent: str) -> str:
        """Ring the agent at once, whatever the hour, then the resident."""
        self._check_agent(agent)
        return await self._start(callback, agent)

    async def done(self, callback: str, agent: str) -> str:
        """Close it: a person has called."""
        if await self._callbacks.settle(callback, agent) is None:
            raise await self._too_late(callback)
        return "Le rappel est noté comme fait."

    async def cancel(self, callback: str, agent: str) -> str:
        """Close it: nobody calls."""
        if await self._callbacks.cancel(callback) is None:
            raise await self._too_late(callback)
        return "Le rappel est annulé."

    async def call_back(self, call: str, number: str, service: str, agent: str) -> str:
        """Ring the agent, then whoever called in ``call``; it counts as a promise made now.

        Raises:
            ActionRefusedError: with a French sentence for the agent.
        """
        self._check_agent(agent)
        if not self._callbacks.enabled:
            raise ActionRefusedError("Les rappels ne sont pas en service : composez le numéro.")
        if not self._callbacks.knows(service):
            raise ActionRefusedError("Ce service n'existe plus.")
        found = fn.french_number(number, self._callbacks.own_numbers)
        if isinstance(found, fn.Refusal):
            raise ActionRefusedError(_NUMBERS[found.problem])
        asked = await self._callbacks.request(found, service, "", call=call)
        if asked.outcome == "handled_today":
            asked = await self._callbacks.request(found, service, "", call=call, again=True)
        return await self._start(asked.callback.id, agent)

    async def _start(self, identifier: str, agent: str) -> str:
        callback = await self._callbacks.callback(identifier)
        if callback is not None and callback.number in self._callbacks.engaged():
            raise ActionRefusedError("L'habitant est en ligne avec la mairie en ce moment.")
        if callback is not None and not self._callbacks.knows(callback.service):
            raise ActionRefusedError("Ce service n'existe plus.")
        if callback is not None and callback.state is CallbackState.QUEUED:
            return self._take(callback, agent)
        if await self._callbacks.start_now(identifier, agent) is None:
            raise await self._too_late(identifier)
        return self._ringing()

    def _take(self, callback: Callback, agent: str) -> str:
        """It is in the queue already."""
        if self._callbacks.parked(callback.id):
            self._callbacks.ring_first(callback.id, agent)
            return self._ringing()
        refused = self._desk.take(agent, callback.queue_call)
        if refused is not None:
            raise ActionRefusedError(_TAKES[refused.why])
        return self._ringing()

    def _ringing(self) -> str:
        if self._callbacks.can_ring():
            return "Votre téléphone sonne. Tapez 1 : l'habitant est appelé ensuite."
        return "Toutes les lignes sont prises. Votre téléphone sonne dès qu'une ligne est libre."

    def _check_agent(self, agent: str) -> None:
        state = self._desk.agents().get(agent)
        if state is None:
            raise ActionRefusedError(_TAKES["unknown_agent"])
        if state.presence is Presence.IN_CALL:
            raise ActionRefusedError(_TAKES["agent_in_call"])

    async def _too_late(self, identifier: str) -> ActionRefusedError:
        callback = await self._callbacks.callback(identifier)
        state = callback.state if callback is not None else CallbackState.DONE
        return ActionRefusedError(_TOO_LATE.get(state, _ENDED))


class CallCallbacks:
    """See :class:`dialogue.ports.CallBacks`: what one conversation can promise."""

    def __init__(self, callbacks: CallbackDesk, call: str) -> None:
        self._callbacks = callbacks
        self._call = call

    def possible(self, service: str) -> bool:
        """Tell whether people of this service call residents back."""
        return self._callbacks.possible(service)

    async def request(
        self,
        service: str,
        number: str,
        reason: str,
        *,
        again: bool = False,
        waiting_since: datetime | None = None,
    ) -> Promise:
        """Promise a call to a number that the dialogue has checked."""
        try:
            asked = await self._callbacks.request(
                number,
                service,
                reason,
                call=self._call,
                waiting_since=waiting_since,
                again=again,
            )
        except (ValueError, sqlite3.Error) as error:
            raise ServiceUnavailableError("callbacks") from error
        return Promise(asked.outcome, asked.callback.due_at)


def _entry(callback: Callback) -> CallBackEntry:
    person = not (callback.agent or "").startswith(SERVICE_PREFIX)
    return CallBackEntry(
        id=callback.id,
        number=callback.number,
        service=callback.service,
        reason=callback.reason,
        requested_at=callback.requested_at,
        due_at=callback.due_at,
        changed_at=callback.changed_at,
        state=callback.state.value,
        tries=callback.attempts,
        by_hand=callback.by_hand,
        agent=callback.agent if person else None,
        call=callback.call,
    )
