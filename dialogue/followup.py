"""« Et pour un mineur ? », « il faut une carte ? »: what makes sense only after what was talked of.

Such words are read again behind those that opened the matter, and count so where they are no
request of their own, say nothing that is foreign to the matter, and the whole is still about it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from common.french import fold
from dialogue.acting import Actor
from dialogue.alarm import sounds_alarming
from dialogue.matterwords import says_nothing_foreign, says_something
from dialogue.placedetail import asks_detail, speaks_of_it
from dialogue.plan import Plan, Sentence
from dialogue.policy import AGENT, ASK_CALLBACK, ASK_TEXT, EMERGENCY, Decision, Verdict
from dialogue.ports import Heard, Reply
from dialogue.reading import ADDRESS, HOURS, PRICES, Reader, Reading
from dialogue.state import State

Read = Callable[[Heard], Awaitable[Verdict]]

SURE = 0.75
"""A request as sure as this stands on its own, and the whole must be as sure to be the matter."""
_CERTAIN = 0.5
"""So is an emergency without a word of alarm."""
_STRANGE = 0.9
"""So is what is surely nobody's matter here."""
_MOST_WORDS = 10
_ANOTHER_CASE = re.compile(
    r"^(?:(?:et|mais|sinon|alors|ou|donc|euh|oui) )*"
    r"(?:(?:pour|si c est) (?!y\b)|(?:il|elle)s? (?:a|ont|aura|auront) (?:\w+ ){1,4}(?:ans|mois)\b)"
)
"""« Et pour ma mère ? », « si c'est une association ? », « il a quatre ans »."""
_OWN_REQUEST = frozenset({AGENT, ASK_CALLBACK, ASK_TEXT})
_PRICED = re.compile(r"\b(?:euros?|gratuit\w*|prix|tarifs?|pay\w+|cout\w*)\b")


async def in_context(
    heard: Heard, verdict: Verdict, state: State, reader: Reader, read: Read, now: datetime
) -> Reading | None:
    """Return what the caller means by going on about the matter; None where they do not."""
    matter, topic, text = state.matter, state.topic, heard.text
    if matter is None or topic is None or not _may_go_on(heard, verdict, state, reader):
        return None
    street = reader.facts.street(text) is not None
    another_case = _ANOTHER_CASE.match(fold(text)) is not None
    own = verdict.intent == topic and reader.says_of_what(topic, text, now)
    if _stands_alone(verdict) and not another_case:
        return None
    if not (another_case or street or own):
        known = reader.known_of(state)
        if not (says_something(text) and says_nothing_foreign(text, known)):
            return None
    full = replace(heard, text=f"{matter.words} {text}")
    whole = await read(full)
    if whole.decision != "answer" or whole.intent != topic or whole.confidence < SURE:
        return None
    kept = replace(matter, words=full.text) if another_case or street else matter
    return Reading(whole, text if own else full.text, kept)


def nothing_new(
    actor: Actor, reader: Reader, reading: Reading, verdict: Verdict, state: State, now: datetime
) -> tuple[Plan, State] | None:
    """Say that no more is known, or the same again, and offer a person; None where the answer to
    ``reading`` is another one than the last.

    ``verdict`` is what the words alone say.
    """
    matter, intent = reading.matter, reading.verdict.intent
    if matter is None or intent is None or state.reply is None:
        return None
    reply = _answer(reader, intent, reading.text, now)
    if reply is None or reply.text != state.reply.text:
        return None
    service = matter.service or actor.facts.main_service
    unpriced = verdict.intent == PRICES and _PRICED.search(fold(reply.text)) is None
    asked = PRICES not in (verdict.intent, intent) and asks_detail(reading.text)
    undetailed = asked and not speaks_of_it(reading.text, reply.text)
    unknown = unpriced or undetailed or state.offered is not None
    said = (actor.phrase("precision_inconnue"),) if unknown else state.last
    decision: Decision = "ask_again" if unknown else "answer"
    told = replace(reading.verdict, decision=decision, intent=intent, service=service)
    return _offered(actor, said, told, service, replace(state, matter=matter))


def lacking(actor: Actor, verdict: Verdict, place: str, state: State) -> tuple[Plan, State]:
    """Say that no more is known of a place, and offer a person who knows it."""
    service = actor.facts.service_of_place(place) or actor.facts.main_service
    told = replace(verdict, decision="ask_again")
    said = (actor.phrase("precision_inconnue"),)
    state = replace(state, talk=None, failures=0, lieu=place)
    return _offered(actor, said, told, service, state)


def _offered(
    actor: Actor, said: tuple[Sentence, ...], verdict: Verdict, service: str, state: State
) -> tuple[Plan, State]:
    """Say this, and offer a person of ``service`` unless nobody was reached before."""
    offers = not state.standing.unreached
    question = (
        actor.phrase("precision_agent", service=actor.facts.service_name(service))
        if offers
        else actor.phrase("autre_chose")
    )
    decision, intent, sure = verdict.decision, verdict.intent, verdict.confidence
    plan = Plan((*said, question), "listen", decision, intent, sure, service)
    return plan, replace(
        state,
        pending="transfert" if offers else "autre_chose",
        offered=service if offers else None,
    )


def _may_go_on(heard: Heard, verdict: Verdict, state: State, reader: Reader) -> bool:
    """Tell whether the matter may be gone on about, and the words are short and ask for no other
    thing by its name."""
    topic, text, facts = state.topic, heard.text, reader.facts
    dictates = state.talk is not None and state.talk.form is not None
    if topic in (None, HOURS, ADDRESS) or dictates:
        return False
    if topic == PRICES and not _ANOTHER_CASE.match(fold(text)):
        return False
    if verdict.understood and verdict.intent in _OWN_REQUEST:
        return False
    if verdict.intent == EMERGENCY and sounds_alarming(text, reader.settings.mots.alarme):
        return False
    elsewhere = facts.place(text, "") not in (None, state.lieu)
    service = state.matter.service if state.matter else None
    elsewhere = elsewhere or facts.service(text) not in (None, service)
    short = len(fold(text).split()) <= _MOST_WORDS
    return (
        short
        and not elsewhere
        and topic is not None
        and reader.intents.behaviour(topic) == "repondre"
    )


def _stands_alone(verdict: Verdict) -> bool:
    if not verdict.understood or verdict.decision == "confirm":
        return False
    if verdict.decision == "out_of_scope":
        return verdict.confidence >= _STRANGE
    return verdict.confidence >= (_CERTAIN if verdict.intent == EMERGENCY else SURE)


def _answer(reader: Reader, intent: str, text: str, now: datetime) -> Reply | None:
    facts = reader.facts
    return facts.answer(intent, text, facts.place(text, intent), facts.day(text, now), now)
