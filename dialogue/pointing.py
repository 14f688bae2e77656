"""« Il faut une carte pour y aller ? »: a question that leans on the place just talked of.

It is read again with the place said in full, and counts so where that is better understood. What
the town has not written of the place is not made up from its hours, its address or its prices.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from common.french import fold
from dialogue.alarm import sounds_alarming
from dialogue.matterwords import says_nothing_foreign
from dialogue.placedetail import asks_detail, speaks_of_it
from dialogue.policy import Verdict
from dialogue.ports import Facts, Heard, Reply
from dialogue.reading import ADDRESS, PLACE_INTENTS, Reader
from dialogue.state import State

_I_THERE = re.compile(r"\bj['’ ]y\b", re.IGNORECASE)
_ONESELF_THERE = re.compile(r"\b([stm])['’ ]y (\w+)", re.IGNORECASE)
"""« S'y garer »: « se garer » there."""
_THERE = re.compile(
    r"\by (?!(?:a|avait|aura|aurait|en|compris)\b)(\w+)|"
    r"\b(?:là[- ]bas|la[- ]bas|là[- ]dedans|dedans|sur place)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^(?:(?:et|alors|euh|donc|mais|ah|sinon|ok|d accord|dites) )*"
    r"(?:(?:il )?faut(?: il)?|(?:est ce )?qu (?:il|on)|est ce que?|on (?:peut|doit)|peut on|"
    r"(?:il )?y a(?: t il)?|vous avez|(?:elle|il) (?:est|a)|c est(?! pour)|ca coute|"
    r"a partir de|je (?:peux|dois)|puis je|dois je|besoin d|a quelle heure|"
    r"quel(?:le)?s? (?:jours?|heures?)|jusqu a|pour (?:s |se |y )?\w+(?:er|ir|re))\b"
)
_THING = re.compile(
    r"^(?!.*\b(?:ans|mois)\b)(?:(?:et|alors|euh|donc|mais|ah|sinon) )*"
    r"(?:(?:il )?y a|ils? (?:a|ont|est)|elles? (?:a|ont|est)|(?:est ce )?qu (?:il|elle)s? )\b"
)
"""It speaks of the place itself, or of what there is."""
_HOW = re.compile(r"^(?:(?:et|alors|euh|donc|mais) )*(?:en|avec|sans)(?: \w+){1,4}$")
"""« Et en fauteuil ? », « avec une poussette ? »."""
_BOOKS = re.compile(r"\b(?:reserv\w+|rendez vous|rdv)\b")
"""No price or hours answer that."""
_MOST_WORDS = 9
SURE = 0.75
"""What leans on the place is read again unless another request is as sure as this…"""
CERTAIN = 0.9
"""… and what says « y » or « là-bas » unless it is as sure as this."""

Read = Callable[[Heard], Awaitable[Verdict]]


@dataclass(frozen=True)
class Pointed:
    """What is meant, with its verdict."""

    heard: Heard
    verdict: Verdict
    lacking: str | None = None
    """The place of which the town has not written what is asked."""


def in_full(text: str, at: str) -> str | None:
    """Return the question with the place (``at``: « à la piscine ») in it, None where it needs
    none."""
    full, times = _THERE.subn(
        lambda found: f"{found[1]} {at}" if found[1] else at, _split(text), count=1
    )
    if times:
        return full
    words = fold(text)
    if len(words.split()) > _MOST_WORDS or _BOOKS.search(words):
        return None
    leans = _ASKS.match(words) or _THING.match(words) or _HOW.match(words) or asks_detail(text)
    return f"{text.rstrip(' ?!.…')} {at} ?" if leans else None


def _split(text: str) -> str:
    """Return the text with « j'y » and « s'y » as two words."""
    return _ONESELF_THERE.sub(r"\1e y \2", _I_THERE.sub("je y", text))


def _points(text: str) -> bool:
    return _THERE.search(_split(text)) is not None


