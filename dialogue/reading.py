"""Reads what a caller means beside what the words alone say: the answer to a question of ours, a
correction, one more question about what was just talked of.

Nothing here talks or remembers; what a reading changes is in what it returns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from common.french import fold
from dialogue.alarm import sounds_alarming
from dialogue.config import DialogueSettings
from dialogue.elsewhere import names_stranger
from dialogue.matterwords import says_nothing_foreign
from dialogue.policy import (
    AGENT,
    DECISION_OF_BEHAVIOUR,
    EMERGENCY,
    NO,
    OFF_TOPIC,
    Evidence,
    Verdict,
    decide,
    doubt,
)
from dialogue.ports import Facts, Heard, Intents, Reply
from dialogue.state import Candidate, Matter, State
from dialogue.unheardof import names_unheard_of

HOURS, ADDRESS, PRICES = "horaires_lieu", "adresse_lieu", "tarifs_lieu"
PLACE_INTENTS = frozenset({HOURS, ADDRESS, PRICES, "inscription_activite"})
PLACE_BY_DEFAULT = frozenset({HOURS, ADDRESS})
_OF_SOME_PLACE = frozenset({HOURS, ADDRESS, PRICES, "prendre_rdv", "contact_service"})
_DAY_INTENTS = frozenset({"evenements", "collecte_dechets"})
"""Besides hours, what differs from day to day."""

POSSIBLE = 0.05
"""What the search finds of an intent counts only where the intent has this probability."""

SECONDED = 0.75
"""Below this probability of an intent, the search over the knowledge is asked as well…"""
UNLIKELY = 0.10
"""… and what it thinks less likely than this is asked back…"""
FOREIGN = 0.15
"""… as is what may, with this probability, be nobody's matter here, unless it was talked of."""

_FEW_WORDS = 5
_MOST_WORDS = 7
_OURS = re.compile(r"\b(?:vous|votre|vos|mairie|ville)\b")
_LEANING = re.compile(
    r"^(?:(?:et|alors|sinon|mais|donc|ok|d accord|oui|bon|non) )*"
    r"(?:(?:pour|sur|a|au|aux|de|du|des|le|la|les|l|ce|cette|un|une) )*"
)
"""Words that a short question begins with when it leans on the one before."""
_ONLY_A_PLACE = re.compile(
    r"(?:et|alors|sinon)(?: pour)? (?:les?|la|l|aux?|a la|a l|du|de la|de l|des) \w+(?: \w+){0,3}"
)
_OPENING = (
    r"(?:(?:bonjour|bonsoir|allo|excusez moi|pardon|alors|et|donc|euh|oui|madame|monsieur|"
    r"s il vous plait|dites moi|vous savez|savez vous|"
    r"je (?:voudrais|veux|souhaite|cherche a) savoir|j aimerais savoir) )*"
)
_WHERE = re.compile(
    _OPENING + r"(?:c est ou|ou (?:est(?: ce que)?|se (?:trouve|situe)|c est|sont)|"
    r"(?:elle|il) (?:est|se trouve) ou)(?P<what>(?: (?!et\b|mais\b|que\b|qui\b)[\w]+){1,6})"
)
_AS_HEARD = tuple(
    re.compile(_OPENING + asked)
    for asked in (
        r"(?:c|elle|il) est tou(?:te?|x)? (?P<what>(?:les?|la|l)(?: \w+){1,5})",
        r"(?P<what>(?:les?|la|l)(?: \w+){1,4}?) (?:c|elle|il) est tou(?:te?|x)?",
    )
)
"""« c'est où » is spoken as « c'est tout » is."""

_BOOKING, _CONTACT = "prendre_rdv", "contact_service"


@dataclass(frozen=True)
class Reading:
    """What is asked, in words that say it in full."""

    verdict: Verdict
    text: str
    matter: Matter | None = None
    """What the caller goes on about; None: this is a matter of its own."""

    def settled(self, topic: str | None, state: State) -> State:
        """Return the state after the answer: who went on about a matter, ``topic``, still does."""
        return state if self.matter is None else replace(state, topic=topic, matter=self.matter)


