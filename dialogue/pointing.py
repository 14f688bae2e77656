"""« Il faut une carte pour y aller ? »: a question that leans on the place just talked of.

It is read again with the place said in full, and counts so where that is better understood.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from common.french import fold
from dialogue.policy import Verdict
from dialogue.ports import Facts, Heard
from dialogue.reading import PLACE_INTENTS, Reader
from dialogue.state import State

_I_THERE = re.compile(r"\bj['’ ]y\b", re.IGNORECASE)
_THERE = re.compile(
    r"\by (?!(?:a|avait|aura|aurait|en|compris)\b)(\w+)|"
    r"\b(?:là[- ]bas|la[- ]bas|dedans|sur place)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^(?:(?:et|alors|euh|donc|mais|ah|sinon|ok|d accord|dites) )*"
    r"(?:(?:il )?faut(?: il)?|(?:est ce )?qu (?:il|on)|est ce que?|on (?:peut|doit)|peut on|"
    r"(?:il )?y a(?: t il)?|vous avez|c est|ca coute|je (?:peux|dois)|puis je|dois je|besoin d)\b"
)
_MOST_WORDS = 9

Read = Callable[[Heard], Awaitable[Verdict]]


def in_full(text: str, at: str) -> str | None:
    """Return the question with the place (``at``: « à la piscine ») in it, None where it needs
    none."""
    told = _I_THERE.sub("je y", text)
    full, times = _THERE.subn(lambda found: f"{found[1]} {at}" if found[1] else at, told, count=1)
    if times:
        return full
    words = fold(text)
    if len(words.split()) > _MOST_WORDS or _ASKS.match(words) is None:
        return None
    return f"{text.rstrip(' ?!.…')} {at} ?"


async def resolved(
    heard: Heard, verdict: Verdict, state: State, reader: Reader, read: Read, now: datetime
) -> tuple[Heard, Verdict]:
    """Return what is meant, with its verdict: the question in full, or as it was heard."""
    facts = reader.facts
    place = state.lieu if state.topic in PLACE_INTENTS and _waits(state) else None
    if place is None or _plain(verdict) or _names(facts, heard.text):
        return heard, verdict
    words = in_full(heard.text, facts.place_phrase(place))
    if words is None:
        return heard, verdict
    full = replace(heard, text=words)
    other = await read(full)
    doubtful = replace(other, decision="ask_again", understood=False)
    found = reader.look_up(full, doubtful, now)
    if found is not None and not found.intents:
        # What only the search knows of a place is more to the point than its hours or prices.
        return full, doubtful
    better = _plain(other) and other.decision in ("answer", "transfer")
    return (full, other) if better else (heard, verdict)


def _waits(state: State) -> bool:
    """True where any request may follow: no number is being dictated, no yes or no is owed."""
    talk = state.talk
    return state.pending in ("rien", "autre_chose") and (talk is None or talk.form is None)


def _names(facts: Facts, text: str) -> bool:
    return facts.place(text, "") is not None or facts.service(text) is not None


def _plain(verdict: Verdict) -> bool:
    """True for a request of the town, or a word of courtesy, that needs no other reading."""
    return verdict.understood and verdict.decision not in ("confirm", "out_of_scope")
