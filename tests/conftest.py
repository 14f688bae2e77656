"""What holds for all tests."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import settings

from tests.paths import PROJECT

# A busy machine is no defect: no test fails for the time that it takes.
settings.register_profile("callbot", deadline=None)
settings.load_profile("callbot")

ONE_PROCESS = ("telephony", "calls")
"""Rooms whose tests share fixed ports or one running callbot."""
ONE_RASA = ("tests/dialogue/test_golden.py", "tests/dialogue/test_rasa.py")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Keep what shares something in one process when the tests run in several.

    First of all, for xdist reads the marks in a hook of this name too.
    """
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))


def _group(item: pytest.Item) -> str:
    file = item.path.relative_to(PROJECT)
    if str(file) in ONE_RASA:
        return "rasa"
    room = file.parts[1]
    return room if room in ONE_PROCESS else str(file)
