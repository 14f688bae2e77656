"""When it is in vain to look for a person again."""

from __future__ import annotations

import pytest

from dialogue.destination import Destination
from dialogue.listening import UserTurn
from dialogue.plan import Plan, Then
from dialogue.ports import Heard
from tests.dialogue.fakes import FakeHandover, FakeLine, FakeRecorder

ACCEPTED = 0.6
SURE, UNSURE = ACCEPTED, ACCEPTED - 0.01


def turn(text: str) -> UserTurn:
    return UserTurn(Heard(text, 0.9), 1, 1000.0, 1000.5)


@pytest.mark.parametrize(
    ("failures", "then", "text", "confidence", "vain"),
    [
        (0, "transfer", "", UNSURE, False),
        (1, "transfer", "", SURE, True),
        (1, "transfer", "grblx", UNSURE, False),
        (2, "transfer", "grblx", UNSURE, True),
        (2, "transfer", "un agent", SURE, False),
        (2, "listen", "", UNSURE, False),
    ],
)
def test_nobody_is_called_again_for_a_line_on_which_nobody_is_understood(
    failures: int, then: Then, text: str, confidence: float, vain: bool
) -> None:
    destination = Destination(FakeHandover(FakeLine(print)), FakeRecorder(), "accueil")
    for _ in range(failures):
        destination.failed(486, cut=False)
    plan = Plan((), then, "transfer", None, confidence, "accueil")
    assert destination.vain(plan, turn(text), ACCEPTED) is vain
