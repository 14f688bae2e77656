"""Who answers for the town and by which rules: plain data, made by :mod:`receptionconfig`.

Durations are in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import IntEnum, StrEnum
from typing import Literal, TypeAlias

MAIN_QUEUE_SIZE = 20
"""Longest queue unless the town says otherwise."""


SERVICE_PREFIX = "poste:"
"""Before the service, the id of its one telephone; no id of a person has a colon."""


class Strategy(StrEnum):
    """Which of the free agents is rung."""

    LONGEST_IDLE = "repos_le_plus_long"
    ALL = "tous"
    ORDER = "ordre"


class TransferMode(StrEnum):
    """How a caller is handed to a person."""

    BLIND = "aveugle"
    ATTENDED = "accompagne"
    BRIDGE = "pont"


class AfterHours(StrEnum):
    """What becomes of a caller for a service that is closed."""

    TRY = "essayer"
    """The telephone rings all the same: somebody may be on duty, or the PBX leads elsewhere."""
    OFFER = "proposer"
    """The telephone does not ring: a call-back or another way is offered at once."""


class Priority(IntEnum):
    """Rank of a caller; LONG_WAIT is only ever reached by waiting."""

    NORMAL = 0
    LONG_WAIT = 1
    STRUGGLING = 2
    URGENT = 3


_COUNTRY = re.compile(r"\+(?:33|262|590|594|596)")

OverflowKind: TypeAlias = Literal["service", "sip", "callback", "bot"]


@dataclass(frozen=True)
class Overflow:
    """Where callers go whom nobody answers in time."""

    kind: OverflowKind
    target: str = ""
    """A service id or a SIP address; empty for a call-back or for the bot."""


@dataclass(frozen=True)
class Agent:
    """A member of staff."""

    id: str
    name: str
    target: str
    """SIP address of the telephone."""
    services: tuple[str, ...]
    """The agent's best subject first."""
    starts_available: bool = True
    """Presence before the agent has ever said anything."""
    person: bool = True
    """False for the telephone of a service without agents; it is rung for call-backs only."""

    @classmethod
    def for_service(cls, service: str, target: str) -> Agent:
        """Return the telephone of a service without agents."""
        return cls(SERVICE_PREFIX + service, service, target, (service,), person=False)


@dataclass(frozen=True)
class QueueRules:
    """The queue of one service."""

    service: str
    strategy: Strategy = Strategy.LONGEST_IDLE
    max_wait_s: float = 600.0
    overflow: Overflow = field(default_factory=lambda: Overflow("callback"))
    announce_every_s: float = 45.0
    music: str | None = None
    """File name under the town's music folder; None is silence."""
    ring_s: float = 20.0
    max_size: int = MAIN_QUEUE_SIZE
    wrap_up_s: float = 10.0
    mode: TransferMode = TransferMode.BRIDGE
    confirm: bool = False
    """The agent presses 1 before the caller is connected: an answering machine does not."""
    penalty_s: float = 20.0
    """An agent who did not take a call is left alone for so long; longer after each miss."""
    ageing_s: float = 180.0
    """Waiting so long makes a call rank higher by one class."""
    after_hours: AfterHours = AfterHours.OFFER
    usual_talk_s: float | None = None
    """Mean handling time assumed until calls have been measured."""


@dataclass(frozen=True)
class Direct:
    """A service without agents of its own: one address, where callers go without a queue."""

    service: str
    target: str
    mode: TransferMode = TransferMode.BLIND
    confirm: bool = False
    ring_s: float | None = None
    """None: the wait of the dialogue's settings."""


@dataclass(frozen=True)
class CallbackRules:
    """When residents are called back."""

    enabled: bool = True
    retries: tuple[float | None, ...] = (600.0, 2700.0, None)
    """Delay before each further try when the resident is not reached; None: next opening."""
    from_time: time = time(9)
    until_time: time = time(19)
    """Nobody's telephone rings outside these hours of the town."""
    give_up_after_s: float = 5 * 86400.0
    """An open call-back older than this is handed to people."""
    target: str = "tel:{numero}"
    """Where residents are dialled: an address with ``{numero}`` (+33612345678) or ``{national}``
    (0612345678) in it."""
    shown: str = ""
    """The number that their telephones show; empty: that of the line worker, or of the PBX."""

    def possible(self, *, pbx: bool) -> bool:
        """Tell whether residents can be called back; ``pbx``: there is one to dial numbers at."""
        return self.enabled and (pbx or not self.target.lower().startswith("tel:"))

    def address(self, number: str) -> str:
        """Return the address of a resident; ``number`` is French and E.164."""
        national = "0" + _COUNTRY.sub("", number)
        return self.target.replace("{numero}", number).replace("{national}", national)


@dataclass(frozen=True)
class Reception:
    """The whole configuration of ``accueil.yml``."""

    agents: tuple[Agent, ...]
    queues: Mapping[str, QueueRules]
    """Of every service; that of a ``direct`` one holds call-backs only."""
    direct: Mapping[str, Direct]
    callbacks: CallbackRules = field(default_factory=CallbackRules)

    def route(self, service: str) -> QueueRules | Direct:
        """Return how callers for ``service`` are handed over; KeyError when it is unknown."""
        found = self.direct.get(service)
        return found if found is not None else self.queues[service]

    @property
    def second_legs(self) -> bool:
        """True when callers are connected to people by a second leg, which takes a line."""
        staffed = any(agent.person for agent in self.agents)
        return staffed or any(one.mode is not TransferMode.BLIND for one in self.direct.values())

    def takes_over(self, new: Reception) -> bool:
        """Tell whether a box that runs can go by ``new``.

        Its lines are counted and its pages made at the start: a restart is needed where callers are
        connected to people, or residents called back, for the first time.
        """
        legs = self.second_legs or not new.second_legs
        return legs and (self.callbacks.enabled or not new.callbacks.enabled)

    def served(self, service: str, main: str) -> str:
        """Return who answers for a service: itself, or ``main`` where the town has it no more."""
        return service if service in self.queues or service in self.direct else main

    @property
    def names(self) -> Mapping[str, str]:
        """What staff are called, by id."""
        return {agent.id: agent.name for agent in self.agents}

    @property
    def rung_when_closed(self) -> frozenset[str]:
        """The services whose telephone rings at any hour."""
        rules = self.queues.items()
        return frozenset(name for name, queue in rules if queue.after_hours is AfterHours.TRY)

    def agents_of(self, service: str) -> tuple[Agent, ...]:
        """Return the agents who answer for ``service``, in the order of the file."""
        return tuple(agent for agent in self.agents if service in agent.services)
