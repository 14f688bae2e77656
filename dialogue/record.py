"""What is kept of a call, handed to whoever keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from dialogue.policy import Decision

Outcome = Literal["answered", "transferred", "callback", "abandoned", "failed"]


@dataclass(frozen=True)
class TurnRecord:
    """One exchange. ``said`` is what the caller really heard of the answer."""

    heard: str
    hearing: float
    """Confidence in the transcript, 0 to 1."""
    intent: str | None
    confidence: float
    decision: Decision
    said: str
    sources: tuple[str, ...]
    latency_ms: float | None
    """From the caller's last word to our first sample, seen from inside the box."""
    lieu: str | None = None
    jour: str | None = None
    service: str | None = None
    interrupted: bool = False
    stages_ms: dict[str, float] = field(default_factory=dict)


PhaseName = Literal[
    "speaking", "listening", "thinking", "transferring", "queued", "talking", "closing"
]


class Recorder(Protocol):
    """Keeps the story of one call, and shows it as it happens."""

    def phase(self, phase: PhaseName, service: str | None) -> None:
        """The call now stands there; ``service`` is where it is being handed to."""
        ...

    def heard(self, text: str) -> None:
        """The caller said so; the answer is being made."""
        ...

    def turn(self, record: TurnRecord) -> None: ...
    def event(self, kind: str, **details: str | int | float | bool | None) -> None: ...
    def outcome(self, outcome: Outcome, service: str | None) -> None: ...
