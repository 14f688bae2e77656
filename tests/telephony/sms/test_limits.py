"""Too many texts are refused, the resident's own limit first; STOP is understood in any words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from telephony.sms.limits import (
    Alarm,
    Counts,
    Wish,
    check,
    day_of,
    hour_of,
    may_get_texts,
    reached,
    wish_of,
)
from telephony.sms.model import Consent, Limit
from telephony.sms.rules import OutboxRules
from tests.telephony.sms.outboxparts import NOON, PARIS, request

RULES = OutboxRules(per_call=2, per_number_day=3, per_hour=10, per_day=20)


@pytest.mark.parametrize(
    ("counts", "limit"),
    [
        (Counts(), None),
        (Counts(call=1, number=2, hour=9, day=19), None),
        (Counts(call=2, number=3, hour=10, day=20), "call"),
        (Counts(number=3, hour=10), "number"),
        (Counts(hour=10, day=20), "hour"),
        (Counts(day=20), "day"),
        (Counts(hour=500), "hour"),
    ],
)
def test_the_residents_own_limit_comes_first(counts: Counts, limit: Limit | None) -> None:
    assert reached(counts, RULES) == limit


@pytest.mark.parametrize(
    ("number", "may"),
    [
        ("+33612345678", True),
        ("+33750123456", True),
        ("+262692123456", True),
        ("0612345678", False),  # not E.164
        ("+33143272222", False),  # a landline
        ("+33899123456", False),
        ("+447911123456", False),
        ("anonymous", False),
        ("", False),
        ("+33612345678;+33687654321", False),
    ],
)
def test_only_french_mobiles_get_texts(number: str, may: bool) -> None:
    assert may_get_texts(number) is may


def test_the_town_may_allow_its_neighbours() -> None:
    belgian, swiss = "+32470123456", "+41791234567"
    assert may_get_texts(belgian, ("FR", "BE"))
    assert may_get_texts("+33612345678", ("FR", "BE"))
    assert not may_get_texts(swiss, ("FR", "BE"))
    assert not may_get_texts("+3225123456", ("FR", "BE"))  # a landline
    assert not may_get_texts("+33612345678", ("BE",))


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("STOP", "stop"),
        ("stop.", "stop"),
        ("Stop SMS merci", "stop"),
        ("STOP 36180", "stop"),
        ("Arrêt", "stop"),
        ("ARRETEZ LES SMS SVP", "stop"),
        ("désabonner", "stop"),
        ("Se désabonner du service de la piscine", None),
        ("Stop, je ne veux plus rien", "stop"),
        ("START", "start"),
        ("Reprendre", "start"),
        ("Où est l'arrêt de bus ?", None),
        ("l'arrêt du bus", None),
        ("ne pas stopper", None),
        ("Merci", None),
        ("", None),
        ("👍", None),
    ],
)
def test_what_residents_answer(text: str, wish: Wish | None) -> None:
    assert wish_of(text) == wish


def test_days_are_the_towns_and_a_repeated_hour_is_two() -> None:
    assert day_of(datetime(2026, 11, 2, 23, 30, tzinfo=UTC), PARIS) == "2026-11-03"
    assert day_of(datetime(2026, 7, 2, 21, 59, tzinfo=UTC), PARIS) == "2026-07-02"
    # On 25 October 2026 the clocks show 2:30 twice.
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert first.astimezone(PARIS).hour == second.astimezone(PARIS).hour == 2
    assert hour_of(first) != hour_of(second)


def test_nothing_is_asked_for_without_consent_or_words() -> None:
    check(request())
    for wrong in (
        replace(request(), consent=Consent(NOON, " ")),
        replace(request(), text=" \n"),
        replace(request(), key=""),
    ):
        with pytest.raises(ValueError, match="text message"):
            check(wrong)


def test_the_alarm_says_which_limit() -> None:
    assert "100 SMS par heure" in Alarm("hour", 100, "2026-11-02T12").sentence
    assert "500 SMS par jour" in Alarm("day", 500, "2026-11-02").sentence


@pytest.mark.parametrize(
    "wrong",
    [
        {"per_call": 0},
        {"in_flight": 0},
        {"retry_delays_s": ()},
        {"retry_delays_s": (10.0, 0.0)},
        {"pace_per_s": 0.0},
        {"settle_s": -1.0},
    ],
)
def test_rules_that_would_send_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        OutboxRules(**wrong)


def test_the_last_wait_repeats() -> None:
    rules = OutboxRules(retry_delays_s=(1.0, 5.0))
    assert [rules.retry_delay_s(attempts) for attempts in (1, 2, 3, 99)] == [1.0, 5.0, 5.0, 5.0]
