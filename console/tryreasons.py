"""Why the bot decided as it did on one turn, in French for an admin. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from console.labels import percent
from dialogue.alarm import sounds_alarming
from dialogue.config import DialogueSettings, Thresholds
from dialogue.plan import Plan
from dialogue.policy import AGENT, DECISION_OF_BEHAVIOUR, EMERGENCY
from dialogue.ports import Behaviour, Heard, Intents

INCIDENT = "phrases#incident"

_CONDUCTS: Mapping[Behaviour, str] = {
    "repondre": "répondre",
    "transferer": "transférer à un agent",
    "refuser": "refuser poliment",
    "rediriger": "renvoyer vers un autre organisme",
    "urgence": "donner les numéros d’urgence",
    "social": "politesse",
    "hors_sujet": "dire que ce n’est pas du ressort de la mairie",
    "sms": "envoyer la dernière réponse par SMS",
    "rappel": "promettre un rappel",
}

Named = Callable[[str], str]
"""From an identifier of an intent to what an admin calls it."""


def reasons(
    heard: Heard,
    ranking: Sequence[tuple[str, float]],
    plan: Plan,
    intents: Intents,
    settings: DialogueSettings,
    named: Named,
) -> tuple[str, ...]:
    """Return French sentences, the first reason first; ``ranking`` is empty when none was asked
    for (an answer to a question of ours)."""
    if INCIDENT in plan.sources:
        return ("La compréhension n’a pas répondu : l’appelant est passé à un agent.",)
    thresholds = settings.seuils
    found = [_hearing(heard, thresholds)]
    if not ranking:
        found.append("La phrase répond à une question du robot : aucune intention n’est cherchée.")
    else:
        found += _reading(heard, ranking, plan, intents, settings, named)
    found.append(_conduct(plan, intents, named))
    found.append(_source(plan))
    return tuple(reason for reason in found if reason)


def _hearing(heard: Heard, thresholds: Thresholds) -> str:
    if not heard.text.strip():
        return "Aucune parole n’a été reconnue."
    if heard.confidence < thresholds.ecoute:
        lost = heard.confidence < thresholds.inaudible
        repeat = " Ce qui semble hors sujet est à répéter (« inaudible »)." if lost else ""
        return (
            f"Phrase mal entendue : confiance {percent(heard.confidence)}, en dessous de "
            f"{percent(thresholds.ecoute)} (« ecoute »). Une intention n’est alors retenue qu’à "
            f"partir de {percent(thresholds.mal_entendu)} (« mal_entendu »).{repeat}"
        )
    return ""


def _reading(
    heard: Heard,
    ranking: Sequence[tuple[str, float]],
    plan: Plan,
    intents: Intents,
    settings: DialogueSettings,
    named: Named,
) -> list[str]:
    thresholds, probability = settings.seuils, dict(ranking)
    alarming = sounds_alarming(heard.text, settings.mots.alarme)
    alarm = "alerte" if alarming else "urgence"
    for intent, wanted, key in (
        (EMERGENCY, getattr(thresholds, alarm), alarm),
        (AGENT, thresholds.agent, "agent"),
    ):
        if plan.intent == intent and probability.get(intent, 0.0) >= wanted:
            return [
                f"« {named(intent)} » est prise au sérieux à partir de {percent(wanted)} "
                f"(« {key} ») : ici {percent(probability[intent])}."
            ]
    best, sure = ranking[0]
    wanted = intents.threshold(best) or thresholds.accepter
    if heard.confidence < thresholds.ecoute:
        wanted = max(wanted, thresholds.mal_entendu)
    lead = sure - (ranking[1][1] if len(ranking) > 1 else 0.0)
    said = [
        f"Intention la plus probable : « {named(best)} », {percent(sure)} ; "
        f"il en faut {percent(wanted)}.",
        f"Avance sur la suivante : {percent(lead)} ; il en faut {percent(thresholds.marge)}.",
    ]
    if plan.intent not in (None, best):
        said.append(f"D’après la suite de la conversation, retenue : « {named(plan.intent)} ».")
    return said + _doubt(best, sure, plan, intents, settings)


def _doubt(
    best: str, sure: float, plan: Plan, intents: Intents, settings: DialogueSettings
) -> list[str]:
    confirm = settings.seuils.confirmer
    if plan.decision == "confirm":
        return [f"Au-dessus de {percent(confirm)}, le robot fait confirmer plutôt que de répéter."]
    if plan.decision != "ask_again":
        return []
    if sure < confirm:
        return [f"En dessous de {percent(confirm)}, le robot fait répéter."]
    if intents.subject(best) is None:
        return ["Cette intention n’a pas de phrase de confirmation : le robot fait répéter."]
    return [f"Le robot fait répéter ; après {settings.echecs_max} échecs, il passe un agent."]


def _conduct(plan: Plan, intents: Intents, named: Named) -> str:
    if plan.intent is None or plan.decision in ("confirm", "ask_again"):
        return ""
    conduct = intents.behaviour(plan.intent)
    usual = DECISION_OF_BEHAVIOUR[conduct] == plan.decision
    said = f"Conduite de « {named(plan.intent)} » : {_CONDUCTS[conduct]}."
    return said if usual else f"{said} Ici, une autre suite s’imposait."


def _source(plan: Plan) -> str:
    found = [source for source in plan.sources if not source.startswith("phrases#")]
    if found and plan.intent is None:
        return "La réponse a été trouvée par la recherche dans les connaissances."
    if not found and plan.decision == "answer":
        return "Aucune fiche de la ville n’a servi à cette réponse."
    return ""
