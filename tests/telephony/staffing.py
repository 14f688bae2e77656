"""A small reception for the tests of the queue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from telephony.queueactions import Action
from telephony.reception import Agent, CallbackRules, Direct, Overflow, QueueRules, Reception

T = TypeVar("T")

RULES = QueueRules(
    "accueil",
    max_wait_s=300,
    announce_every_s=30,
    ring_s=20,
    wrap_up_s=10,
    penalty_s=15,
    ageing_s=120,
)


def agent(name: str, *services: str, available: bool = True) -> Agent:
    return Agent(name, name.title(), f"sip:{name}@pbx", services or ("accueil",), available)


def reception(
    agents: Iterable[Agent],
    *,
    callbacks: bool = True,
    overflow: Mapping[str, Overflow] | None = None,
    **rules: Any,
) -> Reception:
    """Queues for all services that the agents name; ``ccas`` has an address only."""
    staff = tuple(agents)
    services = {service for one in staff for service in one.services}
    queues = {
        service: replace(
            RULES,
            **{
                "service": service,
                "overflow": (overflow or {}).get(service, Overflow("callback")),
                **rules,
            },
        )
        for service in services
    }
    direct = {"ccas": Direct("ccas", "sip:ccas@pbx")}
    return Reception(staff, queues, direct, CallbackRules(enabled=callbacks))


def only(actions: Iterable[Action], kind: type[T]) -> list[T]:
    """Return the actions of one kind."""
    return [action for action in actions if isinstance(action, kind)]


def one(actions: Iterable[Action], kind: type[T]) -> T:
    """Return the only action of one kind."""
    (found,) = only(actions, kind)
    return found
