"""What callers asked in vain, as the admin pages see it; ``callbot`` fills the protocol."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from common.french import fold
from common.masking import NUMBER, mask_text

NAME = "[nom]"

_TITLE = r"(?:madame|monsieur|mademoiselle|mme|mlle|m\.|docteur|dr)"
_CAPITAL = r"(?:(?:de|du|des|le|la|d['’]|l['’])\s*)?[A-ZÀ-ÖØ-Ý][\w'’-]+"
_AFTER_TITLE = re.compile(rf"(?i:\b({_TITLE}))\s+{_CAPITAL}(?:\s+{_CAPITAL})*")
_AFTER_PHRASE = re.compile(
    r"(?i)\b(je m['’]appelle|mon nom,? (?:est|c['’]est)|au nom de|c['’]est (?:pour )?"
    rf"{_TITLE})\s+(?:{_TITLE}\s+)?[\w'’-]+(?:\s+(?-i:[A-ZÀ-ÖØ-Ý])[\w'’-]+)*"
)
_DIGITS = re.compile(r"\d(?:[\s.\-]?\d){4,}")
_BIRTH = re.compile(r"(?i)\b(née?s? le)\s+\d{1,2}(?:er)?\s+\w+(?:\s+\d{4})?")


@dataclass(frozen=True)
class Question:
    """One request that the bot did not answer; personal data is masked."""

    call: str
    turn: int
    at: datetime
    text: str
    decision: str
    intent: str | None
    """The likeliest reading."""


@dataclass(frozen=True)
class Cluster:
    """Requests that mean nearly the same."""

    title: str
    """The sentence closest to all others."""
    count: int
    """How often it was asked."""
    samples: tuple[Question, ...]
    """Different sentences, the most typical first."""
    intent: str | None
    """The intent that it was most often taken for, if any."""
    latest: datetime


@dataclass(frozen=True)
class WrongAnswer:
    """An answer of the bot that staff marked as wrong; personal data is masked."""

    call: str
    turn: int
    at: datetime
    """When it was marked."""
    author: str
    reason: str
    heard: str
    said: str
    intent: str | None
    sources: tuple[str, ...]


class Questions(Protocol):
    """Looks through the history."""

    async def clusters(self, since: datetime) -> Sequence[Cluster]:
        """Return what was asked in vain since then, the most frequent first."""
        ...

    async def wrong(self, since: datetime) -> Sequence[WrongAnswer]:
        """Return the answers marked since then, newest first."""
        ...


def anonymous(text: str) -> str:
    """Return a caller's words without numbers, addresses of e-mail, names that are said as such
    and dates of birth."""
    text = mask_text(text)
    text = _BIRTH.sub(r"\1 [date]", text)
    text = _AFTER_PHRASE.sub(rf"\1 {NAME}", text)
    text = _AFTER_TITLE.sub(rf"\1 {NAME}", text)
    return _DIGITS.sub(NUMBER, text)


def usable(text: str) -> bool:
    """True when a sentence may become an example: nothing was masked in it, and it has words."""
    return "[" not in text and len(fold(text).split()) >= 2
