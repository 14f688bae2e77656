"""What staff do from the pages: checked here, carried out by the core, then kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from aiohttp import web

from common import logs
from console.labels import WANTED, WRONG_REASONS, cannot_be_called
from console.live import LiveBoard, Person
from console.ports import ActionRefusedError, Desk, Notes

MAX_NOTE = 2000
MAX_REASON = 500

_GONE = "Cet appel n’est plus dans l’historique."
_FAILED = "L’action n’a pas abouti. Réessayez ; si cela se répète, prévenez l’administrateur."

Form = Mapping[str, str]


class Actions:
    """Carries out one action; what it returns, or raises as ActionRefusedError, is French."""

    def __init__(
        self,
        board: LiveBoard,
        desk: Desk,
        notes: Notes,
        services: Mapping[str, str],
        clock: Callable[[], datetime],
    ) -> None:
        self._board = board
        self._desk = desk
        self._notes = notes
        self._services = services
        self._clock = clock
        self._of_calls: Mapping[str, Callable[[str, Form, Person], Awaitable[str]]] = {
            "prendre": self._take,
            "transferer": self._transfer,
            "rappeler": self._call_back,
            "note": self._note,
            "termine": self._done,
            "rouvrir": self._reopen,
            "faux": self._wrong,
        }

    async def on_call(self, name: str, call: str, form: Form, agent: Person | None) -> str:
        """Do ``name`` on a call.

        Raises:
            ActionRefusedError: not possible; the message is for the agent.
            KeyError: there is no such action.
        """
        action = self._of_calls[name]
        return await guarded(lambda: action(call, form, known(agent)), name)

    async def presence(self, form: Form, agent: Person | None) -> str:
        """Change what the agent wants.

        Raises:
            ActionRefusedError: not possible; the message is for the agent.
        """
        state = form.get("etat", "")
        if state not in WANTED:
            raise ActionRefusedError("Choisissez disponible, pause ou absent.")
        return await guarded(
            lambda: self._desk.set_presence(at_a_telephone(agent), state),  # type: ignore[arg-type]
            "presence",
        )

    async def _take(self, call: str, _form: Form, agent: Person) -> str:
        self._must_be_live(call, callback_too=True)
        return await self._desk.take(call, at_a_telephone(agent))

    async def _transfer(self, call: str, form: Form, agent: Person) -> str:
        self._must_be_live(call)
        service = form.get("service", "")
        if service not in self._services:
            raise ActionRefusedError("Choisissez d’abord le service.")
        return await self._desk.transfer(call, service, at_a_telephone(agent))

    async def _call_back(self, call: str, _form: Form, agent: Person) -> str:
        if self._board.call(call) is not None:
            raise ActionRefusedError("Cet appel est encore en cours : prenez-le.")
        past = self._board.finished(call)
        refusal = cannot_be_called(past.caller) if past else None
        if refusal is not None:
            raise ActionRefusedError(refusal)
        return await self._desk.call_back(call, at_a_telephone(agent))

    async def _note(self, call: str, form: Form, agent: Person) -> str:
        text = form.get("texte", "").strip()
        if not text:
            raise ActionRefusedError("La note est vide.")
        if len(text) > MAX_NOTE:
            raise ActionRefusedError(f"La note est trop longue : {MAX_NOTE} caractères au plus.")
        kept = await self._notes.note(call, agent.name, text, self._clock())
        return await self._kept(call, kept, "Note enregistrée.")

    async def _done(self, call: str, _form: Form, agent: Person) -> str:
        if self._board.call(call) is not None:
            raise ActionRefusedError("Cet appel est encore en cours.")
        kept = await self._notes.done(call, agent.name, self._clock())
        return await self._kept(call, kept, "Appel marqué comme terminé.")

    async def _reopen(self, call: str, _form: Form, _agent: Person) -> str:
        await self._notes.reopen(call)
        return await self._kept(call, True, "Appel rouvert.")

    async def _wrong(self, call: str, form: Form, agent: Person) -> str:
        turn, reason = form.get("tour", ""), form.get("motif", "")
        if not (turn.isascii() and turn.isdigit() and len(turn) < 6):
            raise ActionRefusedError("Cette réponse du robot n’existe pas.")
        if reason not in WRONG_REASONS:
            raise ActionRefusedError("Choisissez ce qui ne va pas.")
        precision = form.get("precision", "").strip()
        if len(precision) > MAX_REASON:
            raise ActionRefusedError(
                f"La précision est trop longue : {MAX_REASON} caractères au plus."
            )
        whole = f"{reason} : {precision}" if precision else reason
        if not await self._notes.wrong_answer(call, int(turn), agent.name, whole, self._clock()):
            raise ActionRefusedError("Cette réponse du robot n’existe pas.")
        return await self._kept(call, True, "Merci, la réponse est signalée.")

    def _must_be_live(self, call: str, *, callback_too: bool = False) -> None:
        if self._board.call(call) is not None:
            return
        if callback_too and any(entry.call == call for entry in self._board.snapshot().queue):
            return
        raise ActionRefusedError("Cet appel est terminé.")

    async def _kept(self, call: str, kept: bool, said: str) -> str:
        if not kept:
            raise ActionRefusedError(_GONE)
        self._board.followed_up(call, await self._notes.follow_up(call))
        return said


async def guarded(work: Callable[[], Awaitable[str]], name: str) -> str:
    """Await ``work``; a defect behind it becomes a refusal, and is logged under ``name``."""
    try:
        return await work()
    except (ActionRefusedError, web.HTTPException):
        raise
    except Exception as error:
        logs.get().exception("action_failed", action=name)
        raise ActionRefusedError(_FAILED) from error


def known(agent: Person | None) -> Person:
    """Return who acts.

    Raises:
        ActionRefusedError: nobody said who they are.
    """
    if agent is None:
        raise ActionRefusedError("Dites d’abord qui vous êtes : choisissez votre nom en haut.")
    return agent


def at_a_telephone(agent: Person | None) -> str:
    """Return the id of who acts, as the core knows them.

    Raises:
        ActionRefusedError: nobody said who they are, or the account has no telephone.
    """
    person = known(agent)
    if not person.id:
        raise ActionRefusedError(
            "Votre compte n’est lié à aucun poste : l’administrateur peut le lier à un agent."
        )
    return person.id
