"""A reception at work, and a desk that obeys: the seam between the pages and the core."""

from __future__ import annotations

import io
import wave
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from callbot.records import Turn
from callbot.store import Store
from console.access import OPEN, Access
from console.api import Sources, create_app
from console.live import LiveBoard, Person, WaitingEntry
from console.metrics import Metrics
from console.ports import (
    ActionRefusedError,
    CallBackEntry,
    Health,
    Mark,
    TextEntry,
    TextState,
    VoiceMessage,
)
from console.reception import Reception

SERVICES = {
    "accueil": "Accueil de la mairie",
    "etat_civil": "État civil",
    "proprete": "Propreté et déchets",
    "urbanisme": "Urbanisme",
}
INTENTS = {
    "carte_identite_passeport": "Carte d’identité, passeport",
    "encombrants": "Encombrants",
    "horaires_lieu": "Horaires",
    "acte_etat_civil": "Acte d’état civil",
}


@dataclass
class FakeDesk:
    """Remembers what was asked, and refuses with ``refusal``."""

    asked: list[tuple[str, ...]] = field(default_factory=list)
    refusal: str = ""
    defect: bool = False

    async def take(self, call: str, agent: str) -> str:
        return self._do("Votre téléphone sonne.", "take", call, agent)

    async def transfer(self, call: str, service: str, agent: str) -> str:
        return self._do("Transfert demandé.", "transfer", call, service, agent)

    async def call_back(self, call: str, agent: str) -> str:
        return self._do("Votre téléphone sonne, puis le résident.", "call_back", call, agent)

    async def set_presence(self, agent: str, state: Any) -> str:
        return self._do("Présence changée.", "presence", agent, state)

    def _do(self, said: str, *asked: str) -> str:
        if self.defect:
            raise RuntimeError("defect")
        if self.refusal:
            raise ActionRefusedError(self.refusal)
        self.asked.append(asked)
        return said


class FakeCallBacks:
    """Settles call-backs on the board at once, and refuses with ``refusal``."""

    def __init__(self, board: LiveBoard) -> None:
        self._board = board
        self.asked: list[tuple[str, ...]] = []
        self.refusal = ""

    async def now(self, callback: str, agent: str) -> str:
        return self._to("queued", "Le rappel est en file.", "now", callback, agent)

    async def done(self, callback: str, agent: str) -> str:
        return self._to("done", "Rappel marqué comme fait.", "done", callback, agent)

    async def cancel(self, callback: str, agent: str) -> str:
        return self._to("cancelled", "Rappel annulé.", "cancel", callback, agent)

    def _to(self, state: Any, said: str, what: str, callback: str, agent: str) -> str:
        if self.refusal:
            raise ActionRefusedError(self.refusal)
        self.asked.append((what, callback, agent))
        self._board.callbacks_changed(
            replace(entry, state=state, agent=agent, changed_at=now(), by_hand=None)
            if entry.id == callback
            else entry
            for entry in self._board.snapshot().callbacks
        )
        return said


class FakeOutbox:
    """Keeps messages in memory."""

    def __init__(self, board: LiveBoard) -> None:
        self._board = board
        self.gateway = True
        self.kept: list[TextEntry] = []
        """Newest first."""
        self.asked: list[tuple[str, str]] = []

    async def page(
        self, *, words: str, states: Collection[TextState], limit: int, before: str
    ) -> Sequence[TextEntry]:
        ids = [entry.id for entry in self.kept]
        start = 0 if not before else ids.index(before) + 1 if before in ids else len(ids)
        found = [
            entry
            for entry in self.kept[start:]
            if (not states or entry.state in states)
            and all(word in f"{entry.text} {entry.number}".lower() for word in words.split())
        ]
        return found[:limit]

    async def of_call(self, call: str) -> Sequence[TextEntry]:
        return [entry for entry in reversed(self.kept) if entry.call == call]

    async def counts(self, *, since: datetime) -> Mapping[TextState, int]:
        today = [entry.state for entry in self.kept if entry.created_at >= since]
        return {state: today.count(state) for state in set(today)}

    async def resend(self, text: str, agent: str) -> str:
        entry = next((entry for entry in self.kept if entry.id == text), None)
        if entry is None or entry.state not in ("failed", "expired"):
            raise ActionRefusedError("Ce SMS ne peut pas être renvoyé.")
        self.asked.append((text, agent))
        self.change(replace(entry, state="queued", error="", changed_at=now()))
        return "Le SMS repart."

    def change(self, entry: TextEntry) -> None:
        """Put a message in the place of the one with its id, or first."""
        ids = [kept.id for kept in self.kept]
        if entry.id in ids:
            self.kept[ids.index(entry.id)] = entry
        else:
            self.kept.insert(0, entry)
        self._board.texts_changed(entry.call or None)


class FakeMessages:
    """Keeps voice messages in memory."""

    def __init__(self, board: LiveBoard) -> None:
        self._board = board
        self.kept: list[VoiceMessage] = []
        self.sounds: dict[str, bytes] = {}

    async def list(self) -> Sequence[VoiceMessage]:
        return self.kept

    async def audio(self, message: str) -> bytes | None:
        return self.sounds.get(message)

    async def done(self, message: str, agent: str) -> str:
        mark = Mark("done", now(), self._board.person(agent).name)  # type: ignore[union-attr]
        self.kept = [replace(one, done=mark) if one.id == message else one for one in self.kept]
        self._board.messages_changed(next(m.call for m in self.kept if m.id == message))
        return "Message marqué comme traité."

    def leave(self, message: VoiceMessage) -> None:
        """A resident left a message, of silence."""
        self.kept.insert(0, message)
        self.sounds[message.id] = wav(message.seconds)
        self._board.messages_changed(message.call)


