"""Offers an errand, asks for consent, takes the number, says what became of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from common.french import fold
from common.frenchnumbers import FrenchNumber, Refusal, in_pairs
from dialogue import numberform
from dialogue.config import Phrases
from dialogue.errands import ErrandRunner
from dialogue.keypad import RESTART
from dialogue.numberwords import digits_of, hidden
from dialogue.offers import (
    CallbackErrand,
    Errand,
    MessageErrand,
    Reaction,
    Standing,
    Talk,
    TextErrand,
)
from dialogue.plan import Sentence
from dialogue.policy import Decision
from dialogue.ports import Facts, Reply, TextOutcome
from dialogue.promisewords import when_called

_TEXT_PHRASES: Mapping[TextOutcome, str] = {
    "queued": "sms_part",
    "waiting": "sms_attend",
    "already": "sms_deja",
    "limited": "sms_limite",
    "stopped": "sms_stop",
    "refused": "sms_refus",
}
_WHOLE_NUMBER = 9
"""Digits that are a number even where none was asked for; the zero may be lost."""
_MANY_DIGITS, _FEW_WORDS = 4, 7
_PATIENCE = re.compile(
    r"\b(?:attend(?:s|ez)|(?:une|deux) (?:petites? )?(?:secondes?|minutes?)|un (?:instant|moment)"
    r"|je (?:le |la )?(?:cherche|regarde|retrouve)|patientez)\b"
)
_RENOUNCES = re.compile(
    r"\b(?:(?:n en |ne |n )?(?:veux|voulons|souhaite) (?:plus|rien)|(?:veux|veut|souhaite) pas|"
    r"finalement (?:non|pas|rien)|laissez tomber|laisse tomber|tant pis|pas la peine|annulez?|"
    r"change d avis|n envoyez (?:rien|pas)|oubliez)\b"
)
_HAS_NONE = re.compile(
    r"\b(?:(?:connais|sais|retrouve|trouve|retiens) (?:pas|plus)(?: (?:par coeur|bien|trop))?"
    r" (?:mon|le|ce|notre) (?:numero|portable|telephone)|"
    r"(?:ai|a) (?:pas|plus|aucun) (?:de |d )?(?:numero|portable|mobile|telephone)|"
    r"(?:le|la) (?:connais|sais) (?:pas|plus))\b"
)
_FILLERS = frozenset(fold("euh heu hum hein ben bah bon alors donc voilà oui c'est le").split())


@dataclass(frozen=True)
class Said:
    """What the caller said in a talk."""

    text: str
    answer: Literal["yes", "no", "other"]
    elsewhere: bool
    """It is plainly about something else."""
    consent: str
    """The words as they may be kept."""


def _takes_time(said: Said, form: numberform.NumberForm) -> bool:
    """« Attendez, je le cherche », « oui, alors, euh… »: the number is still to come."""
    words = fold(said.text)
    if form.yes_no or _PATIENCE.search(words):
        return bool(_PATIENCE.search(words))
    return said.answer == "yes" or all(word in _FILLERS for word in words.split())


def _renounces(said: Said) -> bool:
    """« Je ne veux plus », « je ne connais pas mon numéro »: there will be no number."""
    words = fold(said.text)
    if _PATIENCE.search(words):
        return False
    return _RENOUNCES.search(words) is not None or _HAS_NONE.search(words) is not None


def dictated(text: str) -> bool:
    """True for digits; not for a sentence with a figure in it: « le 12 à 10 heures 30 »."""
    digits = digits_of(text)
    return len(digits) >= _MANY_DIGITS or (bool(digits) and len(fold(text).split()) <= _FEW_WORDS)


class ErrandTalk:
    """Leads the talks of one call; all it remembers is in what it returns."""

    def __init__(
        self, phrases: Phrases, facts: Facts, runner: ErrandRunner, caller: str, failures_max: int
    ) -> None:
        self._phrases = phrases
        self._facts = facts
        self._runner = runner
        self._limit = failures_max
        self._judges: Mapping[numberform.Purpose, numberform.Judge] = {
            "text": runner.judge_for_text,
            "callback": runner.judge_for_call,
        }
        self._caller = caller

    def offer_text(self, reply: Reply, standing: Standing) -> Talk | None:
        """Return the offer to send an answer, None when it is not to be made."""
        if standing.text_declined or not self._runner.may_offer_text(reply):
            return None
        known = standing.number is not None and standing.number.mobile
        question = self._phrase("sms_proposer_meme" if known else "sms_proposer")
        return Talk(TextErrand(reply), question)

    def ask_text(self, reply: Reply | None, words: str, consent: str, now: Standing) -> Reaction:
        """The caller asks for the last answer as a text."""
        if self._runner.errands.texts is None:
            return self._more(now, self._phrase("sms_impossible"))
        if reply is None:
            return Reaction((self._phrase("sms_rien"),), now)
        if reply.sms is None:
            return self._more(now, self._phrase("sms_pas_cela"))
        return self._take_number(TextErrand(reply, consent), words, now)

    @property
    def never_calls_back(self) -> bool:
        """True where staff call nobody back: whoever asks for it is put through."""
        return self._runner.errands.callbacks is None

    def ask_callback(self, errand: CallbackErrand, words: str, standing: Standing) -> Reaction:
        """The caller asks to be called back."""
        if self._runner.may_call_back(errand.service):
            return self._take_number(errand, words, standing)
        said = self._phrase("rappel_impossible")
        return self._person_or_more(standing, errand.service, said)

    def not_reached(
        self, errand: CallbackErrand, failed: Sentence, standing: Standing, now: datetime
    ) -> Reaction:
        """Nobody took the call: offer a call-back, else say how to reach the service."""
        standing = replace(standing, unreached=True)
        service = errand.service
        if not self._runner.may_offer_callback(service):
            return self._message_or_reach(service, standing, now, failed)
        talk = Talk(errand, self._phrase("rappel_proposer"))
        return Reaction((failed, talk.question), standing, talk, service=service)

    async def hear(
        self, talk: Talk, said: Said, standing: Standing, now: datetime
    ) -> Reaction | None:
        """Go on with what the caller said; None when the caller turns to something else."""
        if talk.form is None:
            return await self._hear_offer(talk, said, standing, now)
        if said.text != RESTART and not dictated(said.text):
            if _renounces(said):
                return self._given_up(talk.errand, standing, now, by_caller=True)
            if said.elsewhere:
                return None
            if _takes_time(said, talk.form):
                return Reaction((self._phrase("numero_patience"),), standing, talk)
        outcome = numberform.hear(
            talk.form, said.text, said.answer, self._judge(talk.errand), self._limit
        )
        return await self._after(talk, outcome, standing, now)

    async def missed(self, talk: Talk, standing: Standing, now: datetime) -> Reaction:
        """Nothing usable was heard."""
        if talk.form is None:
            return self._unclear(talk, standing, now)
        return await self._after(talk, numberform.missed(talk.form, self._limit), standing, now)

    async def left_open(self, talk: Talk | None) -> None:
        """The call ended in front of an open question: who was to be called back on the telephone
        that they called from is, and who had still to say a number cannot be."""
        if talk is None or not isinstance(talk.errand, CallbackErrand) or talk.form is None:
            return
        errand, form = talk.errand, talk.form
        await self._runner.close()  # what was agreed to last may be on its way
        wanted = self._runner.may_offer_callback(errand.service)
        if wanted and form.step == "propose" and form.number is not None:
            await self._runner.call_back(
                errand.service,
                form.number.e164,
                errand.reason,
                again=False,
                waiting_since=errand.waiting_since,
            )

    async def message_left(
        self, pcm: bytes, transcript: str, service: str, standing: Standing, now: datetime
    ) -> Reaction:
        """Say whether the message is kept."""
        if not pcm:
            return self._reach(service, standing, now, self._phrase("message_vide"))
        if not await self._runner.keep_message(pcm, transcript, service):
            return self._reach(service, standing, now, self._phrase("message_perdu"))
        kept = self._more(standing, self._phrase("message_garde"))
        return replace(kept, decision="transfer", service=service)

    async def _hear_offer(
        self, talk: Talk, said: Said, standing: Standing, now: datetime
    ) -> Reaction | None:
        digits = digits_of(said.text)
        if said.answer == "yes" or (said.answer == "other" and len(digits) >= _WHOLE_NUMBER):
            return await self._accepted(talk, said, standing, now)
        if said.answer == "no":
            return self._declined(talk.errand, standing, now)
        return None if said.elsewhere else self._unclear(talk, standing, now)

    async def _accepted(
        self, talk: Talk, said: Said, standing: Standing, now: datetime
    ) -> Reaction:
        errand = talk.errand
        if isinstance(errand, MessageErrand):
            begin = (self._phrase("message_parlez"),)
            return Reaction(begin, standing, service=errand.service, message=True)
        if isinstance(errand, CallbackErrand):
            if errand.number is not None:
                return await self._do_callback(errand, errand.number, standing, now, again=True)
            return self._take_number(errand, said.text, standing)
        errand = replace(errand, consent=said.consent)
        number = standing.number
        if number is not None and number.mobile and len(digits_of(said.text)) < _WHOLE_NUMBER:
            return await self._do_text(errand, number, standing)
        return self._take_number(errand, said.text, standing)

    def _declined(self, errand: Errand, standing: Standing, now: datetime) -> Reaction:
        if isinstance(errand, TextErrand):
            self._runner.report("sms_decline", source=errand.reply.sms_source)
            return self._more(replace(standing, text_declined=True))
        agreed = self._phrase("d_accord")
        if isinstance(errand, MessageErrand):
            self._runner.report("message_decline", service=errand.service)
            return self._reach(errand.service, standing, now, agreed)
        self._runner.report("rappel_decline", service=errand.service)
        if standing.unreached and errand.number is None:
            return self._message_or_reach(errand.service, standing, now, agreed)
        return self._more(standing, self._phrase("rappel_renonce"))

    def _unclear(self, talk: Talk, standing: Standing, now: datetime) -> Reaction:
        """Neither yes nor no: ask once more, then let it be."""
        failures = talk.failures + 1
        if failures < self._limit:
            say = (self._phrase("oui_ou_non"), talk.question)
            return Reaction(say, standing, replace(talk, failures=failures), "ask_again")
        if not isinstance(talk.errand, TextErrand) and standing.unreached:
            return self._reach(talk.errand.service, standing, now)
        return self._more(standing)

    # The number

    def _judge(self, errand: Errand) -> numberform.Judge:
        return self._judges["text" if isinstance(errand, TextErrand) else "callback"]

    def _take_number(self, errand: Errand, said: str, standing: Standing) -> Reaction:
        judge = self._judge(errand)
        own = judge(standing.number.e164 if standing.number else self._caller)
        proposed = own if isinstance(own, FrenchNumber) else None
        purpose: numberform.Purpose = "text" if isinstance(errand, TextErrand) else "callback"
        asked = numberform.begin(purpose, proposed, said, judge)
        return self._asking(errand, asked, standing)

    async def _after(
        self, talk: Talk, outcome: numberform.Outcome, standing: Standing, now: datetime
    ) -> Reaction:
        errand = talk.errand
        if isinstance(outcome, numberform.Ask):
            return self._asking(errand, outcome, standing)
        if isinstance(outcome, numberform.GivenUp):
            return self._given_up(errand, standing, now, by_caller=outcome.by_caller)
        standing = replace(standing, number=outcome.number)
        if isinstance(errand, TextErrand):
            return await self._do_text(errand, outcome.number, standing)
        if isinstance(errand, MessageErrand):
            raise TypeError("a message needs no number")
        return await self._do_callback(errand, outcome.number, standing, now, again=False)

    def _asking(self, errand: Errand, asked: numberform.Ask, standing: Standing) -> Reaction:
        form, why = asked.form, asked.why
        question = self._question(form)
        say: tuple[Sentence, ...] = (question,)
        decision: Decision = "confirm" if form.step in ("propose", "check") else "social"
        if isinstance(why, Refusal):
            refusal = Sentence(why.sentence, ("numero",))
            say = (refusal,) if why.sentence.endswith("?") else (refusal, question)
        elif why == "restart":
            say = (self._phrase("numero_recommencer"),)
        elif why == "again":
            decision = "ask_again"
            unclear = form.step in ("propose", "check")
            say = (self._phrase("oui_ou_non"), question) if unclear else say
            say = (self._phrase("numero_redire"),) if form.step == "ask" else say
        return Reaction(say, standing, Talk(errand, question, form), decision)

    def _question(self, form: numberform.NumberForm) -> Sentence:
        kind = "sms" if form.purpose == "text" else "rappel"
        if form.step == "ask" or (form.yes_no and form.number is None):
            return self._phrase(f"numero_demander_{kind}")
        if form.step == "more":
            return self._with_number("numero_suite", in_pairs(form.digits), form.digits)
        name = "numero_relire" if form.step == "check" else f"numero_propre_{kind}"
        number = form.number
        spoken, digits = (number.spoken, number.national) if number else ("", "")
        return self._with_number(name, spoken, digits)

    def _given_up(
        self, errand: Errand, standing: Standing, now: datetime, *, by_caller: bool
    ) -> Reaction:
        if by_caller:
            if isinstance(errand, TextErrand):
                standing = replace(standing, text_declined=True)
                return self._more(standing, self._phrase("sms_renonce"))
            return self._declined(errand, standing, now)
        said = self._phrase("numero_abandon")
        if isinstance(errand, TextErrand):
            standing = replace(standing, text_declined=True)
            return self._person_or_more(standing, self._facts.main_service, said)
        if standing.unreached:
            return self._reach(errand.service, standing, now, said)
        return self._person_or_more(standing, errand.service, said)

    # The errand itself

    async def _do_text(
        self, errand: TextErrand, number: FrenchNumber, standing: Standing
    ) -> Reaction:
        outcome = await self._runner.send_text(errand.reply, number.e164, errand.consent)
        if outcome == "unavailable":
            service = errand.reply.service or self._facts.main_service
            return self._person_or_more(standing, service, self._phrase("sms_panne"))
        return replace(
            self._more(standing, self._phrase(_TEXT_PHRASES[outcome])), decision="answer"
        )

    async def _do_callback(
        self,
        errand: CallbackErrand,
        number: FrenchNumber,
        standing: Standing,
        now: datetime,
        *,
        again: bool,
    ) -> Reaction:
        promise = await self._runner.call_back(
            errand.service,
            number.e164,
            errand.reason,
            again=again,
            waiting_since=errand.waiting_since,
        )
        if promise is None:
            said = self._phrase("rappel_panne")
            if standing.unreached:
                return self._reach(errand.service, standing, now, said)
            return self._person_or_more(standing, errand.service, said)
        if promise.outcome == "handled_today":
            talk = Talk(replace(errand, number=number), self._phrase("rappel_deja_fait"))
            return Reaction((talk.question,), standing, talk, "confirm", service=errand.service)
        name = "rappel_deja" if promise.outcome == "kept" else "rappel_promis"
        said = self._phrase(name, quand=when_called(promise.due, now))
        done = self._more(standing, said)
        return replace(done, decision="transfer", service=errand.service)

    # How a talk ends

    def _more(self, standing: Standing, *before: Sentence) -> Reaction:
        say = (*before, self._phrase("autre_chose"))
        return Reaction(say, standing, pending="autre_chose")

    def _person_or_more(self, standing: Standing, service: str, *before: Sentence) -> Reaction:
        """Offer a person, unless there was none a moment ago."""
        if standing.unreached:
            return self._more(standing, *before)
        name = self._facts.service_name(service)
        say = (*before, self._phrase("passer_agent", service=name))
        return Reaction(say, standing, pending="transfert", service=service)

    def _message_or_reach(
        self, service: str, standing: Standing, now: datetime, *before: Sentence
    ) -> Reaction:
        """Offer to take a message, where the town does so."""
        if not self._runner.may_take_message(service, now):
            return self._reach(service, standing, now, *before)
        talk = Talk(MessageErrand(service), self._phrase("message_proposer"))
        return Reaction((*before, talk.question), standing, talk, service=service)

    def _reach(
        self, service: str, standing: Standing, now: datetime, *before: Sentence
    ) -> Reaction:
        """Say how to reach a service, and offer to send it."""
        reply = self._facts.when_unreachable(service, now)
        said = Sentence(reply.text, reply.sources)
        talk = self.offer_text(reply, standing)
        question = talk.question if talk else self._phrase("autre_chose")
        return Reaction(
            (*before, said, question),
            standing,
            talk,
            "answer",
            "rien" if talk else "autre_chose",
            service,
            reply,
        )

    def _phrase(self, name: str, **values: str) -> Sentence:
        return Sentence(self._phrases.say(name, **values), (f"phrases#{name}",))

    def _with_number(self, name: str, spoken: str, digits: str) -> Sentence:
        said = self._phrase(name, numero=spoken)
        return replace(said, kept=self._phrases.say(name, numero=hidden(digits)))