@dataclass(frozen=True)
class Reader:
    """Reads one turn after the other, with what is known of the town."""

    facts: Facts
    intents: Intents
    settings: DialogueSettings

    def verdict(self, heard: Heard, ranking: Sequence[tuple[str, float]], state: State) -> Verdict:
        """Return what the words alone say, in the light of the question that is open."""
        evidence = Evidence(
            ranking,
            heard.confidence,
            "offre" if state.talk is not None or _checks_street(state) else state.pending,
            state.failures,
            self.facts.service(heard.text),
            self.facts.main_service,
            sounds_alarming(heard.text, self.settings.mots.alarme),
        )
        verdict = decide(evidence, self.intents, self.settings)
        verdict = replace(verdict, possible=frozenset(i for i, p in ranking if p >= POSSIBLE))
        if verdict.decision == "confirm" and self.facts.personal(heard.text, verdict.intent or ""):
            # It leads to a person, who will ask.
            return replace(verdict, decision="answer")
        if self._stranger(heard.text, verdict):
            return replace(verdict, decision="out_of_scope", intent=OFF_TOPIC, understood=True)
        unheard_of = state.lieu is None and self._unheard_of(heard.text, verdict)
        foreign = dict(ranking).get(OFF_TOPIC, 0.0) >= FOREIGN and not _goes_on(verdict, state)
        if unheard_of or self._contradicted(heard.text, verdict, foreign=foreign):
            asks = not unheard_of and self.intents.subject(verdict.intent or "")
            if asks and state.failures == 0:
                return replace(verdict, decision="confirm")
            return doubt(verdict, evidence, self.settings)
        if not _plain(verdict) and _asks_yes_no(state) and fold(heard.text).startswith("non "):
            return Verdict("social", NO, verdict.confidence, verdict.service, understood=True)
        return verdict

    def instead(self, text: str, verdict: Verdict, state: State, now: datetime) -> Reading | None:
        """Return what is meant where the words alone say something else, or too little."""
        asks_person = verdict.intent == AGENT and verdict.decision != "confirm"
        if verdict.intent == EMERGENCY or asks_person:
            return None
        return (
            self._completed(text, verdict, state)
            or self._corrected(text, verdict, state, now)
            or self._where(text, verdict)
            or self._of_stranger(text, verdict, state)
            or self._leaning(text, verdict, state, now)
            or self._detail(text, verdict, state, now)
            or self._contact(text, verdict, state)
        )

    def placed(self, text: str, verdict: Verdict, state: State) -> State:
        """Return the state in which « c'est où ? » means the service that was just talked of."""
        topic, matter = state.topic, state.matter
        if verdict.intent not in PLACE_BY_DEFAULT or topic is None or topic in PLACE_INTENTS:
            return state
        if matter is None or self._ours(matter):
            return state
        facts = self.facts
        if state.lieu or facts.place(text, verdict.intent or "") or facts.service(text):
            return state
        return replace(state, lieu=facts.place_of_service(matter.service or ""))

    def look_up(self, heard: Heard, verdict: Verdict, now: datetime) -> Reply | None:
        """Search the whole knowledge for what no intent covers, if it was heard well enough.

        What an intent covers is given only where that intent is possible, and not to who
        plainly wants something else.
        """
        if self._day_alone(heard.text, now):
            return None
        covered = verdict.understood and verdict.decision != "out_of_scope"
        if covered or heard.confidence < self.settings.seuils.ecoute:
            return None
        found = self.facts.search(heard.text, now)
        if found is None or not found.intents:
            return found
        strange = verdict.decision == "out_of_scope"
        return None if strange or verdict.possible.isdisjoint(found.intents) else found

    def found(self, reply: Reply, verdict: Verdict) -> Verdict:
        """Return the verdict on a request that ``reply``, which was looked up, answers."""
        named = next((intent for intent in reply.intents if intent in verdict.possible), None)
        return replace(
            verdict,
            decision="transfer" if reply.decision == "transfer" else "answer",
            intent=named or verdict.intent,
            understood=True,
        )

    def confirmed(self, candidate: Candidate) -> Verdict:
        """Return the verdict on a request to which the caller has said yes."""
        decision = DECISION_OF_BEHAVIOUR[self.intents.behaviour(candidate.intent)]
        return Verdict(decision, candidate.intent, candidate.confidence, candidate.service, True)

    def known_of(self, state: State) -> tuple[str, ...]:
        """Return texts about the last matter."""
        answer = state.reply.text if state.reply else ""
        return (*self.intents.examples(state.topic or ""), answer)

    def _contact(self, text: str, verdict: Verdict, state: State) -> Reading | None:
        """Read « et leur numéro ? » as asking for that of the service just talked of."""
        matter = state.matter
        if verdict.intent != _CONTACT or matter is None or not self._names_nothing(text):
            return None
        if self._ours(matter) or (state.talk is not None and state.talk.form is not None):
            return None
        named = f"{self.facts.service_name(matter.service or '')}, {text}"
        return Reading(_answer(_CONTACT, verdict, matter.service), named, matter)

    def _names_nothing(self, text: str) -> bool:
        return self.facts.place(text, PRICES) is None and self.facts.service(text) is None

    def _ours(self, matter: Matter) -> bool:
        """Tell whether nobody but the town hall as a whole is in charge."""
        return matter.service in (None, self.facts.main_service)

    def _nowhere(self, state: State) -> bool:
        """Tell whether the service of the last matter has no place but the town hall."""
        matter = state.matter
        if matter is None or state.lieu is not None or self._ours(matter):
            return False
        place = self.facts.place_of_service(matter.service or "")
        return place in (None, self.facts.default_place)

    def says_of_what(self, intent: str, text: str, now: datetime) -> bool:
        """Tell whether the words lead to another answer than ``intent`` has for everybody."""
        usual, answer = (self.facts.answer(intent, said, None, None, now) for said in ("", text))
        return (answer and answer.text) != (usual and usual.text)

    def _stranger(self, text: str, verdict: Verdict) -> bool:
        """Tell whether hours or prices are asked of a place that is not the town's."""
        if verdict.decision not in ("answer", "confirm") or verdict.intent not in _OF_SOME_PLACE:
            return False
        named = self.facts.place(text, verdict.intent) or self.facts.service(text)
        return named is None and names_stranger(text, self.settings.mots.ailleurs)

    def _unheard_of(self, text: str, verdict: Verdict) -> bool:
        """Tell whether hours or the way are asked of something that may be no place here."""
        intent = verdict.intent
        if verdict.decision not in ("answer", "confirm") or intent not in PLACE_BY_DEFAULT:
            return False
        facts = self.facts
        if facts.place(text, intent) or facts.service(text) or facts.street(text):
            return False
        examples = (text for known in _OF_SOME_PLACE for text in self.intents.examples(known))
        return names_unheard_of(text, examples)

    def _contradicted(self, text: str, verdict: Verdict, *, foreign: bool) -> bool:
        """Tell whether what the model is not quite sure of may be ``foreign``, or the search knows
        no answer to it."""
        intent = verdict.intent or ""
        if verdict.decision != "answer" or verdict.confidence >= SECONDED:
            return False
        if intent in PLACE_INTENTS and self.facts.place(text, intent):
            return False
        return foreign or self.facts.chance(text, intent) < UNLIKELY

    def _completed(self, text: str, verdict: Verdict, state: State) -> Reading | None:
        """Read a street as belonging to the request that it completes."""
        asked = state.street_for
        if asked is None or not self.facts.street(text):
            return None
        if _plain(verdict) and not asked.open and verdict.intent != asked.intent:
            return None
        answer = Verdict("answer", asked.intent, 1.0, asked.service, understood=True)
        return Reading(answer, f"{asked.words} {text}")

    def _corrected(
        self, text: str, verdict: Verdict, state: State, now: datetime
    ) -> Reading | None:
        """Read « non, la médiathèque » as the last question about another place."""
        topic = state.topic
        plain = verdict.understood and verdict.decision != "confirm"
        unsure_no = not plain and fold(text).startswith("non ")
        if topic not in PLACE_INTENTS or not (verdict.intent == NO or unsure_no):
            return None
        if self.facts.place(text, topic) is None:
            return None
        return Reading(_answer(topic, verdict), self._same_day(text, state, now))

    def _where(self, text: str, verdict: Verdict) -> Reading | None:
        """Read « où est la déchetterie ? » as a question about the way there."""
        if verdict.intent == ADDRESS and _plain(verdict):
            return None
        folded = fold(text)
        found = (pattern.fullmatch(folded) for pattern in (_WHERE, *_AS_HEARD))
        asked = next((match for match in found if match is not None), None)
        if asked is None or self.facts.place(asked["what"], "") is None:
            return None
        return Reading(Verdict("answer", ADDRESS, 1.0, None, understood=True), text)

    def _of_stranger(self, text: str, verdict: Verdict, state: State) -> Reading | None:
        """Read « et c'est où alors ? » as being about what was just said to be nobody's here."""
        if state.topic != OFF_TOPIC or verdict.intent not in PLACE_INTENTS:
            return None
        if len(fold(text).split()) > _MOST_WORDS or _OURS.search(fold(text)):
            return None
        if self.facts.place(text, verdict.intent) or self.facts.service(text):
            return None
        strange = replace(verdict, decision="out_of_scope", intent=OFF_TOPIC, understood=True)
        return Reading(strange, text)

    def _leaning(self, text: str, verdict: Verdict, state: State, now: datetime) -> Reading | None:
        """Read « et dimanche ? », « et le musée ? » as the last question about something else."""
        words = len(fold(text).split())
        if state.topic is None or words > _MOST_WORDS:
            return None
        if state.topic in PLACE_INTENTS:
            place = self._of_place(text, verdict, state, now)
            if place is not None and words <= _FEW_WORDS:
                return place
            return self._of_day(text, verdict, state.topic, now)
        return None if _plain(verdict) else self._of_day(text, verdict, state.topic, now)

    def _of_place(self, text: str, verdict: Verdict, state: State, now: datetime) -> Reading | None:
        topic = state.topic or ""
        if self.facts.place(text, topic) is not None:
            leans = _ONLY_A_PLACE.fullmatch(fold(text)) or not _plain(verdict)
            said = self._same_day(text, state, now)
            return Reading(_answer(topic, verdict), said) if leans else None
        wanted = verdict.intent or ""
        if _plain(verdict) or not state.lieu or wanted not in PLACE_INTENTS - {HOURS}:
            return None
        return Reading(_answer(wanted, verdict), text)

    def _of_day(self, text: str, verdict: Verdict, topic: str, now: datetime) -> Reading | None:
        if not self._day_alone(text, now):
            return None
        if topic in PLACE_INTENTS:
            return Reading(_answer(HOURS, verdict), text)
        return Reading(_answer(topic, verdict), text) if topic in _DAY_INTENTS else None

    def _day_alone(self, text: str, now: datetime) -> bool:
        """Tell whether a text names a day and nothing else."""
        day = self.facts.day(text, now)
        return day is not None and _LEANING.sub("", fold(text)) in ("", fold(day.surface))

    def _same_day(self, text: str, state: State, now: datetime) -> str:
        """Return a text that names a place, with the day that the last question was about."""
        words = state.matter.words if state.matter is not None and state.topic == HOURS else ""
        day = self.facts.day(words, now)
        return text if day is None or self.facts.day(text, now) else f"{text}, {day.surface}"

    def _detail(self, text: str, verdict: Verdict, state: State, now: datetime) -> Reading | None:
        """Read « et ça coûte combien ? » as being about what was just talked of."""
        topic, matter = state.topic, state.matter
        if topic is None or matter is None or topic in PLACE_INTENTS:
            return None
        if self.intents.behaviour(topic) != "repondre" or not self._names_nothing(text):
            return None
        said = f"{matter.words} {text}"
        if verdict.intent == ADDRESS and self._nowhere(state):
            return Reading(_answer(topic, verdict, matter.service), said, matter)
        if not self.facts.detail(text) or not says_nothing_foreign(text, self.known_of(state)):
            return None
        asks_whether = verdict.intent == _BOOKING and len(fold(text).split()) <= _FEW_WORDS
        leans = asks_whether or not _plain(verdict)
        if verdict.intent == PRICES:
            leans = not self.says_of_what(PRICES, text, now)
            topic = PRICES if self.says_of_what(PRICES, said, now) else topic
        return Reading(_answer(topic, verdict, matter.service), said, matter) if leans else None


def _goes_on(verdict: Verdict, state: State) -> bool:
    """Tell whether a request is of the same kind as the last."""
    answered = state.reply.intents if state.reply is not None else ()
    return verdict.intent == state.topic or verdict.intent in answered


def _asks_yes_no(state: State) -> bool:
    if state.talk is not None:
        return state.talk.yes_no
    return state.pending in ("transfert", "confirmation") or _checks_street(state)


def _checks_street(state: State) -> bool:
    return state.street_check is not None and state.street_check.proposed is not None


def _plain(verdict: Verdict) -> bool:
    """True for a request of the town that needs no other reading."""
    return verdict.understood and verdict.decision not in ("confirm", "out_of_scope")


def _answer(intent: str, verdict: Verdict, service: str | None = None) -> Verdict:
    return Verdict("answer", intent, verdict.confidence, service, understood=True)
