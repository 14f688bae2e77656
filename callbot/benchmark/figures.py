"""From what callers heard and the box recorded to the figures of ``callbot bench``. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from callbot.benchmark.callers import Tape
from callbot.benchmark.usage import Usage
from callbot.testphone.session import CallResult

STAGES = ("end_of_turn", "asr_queue", "asr", "nlu", "tts")
ORDINARY_END = 200


def build(
    calls: int, tape: Tape, records: Iterable[Mapping[str, Any]], usage: Usage
) -> dict[str, Any]:
    """Return the figures of one run.

    ``calls`` is how many callers there were at once, ``records`` what the box kept of their calls.
    """
    results, lost = tape.results, tape.lost
    exchanges = [turn for result in results for turn in result.turns]
    latencies = [turn.latency_ms for turn in exchanges if turn.latency_ms is not None]
    greetings = [r.greeting.latency_ms for r in results if r.greeting.latency_ms is not None]
    return {
        "calls": calls,
        "placed_calls": len(results) + lost,
        "failed_calls": lost + sum(failed(result) for result in results),
        "turns": len(exchanges),
        "unanswered_turns": sum(turn.latency_ms is None for turn in exchanges),
        "latency_ms": percentiles(latencies, (50, 95, 99)),
        "greeting_ms": percentiles(greetings, (50, 95)),
        "rtp": _rtp(results),
        "clipped_samples": tape.clipped,
        "cpu_cores": round(usage.cpu_cores, 2),
        "cpu_by_process": {name: round(v, 3) for name, v in usage.cpu_by_process.items()},
        "callers_cpu_cores": round(usage.callers_cpu_cores, 2),
        "rss_mb": round(usage.rss_mb),
        "stages_ms": _stages(records),
    }


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
    jitter = percentiles([one.jitter_ms for one in heard], (99,))
    return {
        "received": sum(one.received for one in heard),
        "lost": sum(one.lost for one in heard),
        "late": sum(one.late for one in heard),
        "jitter_ms_p99": jitter["p99"],
    }


def _stages(records: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, float | None]]:
    taken: dict[str, list[float]] = {stage: [] for stage in STAGES}
    for record in records:
        for turn in record.get("turns", ()):
            for stage, value in (turn.get("stages_ms") or {}).items():
                if stage in taken and turn.get("heard"):
                    taken[stage].append(float(value))
    return {stage: percentiles(values, (50, 95)) for stage, values in taken.items()}
