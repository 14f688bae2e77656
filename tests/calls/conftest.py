"""One running callbot for all whole-call tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.baresip import Baresip
from tests.harness.box import Box
from tests.harness.sound import write_silence


@pytest.fixture(scope="session")
def running_box() -> Iterator[Box]:
    """The callbot, started once."""
    with Box() as running:
        yield running


@pytest.fixture
def box(running_box: Box) -> Box:
    """The callbot, with no call in progress and all processes ready."""
    running_box.wait_until_serving(90)
    running_box.wait_for_calls(0, 20)
    return running_box


@pytest.fixture
def desk(box: Box, tmp_path: Path) -> Iterator[Baresip]:
    """The telephones of all services, which take any call for up to a minute."""
    with _desk(box, tmp_path, answers=True) as phone:
        yield phone


@pytest.fixture
def empty_desk(box: Box, tmp_path: Path) -> Iterator[Baresip]:
    """The same telephones, ringing in an empty room."""
    with _desk(box, tmp_path, answers=False) as phone:
        yield phone


def _desk(box: Box, folder: Path, *, answers: bool) -> Baresip:
    return Baresip(
        folder / "desk",
        port=box.ports.desk,
        rtp=box.ports.desk_rtp,
        users=box.desk_users,
        says=write_silence(folder / "desk.wav", 60),
        answers=answers,
    )
