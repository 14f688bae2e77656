"""Tells a caller who is being handed to a closed service so, and what can be done."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from dialogue.acting import Actor
from dialogue.errandtalk import ErrandTalk
from dialogue.plan import Plan, Sentence
from dialogue.policy import EMERGENCY, Verdict
from dialogue.ports import Facts
from dialogue.state import State


def at_this_hour(
    plan: Plan, state: State, now: datetime, actor: Actor, facts: Facts, errands: ErrandTalk
) -> tuple[Plan, State]:
    """Return what to do by ``plan`` where it is a transfer to a service that is closed at ``now``.

    Whoever speaks of an emergency is put through at any hour.
    """
    service = plan.service
    if plan.then != "transfer" or service is None or state.topic == EMERGENCY:
        return plan, state
    closed = facts.when_closed(service, now)
    if closed is None:
        return plan, state
    *before, _announcement = plan.say
    told = Sentence(closed.reply.text, closed.reply.sources)
    if closed.rings:
        tries = actor.phrase("transfert_ferme", service=facts.service_name(service))
        return replace(plan, say=(*before, told, tries)), state
    errand = actor.callback_errand("", state, service)
    reaction = errands.not_reached(errand, told, state.standing, now)
    verdict = Verdict("transfer", plan.intent, plan.confidence, service, understood=True)
    offer, state = actor.react(reaction, verdict, state)
    offer = replace(offer, say=(*before, *offer.say), decision="transfer", service=service)
    return replace(offer, lieu=plan.lieu, jour=plan.jour), state
