from __future__ import annotations

import io
import wave
from typing import Any

import pytest

from common.audio import wav_of
from console.ports import ActionRefusedError
from console.tryout import KEPT_ANSWERS, MAX_TURNS, Bot, Tryout
from dialogue.manager import DialogueManager
from dialogue.ports import Engine, Errands, Heard
from tests.console.tries import settings
from tests.dialogue.fakes import (
    NOW,
    FakeEngine,
    FakeFacts,
    FakeIntents,
    FakeRecogniser,
    FakeSpeaker,
    phrases,
)

RANKINGS: dict[str, list[tuple[str, float]]] = {
    "la piscine": [("horaires_lieu", 0.91), ("reclamation", 0.05)],
    "pour ma carte": [("carte_identite_passeport", 0.4), ("acte_etat_civil", 0.2)],
    "oui": [("affirmer", 0.95), ("refuser", 0.02)],
    "quoi": [("hors_sujet", 0.12), ("reclamation", 0.11)],
    "au feu": [("hors_sujet", 0.5), ("urgence", 0.35)],
    "au revoir": [("au_revoir", 0.97)],
    "plainte": [("reclamation", 0.8), ("hors_sujet", 0.1)],
}


class Try:
    def __init__(self) -> None:
        self.engine = FakeEngine(RANKINGS)
        self.recogniser = FakeRecogniser(0.0)
        self.speaker = FakeSpeaker()
        self.facts = FakeFacts()

        def manager(conversation: str, engine: Engine, errands: Errands) -> DialogueManager:
            return DialogueManager(
                conversation, engine, self.facts, FakeIntents(), phrases(), settings(), errands
            )

        self.bot = Bot(
            manager, self.engine, FakeIntents(), settings(), lambda: NOW, lambda name: name
        )
        self.tryout = Tryout(lambda: self.bot, self.recogniser, self.speaker, self.decode)

    def decode(self, wav: bytes) -> bytes:
        if not wav.startswith(b"RIFF"):
            raise ValueError("ce n'est pas un fichier WAV en PCM.")
        return wav[4:]

    async def say(self, *texts: str, confidence: float = 1.0) -> tuple[Any, ...]:
        return await self.tryout.converse([Heard(text, confidence) for text in texts])


async def test_a_clear_question_is_answered_and_explained() -> None:
    tried = Try()
    (step,) = await tried.say("la piscine")
    assert step.plan.decision == "answer"
    assert step.plan.sources[0] == "lieux/piscine#horaires"
    assert step.ranking[0] == ("horaires_lieu", 0.91)
    why = " ".join(step.reasons)
    assert "« horaires_lieu », 91\u202f%" in why
    assert "il en faut 50\u202f%" in why
    assert "Conduite de « horaires_lieu » : répondre" in why


async def test_a_doubtful_one_is_confirmed_and_the_conversation_goes_on() -> None:
    first, second = await Try().say("pour ma carte", "oui")
    assert first.plan.decision == "confirm"
    assert "fait confirmer" in " ".join(first.reasons)
    assert second.plan.decision == "answer"
    assert second.plan.intent == "carte_identite_passeport"
    assert "D’après la suite de la conversation" in " ".join(second.reasons)


@pytest.mark.parametrize(
    ("text", "confidence", "decision", "reason"),
    [
        ("quoi", 1.0, "ask_again", "En dessous de 30\u202f%, le robot fait répéter"),
        ("au feu", 1.0, "emergency", "à partir de 10\u202f% (« alerte »)"),
        ("la piscine", 0.1, "answer", "Phrase mal entendue : confiance 10\u202f%"),
        ("plainte", 1.0, "transfer", "transférer à un agent"),
    ],
)
async def test_each_decision_says_why(
    text: str, confidence: float, decision: str, reason: str
) -> None:
    (step,) = await Try().say(text, confidence=confidence)
    assert step.plan.decision == decision
    assert reason in " ".join(step.reasons)


async def test_a_failure_of_the_understanding_is_named() -> None:
    tried = Try()
    tried.engine.down = True
    (step,) = await tried.say("la piscine")
    assert step.plan.then == "transfer"
    assert step.ranking == ()
    assert step.reasons == ("La compréhension n’a pas répondu : l’appelant est passé à un agent.",)


async def test_it_ends_where_the_call_would_and_forgets() -> None:
    tried = Try()
    steps = await tried.say("au revoir", "la piscine")
    assert len(steps) == 1
    assert len(tried.engine.forgotten) == 1
    assert len(await tried.say(*["la piscine"] * (MAX_TURNS + 3))) == MAX_TURNS


async def test_errands_are_told_of_and_not_done() -> None:
    tried = Try()
    RANKINGS.setdefault("sms", [("demander_sms", 0.9)])
    RANKINGS.setdefault("06 12 34 56 78", [("hors_sujet", 0.3)])
    steps = await tried.say("pour ma carte", "oui", "sms", "06 12 34 56 78", "oui")
    told = [errand for step in steps for errand in step.errands]
    assert len(told) == 1
    assert "aucun SMS n'est envoyé" in told[0]


async def test_a_recording_is_recognised_or_refused_in_french() -> None:
    tried = Try()
    assert (await tried.tryout.hear(b"RIFFla piscine")).text == "la piscine"
    with pytest.raises(ActionRefusedError, match="pas un fichier WAV"):
        await tried.tryout.hear(b"ID3")
    tried.recogniser.down = True
    with pytest.raises(ActionRefusedError, match="reconnaissance"):
        await tried.tryout.hear(b"RIFFla piscine")


async def test_the_answer_can_be_heard_for_a_while() -> None:
    tried = Try()
    (step,) = await tried.say("la piscine")
    sound = await tried.tryout.sound(step.sound)
    assert sound is not None
    with wave.open(io.BytesIO(sound)) as file:
        assert file.getframerate() == 16000
        assert "ouverte" in file.readframes(file.getnframes()).decode()
    assert tried.speaker.private == [sentence.text for sentence in step.plan.say]
    for _ in range(KEPT_ANSWERS):
        await tried.say("la piscine")
    assert await tried.tryout.sound(step.sound) is None
    assert await tried.tryout.sound("inconnu") is None


async def test_a_voice_that_is_down_is_told() -> None:
    tried = Try()
    (step,) = await tried.say("la piscine")
    tried.speaker.down = True
    with pytest.raises(ActionRefusedError, match="voix"):
        await tried.tryout.sound(step.sound)


def test_a_wav_file_holds_the_samples() -> None:
    with wave.open(io.BytesIO(wav_of(b"\x01\x02" * 160))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getnframes()) == (1, 2, 160)
