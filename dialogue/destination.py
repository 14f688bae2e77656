"""Whom the caller is being handed to: what is asked of others for it, and what is recorded."""

from __future__ import annotations

from dialogue.listening import UserTurn
from dialogue.manager import DialogueManager
from dialogue.plan import Plan
from dialogue.ports import Handover
from dialogue.record import Recorder


class Destination:
    """The service that the caller waits for, or has reached."""

    def __init__(self, handover: Handover, recorder: Recorder, main_service: str) -> None:
        self._handover = handover
        self._recorder = recorder
        self._default = main_service
        self.awaited: str | None = None
        """The service that a person is being looked for at."""
        self.reached: str | None = None
        """The service that the caller talks, or talked, to."""
        self.failures = 0

    @property
    def service(self) -> str | None:
        """The service that the caller is handed to, whether it answered or not."""
        return self.awaited or self.reached

    def look_for(self, service: str, manager: DialogueManager) -> None:
        """Have a person looked for who is told what ``manager`` knows of the call."""
        self._recorder.event("transfert", service=service)
        self._handover.start(
            service, manager.whisper(), urgent=manager.urgent, struggling=manager.struggling
        )

    def leave(self) -> None:
        """The caller does not wait any more, if they did."""
        if self.awaited is None:
            return
        self._recorder.event("file_quittee", service=self.awaited)
        self.awaited = None
        self._handover.leave()

    def abandoned(self) -> None:
        """The caller hung up; record it if they were waiting."""
        if self.awaited is not None:
            self._recorder.event("attente_abandonnee", service=self.awaited)

    def answered(self) -> None:
        """A person is there."""
        self.reached = self.awaited or self._default
        self.awaited = None

    def failed(self, code: int, *, cut: bool) -> str:
        """Nobody took the call, or it was ``cut`` off; return the service that it was for."""
        if cut:
            self.cut_off(code=code)
        service = self.awaited or self._default
        self.awaited = None
        self.failures += 1
        self._handover.leave()
        if not cut:
            self._recorder.event("transfert_echoue", service=service, code=code)
        return service

    def vain(self, plan: Plan, turn: UserTurn, accepted: float) -> bool:
        """Whether a person would be called again for a line on which nobody is understood.

        ``accepted`` is the least probability of what is understood.
        """
        if plan.then != "transfer" or not self.failures:
            return False
        return not turn.heard.text or (self.failures > 1 and plan.confidence < accepted)

    def cut_off(self, **details: int | bool) -> None:
        """The talk did not count: the caller is being handed over as before."""
        self.awaited, self.reached = self.reached, None
        self._recorder.event("communication_coupee", service=self.awaited, **details)