async def resolved(
    heard: Heard, verdict: Verdict, state: State, reader: Reader, read: Read, now: datetime
) -> Pointed:
    """Return what is meant: the question in full, or as it was heard."""
    heard_so = Pointed(heard, verdict)
    facts, text = reader.facts, heard.text
    alarming = sounds_alarming(text, reader.settings.mots.alarme)
    named = facts.place(text, "")
    if not _waits(state) or (verdict.decision == "emergency" and alarming):
        return heard_so
    if named is not None and asks_detail(text) and _asks_way(verdict):
        return _detail(heard, verdict, named, reader, now)
    place = state.lieu if state.topic in PLACE_INTENTS else None
    if place is None or _names(facts, text) or _settled(verdict, text, alarming):
        return heard_so
    words = in_full(text, facts.place_phrase(place))
    if words is None:
        return heard_so
    full = replace(heard, text=words)
    other = await read(full)
    if asks_detail(text) and (_asks_way(verdict) or _asks_way(other)):
        return _detail(full, other, place, reader, now)
    return _read_in_full(heard_so, full, other, place, reader, now)


def _read_in_full(
    heard_so: Pointed, full: Heard, other: Verdict, place: str, reader: Reader, now: datetime
) -> Pointed:
    """Return what the question in full means, ``other`` being its verdict."""
    heard, verdict = heard_so.heard, heard_so.verdict
    doubtful = replace(other, decision="ask_again", understood=False)
    found = reader.look_up(full, doubtful, now)
    if found is not None and _goes_before(found, other):
        # What the search knows of a place is more to the point than its hours or prices.
        known = PLACE_INTENTS.isdisjoint(found.intents) or _says_all(heard.text, found, reader)
        return Pointed(full, doubtful) if known else replace(heard_so, lacking=place)
    if _sure(verdict) and verdict.decision != "emergency":
        return heard_so
    if _plain(other) and other.decision in ("answer", "transfer"):
        beside = other.intent in PLACE_INTENTS and not _to_the_point(
            heard.text, other.intent or "", place, reader, now
        )
        return replace(heard_so, lacking=place) if beside else Pointed(full, other)
    if verdict.decision == "emergency":
        return heard_so if other.decision == "emergency" else Pointed(full, doubtful)
    about_it = _points(heard.text) or _THING.match(fold(heard.text)) is not None
    return replace(heard_so, lacking=place) if about_it and not _plain(verdict) else heard_so


def _detail(full: Heard, verdict: Verdict, place: str, reader: Reader, now: datetime) -> Pointed:
    """Return what answers a question about access or parking at a place."""
    doubtful = replace(verdict, decision="ask_again", understood=False)
    if reader.look_up(full, doubtful, now) is not None:
        return Pointed(full, doubtful)
    reply = reader.facts.answer(ADDRESS, "", place, None, now)
    if reply is not None and speaks_of_it(full.text, reply.text):
        answer = replace(verdict, decision="answer", intent=ADDRESS, service=None, understood=True)
        return Pointed(full, answer)
    return Pointed(full, replace(verdict, intent=ADDRESS), lacking=place)


def _to_the_point(text: str, intent: str, place: str, reader: Reader, now: datetime) -> bool:
    """Tell whether the hours, address or prices of a place may be what a question is about."""
    reply = reader.facts.answer(intent, text, place, None, now)
    known = (*reader.intents.examples(intent), reply.text if reply else "")
    return says_nothing_foreign(text, known)


def _goes_before(found: Reply, other: Verdict) -> bool:
    """Tell whether what the search found is more to the point than a reading in full."""
    same = other.intent in found.intents and other.intent not in PLACE_INTENTS
    return same or not (found.intents and _sure(other))


def _says_all(text: str, found: Reply, reader: Reader) -> bool:
    """Tell whether a question has no word but those of the reply and what asks for it."""
    examples = (example for intent in found.intents for example in reader.intents.examples(intent))
    return says_nothing_foreign(text, (found.text, *examples))


def _asks_way(verdict: Verdict) -> bool:
    """True for the way to a place, and for what was not, or hardly, understood."""
    hardly = verdict.decision == "emergency" and verdict.confidence < SURE
    return verdict.intent == ADDRESS or hardly or not _plain(verdict)


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
    if asks_detail(text):
        return not _asks_way(verdict) and verdict.confidence >= SURE and not _points(text)
    points = _points(text)
    sure = verdict.confidence >= (CERTAIN if points else SURE) or verdict.decision == "social"
    return sure or verdict.intent in PLACE_INTENTS or not points


def _sure(verdict: Verdict) -> bool:
    return _plain(verdict) and verdict.confidence >= SURE


def _plain(verdict: Verdict) -> bool:
    """True for a request of the town, or a word of courtesy, that needs no other reading."""
    return verdict.understood and verdict.decision not in ("confirm", "out_of_scope")
