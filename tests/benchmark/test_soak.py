"""A switchboard's day: when calls come, and what counts as drift."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.soak import snapshot
from bench.soakday import MONDAY, Answer, arrivals, drift, grown
from callbot import state
from callbot.paths import Paths
from callbot.state import ChildState, State


@given(st.integers(0, 300), st.floats(1, 1e4), st.integers(0, 5))
def test_all_calls_come_within_the_day_in_order(calls: int, seconds: float, seed: int) -> None:
    moments = arrivals(calls, seconds, seed)
    assert len(moments) == calls
    assert moments == sorted(moments)
    assert all(0 <= moment <= seconds for moment in moments)


def test_nine_o_clock_is_the_peak() -> None:
    hours = max(MONDAY) + 1 - min(MONDAY)
    moments = np.array(arrivals(6000, hours * 3600.0)) // 3600 + min(MONDAY)
    by_hour = {hour: int((moments == hour).sum()) for hour in MONDAY}
    assert max(by_hour, key=lambda hour: by_hour[hour]) == 9
    assert by_hour[9] > 3 * by_hour[12]


def answers(first: float, last: float, spread: float = 60.0) -> list[Answer]:
    chance = np.random.default_rng(1)
    middles = np.linspace(first, last, 300)
    return [
        Answer(float(n), float(chance.normal(middle, spread))) for n, middle in enumerate(middles)
    ]


def test_answers_that_stay_as_they_are_have_not_drifted() -> None:
    found = drift(answers(600.0, 600.0))
    assert found is not None
    assert not found.measurable
    assert found.change[0] <= 0 <= found.change[1]


def test_answers_that_become_slower_have() -> None:
    found = drift(answers(600.0, 900.0))
    assert found is not None
    assert found.measurable
    assert found.last_p50 > found.first_p50


def test_answers_that_become_faster_have_not() -> None:
    found = drift(answers(900.0, 600.0))
    assert found is not None
    assert not found.measurable


def test_a_few_answers_say_nothing() -> None:
    assert drift([Answer(0.0, 500.0)] * 14) is None


def test_growth_is_told_by_process() -> None:
    assert grown({"a": 100.0}, {"a": 101.25, "b": 3.0}) == {"a": 1.2, "b": 3.0}


def test_what_a_box_holds_on_to_is_counted(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "config", tmp_path / "var")
    paths.run.mkdir(parents=True)
    (paths.var / "callbot.sqlite3").write_bytes(b"\0" * 2**20)
    (paths.prompts / "ab").mkdir(parents=True)
    (paths.prompts / "ab" / "abc.prompt").touch()
    (paths.prompts / "ab" / "tmp1.part").touch()
    children = [ChildState("lignes 1", os.getpid(), True, 0), ChildState("voix", None, False, 0)]
    state.write(paths.state_file, State(os.getppid(), "serving", children))
    found = snapshot(paths)
    assert found.files["lignes 1"] > 0
    assert found.threads["lignes 1"] > 0
    assert found.rss_mb["lignes"] > 1
    assert found.database_mb == 1.0
    assert found.prompts == 1
    assert found.temporary >= 1


def test_without_a_callbot_there_is_nothing_to_count(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        snapshot(Paths(tmp_path / "config", tmp_path / "var"))
