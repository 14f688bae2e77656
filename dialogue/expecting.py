"""What our open question asks for, and what the telephone's keys mean meanwhile. Pure."""

from __future__ import annotations

from common.french import fold, split_sentences
from dialogue.ports import DAY, FIRST, NUMBER, OPEN, STREET, YES_NO
from dialogue.state import State
from dialogue.talkanswers import Keys


def expectation(state: State) -> str:
    """Return the kind of answer that is expected, for hearing and for the end of turn."""
    if keys(state) == "number":
        return NUMBER
    if state.talk is not None or state.pending in ("confirmation", "transfert"):
        return YES_NO
    if state.street_check is not None and state.street_check.proposed:
        return YES_NO
    if state.street_for is not None and state.street_for.open:
        return STREET
    if state.day_asked:
        return DAY
    return OPEN if state.begun else FIRST


def keys(state: State) -> Keys:
    """Return what the telephone's keys mean."""
    if state.talk is not None:
        return "yes_no" if state.talk.yes_no else "number"
    checks = state.street_check is not None and state.street_check.proposed is not None
    return "yes_no" if checks or state.pending != "rien" else "plain"


def asked_for(text: str) -> str:
    """Return what the question at the end of an answer asks for: a street, a day, or OPEN."""
    sentences = split_sentences(text.strip())
    words = fold(sentences[-1]).split() if sentences and sentences[-1].endswith("?") else []
    if "rue" in words:
        return STREET
    return DAY if "jour" in words else OPEN
