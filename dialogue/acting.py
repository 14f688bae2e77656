"""Carries out what the engine says is to be done about an understood request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from common.masking import mask_text
from dialogue.config import Phrases
from dialogue.errandtalk import ErrandTalk
from dialogue.expecting import asked_for
from dialogue.offers import CallbackErrand, Reaction, TextErrand
from dialogue.plan import Plan, Sentence
from dialogue.policy import EMERGENCY, SLOWER, Pending, Verdict
from dialogue.ports import DAY, STREET, Facts, Intents, Reply, ServiceUnavailableError
from dialogue.reading import PLACE_BY_DEFAULT, PLACE_INTENTS
from dialogue.repeating import PERSON, SIMPLER, simpler, slowly
from dialogue.state import Asked, State, Turn
from dialogue.talkanswers import ends

_Handler = Callable[[Mapping[str, Any], Turn, State], tuple[Plan, State]]


@dataclass(frozen=True)
class Actor:
    """Makes plans of payloads; what it changes of the state is in what it returns."""

    facts: Facts
    intents: Intents
    phrases: Phrases
    errands: ErrandTalk

    def phrase(self, name: str, **values: str) -> Sentence:
        """Return one phrase of the configuration."""
        return Sentence(self.phrases.say(name, **values), (f"phrases#{name}",))

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
        said = self.phrase(phrase, service=self.facts.service_name(service))
        return Plan((*before, said), "transfer", "transfer", intent, confidence, service)

    def carry_out(self, payload: Mapping[str, Any], turn: Turn, state: State) -> tuple[Plan, State]:
        """Do one payload; raises ServiceUnavailableError when it is unknown."""
        kind = str(payload.get("type", ""))
        handler = self._handlers().get(kind)
        if handler is None:
            raise ServiceUnavailableError(f"unknown payload {kind!r} from the dialogue engine")
        return handler(payload, turn, state)

    def react(self, reaction: Reaction, verdict: Verdict, state: State) -> tuple[Plan, State]:
        """Make the plan of what a talk about an errand says next."""
        service = reaction.service or verdict.service
        plan = Plan(
            reaction.say,
            "record" if reaction.message else "listen",
            reaction.decision,
            verdict.intent,
            verdict.confidence,
            service,
        )
        offered = reaction.service if reaction.pending == "transfert" else None
        last = state.last if reaction.reply is None else reaction.say[:-1]
        return plan, replace(
            state,
            pending=reaction.pending,
            talk=reaction.talk,
            standing=reaction.standing,
            message_for=reaction.service if reaction.message else None,
            offered=offered,
            candidate=None,
            failures=0,
            reply=reaction.reply or state.reply,
            last=last,
        )

    def _handlers(self) -> Mapping[str, _Handler]:
        return {
            "reponse": self._do_answer,
            "phrase": self._do_phrase,
            "transfert": self._do_transfer,
            "urgence": self._do_emergency,
            "sms": self._do_text,
            "rappel": self._do_callback,
            "repeter": self._do_repeat,
            "ralentir": self._do_slow,
            "confirme": self._do_listen,
            "infirme": self._do_rephrase,
            "ecouter": self._do_listen,
            "raccrocher": self._do_hang_up,
        }

    def _plan(self, turn: Turn, *say: Sentence, then: Literal["listen", "hang_up"]) -> Plan:
        verdict = turn.verdict
        return Plan(
            say, then, verdict.decision, verdict.intent, verdict.confidence, verdict.service
        )

    def _do_answer(
        self, payload: Mapping[str, Any], turn: Turn, state: State
    ) -> tuple[Plan, State]:
        verdict = turn.verdict
        intent = str(payload.get("intention") or verdict.intent)
        lieu = turn.lieu or (state.lieu if intent in PLACE_INTENTS else None)
        if lieu is None and intent in PLACE_BY_DEFAULT:
            lieu = self.facts.default_place
        reply = self.facts.answer(intent, turn.text, lieu, turn.day, turn.now)
        return self._reply(reply, turn, lieu, state)

    def reply(self, reply: Reply, turn: Turn, state: State) -> tuple[Plan, State]:
        """Give an answer that was found without an intent, or hand over as it says."""
        state = replace(state, topic=None, candidate=None)
        return self._reply(reply, turn, turn.lieu, state)

    def _reply(
        self, reply: Reply | None, turn: Turn, lieu: str | None, state: State
    ) -> tuple[Plan, State]:
        verdict = turn.verdict
        service = self._service_for(verdict, lieu, reply)
        state = state.about(turn.text, service)
        own = verdict.intent is not None and self.facts.personal(turn.text, verdict.intent)
        if reply is None or own or reply.decision == "transfer":
            said = reply is not None and not own and bool(reply.text)
            before = (Sentence(reply.text, reply.sources),) if reply and said else ()
            phrase = "transfert" if reply else "transfert_sans_reponse"
            phrase = "transfert_personnel" if own else phrase
            plan = self.hand_over(
                service,
                phrase,
                intent=verdict.intent,
                confidence=verdict.confidence,
                before=before,
            )
            return replace(plan, lieu=lieu), replace(state, lieu=lieu)
        return self._answer(reply, turn, service, replace(state, lieu=lieu))

    def _answer(self, reply: Reply, turn: Turn, service: str, state: State) -> tuple[Plan, State]:
        said = Sentence(reply.text, reply.sources)
        if reply.text.rstrip().endswith("?"):
            return self._detail(said, turn, service, replace(state, reply=reply))
        talk = self.errands.offer_text(reply, state.standing)
        question = talk.question if talk else self.phrase("autre_chose")
        plan = self._plan(turn, said, question, then="listen")
        plan = replace(plan, service=service, lieu=state.lieu)
        return plan, replace(
            state,
            pending="rien" if talk else "autre_chose",
            talk=talk,
            reply=reply,
            last=(said,),
            answered=state.answered + 1,
        )

    def _detail(self, said: Sentence, turn: Turn, service: str, state: State) -> tuple[Plan, State]:
        """Give a general answer that asks for the caller's street, or for a day."""
        intent, wanted = turn.verdict.intent, asked_for(said.text)
        street = intent is not None and wanted == STREET
        asked = Asked(intent, turn.text, service, open=True) if intent and street else None
        plan = replace(self._plan(turn, said, then="listen"), service=service, lieu=state.lieu)
        return plan, replace(
            state,
            last=(said,),
            answered=state.answered + 1,
            street_for=asked,
            day_asked=wanted == DAY,
        )

    def _service_for(self, verdict: Verdict, lieu: str | None, reply: Reply | None) -> str:
        of_reply = reply.service if reply else None
        of_place = self.facts.service_of_place(lieu) if lieu else None
        named_by_intent = self.intents.service_of(verdict.intent or "")
        return (
            of_reply or named_by_intent or of_place or verdict.service or (self.facts.main_service)
        )

    def _do_phrase(
        self, payload: Mapping[str, Any], turn: Turn, state: State
    ) -> tuple[Plan, State]:
        name = str(payload.get("id", ""))
        if name not in self.phrases:
            raise ServiceUnavailableError(f"unknown phrase {name!r} from the dialogue engine")
        service = turn.verdict.service or self.facts.main_service
        said = self.phrase(name, service=self.facts.service_name(service))
        plan = self._plan(turn, said, then="listen")
        if turn.verdict.decision == "refuse":
            return plan, replace(state, pending="transfert", offered=service, last=(said,))
        pending: Pending = "autre_chose" if name in ("autre_chose", "de_rien") else "rien"
        return plan, replace(state, pending=pending)

    def _do_transfer(
        self, _payload: Mapping[str, Any], turn: Turn, state: State
    ) -> tuple[Plan, State]:
        verdict = turn.verdict
        service = state.offered or verdict.service or self.facts.main_service
        plan = self.hand_over(
            service, "transfert", intent=verdict.intent, confidence=verdict.confidence
        )
        return plan, replace(state, offered=None)

    def _do_emergency(
        self, _payload: Mapping[str, Any], turn: Turn, state: State
    ) -> tuple[Plan, State]:
        said = self.phrase("urgence")
        offered = self.facts.main_service
        plan = self._plan(turn, said, then="listen")
        return plan, replace(state, pending="transfert", offered=offered, last=(said,))

    def _do_text(self, _payload: Mapping[str, Any], turn: Turn, state: State) -> tuple[Plan, State]:
        consent = mask_text(turn.text)
        reaction = self.errands.ask_text(state.reply, turn.text, consent, state.standing)
        return self.react(reaction, turn.verdict, state)

    def _do_callback(
        self, _payload: Mapping[str, Any], turn: Turn, state: State
    ) -> tuple[Plan, State]:
        errand = self.callback_errand(turn.text, state)
        if self.errands.never_calls_back:
            plan = self.hand_over(
                errand.service,
                "transfert",
                intent=turn.verdict.intent,
                confidence=turn.verdict.confidence,
            )
            return plan, state
        reaction = self.errands.ask_callback(errand, turn.text, state.standing)
        plan, state = self.react(reaction, turn.verdict, state)
        return replace(plan, decision="transfer", service=errand.service), state

    def callback_errand(
        self, words: str, state: State, service: str | None = None
    ) -> CallbackErrand:
        """Return the call-back that ``words`` ask for: about the last matter, or about themselves.

        ``service``: whom the caller has waited for.
        """
        matter = state.matter
        about = matter.service if matter else None
        reason = matter.words if matter else words
        named = self.facts.service(words)
        wanted = named or service or about or self.facts.main_service
        return CallbackErrand(wanted, mask_text(reason), state.waiting_since)

    def _do_repeat(
        self, _payload: Mapping[str, Any], turn: Turn, state: State
    ) -> tuple[Plan, State]:
        return self._again(turn, state)

    def _do_slow(self, _payload: Mapping[str, Any], turn: Turn, state: State) -> tuple[Plan, State]:
        return self._again(turn, state)

    def _again(self, turn: Turn, state: State) -> tuple[Plan, State]:
        """Say the last answer again, more simply the second time, then offer a person."""
        if not state.last:
            return self._plan(turn, self.phrase("rien_a_repeter"), then="listen"), state
        times = state.repeats + 1
        offered = self._offer_person(turn.verdict, state) if times >= PERSON else None
        if offered is not None:
            return offered
        said = self._said_again(turn.verdict, state, times, state.last)
        plan = self._plan(turn, *said, then="listen")
        pending: Pending = "transfert" if state.offered else "rien"
        return plan, replace(state, pending=pending, repeats=times)

    def _said_again(
        self, verdict: Verdict, state: State, times: int, said: tuple[Sentence, ...]
    ) -> tuple[Sentence, ...]:
        if times >= SIMPLER and state.topic != EMERGENCY:
            return (self.phrase("plus_simplement"), *simpler(said, state.reply))
        if times >= SIMPLER or verdict.intent == SLOWER:
            return (self.phrase("ralentir"), *slowly(said))
        return said

    def _offer_person(self, verdict: Verdict, state: State) -> tuple[Plan, State] | None:
        """Offer a person to whom the same was said often enough; None where there is none."""
        if state.standing.unreached or state.topic == EMERGENCY:
            return None
        service = state.matter.service if state.matter else None
        service = service or self.facts.main_service
        question = self.phrase("repete_agent", service=self.facts.service_name(service))
        plan = Plan((question,), "listen", "social", verdict.intent, verdict.confidence, service)
        return plan, replace(
            state, pending="transfert", offered=service, talk=None, repeats=0, last=(question,)
        )

    def repeat_talk(self, verdict: Verdict, state: State) -> tuple[Plan, State]:
        """Say the open question of a talk again, with the answer that it would send."""
        talk = state.talk
        if talk is None:
            raise ValueError("no talk is open")
        times = state.repeats + 1
        offered = self._offer_person(verdict, state) if times >= PERSON else None
        if offered is not None:
            return offered
        if talk.form is None and isinstance(talk.errand, TextErrand) and state.last:
            said = (*self._said_again(verdict, state, times, state.last), talk.question)
        else:
            slow = times >= SIMPLER or verdict.intent == SLOWER
            said = slowly((talk.question,)) if slow else (talk.question,)
            said = (self.phrase("ralentir"), *said) if slow else said
        plan = Plan(said, "listen", "social", verdict.intent, verdict.confidence)
        return plan, replace(state, repeats=times)

    def _do_listen(
        self, _payload: Mapping[str, Any], turn: Turn, state: State
    ) -> tuple[Plan, State]:
        return self._plan(turn, self.phrase("ecouter"), then="listen"), state

    def _do_rephrase(
        self, _payload: Mapping[str, Any], turn: Turn, state: State
    ) -> tuple[Plan, State]:
        plan = self._plan(turn, self.phrase("reformuler"), then="listen")
        return plan, replace(state, failures=1)

    def _do_hang_up(
        self, _payload: Mapping[str, Any], turn: Turn, state: State
    ) -> tuple[Plan, State]:
        """End the call of somebody who has said so; nobody else is hung up on."""
        if not ends(turn.text):
            return self._do_rephrase({}, turn, state)
        return self._plan(turn, self.phrase("au_revoir"), then="hang_up"), state
