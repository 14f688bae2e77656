"""Reception at its screens: what the console asks of the desk, and what it sees of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Literal

from callbot.callbackactions import CallbackActions
from callbot.desk import Desk
from callbot.lines import Post
from callbot.waiting import Waiting
from console.live import LiveBoard, Person, PresenceState, Priority, WaitingEntry
from console.ports import ActionRefusedError
from dialogue.events import HandOver
from telephony import queueactions as qa
from telephony.presence import AgentState, Presence
from telephony.reception import Priority as Rank
from telephony.reception import Reception

_PRIORITIES: Mapping[Rank, Priority] = {
    Rank.NORMAL: "normal",
    Rank.LONG_WAIT: "long_wait",
    Rank.STRUGGLING: "struggling",
    Rank.URGENT: "urgent",
}
_STATES: Mapping[Presence, PresenceState] = {
    Presence.AVAILABLE: "available",
    Presence.BREAK: "break",
    Presence.OFFLINE: "offline",
    Presence.RINGING: "ringing",
    Presence.IN_CALL: "in_call",
    Presence.WRAP_UP: "wrap_up",
}
_WANTED: Mapping[str, Presence] = {
    "available": Presence.AVAILABLE,
    "break": Presence.BREAK,
    "offline": Presence.OFFLINE,
}
_REFUSALS: Mapping[str, str] = {
    "already_taken": "Cet appel vient d'être pris par un collègue.",
    "not_waiting": "Cet appel n'attend pas : il est avec le robot, ou terminé. "
    "Utilisez « transférer ».",
    "agent_in_call": "Vous êtes déjà en ligne.",
    "unknown_agent": "Choisissez d'abord votre nom.",
}
_OUT_OF_REACH: Mapping[str, str] = {
    "talking": "Cet appel est déjà avec un collègue.",
    "referred": "Cet appel est en cours de transfert vers un téléphone, on ne peut plus l'arrêter. "
    "Si personne ne répond, il revient au robot : vous pourrez alors le reprendre.",
}


class FrontDesk:
    """See :class:`console.ports.Desk`; keeps the board's queue and staff true."""

    def __init__(
        self,
        reception: Reception,
        desk: Desk,
        callbacks: CallbackActions,
        board: LiveBoard,
        waiting: Waiting,
        clock: Callable[[], datetime],
        main_service: str,
    ) -> None:
        """Calls that belong to no service are the ``main_service``'s."""
        self._reception = reception
        self._desk = desk
        self._callbacks = callbacks
        self._board = board
        self._waiting = waiting
        self._clock = clock
        self._main_service = main_service
        self._posts: dict[str, Post] = {}

    def renew(self, reception: Reception, main_service: str) -> None:
        """Go by another version."""
        self._reception = reception
        self._main_service = main_service
        self.refresh()

    def follow(self, call: str, post: Post) -> None:
        """Know a conversation, so that staff can send it elsewhere."""
        self._posts[call] = post

    def forget(self, call: str) -> None:
        """The conversation is over."""
        self._posts.pop(call, None)

    def refresh(self) -> None:
        """Show the queue and the staff as they are now."""
        now = self._clock()
        places = self._desk.waiting()
        self._board.queue_changed([_entry(place, now) for place in places if not place.callback])
        states = self._desk.agents()
        people = (agent for agent in self._reception.agents if agent.person)
        self._board.presence_changed(
            [
                _person(agent.id, agent.name, agent.services, states[agent.id])
                for agent in people
                if agent.id in states
            ]
        )

    async def take(self, call: str, agent: str) -> str:
        """Ring the agent's telephone for a waiting caller."""
        if self._desk.out_of_reach(call) == "referred":
            raise ActionRefusedError(_OUT_OF_REACH["referred"])
        refused = self._desk.take(agent, call)
        if refused is not None:
            raise ActionRefusedError(_REFUSALS[refused.why])
        return "Votre téléphone sonne."

    async def transfer(self, call: str, service: str, agent: str) -> str:
        """Send a call that is with the bot, or waits, to a service."""
        post = self._posts.get(call)
        if post is None:
            raise ActionRefusedError("Cet appel est terminé.")
        if service not in self._reception.queues and service not in self._reception.direct:
            raise ActionRefusedError("Ce service n'existe pas.")
        reason = self._desk.out_of_reach(call)
        if reason is not None:
            raise ActionRefusedError(_OUT_OF_REACH[reason])
        post(HandOver(service, asyncio.get_running_loop().time()))
        return "L'appel est transféré."

    async def call_back(self, call: str, agent: str) -> str:
        """Ring the agent, then the resident who called."""
        live, past = self._board.call(call), self._board.finished(call)
        found = live or past
        if found is None:
            raise ActionRefusedError("Cet appel n'est plus d'aujourd'hui : composez le numéro.")
        service = found.service or self._main_service
        return await self._callbacks.call_back(call, found.caller, service, agent)

    async def set_presence(
        self, agent: str, state: Literal["available", "break", "offline"]
    ) -> str:
        """Change what the agent wants, and remember it across restarts."""
        wanted = _WANTED[state]
        try:
            self._desk.set_presence(agent, wanted)
        except KeyError as error:
            raise ActionRefusedError(_REFUSALS["unknown_agent"]) from error
        await self._waiting.set_presence(agent, wanted, self._clock())
        return {
            "available": "Vous êtes disponible.",
            "break": "Vous êtes en pause.",
            "offline": "Vous êtes absent.",
        }[state]


def _entry(place: qa.Place, now: datetime) -> WaitingEntry:
    return WaitingEntry(
        call=place.call,
        service=place.queue,
        position=place.position,
        since=now - timedelta(seconds=round(place.waited_s)),
        priority=_PRIORITIES[place.rank],
        estimate_min=place.wait.minutes if place.wait else None,
        ringing=place.ringing,
        callback=place.callback,
    )


def _person(identifier: str, name: str, services: tuple[str, ...], state: AgentState) -> Person:
    wanted = _STATES[state.wanted]
    shown = _STATES[state.presence]
    return Person(identifier, name, shown, services, wanted if wanted != shown else None)
