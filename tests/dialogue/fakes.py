"""Fakes at the dialogue's seams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from common.audio import SAMPLE_BYTES, SAMPLE_RATE, duration_s
from dialogue import events as ev
from dialogue.beep import BEEP
from dialogue.config import DialogueSettings, Phrases, load_dialogue_settings, load_phrases
from dialogue.ports import (
    Behaviour,
    Closed,
    Heard,
    Promise,
    Reply,
    ServiceUnavailableError,
    TextOutcome,
)
from dialogue.record import Outcome, TurnRecord
from tests.paths import CONFIG

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("Europe/Paris"))

BEHAVIOURS: dict[str, tuple[Behaviour, str | None]] = {
    "horaires_lieu": ("repondre", None),
    "adresse_lieu": ("repondre", None),
    "tarifs_lieu": ("repondre", None),
    "contact_service": ("repondre", None),
    "carte_identite_passeport": ("repondre", "etat_civil"),
    "acte_etat_civil": ("repondre", "etat_civil"),
    "encombrants": ("repondre", "proprete"),
    "collecte_dechets": ("repondre", "proprete"),
    "reclamation": ("transferer", "accueil"),
    "demander_agent": ("transferer", "accueil"),
    "urgence": ("urgence", None),
    "nom_agent": ("refuser", None),
    "hors_sujet": ("hors_sujet", None),
    "affirmer": ("social", None),
    "refuser": ("social", None),
    "repeter": ("social", None),
    "ralentir": ("social", None),
    "au_revoir": ("social", None),
    "demander_sms": ("sms", None),
    "demander_rappel": ("rappel", None),
}


EXAMPLES = {
    "horaires_lieu": (
        "la mairie ouvre à quelle heure le samedi",
        "à quelle heure on peut aller à la mairie",
    ),
    "carte_identite_passeport": ("j'ai perdu ma carte d'identité",),
}


def settings() -> DialogueSettings:
    return load_dialogue_settings(CONFIG / "dialogue.yml")


def phrases() -> Phrases:
    return load_phrases(CONFIG / "phrases.yml")


class FakeIntents:
    def behaviour(self, intent: str) -> Behaviour:
        return BEHAVIOURS[intent][0]

    def service_of(self, intent: str) -> str | None:
        return BEHAVIOURS[intent][1]

    def threshold(self, intent: str) -> float | None:
        return None

    def subject(self, intent: str) -> str | None:
        return "une carte d'identité" if intent == "carte_identite_passeport" else None

    def examples(self, intent: str) -> tuple[str, ...]:
        return EXAMPLES.get(intent, ())


@dataclass(frozen=True)
class FakeReply:
    text: str
    sources: tuple[str, ...]
    service: str | None
    decision: str = "answer"
    sms: str | None = None
    sms_offered: bool = False
    simple: str | None = None
    intents: tuple[str, ...] = ()

    @property
    def sms_source(self) -> str:
        return self.sources[0]


@dataclass(frozen=True)
class FakeDay:
    surface: str


class FakeFacts:
    """Knows the pool and the identity card."""

    main_service = "accueil"
    default_place = "mairie"

    def __init__(self) -> None:
        self.closed: dict[str, Closed] = {}
        self.found: dict[str, FakeReply] = {}
        self.chances: dict[str, float] = {}
        self.near: dict[str, tuple[str, ...]] = {}
        self.streets: dict[str, str] = {}
        self.hours = ""
        self.replies: dict[str, str] = {}
        """What there is to say of other intents."""
        self.asked: list[tuple[str, str, str | None]] = []
        """Intent, text and place of each answer that was wanted."""

    def place(self, text: str, intent: str) -> str | None:
        return "piscine" if "piscine" in text else None

    def places(self, text: str, intent: str) -> tuple[str, ...]:
        return ("piscine", "musee") if "piscine et du musée" in text else ()

    def service(self, text: str) -> str | None:
        return "urbanisme" if "urbanisme" in text else None

    def day(self, text: str, now: datetime) -> FakeDay | None:
        return FakeDay("samedi") if "samedi" in text else None

    def answer(
        self, intent: str, text: str, lieu: str | None, day: Any, now: datetime
    ) -> FakeReply | None:
        self.asked.append((intent, text, lieu))
        if intent == "horaires_lieu":
            said = self.hours or f"{lieu} ouverte. De 9 h à 12 h."
            return FakeReply(said, (f"lieux/{lieu}#horaires",), None)
        if intent == "collecte_dechets":
            named = "lilas" in text.lower() and "poubelles" in text
            said = "Rue des Lilas, le mercredi." if named else "Le mercredi. Dans quelle rue ?"
            return FakeReply(said, ("calendriers/collecte",), "proprete")
        if intent in self.replies:
            return FakeReply(self.replies[intent], (f"reponses/{intent}",), BEHAVIOURS[intent][1])
        if intent == "tarifs_lieu" and lieu is None:
            said = "La carte coûte 25 euros." if "carte" in text else "Je connais des tarifs."
            return FakeReply(said, ("reponses/tarifs",), None)
        if intent == "carte_identite_passeport":
            said = "Venez avec un parent." if "mineur" in text else "Prenez rendez-vous."
            return FakeReply(said, ("reponses/cni",), "etat_civil", "answer", "RDV", True)
        return None

    def personal(self, text: str, intent: str) -> bool:
        return "mon dossier" in text

    def detail(self, text: str) -> bool:
        return "combien" in text

    def place_of_service(self, service: str) -> str | None:
        return "mairie" if service == "accueil" else service

    def place_phrase(self, place: str) -> str:
        return f"à la {place}"

    def service_of_place(self, place: str) -> str | None:
        return "sports" if place == "piscine" else "accueil"

    def service_name(self, service: str) -> str:
        return f"le service {service}"

    def street(self, text: str) -> str | None:
        return "rue des Lilas" if "lilas" in text else self.streets.get(text)

    def near_streets(self, text: str, intent: str, *, answers: bool) -> tuple[str, ...]:
        if intent != "collecte_dechets" or not (answers or "rue" in text):
            return ()
        return self.near.get(text, ())

    def search(self, text: str, now: datetime) -> FakeReply | None:
        return self.found.get(text)

    def chance(self, text: str, intent: str) -> float:
        return self.chances.get(text, 1.0)

    def when_closed(self, service: str, now: datetime) -> Closed | None:
        return self.closed.get(service)

    def when_unreachable(self, service: str, now: datetime) -> FakeReply:
        return FakeReply(
            f"Le numéro de {service} est le 01.",
            (f"services/{service}",),
            service,
            "answer",
            f"{service} : 01",
            True,
        )


class FakeEngine:
    """Rankings by text, payloads by intent, as Rasa's rules give them."""

    def __init__(self, rankings: Mapping[str, Sequence[tuple[str, float]]]) -> None:
        self.rankings = rankings
        self.steps: list[tuple[str, dict[str, str]]] = []
        self.forgotten: list[str] = []
        self.down = False

    async def ranking(self, text: str) -> Sequence[tuple[str, float]]:
        if self.down:
            raise ServiceUnavailableError("down")
        return self.rankings[text]

    async def step(
        self, conversation: str, intent: str, entities: Mapping[str, str]
    ) -> list[dict[str, Any]]:
        self.steps.append((intent, dict(entities)))
        return [self._payload(intent, entities.get("attente", "rien"))]

    async def forget(self, conversation: str) -> None:
        self.forgotten.append(conversation)

    @staticmethod
    def _payload(intent: str, pending: str) -> dict[str, Any]:
        special = {
            ("affirmer", "transfert"): {"type": "transfert"},
            ("affirmer", "confirmation"): {"type": "confirme"},
            ("refuser", "confirmation"): {"type": "infirme"},
            ("refuser", "transfert"): {"type": "phrase", "id": "autre_chose"},
            ("refuser", "autre_chose"): {"type": "raccrocher"},
        }
        by_intent = {
            "demander_agent": {"type": "transfert"},
            "reclamation": {"type": "transfert"},
            "urgence": {"type": "urgence"},
            "nom_agent": {"type": "phrase", "id": "refus_nom_agent"},
            "hors_sujet": {"type": "phrase", "id": "hors_sujet"},
            "repeter": {"type": "repeter"},
            "ralentir": {"type": "ralentir"},
            "au_revoir": {"type": "raccrocher"},
            "demander_sms": {"type": "sms"},
            "demander_rappel": {"type": "rappel"},
            "affirmer": {"type": "ecouter"},
            "refuser": {"type": "ecouter"},
        }
        return special.get((intent, pending)) or by_intent.get(
            intent, {"type": "reponse", "intention": intent}
        )


