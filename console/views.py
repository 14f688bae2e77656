"""Calls as JSON."""

from __future__ import annotations

from typing import Any

from console.labels import masked
from console.ports import CallView, EventView, TurnView


def call_summary(call: CallView, *, full: bool = True) -> dict[str, Any]:
    """Return one call as it stands in a list; the caller's number is masked unless ``full``."""
    ended = call.ended_at
    return {
        "id": call.id,
        "sip_call_id": call.sip_call_id,
        "started_at": call.started_at.isoformat(),
        "ended_at": None if ended is None else ended.isoformat(),
        "duration_s": None if ended is None else (ended - call.started_at).total_seconds(),
        "caller": call.caller if full else masked(call.caller),
        "called": call.called,
        "outcome": call.outcome,
        "service": call.service,
        "sms": [dict(message) for message in call.sms],
    }


def call_detail(call: CallView, *, full: bool = True) -> dict[str, Any]:
    """Return one call with its turns and timeline."""
    return {
        **call_summary(call, full=full),
        "versions": dict(call.versions),
        "turns": [_turn(turn) for turn in call.turns],
        "events": [_event(event) for event in call.events],
    }


def _turn(turn: TurnView) -> dict[str, Any]:
    return {
        "n": turn.n,
        "at": turn.at.isoformat(),
        "heard": turn.heard,
        "asr_confidence": turn.asr_confidence,
        "intent": turn.intent,
        "confidence": turn.confidence,
        "decision": turn.decision,
        "said": turn.said,
        "source": ", ".join(turn.sources),
        "sources": list(turn.sources),
        "service": turn.service,
        "lieu": turn.lieu,
        "jour": turn.jour,
        "interrupted": turn.interrupted,
        "latency_ms": None if turn.latency_ms is None else round(turn.latency_ms),
        "stages_ms": {stage: round(value, 1) for stage, value in turn.stages.items()},
    }


def _event(event: EventView) -> dict[str, Any]:
    return {"at": event.at.isoformat(), "kind": event.kind, "details": dict(event.details)}
