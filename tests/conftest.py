"""What holds for all tests."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

# A busy machine is no defect: no test fails for the time that it takes.
settings.register_profile("callbot", deadline=None)
settings.load_profile("callbot")

ONE_PROCESS = ("telephony", "calls")
"""Rooms whose tests share fixed ports or one running callbot; their sub-rooms do not."""
ONE_RASA = ("tests/dialogue/test_golden.py", "tests/dialogue/test_rasa.py")
LONG = (
    "telephony",
    "calls",
    "rasa",
    "tests/tts/test_engine.py",
    "tests/console/test_browser.py",
    "tests/console/test_browser_accounts.py",
    "tests/console/test_admin_browser.py",
    "tests/publishing/test_pipeline.py",
    "tests/asr/test_engine.py",
)
"""Longest first. What is long begins first, so that all processes end at about the same time."""


class SharingStaysTogether(LoadScopeScheduling):
    """Gives a process whole files, and all files of what cannot be shared between processes."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file in ONE_RASA:
            return "rasa"
        _, room, *rest = PurePosixPath(file).parts
        return room if room in ONE_PROCESS and len(rest) == 1 else file

    def _assign_work_unit(self, node: WorkerController) -> None:
        for scope in LONG:
            if scope in self.workqueue:
                self.workqueue.move_to_end(scope, last=False)
                break
        super()._assign_work_unit(node)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Spread the tests over processes in this way, whatever ``--dist`` says."""
    return SharingStaysTogether(config, log)
