"""Hands callers to people: straight to a service's telephone, or through its queue.

The desk carries out what :class:`telephony.queueing.Queueing` decides, over the line workers, and
tells each conversation what became of its caller. It owns the legs towards people.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from callbot.handover import Approach, Caller, CallerLine, Party
from callbot.lines import Post
from common import logs
from dialogue import events as ev
from dialogue.config import Phrases
from dialogue.ports import Speaker
from telephony import queueactions as qa
from telephony.presence import AgentState, Presence
from telephony.queueing import CONFIRM_S, SHORT_TALK_S, Queueing
from telephony.reception import Direct, Priority, Reception, TransferMode

OK = 200
TIMED_OUT = 408
UNAVAILABLE = 480
BUSY_HERE = 486
WORKER_LOST = 503
"""What LegEnded says of a talk when the line worker died, and the caller's call with it."""


@dataclass(frozen=True)
class Guest:
    """A call as the desk knows it before it wants a human."""

    call: str
    line: CallerLine
    number: str
    story: Callable[[str], Mapping[str, str]] = lambda _service: {}
    """What the telephone that rings for a service is told, as SIP headers."""


class CallHandover:
    """The desk as one conversation sees it: :class:`dialogue.ports.Handover`."""

    def __init__(self, desk: Desk, guest: Guest) -> None:
        self._desk = desk
        self._guest = guest
        self.call = guest.call
        self.post: Post = lambda _event: None

    def start(self, service: str, whisper: str, *, urgent: bool, struggling: bool) -> None:
        """Find a person of one service."""
        guest = self._guest
        caller = Caller(guest.call, guest.line, whisper, guest.number, guest.story(service))
        priority = Priority.STRUGGLING if struggling else Priority.NORMAL
        self._desk.hand_over(caller, self.post, service, Priority.URGENT if urgent else priority)

    def leave(self) -> None:
        """The caller is gone, or no longer wants to wait."""
        self._desk.leave(self._guest.call)


@dataclass
class _Waiting:
    """A caller at the desk."""

    caller: Caller
    post: Post
    service: str
    route: Direct | None = None
    """How a service without a queue is reached, as it was when the caller came."""
    approach: Approach | None = None
    """The one telephone of such a service."""
    connected_at: float | None = None
    """Since when the caller talks with whoever answers it."""
    referred: bool = False
    """A REFER without a second leg is under way: it cannot be taken back."""


class Taker(Protocol):
    """Carries out the call-backs that wait at the desk. ``call`` is ``Callback.queue_call``."""

    def can_ring(self) -> bool:
        """Tell whether a line is free for a telephone of staff and one for the resident."""

    def no_line(self, call: str) -> None:
        """No line was free when somebody could have been rung."""

    def taken(self, call: str, agent: str, approach: Approach) -> None:
        """An agent has the call-back and holds the line; the leg is the taker's from now on."""


@dataclass(frozen=True)
class _Promise:
    """A call-back that waits at the desk."""

    party: Party
    taker: Taker


