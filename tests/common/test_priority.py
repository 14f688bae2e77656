"""The niceness of a session."""

from __future__ import annotations

from pathlib import Path

from common.priority import set_session_niceness


def test_the_kernel_is_told_or_left_alone(tmp_path: Path) -> None:
    group = tmp_path / "autogroup"
    set_session_niceness(5, group)
    assert not group.exists()
    group.write_text("")
    set_session_niceness(-6, group)
    assert group.read_text() == "-6"
