"""The figures of an evaluation, computed from labels and results. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from callbot.evaluation import calibration, confusion, slots, wordcount
from callbot.evaluation.manifest import Item

CLARIFIES = frozenset({"confirm", "ask_again"})
"""Decisions that ask the caller back; neither right nor wrong."""
ASSERTS = frozenset({"answer", "redirect", "emergency"})
"""Decisions that tell the caller something which would mislead if the reading is wrong."""
BY_PLACE = frozenset({"horaires_lieu", "adresse_lieu", "tarifs_lieu", "inscription_activite"})
"""Intents whose answer depends on the place."""
BY_SERVICE = frozenset({"contact_service"})
FINE_WER = 0.2
DEFAULT_PLACE = "mairie"
DEFAULT_SERVICE = "accueil"


@dataclass(frozen=True)
class Result:
    """What the callbot made of one sentence."""

    id: str
    heard: str
    intent: str
    confidence: float
    lieu: str | None
    jour: str | None
    decision: str
    service: str | None
    latency_ms: float
    hearing: float = 1.0
    """How sure the recogniser is of ``heard``; 1 for a written sentence."""


Pair = tuple[Item, Result]


def is_clarified(pair: Pair) -> bool:
    """Tell whether the caller was asked back."""
    return pair[1].decision in CLARIFIES


def is_right_decision(pair: Pair) -> bool:
    """Tell whether the class of the decision is the expected one."""
    return pair[1].decision == pair[0].expect


def is_right_intent(pair: Pair) -> bool:
    """Tell whether the most probable intent is the labelled one."""
    return pair[1].intent == pair[0].intent


def is_right_route(pair: Pair) -> bool:
    """Tell whether a transfer reaches the labelled service (the front desk when unlabelled)."""
    item, result = pair
    return (result.service or DEFAULT_SERVICE) == (item.service or DEFAULT_SERVICE)


def is_false_answer(pair: Pair) -> bool:
    """Tell whether the caller was told something wrong.

    That is an assertion (answer, redirection, emergency numbers) where another class was
    expected, on a wrong intent, or about another place or service than the one asked for.
    """
    item, result = pair
    if result.decision not in ASSERTS:
        return False
    if item.expect not in ASSERTS or result.intent != item.intent:
        return True
    if item.intent in BY_PLACE:
        return (result.lieu or DEFAULT_PLACE) != (item.lieu or DEFAULT_PLACE)
    if item.intent in BY_SERVICE and item.service:
        same_place = item.lieu is not None and item.lieu == result.lieu
        return not same_place and item.service != result.service
    return False


def is_right_place(pair: Pair) -> bool:
    """Tell whether the labelled place was understood."""
    return pair[1].lieu == pair[0].lieu


def is_right_day(pair: Pair) -> bool:
    """Tell whether the labelled day was understood, whatever way it is written."""
    return slots.same_day(pair[0].jour or "", pair[1].jour or "")


def hearing_points(pairs: Iterable[Pair]) -> list[calibration.Point]:
    """Return, for each recording, the confidence in the transcript and whether it is fine: at most
    one word in five is wrong."""
    return [
        (result.hearing, errors.edits <= FINE_WER * errors.said)
        for item, result in pairs
        if item.audio and result.heard
        for errors in (wordcount.compare(item.text, result.heard),)
    ]


def decision_points(pairs: Iterable[Pair]) -> list[calibration.Point]:
    """Return the confidence in each intent and whether it is the labelled one."""
    return [(pair[1].confidence, is_right_intent(pair)) for pair in pairs if pair[1].intent]


def _share(pairs: Sequence[Pair], predicate: Callable[[Pair], bool]) -> float | None:
    return round(sum(map(predicate, pairs)) / len(pairs), 4) if pairs else None


def _wer(pairs: Iterable[Pair]) -> float | None:
    wer = wordcount.rate(
        wordcount.compare(item.text, result.heard) for item, result in pairs if item.audio
    )
    return None if wer is None else round(wer, 4)


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the value below which ``share`` (0 to 1) of them lie (nearest rank)."""
    if not values:
        return None
    ordered = sorted(values)
    rank = max(0, min(len(ordered) - 1, -int(-share * len(ordered) // 1) - 1))
    return round(ordered[rank], 1)


def _figures(pairs: Sequence[Pair]) -> dict[str, Any]:
    transferred = [pair for pair in pairs if pair[1].decision == "transfer"]
    return {
        "n": len(pairs),
        "wer": _wer(pairs),
        "intent_accuracy": _share(pairs, is_right_intent),
        "decision_accuracy": _share(pairs, is_right_decision),
        "route_accuracy": _share(transferred, is_right_route),
        "false_answers": _share(pairs, is_false_answer),
        "clarified": _share(pairs, is_clarified),
    }


def _grouped(pairs: Sequence[Pair], key: Callable[[Item], str | None]) -> dict[str, Any]:
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        name = key(pair[0])
        if name is not None:
            groups.setdefault(name, []).append(pair)
    return {name: _figures(groups[name]) for name in sorted(groups)}


def score(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return the whole report, ready for JSON; shares are 0 to 1, None where undefined.

    ``wer`` counts the spoken sentences only; ``route_accuracy`` the transferred ones only,
    ``lieu_accuracy`` and ``jour_accuracy`` those labelled with one.
    """
    latencies = [result.latency_ms for _, result in pairs]
    return {
        **_figures(pairs),
        "lieu_accuracy": _share([p for p in pairs if p[0].lieu], is_right_place),
        "jour_accuracy": _share([p for p in pairs if p[0].jour], is_right_day),
        "by_style": _grouped(pairs, lambda item: item.style),
        "by_condition": _grouped(pairs, lambda item: item.condition),
        "confusions": confusion.as_rows(
            confusion.count((item.intent, result.intent) for item, result in pairs)
        ),
        "calibration": {
            "hearing": calibration.as_json(hearing_points(pairs)),
            "decision": calibration.as_json(decision_points(pairs)),
        },
        "latency_ms": {"p50": percentile(latencies, 0.5), "p95": percentile(latencies, 0.95)},
        "items": [
            {
                "id": result.id,
                "heard": result.heard,
                "intent": result.intent,
                "confidence": round(result.confidence, 3),
                "lieu": result.lieu,
                "jour": result.jour,
                "decision": result.decision,
                "service": result.service,
            }
            for _, result in pairs
        ],
    }
