"""When two ways of writing a day are the same day."""

from __future__ import annotations

import pytest

from callbot.evaluation.slots import same_day


@pytest.mark.parametrize(
    ("labelled", "understood", "same"),
    [
        ("ce week-end", "ce weekend", True),
        ("ce dimanche", "dimanche", True),
        ("dimanche", "dimanches", True),
        ("samedi", "Samdi", True),
        ("vingt-quatre mai", "24 mai", True),
        ("lundi de Pâques", "lundi", False),
        ("mardi", "mercredi", False),
        ("mardi", "", False),
        ("premier mai", "8 mai", False),
    ],
)
def test_days_are_compared_as_they_sound(labelled: str, understood: str, same: bool) -> None:
    assert same_day(labelled, understood) is same
