"""One exchange, a turn of the caller and our answer, and the record that becomes of it."""

from __future__ import annotations

from dataclasses import dataclass

from dialogue.listening import UserTurn
from dialogue.plan import Plan
from dialogue.record import Recorder, TurnRecord
from dialogue.speaking import Mouth


@dataclass
class Exchange:
    """What is known of the turn being answered."""

    turn: UserTurn | None
    """None: we spoke of our own accord, or because of a key."""
    plan: Plan
    planned_s: float = 0.0
    opening: bool = False
    """The greeting, before anybody has said anything."""
    interrupted: bool = False
    taken_back: bool = False
    """The caller has gone on with the turn, which is answered anew."""

    def close(self, mouth: Mouth, recorder: Recorder) -> None:
        """Record the exchange that is over, with what ``mouth`` really said of it."""
        said = mouth.heard_text if self.interrupted else self.plan.shown
        if self.taken_back:
            recorder.event("suite", dit=said)
        elif self.opening:
            recorder.event("accueil", dit=said, coupe=self.interrupted)
        else:
            recorder.turn(self._record(said, mouth))

    def _record(self, said: str, mouth: Mouth) -> TurnRecord:
        plan, turn = self.plan, self.turn
        return TurnRecord(
            heard=turn.kept if turn else "",
            hearing=turn.heard.confidence if turn else 0.0,
            intent=plan.intent,
            confidence=plan.confidence,
            decision=plan.decision,
            said=said,
            sources=plan.sources,
            latency_ms=_latency_ms(turn, mouth) if turn else None,
            lieu=plan.lieu,
            jour=plan.jour,
            service=plan.service,
            interrupted=self.interrupted,
            stages_ms=self._stages_ms(turn, mouth) if turn else {},
        )

    def _stages_ms(self, turn: UserTurn, mouth: Mouth) -> dict[str, float]:
        return {
            "end_of_turn": (turn.taken_at - turn.speech_end) * 1000,
            "asr_queue": turn.heard.queued_s * 1000,
            "asr": (turn.heard.queued_s + turn.heard.compute_s) * 1000,
            "nlu": self.planned_s * 1000,
            "tts": (mouth.rendered_s or 0.0) * 1000,
        }


def _latency_ms(turn: UserTurn, mouth: Mouth) -> float | None:
    first = mouth.first_sample_at
    return (first - turn.speech_end) * 1000 if first is not None else None
