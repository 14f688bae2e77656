"""The dialogue in text: one caller's words in, what to say and do out.

The telephone, ``callbot ask`` and ``callbot eval`` all go through :class:`DialogueManager`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from dialogue import (
    asking,
    correcting,
    expecting,
    followup,
    foreign,
    interrupted,
    talkanswers,
    tworequests,
)
from dialogue.acting import Actor
from dialogue.closedservice import at_this_hour
from dialogue.config import DialogueSettings, Phrases
from dialogue.errands import ErrandRunner, Report
from dialogue.errandtalk import ErrandTalk, Said, dictated
from dialogue.plan import Plan, Sentence
from dialogue.pointing import resolved
from dialogue.policy import (
    AGENT,
    ASK_CALLBACK,
    EMERGENCY,
    GOODBYE,
    REPEAT,
    SLOWER,
    Verdict,
)
from dialogue.ports import (
    Engine,
    Errands,
    Facts,
    Heard,
    Intents,
    Reply,
    ServiceUnavailableError,
)
from dialogue.queuetalk import QueueTalk
from dialogue.reading import PLACE_INTENTS, Reader
from dialogue.repeating import SLOW_PACE
from dialogue.state import State, Turn
from dialogue.streettalk import Completed, StreetTalk

__all__ = ["SLOW_PACE", "DialogueManager", "Plan", "Sentence"]

NO_ERRANDS = Errands()


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
        errands: Errands = NO_ERRANDS,
        caller: str = "",
    ) -> None:
        """``caller`` is the number that calls, as the network shows it; empty when hidden."""
        self._conversation = conversation
        self._engine = engine
        self._facts = facts
        self._intents = intents
        self._phrases = phrases
        self._settings = settings
        self._state = State()
        self._turned = (self._state, self._state)
        """Before and after the last turn."""
        self._runner = ErrandRunner(errands)
        self._errands = ErrandTalk(phrases, facts, self._runner, caller, settings.echecs_max)
        self._actor = Actor(facts, intents, phrases, self._errands)
        self._reader = Reader(facts, intents, settings)
        sure = settings.seuils.accepter
        self._queue = QueueTalk(self._actor, self._errands, self._runner, engine, sure)
        self._streets = StreetTalk(self._actor, facts, settings.seuils.rue, settings.echecs_max)

    @property
    def answered(self) -> int:
        """How many requests were answered from the knowledge."""
        return self._state.answered

    @property
    def promised(self) -> bool:
        """True when staff will call this caller back."""
        return self._runner.promised

    @property
    def expectation(self) -> str:
        """The kind of answer that our open question asks for."""
        return expecting.expectation(self._state)

    @property
    def keys(self) -> talkanswers.Keys:
        """What the telephone's keys mean now."""
        return expecting.keys(self._state)

    @property
    def digits(self) -> str:
        """The beginning of a number whose end is being asked for."""
        talk = self._state.talk
        return talk.form.digits if talk is not None and talk.form is not None else ""

    def recordable(self, text: str) -> str:
        """Return what the caller just said as it may be kept."""
        return talkanswers.recordable(text, self._state.talk)

    def report_to(self, report: Report) -> None:
        """Tell ``report`` of each errand, for the call's timeline."""
        self._runner.report = report

    def greeting(self) -> Plan:
        """What the caller hears first."""
        return Plan((self._phrase("accueil"),), "listen", "social")

    async def turn(self, heard: Heard, now: datetime) -> Plan:
        """Answer what the caller said; never raises, a failure hands the caller over."""
        before = self._state
        plan = await self._answer(heard, now)
        self._turned = (before, self._state)
        return plan

    def take_back(self) -> bool:
        """Forget the last turn, which the caller goes on with; False where it may have had
        effects, because an errand was being talked about."""
        before, after = self._turned
        if self._state is not after or before.talk is not None:
            return False
        self._state = before
        return True

    def silence(self, now: datetime) -> Plan:
        """The caller said nothing in time: ask once more, then hand over."""
        silences = self._state.silences + 1
        if silences >= self._settings.echecs_max:
            state = replace(self._state, silences=0, struggled=True, talk=None, street_check=None)
            plan = self.hand_over(self._facts.main_service, "transfert_silence")
            return self._at_this_hour(plan, state, now)
        self._state = replace(self._state, silences=silences)
        question = self._streets.open_question(self._state)
        if question is not None:
            say = (self._phrase("rien_entendu_question"), question)
            return Plan(say, "listen", "ask_again")
        return Plan((self._phrase("rien_entendu"),), "listen", "ask_again")

    def agent(self, now: datetime) -> Plan:
        """The caller pressed 0."""
        state = replace(self._state, talk=None, street_check=None)
        plan = self.hand_over(self._facts.main_service, "transfert", intent=AGENT)
        return self._at_this_hour(plan, state, now)

    def incident(self) -> Plan:
        """A part of ours failed: a human takes over."""
        return self.hand_over(self._facts.main_service, "incident")

    def handed_over(self, now: datetime) -> None:
        """The caller waits for a person from ``now`` on."""
        self._state = replace(self._state, waiting_since=now, talk=None, street_check=None)

    def transfer_failed(self, service: str, now: datetime, *, cut: bool = False) -> Plan:
        """Nobody took the call, or it was ``cut``: offer a call-back, else say how to reach the
        service."""
        state = self._state
        errand = self._actor.callback_errand("", state, service)
        failed = self._phrase("transfert_coupe" if cut else "transfert_echec")
        reaction = self._errands.not_reached(errand, failed, state.standing, now)
        verdict = Verdict("answer", None, 0.0, service, understood=True)
        plan, state = self._actor.react(reaction, verdict, replace(state, silences=0))
        self._state = state
        return replace(plan, decision="answer")

    async def message_left(self, pcm: bytes, transcript: str, now: datetime) -> Plan:
        """The caller has left a message, or said nothing."""
        state = self._state
        service = state.message_for or self._facts.main_service
        reaction = await self._errands.message_left(pcm, transcript, service, state.standing, now)
        verdict = Verdict("transfer", None, 0.0, service, understood=True)
        plan, self._state = self._actor.react(reaction, verdict, state)
        return plan

    def farewell_after_silence(self) -> Plan:
        """Nobody is there and no human takes the call: end it kindly."""
        return Plan((self._phrase("adieu_silence"),), "hang_up", "social")

    def hand_over(self, service: str, phrase: str, *, intent: str | None = None) -> Plan:
        """Announce the transfer to one service of the configuration."""
        return self._actor.hand_over(service, phrase, intent=intent)

    def whisper(self) -> str:
        """What is said to the person who takes the call."""
        subject = self._intents.subject(self._state.topic) if self._state.topic else None
        if foreigner := foreign.told(self._state.language):
            return self._phrases.say("annonce_langue", langue=foreigner)
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

    def queue_place(
        self, position: int, minutes: int | None, more: bool, service: str | None = None
    ) -> Plan:
        """Tell a waiting caller where they stand, and how not to wait."""
        return self._queue.place(position, minutes, more=more, service=service)

    def back_in_queue(self) -> Plan:
        """The person who had the caller is gone: they wait again, before all others."""
        return self._queue.back()

    async def turn_in_queue(self, heard: Heard, service: str) -> Plan | None:
        """Answer a caller who speaks while waiting for ``service``; None when there is nothing to
        answer."""
        return self._kept(await self._queue.hear(heard, service, self._state))

    def callback_from_queue(self, service: str) -> Plan | None:
        """The caller would rather be called back than wait; None where nobody calls back."""
        return self._kept(self._queue.callback(service, "", 1.0, self._state))

    def _kept(self, met: tuple[Plan, State] | None) -> Plan | None:
        """Keep the state, if there is one, and return the plan."""
        if met is None:
            return None
        plan, self._state = met
        return plan

    async def hung_up(self) -> None:
        """The call has ended: keep what the caller had asked for."""
        await self._errands.left_open(self._state.talk)

    async def close(self) -> None:
        """Finish what was begun, then forget the conversation in the engine."""
        await self._runner.close()
        try:
            await self._engine.forget(self._conversation)
        except ServiceUnavailableError:
            return

    async def _answer(self, heard: Heard, now: datetime) -> Plan:
        foreigner = heard.language not in foreign.FRENCH
        try:
            plan, state = self._foreigner(heard) if foreigner else await self._turn(heard, now)
        except ServiceUnavailableError:
            plan = self.incident()
            state = replace(self._state, talk=None, street_check=None)
            self._state = state
            return plan
        plan, state = interrupted.resumed(plan, state, self._actor)
        if plan.intent not in (REPEAT, SLOWER):
            state = replace(state, repeats=0)
        return self._at_this_hour(plan, state, now)

    def _phrase(self, name: str, **values: str) -> Sentence:
        return self._actor.phrase(name, **values)

    def _at_this_hour(self, plan: Plan, state: State, now: datetime) -> Plan:
        """Keep the state, and return what to do at ``now``."""
        plan, self._state = at_this_hour(plan, state, now, self._actor, self._facts, self._errands)
        return plan

    def _foreigner(self, heard: Heard) -> tuple[Plan, State]:
        self._runner.report("details", langue=foreign.told(heard.language))
        return foreign.hand_over(self._actor, heard.language, replace(self._state, begun=True))

    async def _turn(self, heard: Heard, now: datetime) -> tuple[Plan, State]:
        state = replace(self._state, silences=0, begun=True, day_asked=False)
        if not heard.text.strip():
            return await self._nothing_heard(state, now)
        if self.keys == "yes_no" and talkanswers.polite_no(heard.text):
            heard = replace(heard, text="non merci")
        if state.talk is not None and (said := talkanswers.keyed(heard, state.talk)):
            verdict = Verdict("social", None, 1.0, None, understood=True)
            if (answered := await self._in_talk(said, verdict, state, now)) is not None:
                return answered
        heard, verdict = await self._meant(heard, state)
        pointed = await resolved(
            heard, verdict, state, self._reader, lambda full: self._verdict(full, state), now
        )
        if pointed.lacking is not None:
            return followup.lacking(self._actor, pointed.verdict, pointed.lacking, state)
        return await self._take(pointed.heard, pointed.verdict, state, now)

    async def _take(
        self, heard: Heard, verdict: Verdict, state: State, now: datetime
    ) -> tuple[Plan, State]:
        """Do what is meant."""
        aside = await self._street(heard, verdict, state, now)
        state = replace(state, street_check=None)
        aside = aside or asking.small_talk(self._actor, heard.text, verdict, state)
        aside = aside or await self._two_requests(heard, verdict, state, now)
        if aside is not None:
            return aside
        going_on = await self._going_on(heard, verdict, state, now)
        if going_on is not None:
            return going_on
        found = self._reader.look_up(heard, verdict, now)
        if state.talk is not None:
            if found is None:
                answered = await self._heard_in_talk(heard.text, verdict, state, now)
                if answered is not None:
                    return answered
            state = state.leaving_talk()
        return await self._respond(heard.text, verdict, found, state, now)

    async def _going_on(
        self, heard: Heard, verdict: Verdict, state: State, now: datetime
    ) -> tuple[Plan, State] | None:
        """Answer what is meant beside what the words say; None where they say it all."""
        reader = self._reader
        reading = reader.instead(heard.text, verdict, state, now) or await followup.in_context(
            heard, verdict, state, reader, lambda full: self._verdict(full, state), now
        )
        if reading is None:
            return None
        state = replace(state.leaving_talk(), failures=0)
        known = followup.nothing_new(self._actor, reader, reading, verdict, state, now)
        if known is not None:
            return known
        plan, after = await self._act(reading.verdict, reading.text, now, state)
        return plan, reading.settled(state.topic, after)

    async def _street(
        self, heard: Heard, verdict: Verdict, state: State, now: datetime
    ) -> tuple[Plan, State] | None:
        met = self._streets.hear(heard, verdict, state)
        if isinstance(met, Completed):
            return await self._act(met.verdict, met.text, now, met.state)
        return met

    async def _two_requests(
        self, heard: Heard, whole: Verdict, state: State, now: datetime
    ) -> tuple[Plan, State] | None:
        """Answer both of two requests; None where the caller has made one."""
        if state.talk is not None or state.pending not in ("rien", "autre_chose"):
            return None
        if whole.intent in (EMERGENCY, AGENT, ASK_CALLBACK):
            return None
        for cut in tworequests.cuts(heard.text):
            one = await self._read(replace(heard, text=cut.first), state, now)
            other = await self._read(replace(heard, text=cut.second), state.wanting(*one), now)
            for verdict, text in (one, other):
                if tworequests.is_emergency(verdict):
                    return await self._act(verdict, text, now, replace(state, failures=0))
            if not cut.separate:
                continue
            places = [
                self._facts.place(text, verdict.intent or "") for verdict, text in (one, other)
            ]
            if tworequests.worth(one[0], other[0], whole, places):
                begun = await self._part(one, state, now)
                return tworequests.joined(
                    self._actor, begun, await self._part(other, begun.state, now), heard.text
                )
        return None

    async def _part(
        self, read: tuple[Verdict, str], state: State, now: datetime
    ) -> tworequests.Given:
        fresh = replace(state, talk=None, pending="rien", failures=0)
        return tworequests.Given(*await self._act(*read, now, fresh))

    async def _read(self, heard: Heard, state: State, now: datetime) -> tuple[Verdict, str]:
        verdict = await self._verdict(heard, state)
        instead = self._reader.instead(heard.text, verdict, state, now)
        return (instead.verdict, instead.text) if instead else (verdict, heard.text)

    async def _respond(
        self, text: str, verdict: Verdict, found: Reply | None, state: State, now: datetime
    ) -> tuple[Plan, State]:
        place = self._facts.place(text, "")
        if found is not None:
            turn = Turn(self._reader.found(found, verdict), text, place, None, now)
            return self._actor.reply(found, turn, replace(state, pending="rien", failures=0))
        state = replace(state, lieu=place or state.lieu)
        if not verdict.understood:
            return asking.unclear(self._actor, verdict, state, text)
        if verdict.decision == "confirm":
            return asking.confirm(self._actor, verdict, text, state, now)
        return await self._act(verdict, text, now, replace(state, failures=0))

    async def _nothing_heard(self, state: State, now: datetime) -> tuple[Plan, State]:
        verdict = Verdict("ask_again", None, 0.0, self._facts.main_service, False)
        if state.talk is not None:
            reaction = await self._errands.missed(state.talk, state.standing, now)
            return self._actor.react(reaction, verdict, state)
        if state.failures + 1 >= self._settings.echecs_max:
            verdict = replace(verdict, decision="transfer")
        return asking.unclear(self._actor, verdict, state)

    async def _verdict(self, heard: Heard, state: State) -> Verdict:
        return self._reader.verdict(heard, await self._engine.ranking(heard.text), state)

    async def _meant(self, heard: Heard, state: State) -> tuple[Heard, Verdict]:
        """Return what was said and its verdict, or only the words that correct the others."""
        verdict = await self._verdict(heard, state)
        words = correcting.instead(heard.text) if state.talk is None else None
        if words is None or verdict.intent in (EMERGENCY, AGENT):
            return heard, verdict
        corrected = replace(heard, text=words)
        other = await self._verdict(corrected, state)
        # « … euh non, la médiathèque » names another place for the same request.
        place = self._facts.place(words, "") if verdict.intent in PLACE_INTENTS else None
        if tworequests.is_emergency(other) or (tworequests.sure(other) and place is None):
            return corrected, other
        return heard, verdict

    async def _heard_in_talk(
        self, text: str, verdict: Verdict, state: State, now: datetime
    ) -> tuple[Plan, State] | None:
        """Go on with the open talk; None when the caller turns to something else."""
        talk = state.talk
        if talk is None or talkanswers.leaves(verdict, text, talk):
            return None
        dictates = talk.form is not None and dictated(text)
        if verdict.understood and verdict.intent in (REPEAT, SLOWER) and not dictates:
            return self._actor.repeat_talk(verdict, state)
        said = talkanswers.read(verdict, text, talk, self._intents)
        answered = await self._in_talk(said, verdict, state, now)
        if answered is not None and verdict.intent == GOODBYE:
            return interrupted.farewell(*answered, self._actor)
        return answered

    async def _in_talk(
        self, said: Said, verdict: Verdict, state: State, now: datetime
    ) -> tuple[Plan, State] | None:
        if state.talk is None:
            return None
        reaction = await self._errands.hear(state.talk, said, state.standing, now)
        if said.answer == "other":  # a dictated number is no intent
            verdict = replace(verdict, intent=None, confidence=0.0)
        return self._actor.react(reaction, verdict, state) if reaction is not None else None

    async def _act(
        self, verdict: Verdict, text: str, now: datetime, state: State
    ) -> tuple[Plan, State]:
        intent = verdict.intent or ""
        places = self._facts.places(text, intent)[: tworequests.MAX_PLACES]
        given: list[tworequests.Given] = []
        for lieu in places or (self._facts.place(text, intent),):
            before = given[-1].state if given else state
            given.append(tworequests.Given(*await self._act_on(verdict, text, now, before, lieu)))
        return tworequests.together(self._actor, given, text)

    async def _act_on(
        self, verdict: Verdict, text: str, now: datetime, state: State, lieu: str | None
    ) -> tuple[Plan, State]:
        intent = verdict.intent or ""
        day = self._facts.day(text, now)
        entities: dict[str, str] = {"attente": state.pending}
        if lieu:
            entities["lieu"] = lieu
        if day:
            entities["jour"] = day.surface
        if verdict.service:
            entities["service"] = verdict.service
        payloads = await self._engine.step(self._conversation, intent, entities)
        state = self._reader.placed(text, verdict, state).wanting(verdict, text)
        turn = Turn(verdict, text, lieu, day, now)
        plan, state = await self._carry_out(payloads, turn, replace(state, pending="rien"))
        return replace(plan, lieu=plan.lieu or lieu, jour=day.surface if day else None), state

    async def _carry_out(
        self, payloads: list[dict[str, Any]], turn: Turn, state: State
    ) -> tuple[Plan, State]:
        if not payloads:
            raise ServiceUnavailableError("the dialogue engine said nothing")
        payload = payloads[0]
        if payload.get("type") == "confirme" and state.candidate is not None:
            candidate = state.candidate
            verdict = self._reader.confirmed(candidate)
            return await self._act(
                verdict, candidate.text, turn.now, replace(state, candidate=None)
            )
        return self._actor.carry_out(payload, turn, replace(state, candidate=None))
