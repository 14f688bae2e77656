"""Keeps the story of one call: history, metrics, a masked log line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from callbot.records import Outcome, Turn
from callbot.store import Store
from callbot.tally import DayTally
from common import logs
from console.live import LiveBoard
from console.metrics import Metrics
from dialogue.record import PhaseName, TurnRecord


class CallRecorder:
    """The dialogue's Recorder for one call."""

    def __init__(
        self,
        call: str,
        store: Store,
        metrics: Metrics,
        board: LiveBoard,
        tally: DayTally,
        clock: Callable[[], datetime],
    ) -> None:
        self._call = call
        self._board = board
        self._store = store
        self._metrics = metrics
        self._tally = tally
        self._clock = clock
        self._turns = 0
        self._log = logs.get(call=call)
        self._closed = False
        self.reached: Callable[[str], None] = lambda _service: None
        """Told the service whose people now talk with the caller."""

    def turn(self, record: TurnRecord) -> None:
        """Record one exchange."""
        self._turns += 1
        turn = Turn(
            n=self._turns,
            at=self._clock(),
            heard=record.heard,
            intent=record.intent,
            confidence=record.confidence,
            decision=record.decision,
            said=record.said,
            sources=record.sources,
            service=record.service,
            lieu=record.lieu,
            jour=record.jour,
            asr_confidence=record.hearing if record.heard else None,
            interrupted=record.interrupted,
            latency_ms=record.latency_ms,
            stages=record.stages_ms,
        )
        self._store.turn(self._call, turn)
        self._board.turn(self._call, turn)
        self._metrics.turn(record.decision, record.latency_ms, record.stages_ms)
        self._log.info(
            "turn",
            n=self._turns,
            intent=record.intent,
            confidence=round(record.confidence, 3),
            decision=record.decision,
            latency_ms=round(record.latency_ms) if record.latency_ms is not None else None,
        )

    def phase(self, phase: PhaseName, service: str | None) -> None:
        """Show where the call stands."""
        self._board.phase(self._call, phase, self._clock(), service=service)

    def heard(self, text: str) -> None:
        """Show what was just said."""
        self._board.heard(self._call, text)

    def event(self, kind: str, **details: str | int | float | bool | None) -> None:
        """Add one point to the timeline."""
        now = self._clock()
        self._store.event(self._call, kind, now, details)
        self._tally.event(self._call, kind, now)
        if kind == "details":
            self._board.details(self._call, {name: str(value) for name, value in details.items()})
        if kind == "transfert_abouti":
            self.reached(str(details.get("service") or ""))

    def outcome(self, outcome: Outcome, service: str | None) -> None:
        """Close the call; only the first outcome counts."""
        if self._closed:
            return
        self._closed = True
        now = self._clock()
        self._store.call_ended(self._call, outcome=outcome, at=now, service=service)
        self._board.call_ended(self._call, outcome=outcome, at=now, service=service)
        self._metrics.call_ended(outcome)
        self._tally.ended(self._call)
        self._log.info("call_ended", outcome=outcome, service=service)
