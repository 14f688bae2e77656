"""A town hall that calls residents back, in virtual time: real desk, policy and file."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from callbot import waitingrecords
from callbot.callbackactions import CallbackActions
from callbot.callbackdesk import CallbackDesk
from callbot.callbackparts import CallbackParts
from callbot.database import Database
from callbot.desk import Desk
from callbot.lines import LineServer
from callbot.waiting import Waiting
from telephony.callbackrecord import Callback, CallbackState
from telephony.callbackrequests import Asked
from telephony.callbacksteps import SendText
from telephony.reception import Agent, CallbackRules, Direct, QueueRules, Reception
from tests import virtual_time
from tests.callbot.fakeworker import FakeWorker, Owner, Telephone, let_in
from tests.dialogue.fakes import FakeSpeaker, phrases
from tests.telephony.promises import PARIS, OfficeHours, at

T = TypeVar("T")

RESIDENT = "+33612345678"
HOME = "sip:0612345678@pbx"
SHOWN = "+33261910000"
LANDLINE = "+33261911060"
ANNE = Agent("anne", "Anne", "sip:101@pbx", ("etat_civil", "elections"))
BRUNO = Agent("bruno", "Bruno", "sip:102@pbx", ("etat_civil", "elections"))


def owner(*, after_s: float = 3.0, key: str = "1", talks_s: float = 60.0, code: int = 0) -> Owner:
    """Somebody who picks up, presses a key if it is not empty, talks, hangs up; or refuses."""

    async def act(telephone: Telephone) -> None:
        await asyncio.sleep(after_s)
        if telephone.over:
            return
        if code:
            telephone.end(code)
            return
        telephone.answer()
        if key:
            await asyncio.sleep(4)
            telephone.press(key)
        await asyncio.sleep(talks_s)
        telephone.end()

    return act


class SameThread(Database):
    """Works at once: virtual time would not wait for another thread."""

    def submit_plain(self, work: Callable[[], T]) -> asyncio.Future[T]:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        try:
            future.set_result(work())
        except Exception as error:
            future.set_exception(error)
        return future


class TownHall:
    """Call :meth:`open` first."""

    def __init__(
        self,
        file: Path,
        owners: Mapping[str, Owner],
        *agents: Agent,
        start: datetime,
        texts: Callable[[SendText], Awaitable[bool]] | None = None,
        slots: int = 4,
        enabled: bool = True,
        **rules: Any,
    ) -> None:
        queues = {
            service: QueueRules(service, **rules)
            for service in ("etat_civil", "elections", "veille", "ccas")
        }
        direct = {"ccas": Direct("ccas", "sip:ccas@pbx")}
        hidden = Agent.for_service("ccas", "sip:ccas@pbx")
        self.reception = Reception(
            (*agents, hidden),
            queues,
            direct,
            CallbackRules(enabled=enabled, target="sip:{national}@pbx", shown=SHOWN),
        )
        self.sent: list[SendText] = []
        self.counts: list[str] = []
        self._file = file
        self._owners = dict(owners)
        self._start = start
        self._texts = texts or self._text
        self._slots = slots
        self._news = asyncio.Event()
        self._running: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Start the core, or start it again after :meth:`crash`."""
        database = await SameThread.open(self._file, "test", waitingrecords.MIGRATIONS)
        self.waiting = Waiting(database)
        self.lines = LineServer(self._file.parent / "lines.sock", let_in)
        self.worker = FakeWorker(self.lines, self._owners, slots=self._slots)
        self.desk = Desk(self.reception, FakeSpeaker(), phrases(), 20.0, {})
        self.callbacks = CallbackDesk(
            CallbackParts(
                waiting=self.waiting,
                desk=self.desk,
                lines=self.lines,
                speaker=FakeSpeaker(),
                phrases=phrases(),
                reception=self.reception,
                hours=OfficeHours(),
                zone=PARIS,
                clock=self.now,
                service_name=lambda service: f"le service {service}",
                own_numbers={SHOWN},
                send_text=self._texts,
            )
        )
        self.callbacks.changed = self._news.set
        self.callbacks.counted = self.counts.append
        self.actions = CallbackActions(self.callbacks, self.desk)
        self._running = [
            asyncio.create_task(self.desk.run()),
            asyncio.create_task(self.callbacks.run()),
        ]
        await asyncio.sleep(0)

    async def crash(self) -> None:
        """The core is gone; a worker ends what no core follows."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self.waiting.close()
        for telephone in self.worker.rung:
            telephone.over = True

    def now(self) -> datetime:
        """The town's clock."""
        return self._start + timedelta(seconds=asyncio.get_running_loop().time() - 1000)

    async def ask(self, service: str = "etat_civil", **how: Any) -> Asked:
        """A resident wants to be called back."""
        values = {"number": RESIDENT, "reason": "mon passeport", "call": "appel"} | how
        return await self.callbacks.request(service=service, **values)

    async def until(self, *states: CallbackState, limit_s: float = 7 * 86400.0) -> Callback:
        """Wait until the only call-back has one of these states."""
        async with asyncio.timeout(limit_s):
            while True:
                (found,) = await self.all()
                if found.state in states:
                    return found
                self._news.clear()
                await self._news.wait()

    async def all(self) -> tuple[Callback, ...]:
        """Every call-back of the file."""
        return await self.waiting.callbacks(closed_since=at(1, "00:00"))

    async def _text(self, text: SendText) -> bool:
        self.sent.append(text)
        return True


def play(
    story: Callable[[TownHall], Coroutine[Any, Any, None]],
    folder: Path,
    owners: Mapping[str, Owner],
    *agents: Agent,
    start: datetime | None = None,
    **how: Any,
) -> None:
    """Run one story in a new town hall, on a Monday at ten unless told."""

    async def whole() -> None:
        staff = agents or (ANNE,)
        hall = TownHall(
            folder / "attente.sqlite3", owners, *staff, start=start or at(2, "10:00"), **how
        )
        await hall.open()
        await story(hall)
        await hall.crash()

    virtual_time.run(whole())


def after(agent: Agent, **changes: Any) -> Agent:
    """The same agent, changed."""
    return replace(agent, **changes)
