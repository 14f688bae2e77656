"""One conversation in text, on fakes, for the tests of what the dialogue makes of a turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dialogue.manager import NO_ERRANDS, DialogueManager, Plan
from dialogue.ports import Errands, Heard
from tests.dialogue.fakes import NOW, FakeEngine, FakeFacts, FakeIntents, phrases, settings

Rankings = Mapping[str, Sequence[tuple[str, float]]]


class Bot:
    """A dialogue manager with its engine and its facts."""

    def __init__(self, rankings: Rankings, errands: Errands = NO_ERRANDS, caller: str = "") -> None:
        self.engine = FakeEngine(rankings)
        self.facts = FakeFacts()
        self.manager = DialogueManager(
            "c1",
            self.engine,
            self.facts,
            FakeIntents(),
            phrases(),
            settings(),
            errands,
            caller,
        )

    async def say(self, text: str, confidence: float = 0.9) -> Plan:
        return await self.manager.turn(Heard(text, confidence), NOW)


def phrase(name: str, **values: str) -> str:
    """Return one phrase of the configuration."""
    return phrases().say(name, **values)
