"""What the store keeps of a call. Instants are aware datetimes in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

Outcome: TypeAlias = Literal["answered", "transferred", "callback", "abandoned", "failed"]


@dataclass(frozen=True)
class Turn:
    """One exchange: what the caller said and what the bot did."""

    n: int
    """Counts from 1 within the call; 0 is the greeting."""
    at: datetime
    heard: str
    intent: str | None
    confidence: float
    """Of the reading that was acted on, 0 to 1."""
    decision: str
    said: str
    sources: tuple[str, ...] = ()
    service: str | None = None
    lieu: str | None = None
    jour: str | None = None
    asr_confidence: float | None = None
    interrupted: bool = False
    """The caller cut the answer short; ``said`` is what was really heard of it."""
    latency_ms: float | None = None
    """From the caller's last speech to our first sample."""
    stages: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds by stage: end_of_turn, asr, nlu, tts, …"""


@dataclass(frozen=True)
class CallEvent:
    """One point of a call's timeline: started, answered, transfer, digit, …"""

    at: datetime
    kind: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One call; ``outcome`` and ``ended_at`` are None while it lasts."""

    id: str
    sip_call_id: str
    started_at: datetime
    caller: str
    """As the privacy settings allow: masked or whole."""
    called: str
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    service: str | None = None
    sms: tuple[Mapping[str, Any], ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    """What answered this call: version of the program, the intents' model, the town."""
    turns: tuple[Turn, ...] = ()
    """Filled for one call, empty in lists."""
    events: tuple[CallEvent, ...] = ()
