"""Errands that are only told of: for a conversation in text, where nothing must leave the box."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dialogue.ports import Errands, Promise, Reply, TextOutcome


@dataclass(frozen=True)
class DryErrand:
    """What would have been done for the caller."""

    kind: Literal["text", "callback"]
    number: str
    """E.164."""
    content: str
    """The text message, or what the call-back is about."""
    service: str = ""
    consent: str = ""
    """How the caller agreed to a text."""

    def __str__(self) -> str:
        if self.kind == "text":
            return f"(essai : aucun SMS n'est envoyé au {self.number} ; texte : « {self.content} »)"
        return (
            f"(essai : aucun rappel n'est prévu ; service {self.service}, numéro {self.number}, "
            f"motif : « {self.content} »)"
        )


Tell = Callable[[DryErrand], None]


class _Texts:
    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    async def send(self, reply: Reply, number: str, consent: str) -> TextOutcome:
        self._tell(DryErrand("text", number, reply.sms or "", consent=consent))
        return "queued"


class _CallBacks:
    def __init__(self, tell: Tell) -> None:
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
        self._tell(DryErrand("callback", number, reason, service))
        return Promise("new")


def dry_errands(tell: Tell) -> Errands:
    """Return errands that do nothing but say so to ``tell``; their text is French."""
    return Errands(_Texts(tell), _CallBacks(tell))
