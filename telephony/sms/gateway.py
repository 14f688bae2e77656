"""What every SMS gateway offers, whichever protocol it speaks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from telephony.sms.model import Incoming, Report, Text

OnReport = Callable[[Report], Awaitable[None]]
OnIncoming = Callable[[Incoming], Awaitable[None]]


@dataclass(frozen=True)
class Accepted:
    """The gateway has the message. ``gateway_id`` is empty where it names none."""

    gateway_id: str = ""


class GatewayDownError(Exception):
    """The message was certainly not handed over, another try may succeed. French message."""


class GatewayRefusedError(Exception):
    """The gateway will never take this message. French message."""


class GatewayDoubtError(Exception):
    """The message may or may not have been handed over: no answer came. French message."""


class Gateway(Protocol):
    """One way out of the box. Reports go to the callbacks given when it is made."""

    @property
    def name(self) -> str:
        """As the configuration calls it."""
        ...

    @property
    def reports(self) -> bool:
        """True when delivery reports come back."""
        ...

    async def start(self) -> None:
        """Connect, listen for reports; never raises because the peer is down."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...

    async def send(self, text: Text) -> Accepted:
        """Hand over one message.

        Raises:
            GatewayDownError: not handed over, try again.
            GatewayRefusedError: never accepted.
            GatewayDoubtError: no telling.
        """
        ...

    async def find(self, text: Text) -> Accepted | None:
        """Ask whether an earlier ``send`` in doubt was taken: Accepted, or None for certainly not.

        Raises:
            GatewayDoubtError: this gateway cannot tell (a report may still come).
            GatewayDownError: it cannot be asked now.
        """
        ...
