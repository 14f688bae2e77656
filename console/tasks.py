"""What staff do with call-backs, text messages and voice messages: checked, then carried out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from console.actions import at_a_telephone, guarded
from console.live import LiveBoard, Person
from console.ports import ActionRefusedError, CallBacks, Outbox, VoiceMessages

_ENDED = "Ce rappel est déjà terminé."
_NOT_NOW: Mapping[str, str] = {
    "queued": "Ce rappel est déjà en file.",
    "dialling": "Ce rappel est en cours : un collègue appelle.",
    "talking": "Ce rappel est en cours : un collègue parle avec le résident.",
    "closing": "Ce rappel est abandonné : un SMS part.",
}


class Tasks:
    """Carries out one action; what it returns, or raises as ActionRefusedError, is French.

    Every method raises KeyError when there is no such action, or the part is not in use.
    """

    def __init__(
        self,
        board: LiveBoard,
        callbacks: CallBacks | None,
        outbox: Outbox | None,
        messages: VoiceMessages | None,
    ) -> None:
        self._board = board
        self._callbacks: Mapping[str, tuple[str, Callable[[str, str], Awaitable[str]]]] = (
            {
                "maintenant": ("now", callbacks.now),
                "fait": ("done", callbacks.done),
                "annuler": ("cancel", callbacks.cancel),
            }
            if callbacks
            else {}
        )
        self._texts = {"renvoyer": outbox.resend} if outbox else {}
        self._messages = {"fait": messages.done} if messages else {}

    async def on_callback(self, name: str, identifier: str, agent: Person | None) -> str:
        """Do ``name`` on a call-back."""
        what, action = self._callbacks[name]

        async def work() -> str:
            person = at_a_telephone(agent)
            self._must_allow(identifier, what)
            return await action(identifier, person)

        return await guarded(work, name)

    async def on_text(self, name: str, identifier: str, agent: Person | None) -> str:
        """Do ``name`` on a text message."""
        action = self._texts[name]
        return await guarded(lambda: action(identifier, at_a_telephone(agent)), name)

    async def on_message(self, name: str, identifier: str, agent: Person | None) -> str:
        """Do ``name`` on a voice message."""
        action = self._messages[name]
        return await guarded(lambda: action(identifier, at_a_telephone(agent)), name)

    def _must_allow(self, identifier: str, what: str) -> None:
        entry = self._board.callback(identifier)
        if entry is None or not entry.open:
            raise ActionRefusedError(_ENDED)
        if what not in entry.can:
            raise ActionRefusedError(_NOT_NOW[entry.state])
