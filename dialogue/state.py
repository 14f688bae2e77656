"""What one conversation remembers between its turns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from dialogue.offers import Standing, Talk
from dialogue.plan import Sentence
from dialogue.policy import AGENT, ASK_CALLBACK, Pending, Verdict
from dialogue.ports import Day, Reply

_FEW_WORDS = 4
"""« Un agent, s'il vous plaît » says nothing of the matter."""


@dataclass(frozen=True)
class Candidate:
    """A request that awaits its « c'est bien cela ? »."""

    intent: str
    confidence: float
    text: str
    service: str | None


@dataclass(frozen=True)
class Matter:
    """The last thing that the caller wanted from the town."""

    words: str
    service: str | None


@dataclass(frozen=True)
class Asked:
    """A request that the street of the caller completes."""

    intent: str
    words: str
    service: str | None
    open: bool
    """The street was just asked for; else it was given, and another one may follow."""


@dataclass(frozen=True)
class StreetCheck:
    """A street that was nearly heard; see :mod:`dialogue.streettalk`."""

    asked: Asked
    proposed: str | None
    """The one that is asked about; None: the street is to be said again."""
    others: tuple[str, ...] = ()
    """That may be meant instead, the likeliest first."""
    refused: tuple[str, ...] = ()
    """That the caller did not mean."""
    failures: int = 0
    """Answers to the question that were neither yes nor no."""


@dataclass(frozen=True)
class State:
    """Replaced as a whole when a turn is complete."""

    begun: bool = False
    """The caller has said something."""
    pending: Pending = "rien"
    failures: int = 0
    silences: int = 0
    lieu: str | None = None
    offered: str | None = None
    candidate: Candidate | None = None
    last: tuple[Sentence, ...] = ()
    repeats: int = 0
    """How often in a row it was said again."""
    answered: int = 0
    topic: str | None = None
    """The last request that was understood."""
    matter: Matter | None = None
    struggled: bool = False
    language: str = ""
    """What the caller speaks, where it is not French."""
    street_for: Asked | None = None
    street_check: StreetCheck | None = None
    day_asked: bool = False
    """Our last answer ends by asking for a day."""
    reply: Reply | None = None
    """The last answer, which the caller may want as a text."""
    talk: Talk | None = None
    left: Talk | None = None
    """The talk that was open before what is being answered now."""
    standing: Standing = field(default_factory=Standing)
    message_for: str | None = None
    """Who gets the message that is being left."""
    waiting_since: datetime | None = None
    """Since when the caller has waited for a person."""

    def about(self, words: str, service: str | None) -> State:
        """Return the state in which the caller has asked for something else."""
        return replace(self, matter=Matter(words, service))

    def leaving_talk(self) -> State:
        """Return the state in which the caller turns to something else."""
        return replace(self, talk=None, pending="rien", left=self.talk)

    def wanting(self, verdict: Verdict, text: str) -> State:
        """Return the state in which the caller has said this.

        Asking for a person or a call-back is no matter of its own; a request that a street
        completes is kept until the caller wants something else.
        """
        state = self
        if self.street_for is not None and verdict.decision != "social":
            same = verdict.intent == self.street_for.intent
            kept = replace(self.street_for, open=False) if same else None
            state = replace(self, street_for=kept)
        if verdict.decision == "social" or verdict.intent == ASK_CALLBACK:
            return state
        if verdict.intent != AGENT:
            return replace(state.about(text, verdict.service), topic=verdict.intent, offered=None)
        says_more = state.matter is None and len(text.split()) > _FEW_WORDS
        return state.about(text, verdict.service) if says_more else state


@dataclass(frozen=True)
class Turn:
    """One turn as it was read."""

    verdict: Verdict
    text: str
    lieu: str | None
    day: Day | None
    now: datetime
