"""What our open question asks for, and what the telephone's keys mean meanwhile. Pure."""

from __future__ import annotations

from dialogue.hearing import Keys
from dialogue.ports import FIRST, NUMBER, OPEN, STREET, YES_NO
from dialogue.state import State


def expectation(state: State) -> str:
    """Return the kind of answer that is expected, for hearing and for the end of turn."""
    if keys(state) == "number":
        return NUMBER
    if state.talk is not None or state.pending in ("confirmation", "transfert"):
        return YES_NO
    if state.street_for is not None and state.street_for.open:
        return STREET
    return OPEN if state.begun else FIRST


def keys(state: State) -> Keys:
    """Return what the telephone's keys mean."""
    if state.talk is not None:
        return "yes_no" if state.talk.yes_no else "number"
    return "plain" if state.pending == "rien" else "yes_no"
