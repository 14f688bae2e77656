"""What to do with one turn: a pure function of the evidence.

The decision is one of the words that evaluation and the call record use. Nothing here talks,
waits or remembers: the dialogue manager passes in what it knows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dialogue.config import DialogueSettings, Thresholds
from dialogue.ports import Behaviour, Intents

Decision = Literal[
    "answer",
    "confirm",
    "ask_again",
    "transfer",
    "emergency",
    "refuse",
    "redirect",
    "out_of_scope",
    "social",
]

Pending = Literal["rien", "autre_chose", "transfert", "confirmation", "offre"]
"""``offre``: a question about a text message, a call-back or a number, which the engine does not
know of."""

DECISION_OF_BEHAVIOUR: Mapping[Behaviour, Decision] = {
    "repondre": "answer",
    "transferer": "transfer",
    "refuser": "refuse",
    "rediriger": "redirect",
    "urgence": "emergency",
    "social": "social",
    "hors_sujet": "out_of_scope",
    "sms": "social",
    "rappel": "transfer",
}

EMERGENCY = "urgence"
AGENT = "demander_agent"
YES, NO = "affirmer", "refuser"
GOODBYE = "au_revoir"
OFF_TOPIC = "hors_sujet"
REPEAT, SLOWER = "repeter", "ralentir"
ASK_TEXT, ASK_CALLBACK = "demander_sms", "demander_rappel"
BY_NAMED_SERVICE = frozenset(
    {
        AGENT,
        ASK_CALLBACK,
        "contact_service",
        "prendre_rdv",
        "suivi_dossier",
        "nom_agent",
        "reclamation",
    }
)
"""Intents that belong to the service the caller names, if one is named."""


@dataclass(frozen=True)
class Evidence:
    """All that bears on the decision of one turn."""

    ranking: Sequence[tuple[str, float]]
    """Intents with probabilities, best first; what they lack of one is for none of them."""
    hearing: float
    """Confidence in the transcript, 0 to 1."""
    pending: Pending
    """The question of ours that is open."""
    failures: int
    """Turns in a row that were not understood."""
    named_service: str | None
    """A service that the caller named."""
    main_service: str
    """Where requests without a better home go."""
    alarming: bool = False
    """It was said with words that an emergency is told with."""


@dataclass(frozen=True)
class Verdict:
    """What to do, with the reading it rests on."""

    decision: Decision
    intent: str | None
    confidence: float
    service: str | None
    """Where the request belongs, for a transfer now or later."""
    understood: bool
    badly_heard: bool = False
    """What it rests on was hardly heard, so that the caller had better say it again."""
    possible: frozenset[str] = frozenset()
    """The intents that the words may mean."""


def decide(evidence: Evidence, intents: Intents, settings: DialogueSettings) -> Verdict:
    """Choose between acting, confirming, asking again and handing over."""
    thresholds = settings.seuils
    ranking = _in_context(evidence.ranking, evidence.pending)
    probability = dict(ranking)
    service = most_probable_service(ranking, intents, evidence.main_service, evidence.named_service)
    if probability.get(EMERGENCY, 0.0) >= _of_emergency(evidence, thresholds):
        return _act(EMERGENCY, probability[EMERGENCY], evidence, intents, settings)
    if probability.get(AGENT, 0.0) >= thresholds.agent:
        return _act(AGENT, probability[AGENT], evidence, intents, settings)
    if not ranking:
        return _not_understood(None, 0.0, service, evidence, settings)
    best, confidence = ranking[0]
    margin = confidence - (ranking[1][1] if len(ranking) > 1 else 0.0)
    wanted = intents.threshold(best) or thresholds.accepter
    badly_heard = evidence.hearing < thresholds.ecoute
    if badly_heard:
        wanted = max(wanted, thresholds.mal_entendu)
    # What is hardly heard sounds like nothing that a town hall does.
    inaudible = evidence.hearing < thresholds.inaudible
    if inaudible and intents.behaviour(best) == "hors_sujet":
        confidence *= evidence.hearing
    if confidence >= wanted and margin >= thresholds.marge:
        return _act(best, confidence, evidence, intents, settings)
    if confidence >= thresholds.confirmer and intents.subject(best) and evidence.failures == 0:
        return Verdict("confirm", best, confidence, service, understood=True)
    return _not_understood(best, confidence, service, evidence, settings)


def doubt(verdict: Verdict, evidence: Evidence, settings: DialogueSettings) -> Verdict:
    """Return the verdict where what was understood cannot be meant."""
    service = verdict.service or evidence.main_service
    return _not_understood(verdict.intent, verdict.confidence, service, evidence, settings)


def _of_emergency(evidence: Evidence, thresholds: Thresholds) -> float:
    """The probability from which an emergency is believed; words that nobody said have none."""
    if evidence.alarming:
        return thresholds.alerte
    if evidence.hearing < thresholds.inaudible:
        return max(thresholds.urgence, thresholds.mal_entendu)
    return thresholds.urgence


def most_probable_service(
    ranking: Sequence[tuple[str, float]],
    intents: Intents,
    default: str,
    named: str | None = None,
) -> str:
    """Return the service with the largest summed probability, the named one first.

    Intents without a service count for the default one.
    """
    if named is not None:
        return named
    mass: dict[str, float] = defaultdict(float)
    for intent, probability in ranking:
        mass[intents.service_of(intent) or default] += probability
    return max(mass, key=lambda service: mass[service], default=default)


def _in_context(ranking: Sequence[tuple[str, float]], pending: Pending) -> list[tuple[str, float]]:
    """Raise yes and no where we asked a question that takes them, and renormalise.

    What is missing from the whole is for none of the intents, and stays.
    """
    if pending == "rien":
        return list(ranking)
    weight = 4.0 if pending in ("confirmation", "transfert", "offre") else 2.0
    weighted = [(name, p * weight if name in (YES, NO) else p) for name, p in ranking]
    none = max(0.0, 1.0 - sum(p for _, p in ranking))
    total = sum(p for _, p in weighted) + none
    return sorted(((name, p / total) for name, p in weighted), key=lambda item: -item[1])


def _act(
    intent: str,
    confidence: float,
    evidence: Evidence,
    intents: Intents,
    settings: DialogueSettings,
) -> Verdict:
    decision = DECISION_OF_BEHAVIOUR[intents.behaviour(intent)]
    named = evidence.named_service if intent in BY_NAMED_SERVICE else None
    service = named or intents.service_of(intent) or evidence.main_service
    return Verdict(decision, intent, confidence, service, understood=True)


def _not_understood(
    intent: str | None,
    confidence: float,
    service: str,
    evidence: Evidence,
    settings: DialogueSettings,
) -> Verdict:
    again = evidence.failures + 1 < settings.echecs_max
    badly_heard = evidence.hearing < settings.seuils.ecoute
    return Verdict(
        "ask_again" if again else "transfer", intent, confidence, service, False, badly_heard
    )
