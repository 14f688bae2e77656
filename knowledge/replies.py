"""What the town answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Reply:
    """What to say, where it comes from, and who is in charge."""

    text: str
    sources: tuple[str, ...]
    service: str | None
    sms: str | None
    """The same facts to be read, the town's name left out; None where reading helps nobody."""
    decision: Literal["answer", "transfer"]
    sms_offered: bool = False
    """True for what is hard to note while listening: documents, an address, a number."""

    @property
    def sms_source(self) -> str:
        """The knowledge that the text comes from: stable, so that it is sent once a call."""
        return self.sources[0]
