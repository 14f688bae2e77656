"""A reception at work, and a desk that obeys: the seam between the pages and the core."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from callbot.records import Turn
from callbot.store import Store
from console.api import Sources, create_app
from console.live import LiveBoard, Person, WaitingEntry
from console.metrics import Metrics
from console.ports import ActionRefusedError, Health
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


class Scene:
    """The application over a real store and a real board."""

    def __init__(self, store: Store, *, full_numbers: bool = False) -> None:
        self.store = store
        self.desk = FakeDesk()
        self.full_numbers = full_numbers
        self.board = LiveBoard()
        self.board.presence_changed(
            [
                Person("marie", "Marie Dupont", "available", ("accueil", "etat_civil")),
                Person("paul", "Paul N’Diaye", "break", ("accueil",)),
                Person("ines", "Inès Garcia", "in_call", wanted="break"),
            ]
        )

    @classmethod
    async def open(cls, folder: Path, *, full_numbers: bool = False) -> Scene:
        store = await Store.open(folder / "h.sqlite3", mask_callers=not full_numbers)
        return cls(store, full_numbers=full_numbers)

    def app(self, names: tuple[str, ...] = (), heartbeat_s: float = 10.0) -> web.Application:
        sources = Sources(lambda: Health("ok"), self.store, Metrics(), dict, "1")
        reception = Reception(
            board=self.board,
            desk=self.desk,
            notes=self.store,
            services=SERVICES,
            intents=INTENTS,
            town="Valbrune",
            full_numbers=self.full_numbers,
            heartbeat_s=heartbeat_s,
        )
        self.console = create_app(sources, "127.0.0.1", names, reception)
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
