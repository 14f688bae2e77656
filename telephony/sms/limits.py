"""Which texts are too many, and what a resident's own message asks for: pure decisions."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import PhoneNumberType

from common.french import fold
from common.frenchnumbers import FrenchNumber, french_number
from telephony.sms.model import Limit, TextRequest
from telephony.sms.rules import OutboxRules

Wish: TypeAlias = Literal["stop", "start"]

_STOP = frozenset(
    {"stop", "arret", "arreter", "arretez", "desabonner", "desabonnement", "unsubscribe"}
)
_START = frozenset({"start", "reprendre", "reprise", "unstop", "reabonner"})
_POLITE = frozenset({"sms", "merci", "svp", "le", "les", "me", "mairie", "bonjour", "au"})
_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class Counts:
    """How many texts are kept already: of the same call, number and day, of everybody."""

    call: int = 0
    number: int = 0
    hour: int = 0
    day: int = 0


def reached(counts: Counts, rules: OutboxRules) -> Limit | None:
    """Return the limit that forbids one more text, the resident's own first."""
    if counts.call >= rules.per_call:
        return "call"
    if counts.number >= rules.per_number_day:
        return "number"
    if counts.hour >= rules.per_hour:
        return "hour"
    if counts.day >= rules.per_day:
        return "day"
    return None


@dataclass(frozen=True)
class Alarm:
    """A limit of the whole town is reached; raised once for each hour or day."""

    limit: Limit
    most: int
    window: str
    """The hour (UTC) or the day (the town's)."""

    @property
    def sentence(self) -> str:
        """What to tell the people in charge."""
        period = "heure" if self.limit == "hour" else "jour"
        return (
            f"La limite de {self.most} SMS par {period} est atteinte : "
            "les suivants sont refusés. Vérifiez qu'il ne s'agit pas d'un abus."
        )


def may_get_texts(number: str, countries: Collection[str] = ("FR",)) -> bool:
    """True for a mobile number in E.164 of these regions (ISO 3166).

    FR is with the overseas departments; where a country's mobile numbers look like all others,
    any of them may.
    """
    if "FR" in countries:
        found = french_number(number)
        if isinstance(found, FrenchNumber):
            return found.mobile and found.e164 == number
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    return (
        phonenumbers.is_valid_number(parsed)
        and phonenumbers.region_code_for_number(parsed) in countries
        and phonenumbers.number_type(parsed) in _MOBILE
        and phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == number
    )


def check(request: TextRequest) -> None:
    """Raise ValueError for a request that nobody may make: nameless, empty or not agreed to."""
    if not request.key or not request.text.strip():
        raise ValueError("a text message has a key and says something")
    if not request.consent.words.strip():
        raise ValueError("no text message without the resident's words of consent")


def day_of(now: datetime, zone: ZoneInfo) -> str:
    """Return the day on the town's clocks, by which texts are counted."""
    return now.astimezone(zone).date().isoformat()


def hour_of(now: datetime) -> str:
    """Return the hour by which texts are counted; an hour that the clocks repeat is two."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H")


def wish_of(text: str) -> Wish | None:
    """Return what a resident's message asks for: no more texts, texts again, or nothing known.

    STOP counts with whatever follows it; the other words only by themselves, so that a question
    about a bus stop (« l'arrêt de bus ») stops nothing.
    """
    words = _WORD.findall(fold(text))
    if words[:1] == ["stop"]:
        return "stop"
    telling = [word for word in words if word not in _POLITE]
    if len(telling) != 1:
        return None
    if telling[0] in _STOP:
        return "stop"
    return "start" if telling[0] in _START else None
