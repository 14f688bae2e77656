"""A caller for whole conversations on virtual time, with fakes at the seams."""

import asyncio
from collections.abc import Awaitable, Callable

from dialogue import events as ev
from dialogue.conversation import Conversation
from dialogue.manager import NO_ERRANDS, DialogueManager
from dialogue.parts import Parts
from dialogue.ports import Errands
from tests import virtual_time
from tests.dialogue.fakes import (
    NOW,
    FakeEndOfTurn,
    FakeEngine,
    FakeFacts,
    FakeHandover,
    FakeIntents,
    FakeLine,
    FakeRecogniser,
    FakeRecorder,
    FakeSpeaker,
    phrases,
    settings,
)

RANKINGS = {
    "la piscine samedi": [("horaires_lieu", 0.9)],
    "une carte d'identité": [("carte_identite_passeport", 0.9)],
    "non": [("refuser", 0.9)],
    "un agent": [("demander_agent", 0.9)],
    "je voudrais la piscine samedi": [("horaires_lieu", 0.9)],
    "au revoir": [("au_revoir", 0.9)],
    "laissez tomber": [("refuser", 0.9)],
    "pouvez-vous répéter": [("repeter", 0.9)],
    "oui": [("affirmer", 0.9)],
    "rappelez-moi": [("demander_rappel", 0.9)],
    "zéro six douze": [("hors_sujet", 0.3)],
    "06 98 76 54 32": [("hors_sujet", 0.3)],
    "061234 56 78": [("hors_sujet", 0.3)],
}


class Caller:
    """Drives a conversation as a line worker would."""

    def __init__(self, errands: Errands = NO_ERRANDS, number: str = "") -> None:
        self.engine = FakeEngine(RANKINGS)
        self.recorder = FakeRecorder()
        self.recogniser = FakeRecogniser()
        self.speaker = FakeSpeaker()
        self.line = FakeLine(lambda event: self.conversation.post(event))
        self.handover = FakeHandover(self.line)
        facts, config = FakeFacts(), settings()
        manager = DialogueManager(
            "c1", self.engine, facts, FakeIntents(), phrases(), config, errands, number
        )
        parts = Parts(
            line=self.line,
            handover=self.handover,
            recogniser=self.recogniser,
            speaker=self.speaker,
            end_of_turn=FakeEndOfTurn(),
            main_service="accueil",
            recorder=self.recorder,
            settings=config,
            clock=lambda: NOW,
        )
        self.conversation = Conversation("c1", manager, parts)
        self.utterance = 0

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def until_quiet(self) -> None:
        """Wait until the bot has said something and stopped."""
        await asyncio.sleep(0.5)
        while self.line._queue:
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.1)

    async def speak(self, text: str, lasting: float = 1.0, confirmed: bool = True) -> None:
        self.utterance += 1
        number = self.utterance
        self.conversation.post(ev.SpeechStarted(number, self.now))
        if confirmed:
            await asyncio.sleep(0.3)
            self.conversation.post(ev.SpeechConfirmed(number, self.now))
        await asyncio.sleep(lasting)
        end = self.now
        await asyncio.sleep(0.2)
        self.conversation.post(ev.SpeechPaused(number, text.encode(), lasting, end, self.now))

    async def ask(self, text: str) -> None:
        """Say something and wait for the answer."""
        await self.speak(text)
        await self.until_quiet()

    @property
    def was_told(self) -> str:
        """All that was played to the caller."""
        return "".join(self.line.said)

    async def press(self, keys: str) -> None:
        """Key digits, three a second."""
        for key in keys:
            self.conversation.post(ev.Digit(key, self.now))
            await asyncio.sleep(0.3)

    def hang_up(self) -> None:
        self.conversation.post(ev.Ended("caller", self.now))


def call(
    script: Callable[[Caller], Awaitable[None]],
    errands: Errands = NO_ERRANDS,
    number: str = "",
) -> Caller:
    """Run one call; the script is the caller's behaviour after the answer."""

    async def scene() -> Caller:
        caller = Caller(errands, number)
        async with asyncio.timeout(600):
            task = asyncio.create_task(caller.conversation.run())
            caller.conversation.post(ev.Answered(caller.now))
            await script(caller)
            await task
        return caller

    result: Caller = virtual_time.run(scene())
    return result