@dataclass
class FakeTexts:
    """Takes every text, unless told otherwise."""

    outcome: TextOutcome = "queued"
    sent: list[tuple[str, str, str]] = field(default_factory=list)
    down: bool = False

    async def send(self, reply: Reply, number: str, consent: str) -> TextOutcome:
        if self.down:
            raise ServiceUnavailableError("down")
        self.sent.append((reply.sms_source, number, consent))
        return self.outcome


@dataclass
class FakeCallBacks:
    """Promises every call, unless told otherwise."""

    promise: Promise = field(default_factory=lambda: Promise("new"))
    asked: list[tuple[str, str, str, bool, datetime | None]] = field(default_factory=list)
    services: frozenset[str] = frozenset({"accueil", "urbanisme", "etat_civil", "proprete"})
    down: bool = False
    takes_s: float = 0.0

    def possible(self, service: str) -> bool:
        return service in self.services

    async def request(
        self,
        service: str,
        number: str,
        reason: str,
        *,
        again: bool = False,
        waiting_since: datetime | None = None,
    ) -> Promise:
        if self.down:
            raise ServiceUnavailableError("down")
        await asyncio.sleep(self.takes_s)
        self.asked.append((service, number, reason, again, waiting_since))
        return replace(self.promise, outcome="new") if again else self.promise


