"""How an answer to an open question about an errand is read, and what of it may be kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from rapidfuzz.fuzz import ratio

from common.dictatednumbers import digits_of, heard_number
from common.french import fold
from common.masking import NUMBER, mask_text
from dialogue.errandtalk import Said
from dialogue.offers import CallbackErrand, Talk, TextErrand
from dialogue.policy import AGENT, ASK_CALLBACK, ASK_TEXT, EMERGENCY, GOODBYE, NO, YES, Verdict
from dialogue.ports import Heard, Intents

Keys: TypeAlias = Literal["number", "yes_no", "plain"]
"""What the telephone's keys mean: digits of a number, 1 and 2 for yes and no, or neither."""

KEYED = "touche"
"""Reason of a :class:`~dialogue.ports.Heard` that was keyed, not said."""
YES_KEY, NO_KEY = "1", "2"
_CLOSING = re.compile(
    r"\b(?:non|nan|merci|revoir|bonne|journee|soiree|rien|tout|salut|bye|ciao|adieu|bientot|suffit"
    r"|ira|besoin|parfait|fini|terminee?|laiss\w+|raccroch\w+|stop)\b"
)

_QUESTION = re.compile(
    r"^(?:(?:et|mais|alors|euh|donc|ah|oui|non) )*(?:c est|est ce|qu est ce|quand|comment|combien|"
    r"ou (?:est|c|on|je)|qui|quel\w*|pourquoi|il (?:y a|faut)|faut|"
    r"(?:je|on) (?:peut|peux|dois|doit)|vous \w+ez|(?:elle|il)s? (?:est|a|sont|ont))\b"
)

_REFUSES = re.compile(r"\b(?:non|nan|pas|plus|rien|laisse[rz]?|annule[rz]?|stop)\b")
_AGREES = re.compile(r"^(?:oui|ouais|volontiers|avec plaisir)\b")

_LIKE_NO, _LONGEST_NO = 80, 9

KEY_WORDS = {YES_KEY: "oui", NO_KEY: "non"}
REPEAT_KEY, REPEAT_WORDS = "*", "pouvez-vous répéter"

_WISHES: Mapping[type, str] = {TextErrand: ASK_TEXT, CallbackErrand: ASK_CALLBACK}
"""Asking for what is being offered is a yes."""

_FEW_DIGITS, _MANY_DIGITS = 2, 6


def polite_no(text: str) -> bool:
    """Tell whether a short text sounds like « non merci », which Whisper hears as one odd word."""
    letters = "".join(c for c in fold(text) if c.isalnum())
    return len(letters) <= _LONGEST_NO and ratio(letters, "nonmerci") >= _LIKE_NO


def ends(text: str) -> bool:
    """Tell whether the words can end a call."""
    return _CLOSING.search(fold(text)) is not None


def settled(goodbye: str, talk: Talk) -> bool:
    """Tell whether a goodbye agrees to the open question.

    « Merci, au revoir » agrees to the number that was read back, and only « oui, au revoir » to an
    offer.
    """
    words = fold(goodbye)
    if _REFUSES.search(words):
        return False
    return talk.form.yes_no if talk.form is not None else _AGREES.search(words) is not None


def recordable(text: str, talk: Talk | None) -> str:
    """Return what the caller said as it may be kept: no number that they gave us."""
    masked = mask_text(text)
    left = heard_number(masked)
    if left is None:
        return masked
    wanted = _MANY_DIGITS if talk is None or talk.form is None else _FEW_DIGITS
    in_talk = talk is not None and len(left.digits) >= wanted
    return NUMBER if left.complete or in_talk else masked


def keyed(heard: Heard, talk: Talk) -> Said | None:
    """Read a key of an open talk; None when it was not keyed."""
    if heard.reason != KEYED:
        return None
    for key, word in KEY_WORDS.items():
        if heard.text == word:
            return Said(heard.text, "yes" if key == YES_KEY else "no", False, f"touche {key}")
    return Said(heard.text, "other", False, recordable(heard.text, talk))


def leaves(verdict: Verdict, text: str, talk: Talk) -> bool:
    """Tell whether the open question is left for what was said.

    No question of ours goes before an emergency or the wish for a person, and no offer of a text
    before a question that was not understood.
    """
    if not verdict.understood:
        offer = talk.form is None and isinstance(talk.errand, TextErrand)
        return offer and not verdict.badly_heard and _QUESTION.search(fold(text)) is not None
    if verdict.intent not in (AGENT, EMERGENCY):
        return False
    return verdict.intent == AGENT or not _dictates(text, talk)


def _dictates(text: str, talk: Talk) -> bool:
    """« Le 18, le 15 » are emergency numbers, and pairs of a telephone number as well."""
    digits = digits_of(text)
    begun = talk.form is not None and talk.form.step == "more"
    return len(digits) >= _MANY_DIGITS and (begun or digits.startswith("0"))


def read(verdict: Verdict, text: str, talk: Talk, intents: Intents) -> Said:
    """Read what was said as an answer to the open question."""
    consent = recordable(text, talk)
    intent = verdict.intent or ""
    if not verdict.understood:
        return Said(text, "other", False, consent)
    wish = _WISHES.get(type(talk.errand))
    if verdict.decision != "confirm" and (intent == YES or (intent == wish and not talk.form)):
        return Said(text, "yes", False, consent)
    if verdict.decision != "confirm" and intent == GOODBYE and settled(text, talk):
        return Said(text, "yes", False, consent)
    if verdict.decision != "confirm" and intent == NO:
        return Said(text, "no", False, consent)
    return Said(text, "other", _elsewhere(verdict, intent, talk, intents), consent)


def _elsewhere(verdict: Verdict, intent: str, talk: Talk, intents: Intents) -> bool:
    if talk.form is None:
        return True
    if isinstance(talk.errand, CallbackErrand) and intent == ASK_CALLBACK:
        return False
    if verdict.decision == "confirm":
        return False
    return intent == GOODBYE or intents.behaviour(intent) not in ("social", "hors_sujet")
