"""Taking a telephone number from a caller: a pure state machine.

=======  ==========================================  =======================================
step     the open question                           what leads on
=======  ==========================================  =======================================
propose  « Au 06 12 34 56 78 ? » (the caller's own)  yes: agreed; no: ask; a number: check
ask      « À quel numéro ? »                         a number: check; a part of one: more;
                                                     no: given up
more     « J'ai le 06 12. Quelle est la suite ? »    the rest: check; all anew: check
check    « J'ai noté le …, c'est bien cela ? »       yes: agreed; a correction or all anew:
                                                     check again; no: ask
=======  ==========================================  =======================================

Each number that is refused, rejected or not understood is a failure; too many give the form up. A
correction is none: it brings the caller nearer to the number. But a number that is heard again
just as it was rejected is misheard, and saying it once more would not help.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from common.dictatednumbers import FULL, digits_of, heard_number
from common.frenchnumbers import FrenchNumber, Refusal
from dialogue.keypad import RESTART
from dialogue.numberwords import corrected

Step: TypeAlias = Literal["propose", "ask", "more", "check"]
Purpose: TypeAlias = Literal["text", "callback"]
Answer: TypeAlias = Literal["yes", "no", "other"]

Judge: TypeAlias = Callable[[str], FrenchNumber | Refusal]
"""Says whether a number will do."""

_MOST_CORRECTIONS = 2
"""Of one number."""
_FEW = 2
"""Fewer digits than these are no number: "une", "un autre"."""


@dataclass(frozen=True)
class NumberForm:
    """Where the taking of one number stands."""

    purpose: Purpose
    step: Step = "ask"
    number: FrenchNumber | None = None
    """The one that is proposed or read back; a rejected one may still be corrected."""
    digits: str = ""
    """What is known of a number whose end is missing."""
    failures: int = 0
    corrections: int = 0

    @property
    def yes_no(self) -> bool:
        """True while yes and no are the usual answers."""
        return self.step in ("propose", "check")


@dataclass(frozen=True)
class Agreed:
    """The caller confirmed the number."""

    number: FrenchNumber


@dataclass(frozen=True)
class Ask:
    """The next question; ``why`` is said before it."""

    form: NumberForm
    why: Literal["", "again", "restart"] | Refusal = ""


@dataclass(frozen=True)
class GivenUp:
    """No number: the caller does not want to, or it does not work out."""

    by_caller: bool


Outcome: TypeAlias = Agreed | Ask | GivenUp


def begin(purpose: Purpose, own: FrenchNumber | None, said: str, judge: Judge) -> Ask:
    """Open the form: read back a number in what was ``said``, else propose the caller's own."""
    digits = digits_of(said)
    number = judge(digits) if len(digits) >= FULL - 1 else None
    if isinstance(number, FrenchNumber):
        return Ask(NumberForm(purpose, "check", number))
    if own is not None:
        return Ask(NumberForm(purpose, "propose", own))
    return Ask(NumberForm(purpose))


def hear(form: NumberForm, said: str, answer: Answer, judge: Judge, limit: int) -> Outcome:
    """Take what the caller said or keyed; ``limit`` is how many failures give the form up."""
    if said == RESTART:
        return Ask(NumberForm(form.purpose, failures=form.failures), "restart")
    digits = digits_of(said)
    if form.yes_no and answer == "yes" and len(digits) < _FEW and form.number is not None:
        return Agreed(form.number)
    if _holds_number(form, digits, answer):
        return _number(form, said, answer, judge, limit)
    if answer == "no":
        return _rejected(form, limit)
    return _failed(form, limit, "again")


def missed(form: NumberForm, limit: int) -> Outcome:
    """Nothing usable was heard."""
    return _failed(form, limit, "again")


def _holds_number(form: NumberForm, digits: str, answer: Answer) -> bool:
    correcting = form.step == "more" or (form.step == "check" and answer == "no")
    return len(digits) >= (1 if correcting else _FEW)


def _rejected(form: NumberForm, limit: int) -> Outcome:
    if form.step == "propose":
        return Ask(NumberForm(form.purpose, failures=form.failures))
    if form.step == "check":
        return _failed(replace(form, step="ask"), limit, "again")
    return GivenUp(by_caller=True)


def _number(form: NumberForm, said: str, answer: Answer, judge: Judge, limit: int) -> Outcome:
    whole = _whole(form, said)
    if whole is None:
        return _failed(form, limit, "again")
    if whole.startswith("0") and not whole.startswith("00") and len(whole) < FULL:
        return Ask(replace(form, step="more", number=None, digits=whole))
    number = judge(whole)
    if isinstance(number, Refusal):
        return _failed(NumberForm(form.purpose, failures=form.failures), limit, number)
    if form.yes_no and number == form.number and answer != "other":
        return Agreed(number) if answer == "yes" else _rejected(form, limit)
    corrections = form.corrections + (form.step == "check")
    if corrections > _MOST_CORRECTIONS:
        return GivenUp(by_caller=False)
    return Ask(NumberForm(form.purpose, "check", number, "", form.failures, corrections))


def _whole(form: NumberForm, said: str) -> str | None:
    """The number that is meant, with what was known before; None when that is not clear."""
    heard = heard_number(said, form.digits if form.step == "more" else "")
    digits = heard.digits if heard is not None else ""
    if form.step != "propose" and form.number is not None and len(digits) < FULL:
        return corrected(form.number.national.replace(" ", ""), digits, said)
    return digits or None


def _failed(form: NumberForm, limit: int, why: Literal["again"] | Refusal) -> Outcome:
    failures = form.failures + 1
    if failures >= limit:
        return GivenUp(by_caller=False)
    return Ask(replace(form, failures=failures), why)