@dataclass
class FakeMessages:
    """Keeps every message, unless told otherwise."""

    kept: list[tuple[bytes, str, str]] = field(default_factory=list)
    works: bool = True

    def possible(self, service: str, now: datetime) -> bool:
        return True

    async def keep(self, pcm: bytes, transcript: str, service: str) -> bool:
        if self.works:
            self.kept.append((pcm, transcript, service))
        return self.works


@dataclass
class FakeRecorder:
    turns: list[TurnRecord] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    details: dict[str, dict[str, Any]] = field(default_factory=dict)
    phases: list[tuple[str, str | None]] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    result: tuple[Outcome, str | None] | None = None

    def turn(self, record: TurnRecord) -> None:
        self.turns.append(record)

    def event(self, kind: str, **details: Any) -> None:
        self.events.append(kind)
        self.details[kind] = details

    def phase(self, phase: str, service: str | None) -> None:
        self.phases.append((phase, service))

    def heard(self, text: str) -> None:
        self.pending.append(text)

    def outcome(self, outcome: Outcome, service: str | None) -> None:
        self.result = (outcome, service)


class FakeRecogniser:
    """The PCM *is* the text, whatever the spaces; recognition takes ``takes_s``."""

    def __init__(self, takes_s: float = 0.3) -> None:
        self.takes_s = takes_s
        self.confidence = 0.9
        self.down = False
        self.cancelled = 0
        self.expected: list[str] = []

    async def recognise(self, call: str, pcm: bytes, waiting_since: float, expects: str) -> Heard:
        if self.down:
            raise ServiceUnavailableError("down")
        try:
            await asyncio.sleep(self.takes_s)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        self.expected.append(expects)
        text = " ".join(pcm.decode().split())
        return Heard(text, self.confidence, compute_s=self.takes_s)


