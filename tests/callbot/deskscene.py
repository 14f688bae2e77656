"""A desk with one caller, whose telephones are events."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from callbot.desk import CallHandover, Desk, Guest
from callbot.frontdesk import FrontDesk
from callbot.lines import OnLegEvent
from console.live import LiveBoard, WaitingEntry
from dialogue import events as ev
from telephony import protocol as tp
from telephony.reception import Agent, Direct, QueueRules, Reception, TransferMode
from tests.dialogue.fakes import FakeSpeaker, phrases


async def settle() -> None:
    """Let a sentence be said and heard."""
    await asyncio.sleep(1.0)


ANNE = Agent("anne", "Anne", "sip:101@127.0.0.1", ("accueil",))
MARC = Agent("marc", "Marc", "sip:102@127.0.0.1", ("accueil",))


class Line:
    """What the desk asks of the caller's worker."""

    def __init__(self) -> None:
        self.dialled: dict[str, str] = {}
        self.follow: dict[str, OnLegEvent] = {}
        self.transfers: list[str] = []
        self.connected: list[tuple[str, bool]] = []
        self.kept: list[bool] = []
        self.disconnected: list[str] = []
        self.said = b""

    def dial(self, order: tp.Dial, on_event: OnLegEvent) -> None:
        self.dialled[order.leg] = order.target
        self.follow[order.leg] = on_event

    def transfer(self, target: str, timeout_s: float) -> None:
        self.transfers.append(target)

    def play_to(self, leg: str, playback: str, pcm: bytes) -> None:
        self.said += pcm
        done = tp.PlaybackFinished(call=leg, playback=playback, played_s=1, complete=True, at=0)
        asyncio.get_running_loop().call_soon(self.follow[leg], done)

    def silence(self, leg: str) -> None:
        """What is played here has been heard at once."""

    def connect(self, leg: str, *, replaces: bool, keep_caller: bool = False) -> None:
        self.connected.append((leg, replaces))
        self.kept.append(keep_caller)

    def disconnect(self, leg: str) -> None:
        self.disconnected.append(leg)

    def answer(self, leg: str) -> None:
        self.follow[leg](tp.LegAnswered(leg=leg, codec="PCMA", at=0))

    def end(self, leg: str, code: int, answered: bool = False) -> None:
        gone = tp.LegEnded(leg=leg, answered=answered, code=code, reason="", at=0)
        self.follow[leg](gone)


class Scene:
    """One caller at a desk."""

    def __init__(self, reception: Reception) -> None:
        self.desk = Desk(reception, FakeSpeaker(), phrases(), 20.0, {})
        self.line = Line()
        self.events: list[ev.Event] = []
        guest = Guest("appel", self.line, "0612345678")
        self.handover = CallHandover(self.desk, guest)
        self.handover.post = self.events.append
        self.board = LiveBoard(zone=ZoneInfo("Europe/Paris"))
        self.front = FrontDesk(
            reception,
            self.desk,
            # Nobody is called back here, and nothing is kept.
            None,  # type: ignore[arg-type]
            self.board,
            None,  # type: ignore[arg-type]
            datetime.now,
            "accueil",
        )
        self.front.follow("appel", self.events.append)

    def start(self, service: str = "accueil", **how: Any) -> None:
        said = "Un habitant, pour un passeport."
        self.handover.start(service, said, **({"urgent": False, "struggling": False} | how))

    def renew(self, reception: Reception) -> None:
        """Go by what was published."""
        self.desk.renew(reception, phrases(), 20.0, "accueil")
        self.front.renew(reception, "accueil")

    @property
    def queue(self) -> Sequence[WaitingEntry]:
        """Who waits, as the pages show it."""
        return self.board.snapshot().queue

    @property
    def leg(self) -> str:
        return list(self.line.dialled)[-1]

    async def talk(self, mode: Literal["bridge", "replaces"] = "bridge") -> str:
        """Pick up, hear the whisper, and talk; return the leg."""
        leg = self.leg
        self.line.answer(leg)
        await settle()
        self.line.follow[leg](tp.Connected(call="c", leg=leg, mode=mode, at=0))
        return leg

    @property
    def last(self) -> ev.Event:
        return self.events[-1]

    def results(self) -> list[tuple[bool, int]]:
        return [(e.ok, e.code) for e in self.events if isinstance(e, ev.TransferFinished)]


def direct(mode: TransferMode, *, confirm: bool = False) -> Reception:
    route = Direct("accueil", "sip:accueil@127.0.0.1", mode, confirm)
    return Reception((), {}, {"accueil": route})


def queued(*agents: Agent) -> Reception:
    return Reception(agents, {"accueil": QueueRules("accueil")}, {})


LUC = Agent("luc", "Luc", "sip:103@127.0.0.1", ("sports",))
SPORTS = Reception((ANNE, LUC), {name: QueueRules(name) for name in ("accueil", "sports")}, {})