class Scene:
    """The application over a real store and a real board."""

    def __init__(self, store: Store, *, full_numbers: bool = False, bare: bool = False) -> None:
        """A ``bare`` one has no call-backs, text messages or voice messages."""
        self.store = store
        self.bare = bare
        self.desk = FakeDesk()
        self.full_numbers = full_numbers
        self.board = LiveBoard()
        self.callbacks = FakeCallBacks(self.board)
        self.outbox = FakeOutbox(self.board)
        self.messages = FakeMessages(self.board)
        self.board.presence_changed(
            [
                Person("marie", "Marie Dupont", "available", ("accueil", "etat_civil")),
                Person("paul", "Paul N’Diaye", "break", ("accueil",)),
                Person("ines", "Inès Garcia", "in_call", wanted="break"),
            ]
        )

    @classmethod
    async def open(cls, folder: Path, *, full_numbers: bool = False, bare: bool = False) -> Scene:
        store = await Store.open(folder / "h.sqlite3", mask_callers=not full_numbers)
        return cls(store, full_numbers=full_numbers, bare=bare)

    def app(
        self,
        names: tuple[str, ...] = (),
        heartbeat_s: float = 10.0,
        access: Access = OPEN,
    ) -> web.Application:
        sources = Sources(lambda: Health("ok"), self.store, Metrics(), dict, "1")
        reception = Reception(
            board=self.board,
            desk=self.desk,
            notes=self.store,
            services=SERVICES,
            intents=INTENTS,
            town="Valbrune",
            callbacks=None if self.bare else self.callbacks,
            outbox=None if self.bare else self.outbox,
            messages=None if self.bare else self.messages,
            full_numbers=self.full_numbers,
            heartbeat_s=heartbeat_s,
        )
        self.console = create_app(sources, "127.0.0.1", names, reception, access)
        return self.console

    async def start(self, call: str, ago_s: float = 0, caller: str = "0612345678") -> None:
        at = now() - timedelta(seconds=ago_s)
        self.board.call_started(call, caller=caller, called="mairie", at=at)
        await self.store.call_started(
            call, sip_call_id=f"{call}@pbx", caller=caller, called="mairie", at=at
        )

    async def turn(self, call: str, n: int, heard: str, said: str, **changes: Any) -> None:
        values: dict[str, Any] = {
            "n": n,
            "at": now(),
            "heard": heard,
            "intent": "carte_identite_passeport",
            "confidence": 0.91,
            "decision": "answer",
            "said": said,
            "sources": ("reponses/etat_civil#passeport",),
            "service": "etat_civil",
            "asr_confidence": 0.82,
        }
        turn = Turn(**(values | changes))
        self.board.turn(call, turn)
        await self.store.turn(call, turn)

    def promise(self, *entries: CallBackEntry) -> None:
        """These are all call-backs."""
        self.board.callbacks_changed(entries)

    async def end(self, call: str, outcome: Any, service: str | None = None) -> None:
        self.board.call_ended(call, outcome=outcome, at=now(), service=service)
        await self.store.call_ended(call, outcome=outcome, at=now(), service=service)

    def wait(self, *calls: str, **changes: Any) -> None:
        """Put calls in the queue, the first one first in line."""
        self.board.queue_changed(
            [
                WaitingEntry(
                    call,
                    changes.get("service", "etat_civil"),
                    position,
                    now() - timedelta(seconds=40 / position),
                    **{k: v for k, v in changes.items() if k != "service"},
                )
                for position, call in enumerate(calls, start=1)
            ]
        )
        for call in calls:
            self.board.phase(call, "queued", now(), service=changes.get("service", "etat_civil"))


def now() -> datetime:
    return datetime.now(UTC)


def a_callback(name: str, due_in_min: float = 10, **changes: Any) -> CallBackEntry:
    values: dict[str, Any] = {
        "number": "+33612345678",
        "service": "etat_civil",
        "reason": f"demande de {name}",
        "requested_at": now() - timedelta(minutes=5),
        "due_at": now() + timedelta(minutes=due_in_min),
        "changed_at": now(),
    }
    return CallBackEntry(name, **(values | changes))


def a_text(name: str, state: TextState = "sent", ago_min: float = 0, **changes: Any) -> TextEntry:
    at = now() - timedelta(minutes=ago_min)
    values: dict[str, Any] = {
        "number": "+33612345678",
        "text": f"Mairie de Valbrune : message {name}.",
        "source": "reponses/etat_civil#passeport",
        "created_at": at,
        "changed_at": at,
        "consent_at": at,
    }
    return TextEntry(name, state=state, **(values | changes))


def a_message(name: str, call: str, **changes: Any) -> VoiceMessage:
    values: dict[str, Any] = {
        "number": "+33612345678",
        "at": now(),
        "seconds": 1.5,
        "transcript": "rappelez-moi pour ma carte d’identité",
    }
    return VoiceMessage(name, call, **(values | changes))


def wav(seconds: float) -> bytes:
    """Return silence."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(2 * round(8000 * seconds)))
    return file.getvalue()
