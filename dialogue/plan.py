"""What the bot does next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dialogue.policy import Decision

Then = Literal["listen", "record", "transfer", "wait", "hang_up"]
"""``record``: take a message for staff."""


@dataclass(frozen=True)
class Sentence:
    """One piece of speech and where it comes from."""

    text: str
    sources: tuple[str, ...]
    pace: float = 1.0
    kept: str | None = None
    """What the call's record says of it, without a resident's number; None: ``text``."""

    @property
    def shown(self) -> str:
        """The text as it may be kept."""
        return self.text if self.kept is None else self.kept


@dataclass(frozen=True)
class Plan:
    """What the bot does next: say the sentences, then listen, take a message, transfer, wait in
    the queue or hang up."""

    say: tuple[Sentence, ...]
    then: Then
    decision: Decision
    intent: str | None = None
    confidence: float = 0.0
    service: str | None = None
    lieu: str | None = None
    jour: str | None = None

    @property
    def text(self) -> str:
        """All that is said, as written French."""
        return " ".join(sentence.text for sentence in self.say)

    @property
    def shown(self) -> str:
        """All that is said, as it may be kept."""
        return " ".join(sentence.shown for sentence in self.say)

    @property
    def sources(self) -> tuple[str, ...]:
        """The entries behind what is said, each once."""
        return tuple(dict.fromkeys(s for sentence in self.say for s in sentence.sources))
