"""What the bot may do for the caller besides answering, and how far a talk about it has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from common.frenchnumbers import FrenchNumber
from dialogue.numberform import NumberForm
from dialogue.plan import Sentence
from dialogue.policy import Decision, Pending
from dialogue.ports import Reply


@dataclass(frozen=True)
class TextErrand:
    """Send one answer as a text message."""

    reply: Reply
    consent: str = ""
    """How the caller agreed, for this answer only; empty until then."""


@dataclass(frozen=True)
class CallbackErrand:
    """Have the caller called back."""

    service: str
    reason: str
    """In the caller's words; empty when none were said."""
    waiting_since: datetime | None = None
    number: FrenchNumber | None = None
    """Confirmed, when only « encore une fois ? » is left to ask."""


@dataclass(frozen=True)
class MessageErrand:
    """Take a message for a service."""

    service: str


Errand: TypeAlias = TextErrand | CallbackErrand | MessageErrand


@dataclass(frozen=True)
class Talk:
    """An open question about an errand."""

    errand: Errand
    question: Sentence
    """To be said again when it was not understood."""
    form: NumberForm | None = None
    """None: the errand itself is offered; else its number is being taken."""
    failures: int = 0
    resumed: bool = False
    """It was left for something else, and taken up again."""

    @property
    def yes_no(self) -> bool:
        """True while yes and no are the usual answers."""
        return self.form is None or self.form.yes_no


@dataclass(frozen=True)
class Standing:
    """What this call has settled so far."""

    number: FrenchNumber | None = None
    """Confirmed by the caller."""
    text_declined: bool = False
    """The caller wants no text; none is offered again."""
    unreached: bool = False
    """Nobody took the call: no person is offered again."""


@dataclass(frozen=True)
class Reaction:
    """What a talk says next, and what is open then."""

    say: tuple[Sentence, ...]
    standing: Standing
    talk: Talk | None = None
    decision: Decision = "social"
    pending: Pending = "rien"
    """The open question when there is no talk."""
    service: str | None = None
    """Who is in charge; the one offered when a transfer is the question."""
    reply: Reply | None = None
    """An answer that was given on the way."""
    message: bool = False
    """The caller leaves a message for ``service`` now."""
