"""One conversation in text with what the bot may do for the caller, for the tests of errands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dialogue.manager import DialogueManager, Plan
from dialogue.ports import Errands, Heard
from dialogue.talkanswers import KEYED
from tests.dialogue.fakes import (
    NOW,
    FakeCallBacks,
    FakeEngine,
    FakeFacts,
    FakeIntents,
    FakeTexts,
    phrases,
    settings,
)

SPELT = "zéro six douze trente-quatre cinquante-six soixante-dix-huit"
MOBILE, OTHER = "+33612345678", "+33698765432"
RANKINGS = {
    "une carte": [("carte_identite_passeport", 0.9)],
    "la piscine": [("horaires_lieu", 0.9)],
    "encombrants": [("encombrants", 0.9)],
    "oui": [("affirmer", 0.9)],
    "non": [("refuser", 0.9)],
    "non un autre numéro": [("refuser", 0.9)],
    "hein": [("repeter", 0.9)],
    "grblx": [("encombrants", 0.1), ("hors_sujet", 0.1)],
    "envoyez-moi ça par sms": [("demander_sms", 0.9)],
    "rappelez-moi": [("demander_rappel", 0.9)],
    "que l'urbanisme me rappelle": [("demander_rappel", 0.9)],
    "un agent": [("demander_agent", 0.9)],
    "au feu": [("urgence", 0.9)],
    "06 98 76 54 32": [("hors_sujet", 0.4), ("urgence", 0.35)],
    "06 98 76": [("hors_sujet", 0.4)],
    "54 32": [("hors_sujet", 0.4)],
    "oui au 06 98 76 54 32": [("affirmer", 0.5)],
    "04 22 52 10 10": [("hors_sujet", 0.4)],
    "non c'est 57 à la fin": [("refuser", 0.6)],
    "attendez je cherche": [("hors_sujet", 0.9)],
    "alors c'est le euh": [("hors_sujet", 0.3)],
    "au revoir": [("au_revoir", 0.9)],
    "merci au revoir": [("au_revoir", 0.9)],
    "oui merci au revoir": [("au_revoir", 0.9)],
    "laissez tomber": [("refuser", 0.9)],
}


@dataclass
class Town:
    """One conversation with what it may do."""

    texts: FakeTexts = field(default_factory=FakeTexts)
    callbacks: FakeCallBacks = field(default_factory=FakeCallBacks)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def answer(self, caller: str = MOBILE, *, texts: bool = True, calls: bool = True) -> Bot:
        errands = Errands(self.texts if texts else None, self.callbacks if calls else None)
        engine = FakeEngine(RANKINGS)
        manager = DialogueManager(
            "c1", engine, FakeFacts(), FakeIntents(), phrases(), settings(), errands, caller
        )
        manager.report_to(lambda kind, **details: self.events.append((kind, details)))
        return Bot(manager, engine)


@dataclass
class Bot:
    manager: DialogueManager
    engine: FakeEngine

    async def say(self, text: str, now: datetime = NOW) -> Plan:
        return await self.manager.turn(Heard(text, 0.9), now)

    async def key(self, text: str) -> Plan:
        return await self.manager.turn(Heard(text, 1.0, KEYED), NOW)


def said(name: str, **values: str) -> str:
    return phrases().say(name, **values)
