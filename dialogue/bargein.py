"""What to do about somebody who speaks while we speak.

Whoever may be speaking silences us at once; what was heard then decides whether we go on.
"""

from __future__ import annotations

from rapidfuzz.fuzz import partial_ratio

from common.french import fold
from dialogue.ports import Heard
from dialogue.speaking import Mouth

_SOUNDS = frozenset(fold("hm hmm mm mmm mmh mhm hum hem euh heu ah à oh eh ha hein").split())
"""Made by somebody who listens, or who clears the throat; « ah » is also written « à »."""
_AGREEMENT = frozenset(
    fold(
        "oui ouais ok okay d accord bien bon tres voila parfait super entendu compris vois je "
        "allo c est ca"
    ).split()
)
"""Said by somebody who listens; an answer where we are asking."""
_PARTING = frozenset(
    fold(
        "au revoir merci beaucoup bonne journee soiree bientot a vous aussi egalement "
        "pareillement monsieur madame tout le monde salut bye"
    ).split()
)
"""Said over our own goodbye."""

_LIKE_OURS = 80
_LEAST_OF_OURS = 20
"""Letters. People say « un agent » because we have just said so."""
MAX_FALSE_STOPS = 2
"""A plan falls silent in vain at most so often; after that only words stop it."""


def goes_on(heard: Heard, ours: str, *, asking: bool, parting: bool) -> bool:
    """Tell whether we go on speaking after what was heard over our speech.

    Args:
        heard: nothing, « mm-hmm » or « d'accord » are no reason to stop.
        ours: what we are saying; hearing a good part of that is an echo.
        asking: it was our question, to which « d'accord » is an answer.
        parting: we were saying goodbye.
    """
    words = fold(heard.text).split()
    if all(word in _SOUNDS for word in words):
        return True
    if not asking and all(word in _SOUNDS or word in _AGREEMENT for word in words):
        return True
    if parting and all(word in _PARTING or word in _AGREEMENT for word in words):
        return True
    return _echo(" ".join(words), fold(ours))


def _echo(heard: str, ours: str) -> bool:
    if not _LEAST_OF_OURS <= len(heard) <= len(ours):
        return False
    return partial_ratio(heard, ours) >= _LIKE_OURS


class Interruptions:
    """Silences the mouth for one who may be speaking, and lets it go on."""

    def __init__(self, mouth: Mouth, least_confidence: float) -> None:
        """Below ``least_confidence`` what was heard is noise, or somebody else in the room."""
        self._mouth = mouth
        self._least_confidence = least_confidence
        self._in_vain = 0

    def begin(self) -> None:
        """A new plan is being said."""
        self._in_vain = 0

    @property
    def possible(self) -> bool:
        """Whether what is being said may be cut short."""
        plan = self._mouth.plan
        return plan is not None and plan.then not in ("transfer", "wait")

    @property
    def records(self) -> bool:
        """Whether the caller is being asked for a message, which begins with real speech."""
        plan = self._mouth.plan
        return plan is not None and plan.then == "record"

    def fall_silent(self) -> bool:
        """Fall silent, unless that was in vain too often."""
        if self._in_vain >= MAX_FALSE_STOPS:
            return False
        self._mouth.hold()
        return True

    def go_on(self, heard: Heard, *, asked: bool) -> bool:
        """Go on and return True, unless what was ``heard`` is meant for us.

        ``asked``: the plan ends with a question of ours.
        """
        plan = self._mouth.plan
        if plan is None:
            return False
        noise = self.records or heard.confidence < self._least_confidence
        asking, parting = asked and self._mouth.at_last, plan.then == "hang_up"
        if not noise and not goes_on(heard, plan.text, asking=asking, parting=parting):
            return False
        self._in_vain += self._mouth.held
        self._mouth.resume()
        return True
