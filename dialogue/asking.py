"""What is said when a turn was not understood, or only perhaps."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from dialogue.acting import Actor
from dialogue.plan import Plan
from dialogue.policy import AGENT, EMERGENCY, Verdict
from dialogue.smalltalk import UNCLEAR, WAIT, phrase_for
from dialogue.state import Candidate, State


def unclear(
    actor: Actor, verdict: Verdict, state: State, words: str = "", *, phrase: str | None = None
) -> tuple[Plan, State]:
    """Ask once more, or hand over where the verdict says so; ``words``: what was heard."""
    if verdict.decision == "transfer":
        return _given_up(actor, verdict, state, words)
    if phrase is None:
        phrase = "mal_entendu" if verdict.badly_heard else "incompris"
    plan = Plan(
        (actor.phrase(phrase),),
        "listen",
        "ask_again",
        verdict.intent,
        verdict.confidence,
        verdict.service,
    )
    return plan, replace(state, failures=state.failures + 1)


def confirm(
    actor: Actor, verdict: Verdict, words: str, state: State, now: datetime
) -> tuple[Plan, State]:
    """Ask whether the likeliest request is the one that is meant."""
    intent = verdict.intent or ""
    day = actor.facts.day(words, now)
    subject = actor.intents.subject(intent) or ""
    plan = Plan(
        (actor.phrase("confirmer", sujet=subject),),
        "listen",
        "confirm",
        intent,
        verdict.confidence,
        verdict.service,
        actor.facts.place(words, intent),
        day.surface if day else None,
    )
    candidate = Candidate(intent, verdict.confidence, words, verdict.service)
    return plan, replace(
        state, pending="confirmation", candidate=candidate, failures=state.failures + 1
    )


def small_talk(
    actor: Actor, text: str, verdict: Verdict, state: State
) -> tuple[Plan, State] | None:
    """Answer small talk; None where a text is none, or asks for a person or for help."""
    phrase = phrase_for(text)
    if phrase is None or verdict.intent in (EMERGENCY, AGENT):
        return None
    if phrase in UNCLEAR and verdict.decision == "social":
        return None
    return chat(actor, phrase, verdict, state)


def chat(actor: Actor, phrase: str, verdict: Verdict, state: State) -> tuple[Plan, State]:
    """Answer small talk in one sentence, then come back to what is open."""
    if phrase in UNCLEAR and state.talk is None and state.pending == "rien":
        return unclear(actor, replace(verdict, intent=None), state, phrase=phrase)
    said = [actor.phrase(phrase)]
    if phrase != WAIT and state.talk is not None:
        said.append(state.talk.question)
    elif phrase != WAIT:
        said.append(actor.phrase("bavardage_suite" if state.pending == "rien" else "oui_ou_non"))
    return Plan(tuple(said), "listen", "social", verdict.intent, verdict.confidence), state


def _given_up(actor: Actor, verdict: Verdict, state: State, words: str) -> tuple[Plan, State]:
    service = verdict.service or actor.facts.main_service
    if words and state.matter is None:
        state = state.about(words, service)
    plan = actor.hand_over(
        service, "transfert_incompris", intent=verdict.intent, confidence=verdict.confidence
    )
    return plan, replace(
        state,
        failures=0,
        pending="rien",
        candidate=None,
        topic=verdict.intent or state.topic,
        struggled=True,
    )
