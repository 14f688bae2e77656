"""What a human must know of a call at one glance. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from console.ports import TurnView

_SMALL_TALK = frozenset({"social", "ask_again", "redirect"})
"""Decisions about the conversation itself, not about a request."""

_REPLIES = frozenset({"affirmer", "refuser", "au_revoir", None})
"""To a question of the bot: yes, no, a goodbye that agrees to it, or a number."""

_WAYS = frozenset({"demander_agent", "demander_rappel", "demander_sms"})
"""Say how the caller wants to be served, not what about."""


@dataclass(frozen=True)
class Card:
    """The request of a call and what became of it."""

    asked: str
    """In the caller's own words, as recognised."""
    then: str
    """What the caller said after that, such as whom to speak to; may be empty."""
    asr_confidence: float | None
    intent: str | None
    confidence: float
    decision: str
    answer: str
    """What the caller really heard of the bot's answer."""
    sources: tuple[str, ...]
    """The knowledge entries that the answer came from."""
    service: str | None
    lieu: str | None
    jour: str | None
    details: Mapping[str, str] = field(default_factory=dict)
    """What the caller gave besides: street, date, document; French names."""


def card_of(turns: Iterable[TurnView], details: Mapping[str, str] | None = None) -> Card | None:
    """Return the card of the last request in ``turns``, or None while nothing was asked.

    Small talk, answers to the bot and misunderstandings count only when there is nothing else;
    asking for a human, a call-back or a text only when there is no other matter. The place and
    the day are the last that were named, since a caller rarely names them twice.
    """
    heard = [turn for turn in turns if turn.heard]
    if not heard:
        return None
    said = [turn for turn in heard if turn.decision not in _SMALL_TALK]
    requests = [turn for turn in said if turn.intent not in _REPLIES] or said
    matters = [turn for turn in requests if turn.intent not in _WAYS]
    main = (matters or requests or heard)[-1]
    last = (requests or heard)[-1]
    return Card(
        asked=main.heard,
        then=last.heard if last is not main else "",
        asr_confidence=main.asr_confidence,
        intent=main.intent,
        confidence=main.confidence,
        decision=main.decision,
        answer=main.said,
        sources=tuple(main.sources),
        service=last.service or main.service,
        lieu=next((turn.lieu for turn in reversed(requests) if turn.lieu), None),
        jour=next((turn.jour for turn in reversed(requests) if turn.jour), None),
        details={name: value for name, value in (details or {}).items() if value},
    )
