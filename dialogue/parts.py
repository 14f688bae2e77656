"""What the conversations of a callbot are made with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dialogue.config import DialogueSettings
from dialogue.listening import EndOfTurn
from dialogue.ports import Handover, Line, Recogniser, Speaker
from dialogue.record import Recorder


@dataclass(frozen=True)
class Parts:
    """The rooms that a conversation uses."""

    line: Line
    handover: Handover
    recogniser: Recogniser
    speaker: Speaker
    end_of_turn: EndOfTurn
    main_service: str
    recorder: Recorder
    settings: DialogueSettings
    clock: Callable[[], datetime]
    """The date and time in the town."""
    meanwhile: str = ""
    """What is said when an answer takes longer than a second to begin; nothing by default."""
    music: Mapping[str, bytes] = field(default_factory=dict)
    """What callers hear while they wait for a service; silence for the others."""
