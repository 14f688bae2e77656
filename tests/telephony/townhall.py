"""A town hall in small: real conversations, a real desk and a real line worker, on loopback.

Only what needs models is played: the bot's voice is a tone, and nothing that callers say is
recognised. They ask for a person with key 0.
"""

from __future__ import annotations

import array
import asyncio
import math
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

from callbot.desk import CallHandover, Desk, Guest
from callbot.lines import CallLine, LineServer, Post
from common.audio import SAMPLE_RATE
from dialogue.conversation import Conversation
from dialogue.manager import DialogueManager
from dialogue.parts import Parts
from dialogue.ports import Heard
from telephony import protocol as tp
from telephony.reception import Agent, Direct, QueueRules, Reception, TransferMode
from tests.dialogue.fakes import (
    NOW,
    FakeEndOfTurn,
    FakeEngine,
    FakeFacts,
    FakeIntents,
    FakeRecorder,
    phrases,
    settings,
)
from tests.telephony.fakecore import WorkerProcess
from tests.telephony.rawphone import PATIENCE_S, RawPhone, alaw_tone

WORKER = 21_371
CALLER, OTHER_CALLERS = 21_300, (21_302, 21_304, 21_306)
ANNE_PORT, MARC_PORT = 21_310, 21_314
BARESIP_PORT, BARESIP_RTP = 21_318, 21_376
RTP, RTP_PORTS = 21_330, 40

ANNE = Agent("anne", "Anne", f"sip:anne@127.0.0.1:{ANNE_PORT}", ("accueil",))
MARC = Agent("marc", "Marc", f"sip:marc@127.0.0.1:{MARC_PORT}", ("accueil",))

RING_S = 3.0
SENTENCE_S = 0.9
HUMAN = alaw_tone(300.0)


def queued(*agents: Agent, **rules: Any) -> Reception:
    """A queue whose waits are short."""
    short = {"ring_s": RING_S, "penalty_s": 1.0, "wrap_up_s": 0.0, **rules}
    return Reception(agents, {"accueil": QueueRules("accueil", **short)}, {})


def direct(mode: TransferMode, target: str = ANNE.target) -> Reception:
    """One telephone, without a queue."""
    return Reception((), {}, {"accueil": Direct("accueil", target, mode)})


class _Voice:
    def __init__(self) -> None:
        self.said: list[str] = []

    async def pieces(
        self, text: str, pace: float = 1.0, *, keep: bool = True
    ) -> AsyncIterator[bytes]:
        self.said.append(text)
        count = int(SENTENCE_S * SAMPLE_RATE)
        wave = (int(9000 * math.sin(2 * math.pi * 440 * n / SAMPLE_RATE)) for n in range(count))
        yield array.array("h", wave).tobytes()


class _NothingHeard:
    async def recognise(
        self, call: str, pcm: bytes, waiting_since: float, words: tuple[str, ...]
    ) -> Heard:
        return Heard("", 0.0)


class TownHall:
    """Use as a context; ``records`` holds one recorder a call, in the order of the calls.

    ``music`` is what callers of each service hear while they wait.
    """

    def __init__(
        self,
        folder: Path,
        reception: Reception,
        music: Mapping[str, bytes] | None = None,
        **worker: Any,
    ) -> None:
        self.records: list[FakeRecorder] = []
        self.voice = _Voice()
        self.desk = Desk(reception, self.voice, phrases(), RING_S, {})
        self._music = music or {}
        self._socket = folder / "lines.sock"
        self._lines = LineServer(self._socket, self._on_call)
        ports = {"rtp_port": RTP, "rtp_ports": RTP_PORTS}
        options = {**ports, "rtp_timeout_s": 20.0, "refer_timeout_s": 1.5, **worker}
        self._worker = WorkerProcess(folder, 1, WORKER, **options)
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> TownHall:
        await self._lines.start()
        self._own(self.desk.run())
        await self._worker.start()
        await until(lambda: self._lines.worker_numbers == (1,))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._worker.stop()
        for task in self._tasks:
            task.cancel()
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._lines.close()
        failed = [r for r in results if isinstance(r, Exception)]
        assert not failed, failed

    async def core_dies(self) -> None:
        """Cut the worker off from all that knows its calls, as when the core is killed."""
        await self._lines.close()
        for link in list(self._lines._links.values()):
            await link._channel.close()

    async def core_starts(self) -> None:
        """Let a new core listen, which knows nothing of the calls of the old one."""
        self._lines = LineServer(self._socket, self._on_call)
        await self._lines.start()

    def phase(self, call: int = 0) -> str:
        """Where a call stands."""
        return self.records[call].phases[-1][0] if self.records[call].phases else ""

    def _on_call(self, event: tp.CallStarted, line: CallLine) -> Post:
        recorder = FakeRecorder()
        self.records.append(recorder)
        handover = CallHandover(self.desk, Guest(event.call, line, event.caller))
        config = settings()
        parts = Parts(
            line=line,
            handover=handover,
            recogniser=_NothingHeard(),
            speaker=self.voice,
            end_of_turn=FakeEndOfTurn(),
            main_service="accueil",
            recorder=recorder,
            settings=config,
            clock=lambda: NOW,
            music=self._music,
        )
        engine = FakeEngine({"": []})
        manager = DialogueManager(event.call, engine, FakeFacts(), FakeIntents(), phrases(), config)
        conversation = Conversation(event.call, manager, parts)
        handover.post = conversation.post
        self._own(self._lead(conversation, handover))
        line.answer()
        return conversation.post

    async def _lead(self, conversation: Conversation, handover: CallHandover) -> None:
        try:
            await conversation.run()
        finally:
            handover.leave()

    def _own(self, work: Any) -> None:
        self._tasks.add(asyncio.create_task(work))


async def until(condition: Callable[[], bool], timeout_s: float = PATIENCE_S) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.02)


def loud(phone: RawPhone) -> bool:
    """Tell whether more than the noise of an idle line was heard last."""
    return len(set(phone.heard)) > 20


async def hears(phone: RawPhone) -> None:
    """Wait until the phone has heard a sound for a third of a second."""
    row = 0
    async with asyncio.timeout(PATIENCE_S):
        while row < 6:
            await asyncio.sleep(0.05)
            row = row + 1 if loud(phone) else 0


async def asks_for_a_person(hall: TownHall, phone: RawPhone, call: int = 0) -> None:
    """Call, and press 0 as soon as the bot speaks."""
    assert (await phone.invite()).code == 200
    phone.talk()
    await until(lambda: len(hall.records) > call)
    await hears(phone)
    await phone.press(0, marker=True)


async def hears_the_bot(hall: TownHall, phone: RawPhone, words: str, phase: str) -> None:
    """Check that the bot tells the caller something, and that the call then stands where said."""
    await until(lambda: any(words in text for text in hall.voice.said))
    await hears(phone)
    await until(lambda: hall.phase() == phase)


async def talk_to_each_other(hall: TownHall, caller: RawPhone, staff: RawPhone) -> None:
    """Check that caller and staff hear each other, and the bot is out of it."""
    await until(lambda: hall.phase() == "talking")
    caller.talk(HUMAN)
    staff.talk(HUMAN)
    await asyncio.gather(hears(caller), hears(staff))


async def hung_up(phone: RawPhone) -> None:
    """Wait for BYE, and answer it."""
    phone.reply(await phone.asked("BYE"), 200)
