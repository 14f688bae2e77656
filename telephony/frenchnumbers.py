"""Which numbers residents may be called back on: French ones that cost the town a normal call."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, TypeAlias

import phonenumbers
from phonenumbers import PhoneNumberType

Problem: TypeAlias = Literal["empty", "short", "special", "foreign", "invalid", "own"]

_OVERSEAS = {
    code: country
    for country, codes in {
        262: ("262", "263", "692", "693"),
        590: ("590", "690", "691"),
        594: ("594", "694"),
        596: ("596", "696", "697"),
    }.items()
    for code in codes
}
"""Overseas departments: a number written 0692… belongs to a country code of its own."""

_COUNTRIES = frozenset({33, *_OVERSEAS.values()})

_SAID: dict[Problem, str] = {
    "empty": "Je n'ai pas votre numéro. Pouvez-vous me le dicter ?",
    "short": "Ce numéro court ne peut pas être rappelé. Donnez-moi un numéro à dix chiffres.",
    "special": "Je ne peux pas rappeler un numéro spécial ou surtaxé. "
    "Avez-vous un numéro fixe ou mobile ?",
    "foreign": "Je ne peux rappeler que des numéros français. En avez-vous un autre ?",
    "invalid": "Ce numéro ne semble pas exister. Pouvez-vous me le redonner, chiffre par chiffre ?",
    "own": "C'est le numéro de la mairie. Sur quel numéro peut-on vous rappeler ?",
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


@dataclass(frozen=True)
class Refusal:
    """Why a number is not called back."""

    problem: Problem

    @property
    def sentence(self) -> str:
        """What to say to the caller."""
        return _SAID[self.problem]


def french_number(written: str, own: Collection[str] = ()) -> FrenchNumber | Refusal:
    """Judge a number as dictated or as the network shows it.

    ``own``: the town's numbers as E.164; calling them would lead back to the bot.
    """
    digits = re.sub(r"\D", "", written)
    if not digits:
        return Refusal("empty")
    international = "+" in written or digits.startswith("00")
    if len(digits) < 7 and not international:
        return Refusal("short")
    if len(digits) == 10 and not international and digits[1:4] in _OVERSEAS:
        written = f"+{_OVERSEAS[digits[1:4]]}{digits[1:]}"
    try:
        parsed = phonenumbers.parse(written, "FR")
    except phonenumbers.NumberParseException:
        return Refusal("invalid")
    problem = _problem(parsed, own)
    if problem is not None:
        return Refusal(problem)
    mobile = phonenumbers.number_type(parsed) == PhoneNumberType.MOBILE
    return FrenchNumber(_e164(parsed), mobile)


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
