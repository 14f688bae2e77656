"""Errands that are only told of: for a conversation in text, where nothing must leave the box."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from dialogue.ports import Errands, Promise, Reply, TextOutcome


class _Texts:
    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    async def send(self, reply: Reply, number: str, consent: str) -> TextOutcome:
        self._tell(f"(essai : aucun SMS n'est envoyé au {number} ; texte : « {reply.sms} »)")
        return "queued"


class _CallBacks:
    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def possible(self, service: str) -> bool:
        return True

    async def request(
        self,
        service: str,
        number: str,
        reason: str,
        *,
        again: bool = False,
        waiting_since: datetime | None = None,
    ) -> Promise:
        self._tell(
            f"(essai : aucun rappel n'est prévu ; service {service}, numéro {number}, "
            f"motif : « {reason} »)"
        )
        return Promise("new")


def dry_errands(tell: Callable[[str], None]) -> Errands:
    """Return errands that do nothing but say so to ``tell``, in French."""
    return Errands(_Texts(tell), _CallBacks(tell))
