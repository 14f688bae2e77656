"""What holds for all tests."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# A busy machine is no defect: no test fails for the time that it takes.
settings.register_profile("callbot", deadline=None)
settings.load_profile("callbot")

ONE_PROCESS = ("telephony", "calls")
"""Rooms whose tests share fixed ports or one running callbot."""
ONE_RASA = ("tests/dialogue/test_golden.py", "tests/dialogue/test_rasa.py")


class SharingStaysTogether(LoadScopeScheduling):
    """Gives a process whole files, and all files of what cannot be shared between processes."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file in ONE_RASA:
            return "rasa"
        room = PurePosixPath(file).parts[1]
        return room if room in ONE_PROCESS else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Spread the tests over processes in this way, whatever ``--dist`` says."""
    return SharingStaysTogether(config, log)
