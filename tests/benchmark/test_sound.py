"""Faults in the bot's speech, and what the core counted."""

from __future__ import annotations

import numpy as np
import pytest

from callbot.benchmark import counts, figures, sound
from callbot.benchmark.callers import Tape
from callbot.benchmark.counts import Counts
from callbot.benchmark.sound import Faults
from callbot.benchmark.usage import Usage
from callbot.testphone.session import CallResult, Reception
from common.audio import FRAME_BYTES
from console.metrics import Metrics
from console.ports import Health


def speech(frames: int, level: int = 5000) -> bytes:
    samples = np.full(FRAME_BYTES // 2 * frames, level, dtype="<i2")
    samples[::2] *= -1
    return samples.tobytes()


def silence(frames: int) -> bytes:
    return np.full(FRAME_BYTES // 2 * frames, 8, dtype="<i2").tobytes()


@pytest.mark.parametrize(
    ("pcm", "expected"),
    [
        (speech(50), Faults()),
        (speech(20) + silence(10) + speech(20), Faults()),
        (speech(20) + silence(26) + speech(20), Faults(gaps=1)),
        (speech(20) + silence(2) + speech(20), Faults(holes=1)),
        (speech(20, 900) + silence(2) + speech(20, 900), Faults()),
        (silence(30) + speech(5) + silence(30), Faults()),
        (speech(1, 32767), Faults(clipped=FRAME_BYTES // 2)),
        (b"", Faults()),
    ],
)
def test_faults_of_one_piece(pcm: bytes, expected: Faults) -> None:
    assert sound.faults([pcm]) == expected


def test_a_long_silence_between_two_pieces_is_a_gap() -> None:
    assert sound.faults([speech(20), speech(20)]) == Faults(gaps=1)


def test_the_counts_are_read_from_what_the_core_tells() -> None:
    metrics = Metrics()
    for stored in (True, True, True, False):
        metrics.sentence(stored)
    metrics.recognition("asked")
    health = Health(status="ok", workers=(), lines=0, active_calls=0, waiting_for=())
    told = counts.parse(metrics.render(health, {}).decode())
    assert told == Counts(stored=3, live=1, asked=1)
    assert told.since(Counts(stored=1)) == Counts(stored=2, live=1, asked=1)


def test_shares_and_the_cost_of_a_minute() -> None:
    result = CallResult(connected=True, code=200, by_us=True, rtp=Reception(3000, 0, 3, 0.1))
    tape = Tape([result])
    records = [{"turns": [{"heard": "oui"}, {"heard": ""}, {"heard": "non"}]}]
    usage = Usage(0.5, {}, 0.1, 100.0, cpu_s=6.0)
    found = figures.build(1, tape, records, usage, Counts(stored=99, live=1, asked=4, withdrawn=2))
    assert found["call_minutes"] == 1.0
    assert found["cpu_s_per_call_minute"] == 6.0
    assert found["sentences"]["stored_share"] == 0.99
    assert found["recognitions"]["used_share"] == 0.5
    assert found["rtp"]["late_share"] == 0.001


def test_a_caller_who_hears_that_lines_are_busy_has_failed() -> None:
    heard = [CallResult(connected=True, sip_call_id=name, code=200) for name in ("a", "b")]
    records = [
        {"sip_call_id": "a", "events": [{"kind": "lignes_occupees"}]},
        {"sip_call_id": "b", "events": [{"kind": "accueil"}]},
    ]
    found = figures.build(2, Tape(heard), records, Usage(0.5, {}, 0.1, 100.0))
    assert (found["failed_calls"], found["busy_calls"]) == (1, 1)
