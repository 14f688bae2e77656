"""Saying an answer again: the same words first, then simpler ones, then a person. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from common.french import split_sentences
from dialogue.plan import Sentence
from dialogue.ports import Reply

SLOW_PACE = 0.8
"""Speaking rate when the caller asks to slow down; 1 is normal."""

SIMPLER, PERSON = 2, 3
"""Which time in a row an answer is made simpler, and which time a person is offered."""


def simpler(said: Sequence[Sentence], reply: Reply | None) -> tuple[Sentence, ...]:
    """Return what matters of what was ``said``, slowly: the short wording that the town wrote
    for ``reply``, else the first sentence."""
    if not said:
        return ()
    first = said[0]
    written = reply.simple if reply is not None and reply.text == first.text else None
    if written is None:
        written = split_sentences(first.shown)[0]
        return (replace(first, text=split_sentences(first.text)[0], kept=written, pace=SLOW_PACE),)
    return (replace(first, text=written, kept=None, pace=SLOW_PACE),)


def slowly(said: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """Return the same words at a slower pace."""
    return tuple(replace(sentence, pace=SLOW_PACE) for sentence in said)
