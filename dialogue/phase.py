"""Where a conversation stands, and what others are told of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final

from dialogue.record import PhaseName


class Phase(Enum):
    """Where the conversation stands."""

    WAITING = auto()
    SPEAKING = auto()
    LISTENING = auto()
    THINKING = auto()
    TRANSFERRING = auto()
    QUEUED = auto()
    TALKING = auto()
    CLOSING = auto()
    ENDED = auto()


PHASE_NAMES: Final[Mapping[Phase, PhaseName]] = {
    Phase.SPEAKING: "speaking",
    Phase.LISTENING: "listening",
    Phase.THINKING: "thinking",
    Phase.TRANSFERRING: "transferring",
    Phase.QUEUED: "queued",
    Phase.TALKING: "talking",
    Phase.CLOSING: "closing",
}
"""As the recorder calls them; it is told of no others."""

HEARING: Final = frozenset({Phase.LISTENING, Phase.SPEAKING, Phase.THINKING, Phase.QUEUED})
"""Phases in which a turn of the caller may become complete."""

DEAF_TO_KEYS: Final = frozenset({Phase.TRANSFERRING, Phase.TALKING, Phase.WAITING, Phase.CLOSING})
"""Phases in which a key is recorded and nothing else."""