CHARACTER_BYTES = SAMPLE_RATE * SAMPLE_BYTES // 10


class FakeSpeaker:
    """One second of audio for each ten characters; the PCM begins with the text."""

    def __init__(self) -> None:
        self.down = False
        self.takes_s = 0.05
        self.private: list[str] = []

    async def pieces(
        self, text: str, pace: float = 1.0, *, keep: bool = True
    ) -> AsyncIterator[bytes]:
        if self.down:
            raise ServiceUnavailableError("down")
        if not keep:
            self.private.append(text)
        half = len(text) // 2
        for piece in (text[:half], text[half:]):
            await asyncio.sleep(self.takes_s)
            yield piece.encode().ljust(len(piece) * CHARACTER_BYTES, b"\0")


class FakeEndOfTurn:
    def wait_s(self, expectation: str, text: str | None, voiced_s: float) -> float:
        return 0.5


BIP = "[bip]"
"""The tone, as what was said shows it."""


class FakeLine:
    """Plays in virtual time and tells the conversation as a worker does."""

    def __init__(self, post: Callable[[ev.Event], None]) -> None:
        self.post = post
        self.said: list[str] = []
        self.heard: list[str] = []
        """What was played to its end."""
        self.stops = 0
        self.closed: list[int] = []
        self.transfers: list[str] = []
        self.hung_up = False
        self.transfer_code = 200
        self._queue: list[tuple[str, bytes]] = []
        self._begun_at: float | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def playing(self) -> bool:
        return bool(self._queue)

    @property
    def now_playing(self) -> str:
        """What is being played; empty in silence."""
        return _shown(self._queue[0][1]) if self._queue else ""

    def answer(self) -> None:
        return

    def play(self, playback: str, pcm: bytes) -> None:
        self.said.append(_shown(pcm))
        self._queue.append((playback, pcm))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    def stop_playback(self) -> None:
        self.stops += 1
        if self._task is not None:
            self._task.cancel()
        now = asyncio.get_running_loop().time()
        for playback, _ in self._queue:
            played_s = now - self._begun_at if self._begun_at is not None else 0.0
            self.post(ev.PlaybackFinished(playback, played_s, False, now))
            self._begun_at = None
        self._queue.clear()

    def close_utterance(self, utterance: int) -> None:
        self.closed.append(utterance)

    def transfer(self, service: str) -> None:
        self.transfers.append(service)
        now = asyncio.get_running_loop().time()
        ok = self.transfer_code == 200
        self.post(ev.TransferFinished(ok, self.transfer_code, now))
        if ok:
            self.post(ev.Ended("us", now))

    def hang_up(self) -> None:
        self.hung_up = True
        self.post(ev.Ended("us", asyncio.get_running_loop().time()))

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._queue:
            playback, pcm = self._queue[0]
            self._begun_at = loop.time()
            self.post(ev.PlaybackStarted(playback, self._begun_at))
            await asyncio.sleep(duration_s(pcm))
            self._queue.pop(0)
            self.heard.append(_shown(pcm))
            self._begun_at = None
            self.post(ev.PlaybackFinished(playback, duration_s(pcm), True, loop.time()))


def _shown(pcm: bytes) -> str:
    return BIP if pcm == BEEP else pcm.rstrip(b"\0").decode()


class FakeHandover:
    """Transfers at once, or keeps the caller waiting."""

    def __init__(self, line: FakeLine) -> None:
        self._line = line
        self.queued = False
        self.left = False
        self.whispers: list[str] = []
        self.struggling: list[bool] = []

    def start(self, service: str, whisper: str, *, urgent: bool, struggling: bool) -> None:
        self.whispers.append(whisper)
        self.struggling.append(struggling)
        if self.queued:
            now = asyncio.get_running_loop().time()
            self._line.post(ev.Queued(3, 5, False, now))
        else:
            self._line.transfer(service)

    def leave(self) -> None:
        self.left = True
