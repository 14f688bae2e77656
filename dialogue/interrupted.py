"""What becomes of an errand when its question is not answered.

Who asks something else first is answered, then asked again, once. Who says goodbye to what was read
back takes it for settled.
"""

from __future__ import annotations

from dataclasses import replace

from dialogue.acting import Actor
from dialogue.offers import TextErrand
from dialogue.plan import Plan
from dialogue.state import State

_ANYTHING_ELSE = "phrases#autre_chose"


def farewell(plan: Plan, state: State, actor: Actor) -> tuple[Plan, State]:
    """End the call, if nothing is open any more, after an errand that a goodbye has settled."""
    if state.talk is not None or state.pending != "autre_chose":
        return plan, state
    say = (*plan.say[:-1], actor.phrase("au_revoir"))
    return replace(plan, say=say, then="hang_up"), replace(state, pending="rien")


def resumed(plan: Plan, state: State, actor: Actor) -> tuple[Plan, State]:
    """Come back to the errand that the caller has left for what the plan answers."""
    talk, state = state.left, replace(state, left=None)
    if talk is None or talk.form is None or talk.resumed:
        return plan, state
    if plan.decision != "answer" or not _ends_openly(plan, state):
        return plan, state
    text = isinstance(talk.errand, TextErrand)
    back = actor.phrase("reprise_sms" if text else "reprise_rappel")
    plan = replace(plan, say=(*plan.say[:-1], back, talk.question))
    return plan, replace(state, talk=replace(talk, resumed=True, failures=0), pending="rien")


def _ends_openly(plan: Plan, state: State) -> bool:
    """Tell whether the plan ends by asking for nothing in particular, or by offering a text."""
    if plan.then != "listen" or not plan.say:
        return False
    last = plan.say[-1]
    offered = state.talk is not None and state.talk.form is None and last == state.talk.question
    return offered or last.sources == (_ANYTHING_ELSE,)
