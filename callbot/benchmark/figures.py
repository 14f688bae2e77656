"""From what callers heard and the box recorded to the figures of ``callbot bench``. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from callbot.benchmark.callers import Tape
from callbot.benchmark.counts import Counts
from callbot.benchmark.usage import Usage
from callbot.testphone.session import CallResult
from common.audio import FRAME_MS

STAGES = ("end_of_turn", "asr_queue", "asr", "nlu", "tts")
ORDINARY_END = 200
BUSY = "lignes_occupees"


def build(
    calls: int,
    tape: Tape,
    records: Sequence[Mapping[str, Any]],
    usage: Usage,
    counts: Counts | None = None,
) -> dict[str, Any]:
    """Return the figures of one run.

    ``calls`` is how many callers there were at once, ``records`` what the box kept of their calls,
    ``counts`` what it counted meanwhile.
    """
    results, lost = tape.results, tape.lost
    exchanges = [turn for result in results for turn in result.turns]
    latencies = [turn.latency_ms for turn in exchanges if turn.latency_ms is not None]
    greetings = [r.greeting.latency_ms for r in results if r.greeting.latency_ms is not None]
    busy = {str(record["sip_call_id"]) for record in records if _was_busy(record)}
    minutes = sum(r.rtp.received for r in results if r.rtp is not None) * FRAME_MS / 60_000
    return {
        "calls": calls,
        "placed_calls": len(results) + lost,
        "failed_calls": lost + sum(failed(r) or r.sip_call_id in busy for r in results),
        "busy_calls": len(busy),
        "turns": len(exchanges),
        "unanswered_turns": sum(turn.latency_ms is None for turn in exchanges),
        "latency_ms": percentiles(latencies, (50, 95, 99)),
        "greeting_ms": percentiles(greetings, (50, 95)),
        "rtp": _rtp(results),
        "clipped_samples": tape.faults.clipped,
        "speech_gaps": tape.faults.gaps,
        "speech_holes": tape.faults.holes,
        "cpu_cores": round(usage.cpu_cores, 2),
        "cpu_by_process": {name: round(v, 3) for name, v in usage.cpu_by_process.items()},
        "callers_cpu_cores": round(usage.callers_cpu_cores, 2),
        "call_minutes": round(minutes, 2),
        "cpu_s_per_call_minute": round(usage.cpu_s / minutes, 2) if minutes else None,
        "rss_mb": round(usage.rss_mb),
        **_counted(records, counts),
        "stages_ms": _stages(records),
    }


def _was_busy(record: Mapping[str, Any]) -> bool:
    """Tell whether the caller only heard that all lines are busy."""
    return any(event.get("kind") == BUSY for event in record.get("events", ()))


def failed(result: CallResult) -> bool:
    """True for a call that was refused, or cut while the caller had more to say."""
    if not result.connected:
        return True
    cut = not result.by_us and any(turn.latency_ms is None for turn in result.turns)
    return cut or (result.code not in (0, ORDINARY_END))


def percentiles(values: Sequence[float], wanted: Iterable[int]) -> dict[str, float | None]:
    """Return p50, p95, …; None for each when there is nothing to measure."""
    if not values:
        return {f"p{number}": None for number in wanted}
    return {f"p{n}": round(float(np.percentile(np.asarray(values), n)), 1) for n in wanted}


def _rtp(results: Sequence[CallResult]) -> dict[str, Any]:
    heard = [result.rtp for result in results if result.rtp is not None]
    received, late = sum(one.received for one in heard), sum(one.late for one in heard)
    jitter = percentiles([one.jitter_ms for one in heard], (99,))
    return {
        "received": received,
        "lost": sum(one.lost for one in heard),
        "late": late,
        "late_share": round(late / received, 6) if received else None,
        "jitter_ms_p99": jitter["p99"],
    }


def _counted(records: Sequence[Mapping[str, Any]], counts: Counts | None) -> dict[str, Any]:
    """Return how often the store had the sentence, and how often recognition began for nothing."""
    if counts is None:
        return {"sentences": None, "recognitions": None}
    heard = sum(bool(turn.get("heard")) for record in records for turn in record.get("turns", ()))
    spoken = counts.stored + counts.live
    return {
        "sentences": {
            "stored": counts.stored,
            "live": counts.live,
            "stored_share": round(counts.stored / spoken, 4) if spoken else None,
        },
        "recognitions": {
            "asked": counts.asked,
            "withdrawn": counts.withdrawn,
            "used_share": round(min(1.0, heard / counts.asked), 4) if counts.asked else None,
        },
    }


def _stages(records: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, float | None]]:
    taken: dict[str, list[float]] = {stage: [] for stage in STAGES}
    for record in records:
        for turn in record.get("turns", ()):
            for stage, value in (turn.get("stages_ms") or {}).items():
                if stage in taken and turn.get("heard"):
                    taken[stage].append(float(value))
    return {stage: percentiles(values, (50, 95)) for stage, values in taken.items()}
