"""Makes sure of a street that was only nearly heard: « Avez-vous dit rue des Lilas ? ».

=======  ==================================  ==============================================
step     the open question                   what leads on
=======  ==================================  ==============================================
check    « Avez-vous dit rue des Lilas ? »   yes: the answer; another street: the answer, or
                                             a check of it; no: again, the second time a
                                             person
again    « Redites-moi votre rue, … »        a street: the answer; a near one: check; nothing
                                             new: check of the next that was near, or a person
=======  ==================================  ==============================================

Whoever turns to something else is not held back. All that is remembered is in the state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from common.french import fold
from dialogue.acting import Actor
from dialogue.plan import Plan, Sentence
from dialogue.policy import (
    AGENT,
    ASK_CALLBACK,
    EMERGENCY,
    GOODBYE,
    NO,
    REPEAT,
    SLOWER,
    YES,
    Decision,
    Verdict,
)
from dialogue.ports import Facts, Heard
from dialogue.smalltalk import phrase_for
from dialogue.state import Asked, State, StreetCheck

_MOST_REFUSED = 2
"""Streets that are asked about in vain before a person takes over."""
_LEAVING = frozenset({AGENT, EMERGENCY, GOODBYE, ASK_CALLBACK})
_SAYS_YES = ("oui", "ouais", "voila", "exactement", "tout a fait", "c est ca", "c est bien ca")
_SAYS_NO = ("non", "nan", "pas du tout", "ce n est pas", "c est pas")


@dataclass(frozen=True)
class Completed:
    """A request with its street, to be answered."""

    verdict: Verdict
    text: str
    state: State


Met: TypeAlias = Completed | tuple[Plan, State]


@dataclass(frozen=True)
class StreetTalk:
    """The questions about streets of one call."""

    actor: Actor
    facts: Facts
    sure: float
    """Confidence in the transcript from which a street of the town needs no question."""
    failures_max: int

    def hear(self, heard: Heard, verdict: Verdict, state: State) -> Met | None:
        """Begin to make sure of a street, or go on with it; None where the turn is about something
        else."""
        check = state.street_check
        leaves = verdict.understood and verdict.intent in _LEAVING
        if state.talk is not None or leaves:
            return None
        if check is None:
            return self._begun(heard, verdict, state)
        if check.proposed is None:
            return self._again(heard.text, verdict, check, state)
        return self._checked(heard.text, verdict, check, check.proposed, state)

    def open_question(self, state: State) -> Sentence | None:
        """Return the question that bears being said again, of ours or of a talk."""
        if state.talk is not None:
            return state.talk.question
        return self._question(state.street_check) if state.street_check is not None else None

    def _question(self, check: StreetCheck) -> Sentence:
        if check.proposed is None:
            return self.actor.phrase("rue_redire")
        return self.actor.phrase("rue_verifier", rue=check.proposed)

    def _begun(self, heard: Heard, verdict: Verdict, state: State) -> Met | None:
        asked = state.street_for
        if asked is not None and asked.open:
            near = self._nearest(heard, verdict, asked)
        else:
            if not verdict.understood or verdict.decision != "answer" or verdict.intent is None:
                return None
            near = self.facts.near_streets(heard.text, verdict.intent, answers=False)
            asked = Asked(verdict.intent, heard.text, verdict.service, open=True)
            state = state.wanting(verdict, heard.text)
        if not near:
            return None
        return self._ask(StreetCheck(asked, near[0], near[1:]), state)

    def _nearest(self, heard: Heard, verdict: Verdict, asked: Asked) -> tuple[str, ...]:
        """Return the streets that may be meant by who was asked for one; none where it is sure."""
        street = self.facts.street(heard.text)
        if street is not None and heard.confidence < self.sure:
            return (street,)
        named = "rue" in fold(heard.text).split()
        if street is None and not named and _about_else(heard.text, verdict, asked):
            return ()
        return self.facts.near_streets(heard.text, asked.intent, answers=True)

    def _checked(
        self, text: str, verdict: Verdict, check: StreetCheck, proposed: str, state: State
    ) -> Met | None:
        folded = fold(text)
        no = _begins(folded, _SAYS_NO) or _is(verdict, NO)
        yes = not no and (_begins(folded, _SAYS_YES) or _is(verdict, YES))
        said = self.facts.street(text)
        if said is not None and (said != proposed or not no) and said not in check.refused:
            return self._completed(check.asked, said, state)
        if yes:
            return self._completed(check.asked, proposed, state)
        near = self._new(text, check)
        if no:
            check = replace(check, proposed=None, refused=(*check.refused, proposed))
            if len(check.refused) >= _MOST_REFUSED:
                return self._given_up(check, state)
        if no or near:
            return self._ask(_proposing(check, near), state)
        return self._unclear(text, verdict, check, state)

    def _unclear(self, text: str, verdict: Verdict, check: StreetCheck, state: State) -> Met | None:
        """Neither yes nor no, nor a street."""
        if _is(verdict, REPEAT) or _is(verdict, SLOWER):
            return self._ask(check, state)
        if _about_else(text, verdict, check.asked):
            return None
        if check.failures + 1 >= self.failures_max:
            return self._given_up(check, state)
        unclear = self.actor.phrase("oui_ou_non")
        return self._ask(replace(check, failures=check.failures + 1), state, unclear)

    def _again(self, text: str, verdict: Verdict, check: StreetCheck, state: State) -> Met | None:
        said = self.facts.street(text)
        if said is not None and said not in check.refused:
            return self._completed(check.asked, said, state)
        if _is(verdict, REPEAT) or _is(verdict, SLOWER):
            return self._ask(check, state)
        near = self._new(text, check)
        if not near and _about_else(text, verdict, check.asked):
            return None
        left = [street for street in (*near, *check.others) if street not in check.refused]
        if not left:
            return self._given_up(check, state)
        return self._ask(_proposing(check, left), state)

    def _new(self, text: str, check: StreetCheck) -> tuple[str, ...]:
        """Return the streets that these words may name and that were not asked about."""
        near = self.facts.near_streets(text, check.asked.intent, answers=True)
        known = {*check.refused, check.proposed}
        return tuple(street for street in near if street not in known)

    def _ask(self, check: StreetCheck, state: State, *before: Sentence) -> Met:
        question = self._question(check)
        decision: Decision = "ask_again" if check.proposed is None or before else "confirm"
        asked = check.asked
        plan = Plan((*before, question), "listen", decision, asked.intent, 1.0, asked.service)
        return plan, replace(
            state, street_check=check, street_for=asked, pending="rien", failures=0, candidate=None
        )

    def _completed(self, asked: Asked, street: str, state: State) -> Completed:
        verdict = Verdict("answer", asked.intent, 1.0, asked.service, understood=True)
        state = replace(state, street_check=None, street_for=asked, failures=0)
        return Completed(verdict, f"{asked.words} {street}", state)

    def _given_up(self, check: StreetCheck, state: State) -> Met:
        asked = check.asked
        service = asked.service or self.facts.main_service
        plan = self.actor.hand_over(service, "rue_abandon", intent=asked.intent, confidence=1.0)
        state = state.about(asked.words, service)
        return plan, replace(
            state, street_check=None, street_for=None, struggled=True, pending="rien"
        )


def _proposing(check: StreetCheck, streets: Sequence[str]) -> StreetCheck:
    """Return the check of the first of some streets; without any, what is said next."""
    if not streets:
        return check
    return replace(check, proposed=streets[0], others=tuple(streets[1:]))


def _is(verdict: Verdict, intent: str) -> bool:
    return verdict.understood and verdict.decision != "confirm" and verdict.intent == intent


def _about_else(text: str, verdict: Verdict, asked: Asked) -> bool:
    """True for small talk, and for a plain request other than the one whose street is wanted."""
    plain = verdict.understood and verdict.decision not in ("confirm", "out_of_scope")
    other = plain and verdict.intent not in (asked.intent, YES, NO)
    return other or phrase_for(text) is not None


def _begins(folded: str, words: tuple[str, ...]) -> bool:
    return f"{folded} ".startswith(tuple(f"{word} " for word in words))
