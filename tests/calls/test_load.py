"""All lines at once, and one call too many."""

from __future__ import annotations

from pathlib import Path

import pytest

from telephony import edge
from tests.harness import sipp
from tests.harness.box import Box

pytestmark = [
    pytest.mark.calls,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not sipp.installed(), reason="sipp n'est pas installé"),
    pytest.mark.skipif(edge.find_kamailio() is None, reason="Kamailio n'est pas installé"),
]


def test_sixteen_calls_are_taken_the_seventeenth_is_told_busy_and_none_is_lost(
    box: Box, tmp_path: Path
):
    lines = int(box.get("/healthz")["lines"])
    assert lines == 16
    with sipp.Callers(
        tmp_path / "sipp",
        target_port=box.ports.sip,
        port=box.ports.load,
        rtp=box.ports.load_rtp,
        calls=lines,
        seconds=30,
    ) as callers:
        box.wait_for_calls(lines, 20)
        refused = box.call()
        assert not refused["connected"]
        assert "toutes les lignes sont occupées" in refused["error"]
        outcome = callers.wait()
    assert (outcome.good, outcome.failed) == (lines, 0), outcome.errors
    box.wait_for_calls(0)
    again = box.call()
    assert again["connected"]
    assert again["greeting"]["recognised"]
    records = box.get("/api/calls", limit=str(lines + 1))["calls"]
    assert all(record["outcome"] == "abandoned" for record in records)