class Desk:
    """All callers that wait for, ring or talk to a person."""

    def __init__(
        self,
        reception: Reception,
        speaker: Speaker,
        phrases: Phrases,
        ring_s: float,
        wanted: Mapping[str, Presence],
    ) -> None:
        """``ring_s`` is how long a single telephone rings; ``wanted`` what each member of staff
        last asked for."""
        self._reception = reception
        self._speaker = speaker
        self._phrases = phrases
        self._ring_s = ring_s
        self._main_service = ""
        self._wanted = wanted
        self.changed: Callable[[], None] = lambda: None
        """Told when the queue or the staff has changed."""
        self._guests: dict[str, _Waiting] = {}
        self._promises: dict[str, _Promise] = {}
        self._offers: dict[str, Approach] = {}
        self._queue: Queueing | None = None
        self._wake = asyncio.Event()
        self._log = logs.get(part="desk")

    def renew(
        self, reception: Reception, phrases: Phrases, ring_s: float, main_service: str
    ) -> None:
        """Go by another version; ``main_service`` answers for services that are gone."""
        self._phrases = phrases
        self._ring_s = ring_s
        self._main_service = main_service
        if reception != self._reception:
            queue = self._queueing()
            self._reception = reception
            self._perform(queue.renew(reception, main_service, self._now()))

    async def run(self) -> None:
        """Keep the queues' time until cancelled."""
        try:
            while True:
                deadline = self._queueing().next_deadline()
                try:
                    async with asyncio.timeout_at(deadline):
                        await self._wake.wait()
                except TimeoutError:
                    self._perform(self._queueing().tick(self._now()))
                self._wake.clear()
        finally:
            for approach in (*self._offers.values(), *self._single()):
                approach.close()

    def hand_over(self, caller: Caller, post: Post, service: str, priority: Priority) -> None:
        """Find a person for a caller; the conversation gets events until TransferFinished."""
        service = self._served(service)
        route = self._reception.direct.get(service)
        guest = _Waiting(caller, post, service, route)
        self._guests[caller.call] = guest
        if route is not None:
            self._go_direct(guest, route)
        else:
            self._perform(
                self._queueing().enter(caller.call, service, self._now(), priority=priority)
            )

    def leave(self, call: str) -> None:
        """The caller hung up, or no longer wants to wait; harmless when unknown."""
        guest = self._guests.pop(call, None)
        if guest is None:
            return
        if guest.approach is not None:
            guest.approach.caller_left()
        self._perform(self._queueing().left(call, self._now()))
        for approach in list(self._offers.values()):
            if approach.caller.call == call:
                approach.caller_left()

    def queue_callback(
        self,
        party: Party,
        service: str,
        waited_s: float,
        taker: Taker,
        agent: str | None = None,
    ) -> None:
        """Let a call-back wait for an agent, at the place of one who has waited ``waited_s``.

        ``agent`` is rung first. Nothing happens when it is here already.
        """
        if party.call in self._promises:
            return
        self._promises[party.call] = _Promise(party, taker)
        service, queue, now = self._served(service), self._queueing(), self._now()
        self._perform(
            queue.enter(party.call, service, now, waited_s=waited_s, callback=True, agent=agent)
        )

    def waits(self, call: str) -> bool:
        """Tell whether a call-back is in the queue or with an agent."""
        return call in self._promises

    def callback_over(self, call: str, *, talked: bool = False) -> None:
        """A call-back leaves the queue, or its agent; who talked gets the time to write it up."""
        if self._promises.pop(call, None) is not None:
            self._perform(self._queueing().left(call, self._now(), wrap_up=talked))

    def out_of_reach(self, call: str) -> Literal["talking", "referred"] | None:
        """Why staff cannot lead a call elsewhere; None when they can."""
        guest = self._guests.get(call)
        if guest is not None and guest.referred:
            return "referred"
        direct = guest is not None and guest.connected_at is not None
        talking = direct or any(talk.call == call for talk in self.talks())
        return "talking" if talking else None

    # What the console shows and asks

    def waiting(self) -> tuple[qa.Place, ...]:
        """Callers who wait, in the order in which they will be served."""
        return self._queueing().waiting(self._now())

    def talks(self) -> tuple[qa.Talk, ...]:
        """Callers who talk with a member of staff out of a queue."""
        return self._queueing().talks()

    def agents(self) -> Mapping[str, AgentState]:
        """Every member of staff with what they are doing."""
        return self._queueing().agents()

    def take(self, agent: str, call: str) -> qa.TakeRefused | None:
        """A member of staff takes a waiting call; returns why not."""
        actions = self._queueing().take(agent, call, self._now())
        self._perform(actions)
        return next((action for action in actions if isinstance(action, qa.TakeRefused)), None)

    def set_presence(self, agent: str, presence: Presence) -> None:
        """A member of staff is available, on a break or away; KeyError when unknown."""
        self._perform(self._queueing().wants(agent, presence, self._now()))

    # The telephones' answers (handover.Watcher)

    def picked_up(self, leg: str) -> None:
        """A telephone was answered."""
        if leg in self._offers:
            self._perform(self._queueing().picked_up(leg, self._now()))
            return
        guest = self._guest_of(leg)
        if guest is not None and guest.approach is not None and guest.route is not None:
            if guest.route.confirm:
                self._ask_key(guest.approach, CONFIRM_S)
            else:
                guest.approach.connect(guest.route.mode, whisper=True)

    def accepted(self, leg: str) -> None:
        """Key 1 was pressed."""
        if leg in self._offers:
            self._perform(self._queueing().confirmed(leg, self._now()))
            return
        guest = self._guest_of(leg)
        if guest is not None and guest.approach is not None and guest.route is not None:
            guest.approach.connect(guest.route.mode, whisper=False)

    def connected(self, leg: str) -> None:
        """Caller and person hear each other."""
        guest = self._guest_of(leg)
        if guest is not None:
            if guest.approach is not None:
                guest.connected_at = self._now()
            guest.post(ev.TransferFinished(True, OK, self._now()))
        self.changed()

    def ended(self, leg: str, code: int, was_connected: bool) -> None:
        """A telephone hung up, or was not answered."""
        offered = self._offers.pop(leg, None)
        guest = self._guest_of(leg)
        if offered is not None:
            self._offer_ended(offered, code, was_connected)
        elif guest is not None and guest.approach is not None:
            self._single_ended(guest, guest.approach, code, was_connected)

    # Inside

    def _queueing(self) -> Queueing:
        if self._queue is None:
            seed = uuid.uuid4().hex[:8]
            self._queue = Queueing(self._reception, self._now(), wanted=self._wanted, seed=seed)
        return self._queue

    def _served(self, service: str) -> str:
        """Return who answers for a service that a call has from an earlier version."""
        found = self._reception.served(service, self._main_service)
        if found != service:
            self._log.warning("service_gone", service=service, to=found)
        return found

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _single(self) -> list[Approach]:
        return [guest.approach for guest in self._guests.values() if guest.approach is not None]

    def _guest_of(self, leg: str) -> _Waiting | None:
        approach = self._offers.get(leg)
        if approach is not None:
            return self._guests.get(approach.caller.call)
        single = (g for g in self._guests.values() if g.approach and g.approach.leg == leg)
        return next(single, None)

    def _offer_ended(self, offered: Approach, code: int, was_connected: bool) -> None:
        queue, now, call = self._queueing(), self._now(), offered.caller.call
        if not any(talk.call == call for talk in queue.talks()):
            failure = qa.failure_of(code)
            if failure == "no_line":
                self._log.warning("no_line_for_agent", code=code)
            self._perform(queue.ring_failed(offered.leg, failure, now))
        elif offered.replaced or code == WORKER_LOST:
            self._guests.pop(call, None)
            self._perform(queue.left(call, now))
        else:
            # Whoever left before the caller heard anybody has not talked, however short.
            self._perform(queue.staff_left(call, now, lost=code != OK or not was_connected))

    def _single_ended(
        self, guest: _Waiting, approach: Approach, code: int, was_connected: bool
    ) -> None:
        if approach.replaced or (was_connected and code == WORKER_LOST):
            return
        now = self._now()
        self._guests.pop(guest.caller.call, None)
        since = guest.connected_at
        if since is not None and code == OK and now - since >= SHORT_TALK_S:
            guest.post(ev.TalkOver(now))
        else:
            guest.post(ev.TransferFinished(False, UNAVAILABLE if code == OK else code, now))

    def _go_direct(self, guest: _Waiting, route: Direct) -> None:
        ring_s = route.ring_s or self._ring_s
        if route.mode is TransferMode.BLIND:
            guest.referred = True
            guest.caller.line.transfer(route.target, ring_s)
            return
        guest.approach = self._approach(uuid.uuid4().hex, guest.caller)
        guest.approach.ring(route.target, ring_s)

    def _approach(self, leg: str, caller: Party) -> Approach:
        return Approach(leg, caller, self._speaker, self)

    def _ask_key(self, approach: Approach, limit_s: float) -> None:
        question = f"{approach.caller.whisper} {self._phrases.say('prendre_appel')}"
        approach.ask(question, limit_s)

    def _perform(self, actions: list[qa.Action]) -> None:
        for action in actions:
            handler = self._handlers().get(type(action))
            if handler is not None:
                handler(action)
        self._wake.set()
        if actions:
            self.changed()

    def _handlers(self) -> dict[type, Callable[[Any], None]]:
        return {
            qa.Ring: self._do_ring,
            qa.CancelRing: self._do_cancel,
            qa.AskKey: self._do_ask_key,
            qa.Connect: self._do_connect,
            qa.AlreadyTaken: self._do_already_taken,
            qa.Announce: self._do_announce,
            qa.Moved: self._do_moved,
            qa.Overflowed: self._do_overflow,
            qa.BackInQueue: self._do_back_in_queue,
            qa.TalkOver: self._do_talk_over,
        }

    def _do_ring(self, action: qa.Ring) -> None:
        party = self._party(action.call)
        if party is None:
            return
        approach = self._approach(action.offer, party)
        self._offers[action.offer] = approach
        approach.ring(action.target, action.ring_s)

    def _party(self, call: str) -> Party | None:
        """Return who a telephone is rung for, None when nobody is there or no line is free."""
        promise = self._promises.get(call)
        if promise is None:
            guest = self._guests.get(call)
            return guest.caller if guest is not None else None
        if promise.taker.can_ring():
            return promise.party
        # Later: the queue is still telling what else it has decided.
        asyncio.get_running_loop().call_soon(promise.taker.no_line, call)
        return None

    def _do_cancel(self, action: qa.CancelRing) -> None:
        approach = self._offers.pop(action.offer, None)
        if approach is not None:
            approach.cancel()

    def _do_ask_key(self, action: qa.AskKey) -> None:
        approach = self._offers.get(action.offer)
        if approach is not None:
            self._ask_key(approach, action.limit_s)

    def _do_connect(self, action: qa.Connect) -> None:
        approach = self._offers.get(action.offer)
        promise = self._promises.get(action.call)
        if approach is not None and promise is not None:
            del self._offers[action.offer]
            promise.taker.taken(action.call, action.agent, approach)
        elif approach is not None:
            confirmed = self._reception.queues[action.queue].confirm
            approach.connect(action.mode, whisper=not confirmed)

    def _do_already_taken(self, action: qa.AlreadyTaken) -> None:
        approach = self._offers.pop(action.offer, None)
        if approach is not None:
            approach.cancel()

    def _do_announce(self, action: qa.Announce) -> None:
        guest = self._guests.get(action.call)
        if guest is not None:
            wait = action.wait
            minutes = wait.minutes if wait else None
            more = wait.more if wait else False
            guest.post(ev.Queued(action.position, minutes, more, self._now()))

    def _do_moved(self, action: qa.Moved) -> None:
        self._log.info("queue_moved", queue=action.from_queue, to=action.to_queue, why=action.why)

    def _do_overflow(self, action: qa.Overflowed) -> None:
        guest = self._guests.get(action.call)
        if guest is None:
            return
        self._log.info("queue_overflow", queue=action.queue, why=action.why, to=action.to.kind)
        if action.to.kind == "sip":
            guest.referred = True
            guest.post(ev.Referred(self._now()))
            guest.caller.line.transfer(action.to.target, self._ring_s)
            return
        self._guests.pop(action.call, None)
        code = BUSY_HERE if action.why == "full" else TIMED_OUT
        guest.post(ev.TransferFinished(False, code, self._now()))

    def _do_back_in_queue(self, action: qa.BackInQueue) -> None:
        self._log.info("back_in_queue", queue=action.queue, lost=action.lost)
        guest = self._guests.get(action.call)
        if guest is not None:
            guest.post(ev.BackInQueue(action.lost, self._now()))

    def _do_talk_over(self, action: qa.TalkOver) -> None:
        guest = self._guests.pop(action.call, None)
        if guest is not None:
            guest.post(ev.TalkOver(self._now()))
