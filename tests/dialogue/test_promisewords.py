from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dialogue.promisewords import AT_ONCE, when_called

PARIS = ZoneInfo("Europe/Paris")
FRIDAY = datetime(2026, 11, 20, 16, 40, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("due", "said"),
    [
        (None, AT_ONCE),
        (FRIDAY - timedelta(hours=1), AT_ONCE),
        (FRIDAY + timedelta(minutes=1), AT_ONCE),
        (datetime(2026, 11, 20, 17, 15, tzinfo=PARIS), "aujourd'hui à partir de 17 h 15"),
        (datetime(2026, 11, 21, 9, 0, tzinfo=PARIS), "demain à partir de 9 heures"),
        (datetime(2026, 11, 23, 9, 0, tzinfo=PARIS), "lundi à partir de 9 heures"),
        (datetime(2026, 11, 23, 8, 30, tzinfo=UTC), "lundi à partir de 9 h 30"),
        (datetime(2026, 12, 1, 13, 0, tzinfo=PARIS), "le mardi 1er décembre à partir de 13 heures"),
    ],
)
def test_a_promise_says_when(due: datetime | None, said: str) -> None:
    assert when_called(due, FRIDAY) == said
