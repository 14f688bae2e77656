"""The dialogue in text: one caller's words in, what to say and do out.

The telephone, ``callbot ask`` and ``callbot eval`` all go through :class:`DialogueManager`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from dialogue.config import DialogueSettings, Phrases
from dialogue.policy import (
    AGENT,
    DECISION_OF_BEHAVIOUR,
    EMERGENCY,
    GOODBYE,
    NO,
    Decision,
    Evidence,
    Pending,
    Verdict,
    decide,
)
from dialogue.ports import Day, Engine, Facts, Heard, Intents, Reply, ServiceUnavailableError

SLOW_PACE = 0.8
"""Speaking rate when the caller asks to slow down; 1 is normal."""

PLACE_INTENTS = frozenset({"horaires_lieu", "adresse_lieu", "tarifs_lieu", "inscription_activite"})
PLACE_BY_DEFAULT = frozenset({"horaires_lieu", "adresse_lieu"})


@dataclass(frozen=True)
class Sentence:
    """One piece of speech and where it comes from."""

    text: str
    sources: tuple[str, ...]
    pace: float = 1.0


@dataclass(frozen=True)
class Plan:
    """What the bot does next: say the sentences, then listen, transfer, wait in the queue or hang
    up."""

    say: tuple[Sentence, ...]
    then: Literal["listen", "transfer", "wait", "hang_up"]
    decision: Decision
    intent: str | None = None
    confidence: float = 0.0
    service: str | None = None
    lieu: str | None = None
    jour: str | None = None

    @property
    def text(self) -> str:
        """All that is said, as written French."""
        return " ".join(sentence.text for sentence in self.say)

    @property
    def sources(self) -> tuple[str, ...]:
        """The entries behind what is said, each once."""
        return tuple(dict.fromkeys(s for sentence in self.say for s in sentence.sources))


@dataclass(frozen=True)
class _Candidate:
    intent: str
    confidence: float
    text: str
    service: str | None


@dataclass(frozen=True)
class _State:
    pending: Pending = "rien"
    failures: int = 0
    silences: int = 0
    lieu: str | None = None
    offered: str | None = None
    candidate: _Candidate | None = None
    last: tuple[Sentence, ...] = ()
    answered: int = 0
    topic: str | None = None
    """The last request that was understood."""
    struggled: bool = False


class DialogueManager:
    """One conversation. Its state changes only when a turn is complete, so that a turn may be
    cancelled (the caller went on speaking) without a trace."""

    def __init__(
        self,
        conversation: str,
        engine: Engine,
        facts: Facts,
        intents: Intents,
        phrases: Phrases,
        settings: DialogueSettings,
    ) -> None:
        self._conversation = conversation
        self._engine = engine
        self._facts = facts
        self._intents = intents
        self._phrases = phrases
        self._settings = settings
        self._state = _State()

    @property
    def answered(self) -> int:
        """How many requests were answered from the knowledge."""
        return self._state.answered

    @property
    def expectation(self) -> str:
        """The kind of answer that our open question asks for, for the end-of-turn policy."""
        return "oui_non" if self._state.pending in ("confirmation", "transfert") else "libre"

    def greeting(self) -> Plan:
        """What the caller hears first."""
        return Plan((self._phrase("accueil"),), "listen", "social")

    async def turn(self, heard: Heard, now: datetime) -> Plan:
        """Answer what the caller said; never raises, a failure hands the caller over."""
        try:
            plan, state = await self._turn(heard, now)
        except ServiceUnavailableError:
            plan = self.incident()
            state = self._state
        self._state = state
        return plan

    def silence(self) -> Plan:
        """The caller said nothing in time: ask once more, then hand over."""
        silences = self._state.silences + 1
        if silences >= self._settings.echecs_max:
            self._state = replace(self._state, silences=0, struggled=True)
            return self.hand_over(self._facts.default_service, "transfert_silence")
        self._state = replace(self._state, silences=silences)
        return Plan((self._phrase("rien_entendu"),), "listen", "ask_again")

    def agent(self) -> Plan:
        """The caller pressed 0."""
        return self.hand_over(self._facts.default_service, "transfert", intent=AGENT)

    def incident(self) -> Plan:
        """A part of ours failed: a human takes over."""
        return self.hand_over(self._facts.default_service, "incident")

    def transfer_failed(self, service: str, now: datetime, *, cut: bool = False) -> Plan:
        """Nobody took the call, or it was ``cut``: say when and where to reach the service."""
        reply = self._facts.when_unreachable(service, now)
        say = (
            self._phrase("transfert_coupe" if cut else "transfert_echec"),
            Sentence(reply.text, reply.sources),
            self._phrase("autre_chose"),
        )
        self._state = replace(
            self._state, pending="autre_chose", failures=0, silences=0, offered=None, last=say[:2]
        )
        return Plan(say, "listen", "answer", service=service)

    def farewell_after_silence(self) -> Plan:
        """Nobody is there and no human takes the call: end it kindly."""
        return Plan((self._phrase("adieu_silence"),), "hang_up", "social")

    def hand_over(
        self,
        service: str,
        phrase: str,
        *,
        intent: str | None = None,
        confidence: float = 0.0,
        before: tuple[Sentence, ...] = (),
    ) -> Plan:
        """Announce the transfer to one service of the configuration."""
        said = self._phrase(phrase, service=self._facts.service_name(service))
        return Plan((*before, said), "transfer", "transfer", intent, confidence, service)

    def whisper(self) -> str:
        """What is said to the person who takes the call."""
        subject = self._intents.subject(self._state.topic) if self._state.topic else None
        if subject:
            return self._phrases.say("annonce_sujet", sujet=subject)
        return self._phrases.say("annonce_simple")

    @property
    def struggling(self) -> bool:
        """True when the caller was not understood, or said nothing, before the hand-over."""
        return self._state.struggled

    @property
    def urgent(self) -> bool:
        """True when the caller spoke of an emergency."""
        return self._state.topic == EMERGENCY

    def queue_place(self, position: int, minutes: int | None, more: bool) -> Plan:
        """Tell a waiting caller where they stand."""
        ahead = position - 1
        if ahead == 0:
            say = [self._phrase("file_prochain")]
        elif ahead == 1:
            say = [self._phrase("file_un_devant")]
        else:
            say = [self._phrase("file_devant", devant=str(ahead))]
        if minutes is not None and minutes > 1:
            name = "file_duree_plus" if more else "file_duree"
            say.append(self._phrase(name, minutes=str(minutes)))
        return Plan((*say, self._phrase("file_patience")), "wait", "transfer")

    def back_in_queue(self) -> Plan:
        """The person who had the caller is gone: they wait again, before all others."""
        return Plan((self._phrase("file_retour"),), "wait", "transfer")

    async def turn_in_queue(self, heard: Heard) -> Plan | None:
        """Answer a caller who speaks while waiting; None when there is nothing to answer."""
        try:
            ranking = await self._engine.ranking(heard.text) if heard.text.strip() else ()
        except ServiceUnavailableError:
            return None
        best, confidence = ranking[0] if ranking else ("", 0.0)
        if confidence < self._settings.seuils.accepter or best not in (NO, GOODBYE):
            return None
        if best == GOODBYE:
            say = (self._phrase("au_revoir"),)
            return Plan(say, "hang_up", "social", best, confidence)
        self._state = replace(self._state, pending="autre_chose")
        return Plan((self._phrase("file_quittee"),), "listen", "social", best, confidence)

    async def close(self) -> None:
        """Forget the conversation in the engine."""
        try:
            await self._engine.forget(self._conversation)
        except ServiceUnavailableError:
            return

    def _phrase(self, name: str, **values: str) -> Sentence:
        return Sentence(self._phrases.say(name, **values), (f"phrases#{name}",))

    async def _turn(self, heard: Heard, now: datetime) -> tuple[Plan, _State]:
        state = replace(self._state, silences=0)
        if not heard.text.strip():
            verdict = Verdict("ask_again", None, 0.0, self._facts.default_service, False)
            if state.failures + 1 >= self._settings.echecs_max:
                verdict = replace(verdict, decision="transfer")
            return self._unclear(verdict, state)
        ranking = await self._engine.ranking(heard.text)
        named = self._facts.service(heard.text)
        evidence = Evidence(
            ranking,
            heard.confidence,
            state.pending,
            state.failures,
            named,
            self._facts.default_service,
        )
        verdict = decide(evidence, self._intents, self._settings)
        if not verdict.understood:
            return self._unclear(verdict, state)
        if verdict.decision == "confirm":
            return self._confirm(verdict, heard.text, state)
        return await self._act(verdict, heard.text, now, replace(state, failures=0))

    def _unclear(self, verdict: Verdict, state: _State) -> tuple[Plan, _State]:
        if verdict.decision == "transfer":
            service = verdict.service or self._facts.default_service
            plan = self.hand_over(
                service,
                "transfert_incompris",
                intent=verdict.intent,
                confidence=verdict.confidence,
            )
            return plan, replace(
                state,
                failures=0,
                pending="rien",
                candidate=None,
                topic=verdict.intent or state.topic,
                struggled=True,
            )
        plan = Plan(
            (self._phrase("incompris"),),
            "listen",
            "ask_again",
            verdict.intent,
            verdict.confidence,
            verdict.service,
        )
        return plan, replace(state, failures=state.failures + 1)

    def _confirm(self, verdict: Verdict, text: str, state: _State) -> tuple[Plan, _State]:
        intent = verdict.intent or ""
        subject = self._intents.subject(intent) or ""
        plan = Plan(
            (self._phrase("confirmer", sujet=subject),),
            "listen",
            "confirm",
            intent,
            verdict.confidence,
            verdict.service,
        )
        candidate = _Candidate(intent, verdict.confidence, text, verdict.service)
        return plan, replace(
            state, pending="confirmation", candidate=candidate, failures=state.failures + 1
        )

    async def _act(
        self, verdict: Verdict, text: str, now: datetime, state: _State
    ) -> tuple[Plan, _State]:
        intent = verdict.intent or ""
        lieu = self._facts.place(text, intent)
        day = self._facts.day(text, now)
        entities: dict[str, str] = {"attente": state.pending}
        if lieu:
            entities["lieu"] = lieu
        if day:
            entities["jour"] = day.surface
        if verdict.service:
            entities["service"] = verdict.service
        payloads = await self._engine.step(self._conversation, intent, entities)
        if verdict.decision != "social" and intent != AGENT:
            state = replace(state, topic=intent)
        turn = _Turn(verdict, text, lieu, day, now)
        plan, state = await self._carry_out(payloads, turn, replace(state, pending="rien"))
        return replace(plan, lieu=plan.lieu or lieu, jour=day.surface if day else None), state

    async def _carry_out(
        self, payloads: list[dict[str, Any]], turn: _Turn, state: _State
    ) -> tuple[Plan, _State]:
        if not payloads:
            raise ServiceUnavailableError("the dialogue engine said nothing")
        payload = payloads[0]
        kind = str(payload.get("type", ""))
        if kind == "confirme" and state.candidate is not None:
            candidate = state.candidate
            verdict = _confirmed(candidate, self._intents)
            return await self._act(
                verdict, candidate.text, turn.now, replace(state, candidate=None)
            )
        handler = self._handlers().get(kind)
        if handler is None:
            raise ServiceUnavailableError(f"unknown payload {kind!r} from the dialogue engine")
        return handler(payload, turn, replace(state, candidate=None))

    def _handlers(self) -> Mapping[str, _Handler]:
        return {
            "reponse": self._do_answer,
            "phrase": self._do_phrase,
            "transfert": self._do_transfer,
            "urgence": self._do_emergency,
            "repeter": self._do_repeat,
            "ralentir": self._do_slow,
            "confirme": self._do_listen,
            "infirme": self._do_rephrase,
            "ecouter": self._do_listen,
            "raccrocher": self._do_hang_up,
        }

    def _plan(self, turn: _Turn, *say: Sentence, then: Literal["listen", "hang_up"]) -> Plan:
        verdict = turn.verdict
        return Plan(
            say, then, verdict.decision, verdict.intent, verdict.confidence, verdict.service
        )

    def _do_answer(
        self, payload: Mapping[str, Any], turn: _Turn, state: _State
    ) -> tuple[Plan, _State]:
        verdict = turn.verdict
        intent = str(payload.get("intention") or verdict.intent)
        lieu = turn.lieu or (state.lieu if intent in PLACE_INTENTS else None)
        if lieu is None and intent in PLACE_BY_DEFAULT:
            lieu = self._facts.default_place
        reply = self._facts.answer(intent, turn.text, lieu, turn.day, turn.now)
        service = self._service_for(verdict, lieu, reply)
        if reply is None or reply.decision == "transfer":
            before = (Sentence(reply.text, reply.sources),) if reply and reply.text else ()
            phrase = "transfert" if reply else "transfert_sans_reponse"
            plan = self.hand_over(
                service,
                phrase,
                intent=verdict.intent,
                confidence=verdict.confidence,
                before=before,
            )
            return replace(plan, lieu=lieu), replace(state, lieu=lieu)
        said = Sentence(reply.text, reply.sources)
        plan = self._plan(turn, said, self._phrase("autre_chose"), then="listen")
        plan = replace(plan, service=service, lieu=lieu)
        state = replace(
            state, pending="autre_chose", lieu=lieu, last=(said,), answered=state.answered + 1
        )
        return plan, state

    def _service_for(self, verdict: Verdict, lieu: str | None, reply: Reply | None) -> str:
        of_reply = reply.service if reply else None
        of_place = self._facts.service_of_place(lieu) if lieu else None
        named_by_intent = self._intents.service_of(verdict.intent or "")
        return (
            of_reply
            or named_by_intent
            or of_place
            or verdict.service
            or (self._facts.default_service)
        )

    def _do_phrase(
        self, payload: Mapping[str, Any], turn: _Turn, state: _State
    ) -> tuple[Plan, _State]:
        name = str(payload.get("id", ""))
        if name not in self._phrases:
            raise ServiceUnavailableError(f"unknown phrase {name!r} from the dialogue engine")
        service = turn.verdict.service or self._facts.default_service
        said = self._phrase(name, service=self._facts.service_name(service))
        plan = self._plan(turn, said, then="listen")
        if turn.verdict.decision == "refuse":
            return plan, replace(state, pending="transfert", offered=service, last=(said,))
        pending: Pending = "autre_chose" if name in ("autre_chose", "de_rien") else "rien"
        return plan, replace(state, pending=pending)

    def _do_transfer(
        self, _payload: Mapping[str, Any], turn: _Turn, state: _State
    ) -> tuple[Plan, _State]:
        verdict = turn.verdict
        service = state.offered or verdict.service or self._facts.default_service
        plan = self.hand_over(
            service, "transfert", intent=verdict.intent, confidence=verdict.confidence
        )
        return plan, replace(state, offered=None)

    def _do_emergency(
        self, _payload: Mapping[str, Any], turn: _Turn, state: _State
    ) -> tuple[Plan, _State]:
        said = self._phrase("urgence")
        offered = self._facts.default_service
        plan = self._plan(turn, said, then="listen")
        return plan, replace(state, pending="transfert", offered=offered, last=(said,))

    def _do_repeat(
        self, _payload: Mapping[str, Any], turn: _Turn, state: _State
    ) -> tuple[Plan, _State]:
        return self._again(turn, state, 1.0, ())

    def _do_slow(
        self, _payload: Mapping[str, Any], turn: _Turn, state: _State
    ) -> tuple[Plan, _State]:
        return self._again(turn, state, SLOW_PACE, (self._phrase("ralentir"),))

    def _again(
        self, turn: _Turn, state: _State, pace: float, before: tuple[Sentence, ...]
    ) -> tuple[Plan, _State]:
        if not state.last:
            return self._plan(turn, self._phrase("rien_a_repeter"), then="listen"), state
        said = tuple(replace(sentence, pace=pace) for sentence in state.last)
        plan = self._plan(turn, *before, *said, then="listen")
        return plan, replace(state, pending="transfert" if state.offered else "rien")

    def _do_listen(
        self, _payload: Mapping[str, Any], turn: _Turn, state: _State
    ) -> tuple[Plan, _State]:
        return self._plan(turn, self._phrase("ecouter"), then="listen"), state

    def _do_rephrase(
        self, _payload: Mapping[str, Any], turn: _Turn, state: _State
    ) -> tuple[Plan, _State]:
        plan = self._plan(turn, self._phrase("reformuler"), then="listen")
        return plan, replace(state, failures=1)

    def _do_hang_up(
        self, _payload: Mapping[str, Any], turn: _Turn, state: _State
    ) -> tuple[Plan, _State]:
        return self._plan(turn, self._phrase("au_revoir"), then="hang_up"), state


@dataclass(frozen=True)
class _Turn:
    verdict: Verdict
    text: str
    lieu: str | None
    day: Day | None
    now: datetime


_Handler = Callable[[Mapping[str, Any], _Turn, _State], tuple[Plan, _State]]


def _confirmed(candidate: _Candidate, intents: Intents) -> Verdict:
    decision = DECISION_OF_BEHAVIOUR[intents.behaviour(candidate.intent)]
    return Verdict(decision, candidate.intent, candidate.confidence, candidate.service, True)
