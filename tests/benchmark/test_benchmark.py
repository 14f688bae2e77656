"""Figures, use of the machine and callers of ``callbot bench``."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from callbot.benchmark import figures, usage
from callbot.benchmark.callers import Tape
from callbot.benchmark.script import DIALOGUES, PITCHES, Casting
from callbot.benchmark.usage import Reading, Usage
from callbot.state import ChildState, State
from callbot.testphone.session import CallResult, Exchange, Reception
from common.audio import SAMPLE_RATE

USAGE = Usage(0.5, {"écoute": 0.5}, 0.1, 1000.0)


def call(*latencies: float | None, by_us: bool = True, code: int = 200) -> CallResult:
    turns = [Exchange("?", latency) for latency in latencies]
    return CallResult(
        connected=True,
        greeting=Exchange("", 90.0),
        turns=turns,
        code=code,
        by_us=by_us,
        rtp=Reception(1000, 1, 2, 0.5),
    )


def taped(*results: CallResult) -> Tape:
    tape = Tape()
    for result in results:
        tape.add(result)
    return tape


def test_latency_is_that_of_all_answers() -> None:
    tape = taped(call(100.0, 200.0), call(300.0))
    found = figures.build(2, tape, [], USAGE)
    assert found["latency_ms"]["p50"] == 200.0
    assert (found["calls"], found["turns"], found["failed_calls"]) == (2, 3, 0)
    rtp = {"received": 2000, "lost": 2, "late": 4, "late_share": 0.002, "jitter_ms_p99": 0.5}
    assert found["rtp"] == rtp


def test_nothing_measured_is_none_and_not_zero() -> None:
    found = figures.build(1, taped(), [], USAGE)
    assert found["latency_ms"] == {"p50": None, "p95": None, "p99": None}
    assert found["stages_ms"]["asr"] == {"p50": None, "p95": None}


@pytest.mark.parametrize(
    ("result", "failed"),
    [
        (call(100.0), False),
        (call(100.0, by_us=False), False),
        (call(100.0, None, by_us=False), True),
        (call(100.0, code=500), True),
        (CallResult(code=486), True),
    ],
)
def test_a_call_that_was_refused_or_cut_has_failed(result: CallResult, failed: bool) -> None:
    assert figures.failed(result) is failed


def test_a_telephone_that_died_counts_as_a_failed_call() -> None:
    found = figures.build(2, Tape([call(100.0)], lost=1), [], USAGE)
    assert (found["placed_calls"], found["failed_calls"]) == (2, 1)


def test_stages_come_from_the_turns_in_which_something_was_said() -> None:
    records: list[dict[str, Any]] = [
        {"turns": [{"heard": "oui", "stages_ms": {"asr": 300.0, "autre": 1.0}}]},
        {"turns": [{"heard": "", "stages_ms": {"asr": 9000.0}}, {"heard": "non"}]},
    ]
    assert figures.build(1, taped(), records, USAGE)["stages_ms"]["asr"]["p50"] == 300.0


def test_clipped_sound_is_counted_and_then_let_go() -> None:
    result = call(100.0)
    result.turns[0].segments = [np.array([0, 32767, -32768, 100], dtype="<i2").tobytes()]
    tape = taped(result)
    assert tape.faults.clipped == 2
    assert result.turns[0].segments == []


def test_the_callers_are_told_apart_from_the_box() -> None:
    start = Reading(10.0, {"cœur": 1.0, usage.CALLERS: 4.0}, {"cœur": 0, usage.CALLERS: 0})
    end = Reading(20.0, {"cœur": 3.0, usage.CALLERS: 9.0}, {"cœur": 2**20, usage.CALLERS: 2**30})
    found = usage.between(start, end)
    assert found.cpu_by_process == {"cœur": 0.2}
    assert (found.cpu_cores, found.callers_cpu_cores, found.rss_mb) == (0.2, 0.5, 1.0)


def test_a_process_that_was_restarted_does_not_count_backwards() -> None:
    start, end = Reading(0.0, {"lignes": 50.0}, {}), Reading(10.0, {"lignes": 1.0}, {})
    assert usage.between(start, end).cpu_by_process == {"lignes": 0.0}


def test_the_box_is_read_from_its_processes() -> None:
    parent = psutil.Process(os.getppid())
    state = State(parent.pid, "serving", [ChildState("lignes 1", os.getppid(), True, 0)])
    found = usage.read(state)
    assert found.rss["lignes"] > 0
    assert found.cpu_s[usage.CALLERS] > 0


def test_a_telephone_that_has_ended_still_counts_as_a_caller() -> None:
    state = State(os.getppid(), "serving", [])
    before = usage.read(state)
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    subprocess.run((sys.executable, "-c", busy), check=True)
    after = usage.read(state)
    assert after.cpu_s[usage.CALLERS] - before.cpu_s[usage.CALLERS] > 0.25


@pytest.fixture
def casting(tmp_path: Path) -> Casting:
    casting = Casting(tmp_path / "voix")
    for text in casting.missing():
        casting.keep(text, b"\x00\x10" * SAMPLE_RATE)
    return casting


def test_a_sentence_is_rendered_once(casting: Casting) -> None:
    assert casting.missing() == []


def test_a_caller_repeats_and_differs_from_the_others(casting: Casting) -> None:
    def first(caller: int) -> list[str]:
        return [turns[0].text for turns in itertools.islice(casting.dialogues(caller), 4)]

    assert first(1) == first(1)
    assert len({tuple(first(caller)) for caller in range(8)}) > 1


def test_every_dialogue_comes_before_one_comes_again(casting: Casting) -> None:
    openings = {turns[0].text for turns in itertools.islice(casting.dialogues(3), len(DIALOGUES))}
    assert len(openings) == len(DIALOGUES)


def test_each_caller_has_a_voice_of_its_own(casting: Casting) -> None:
    lengths = {len(next(casting.dialogues(caller))[0].pcm) for caller in range(len(PITCHES))}
    assert len(lengths) == len(PITCHES)
