"""« Il faut une carte pour y aller ? »: a question that leans on the place just talked of.

It is read again with the place said in full, and counts so where that is better understood.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from common.french import fold
from dialogue.alarm import sounds_alarming
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
    r"(?:il )?y a(?: t il)?|vous avez|(?:elle|il) (?:est|a)|c est(?! pour)|ca coute|"
    r"je (?:peux|dois)|puis je|dois je|besoin d|a quelle heure|"
    r"quel(?:le)?s? (?:jours?|heures?)|jusqu a|pour (?:s |se |y )?\w+(?:er|ir|re))\b"
)
_BOOKS = re.compile(r"\b(?:reserv\w+|rendez vous|rdv)\b")
"""No price or hours answer that."""
_MOST_WORDS = 9
SURE = 0.75
"""What points to the place itself is read again unless another request is as sure as this."""

Read = Callable[[Heard], Awaitable[Verdict]]


def in_full(text: str, at: str) -> str | None:
    """Return the question with the place (``at``: « à la piscine ») in it, None where it needs
    none."""
    told = _I_THERE.sub("je y", text)
    full, times = _THERE.subn(lambda found: f"{found[1]} {at}" if found[1] else at, told, count=1)
    if times:
        return full
    words = fold(text)
    if len(words.split()) > _MOST_WORDS or _ASKS.match(words) is None or _BOOKS.search(words):
        return None
    return f"{text.rstrip(' ?!.…')} {at} ?"


def _points(text: str) -> bool:
    return _THERE.search(_I_THERE.sub("je y", text)) is not None


async def resolved(
    heard: Heard, verdict: Verdict, state: State, reader: Reader, read: Read, now: datetime
) -> tuple[Heard, Verdict]:
    """Return what is meant, with its verdict: the question in full, or as it was heard."""
    facts = reader.facts
    place = state.lieu if state.topic in PLACE_INTENTS and _waits(state) else None
    alarming = sounds_alarming(heard.text, reader.settings.mots.alarme)
    if place is None or _settled(verdict, heard.text, alarming) or _names(facts, heard.text):
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
    if _plain(other) and other.decision in ("answer", "transfer"):
        return full, other
    alarmed = verdict.decision == "emergency" and other.decision != "emergency"
    return (full, doubtful) if alarmed else (heard, verdict)


def _waits(state: State) -> bool:
    """True where any request may follow: no number is being dictated, no yes or no is owed."""
    talk = state.talk
    return state.pending in ("rien", "autre_chose") and (talk is None or talk.form is None)


def _names(facts: Facts, text: str) -> bool:
    return facts.place(text, "") is not None or facts.service(text) is not None


def _settled(verdict: Verdict, text: str, alarming: bool) -> bool:
    """True where no other reading is looked for."""
    if not _plain(verdict):
        return False
    if verdict.decision == "emergency":
        return alarming or verdict.confidence >= SURE
    sure = verdict.confidence >= SURE or verdict.decision == "social"
    return sure or verdict.intent in PLACE_INTENTS or not _points(text)


def _plain(verdict: Verdict) -> bool:
    """True for a request of the town, or a word of courtesy, that needs no other reading."""
    return verdict.understood and verdict.decision not in ("confirm", "out_of_scope")
