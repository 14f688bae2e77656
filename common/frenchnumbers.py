"""Which numbers residents may be called back on or sent a text to, and how they are said.

Only French ones will do, overseas departments included: they cost the town a normal call, and
what a resident dictates by mistake cannot ring abroad.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, TypeAlias

import phonenumbers
from num2words import num2words
from phonenumbers import PhoneNumberType

from common.dictatednumbers import digits_of

__all__ = ["FrenchNumber", "Problem", "Refusal", "Use", "digits_of", "french_number", "in_pairs"]

Use: TypeAlias = Literal["call", "text"]
Problem: TypeAlias = Literal["empty", "short", "special", "foreign", "invalid", "own", "landline"]

_COUNTRIES = (33, 262, 590, 594, 596)
"""France, then its overseas departments: 0692… belongs to a country code of its own."""

_SAID: dict[Use, dict[Problem, str]] = {
    "call": {
        "empty": "Je n'ai pas votre numéro. Pouvez-vous me le dicter ?",
        "short": "Ce numéro court ne peut pas être rappelé. Donnez-moi un numéro à dix chiffres.",
        "special": "Je ne peux pas rappeler un numéro spécial ou surtaxé. "
        "Avez-vous un numéro fixe ou mobile ?",
        "foreign": "Je ne peux rappeler que des numéros français. En avez-vous un autre ?",
        "invalid": "Ce numéro ne semble pas exister. "
        "Pouvez-vous me le redonner, chiffre par chiffre ?",
        "own": "C'est le numéro de la mairie. Sur quel numéro peut-on vous rappeler ?",
    },
    "text": {
        "empty": "Je n'ai pas votre numéro. Pouvez-vous me dicter un numéro de portable ?",
        "short": "Un numéro court ne reçoit pas de SMS. Donnez-moi un portable à dix chiffres.",
        "special": "Un numéro spécial ou surtaxé ne reçoit pas de SMS. "
        "Avez-vous un numéro de portable ?",
        "foreign": "Je ne peux envoyer de SMS qu'à des portables français. En avez-vous un ?",
        "invalid": "Ce numéro ne semble pas exister. "
        "Pouvez-vous me le redonner, chiffre par chiffre ?",
        "own": "C'est le numéro de la mairie. À quel portable puis-je envoyer le SMS ?",
        "landline": "Un numéro fixe ne reçoit pas de SMS. Avez-vous un numéro de portable ?",
    },
}


@dataclass(frozen=True)
class FrenchNumber:
    """A number that may be called."""

    e164: str
    """As ``+33612345678``."""
    mobile: bool
    """True when it can get text messages."""

    @property
    def national(self) -> str:
        """Return it as people write it: ``06 12 34 56 78``."""
        parsed = phonenumbers.parse(self.e164)
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)

    @property
    def spoken(self) -> str:
        """Return it to be heard and compared: « zéro six, douze, trente-quatre, … »."""
        return in_pairs(self.national)

    @property
    def ending(self) -> str:
        """Return its last four digits to be heard: « cinquante-six, soixante-dix-huit »."""
        return in_pairs(self.e164[-4:])


@dataclass(frozen=True)
class Refusal:
    """Why a number will not do."""

    problem: Problem
    use: Use = "call"

    @property
    def sentence(self) -> str:
        """What to say to the caller."""
        return _SAID[self.use][self.problem]


def french_number(
    written: str, own: Collection[str] = (), use: Use = "call"
) -> FrenchNumber | Refusal:
    """Judge a number as dictated or as the network shows it; never raises.

    ``own``: the town's numbers as E.164; calling them would lead back to the bot. With ``use``
    "text" only mobile numbers will do.
    """
    found = _judged(written, own)
    if not isinstance(found, FrenchNumber):
        return Refusal(found, use)
    return found if use == "call" or found.mobile else Refusal("landline", use)


def in_pairs(digits: str) -> str:
    """Return digits as French people say a number, in pairs; the commas are pauses."""
    pairs = re.findall(r"[0-9]{1,2}", re.sub(r"[^0-9]", "", digits))
    return ", ".join(_pair(pair) for pair in pairs)


def _pair(pair: str) -> str:
    zeros = len(pair) - len(pair.lstrip("0"))
    words = ["zéro"] * zeros
    if zeros < len(pair):
        words.append(str(num2words(int(pair), lang="fr")))
    return " ".join(words)


def _judged(written: str, own: Collection[str]) -> FrenchNumber | Problem:
    digits = re.sub(r"\D", "", written)
    if not digits:
        return "empty"
    international = "+" in written or digits.startswith("00")
    if len(digits) < 7 and not international:
        return "short"
    try:
        parsed = phonenumbers.parse(written, "FR")
    except phonenumbers.NumberParseException:
        return "invalid"
    if not international:
        parsed = _overseas(parsed)
    problem = _problem(parsed, own)
    if problem is not None:
        return problem
    return FrenchNumber(_e164(parsed), phonenumbers.number_type(parsed) == PhoneNumberType.MOBILE)


def _overseas(parsed: phonenumbers.PhoneNumber) -> phonenumbers.PhoneNumber:
    """Return the number under the country code where it exists, as it is when there is none."""
    for country in _COUNTRIES:
        there = phonenumbers.PhoneNumber(country, parsed.national_number)
        if phonenumbers.is_valid_number(there):
            return there
    return parsed


def _problem(parsed: phonenumbers.PhoneNumber, own: Collection[str]) -> Problem | None:
    if parsed.country_code not in _COUNTRIES:
        return "foreign"
    # Numbers in 08 are paid by the caller, or free and nobody's; those overseas are the same.
    if str(parsed.national_number).startswith("8"):
        return "special"
    if not phonenumbers.is_valid_number(parsed):
        return "invalid"
    return "own" if _e164(parsed) in own else None


def _e164(parsed: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
