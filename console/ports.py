"""What the console needs from the core; ``callbot`` fills these protocols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class Health:
    """State of the box as the core sees it."""

    status: Literal["starting", "ok", "draining"]
    workers: tuple[int, ...] = ()
    """Numbers of the line workers that are connected."""
    lines: int = 0
    """Lines of those workers."""
    active_calls: int = 0
    waiting_for: tuple[str, ...] = ()
    """What is still missing before calls are taken, in French."""


class TurnView(Protocol):
    """One exchange of a call."""

    @property
    def n(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def heard(self) -> str: ...
    @property
    def asr_confidence(self) -> float | None: ...
    @property
    def intent(self) -> str | None: ...
    @property
    def confidence(self) -> float: ...
    @property
    def decision(self) -> str: ...
    @property
    def said(self) -> str: ...
    @property
    def sources(self) -> Sequence[str]: ...
    @property
    def service(self) -> str | None: ...
    @property
    def lieu(self) -> str | None: ...
    @property
    def jour(self) -> str | None: ...
    @property
    def interrupted(self) -> bool: ...
    @property
    def latency_ms(self) -> float | None: ...
    @property
    def stages(self) -> Mapping[str, float]: ...


class EventView(Protocol):
    """One point of a call's timeline."""

    @property
    def at(self) -> datetime: ...
    @property
    def kind(self) -> str: ...
    @property
    def details(self) -> Mapping[str, Any]: ...


class CallView(Protocol):
    """One call."""

    @property
    def id(self) -> str: ...
    @property
    def sip_call_id(self) -> str: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def caller(self) -> str: ...
    @property
    def called(self) -> str: ...
    @property
    def outcome(self) -> str | None: ...
    @property
    def service(self) -> str | None: ...
    @property
    def sms(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def versions(self) -> Mapping[str, str]: ...
    @property
    def turns(self) -> Sequence[TurnView]: ...
    @property
    def events(self) -> Sequence[EventView]: ...


class History(Protocol):
    """The calls that are kept."""

    async def calls(
        self,
        *,
        limit: int = 100,
        since: datetime | None = None,
        sip_call_id: str | None = None,
    ) -> Sequence[CallView]:
        """Return calls without their turns, newest first."""
        ...

    async def call(self, call_id: str) -> CallView | None:
        """Return one call with its turns and events, or None."""
        ...
