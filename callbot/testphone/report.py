"""What ``callbot call`` prints: the call as the phone lived it, beside the callbot's record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rapidfuzz import fuzz

from callbot.testphone.session import CallResult, Exchange

Recogniser = Callable[[Exchange], str]
Record = Mapping[str, Any]

_REFUSALS = {
    403: "le callbot refuse cette adresse (voir « pairs_autorises » dans callbot.yml).",
    404: "cette adresse n'existe pas.",
    408: "personne ne répond à cette adresse.",
    480: "le callbot n'est pas disponible.",
    486: "toutes les lignes sont occupées.",
    488: "aucun codec commun.",
    500: "le téléphone d'essai s'est arrêté ou le callbot a échoué.",
    503: "personne ne répond à cette adresse, ou le callbot n'est pas prêt.",
}
_MATCH_BONUS = 0.2
"""Matching a turn is better than matching none, however badly it was recognised."""


def refusal(code: int, reason: str, uri: str) -> str:
    """Say in French why a call was not taken."""
    why = _REFUSALS.get(code, f"réponse {code} {reason}.")
    return f"L'appel vers {uri} n'a pas abouti : {why}"


def align(sent: Sequence[str], heard: Sequence[str]) -> list[int | None]:
    """Match what was said with what the record says was heard, keeping the order.

    The callbot may have cut one sentence in two or missed one; each sentence gets the index of
    at most one heard turn, so that the sum of similarities is largest.
    """
    best = [[0.0] * (len(heard) + 1) for _ in range(len(sent) + 1)]

    def gain(i: int, j: int) -> float:
        return _MATCH_BONUS + fuzz.ratio(sent[i].lower(), heard[j].lower()) / 100

    for i in range(len(sent) - 1, -1, -1):
        for j in range(len(heard) - 1, -1, -1):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], gain(i, j) + best[i + 1][j + 1])
    matches: list[int | None] = []
    j = 0
    for i in range(len(sent)):
        while j < len(heard) and best[i][j] == best[i][j + 1] and best[i][j] > best[i + 1][j]:
            j += 1
        if j < len(heard) and best[i][j] == gain(i, j) + best[i + 1][j + 1]:
            matches.append(j)
            j += 1
        else:
            matches.append(None)
    return matches


def build(
    uri: str, result: CallResult, record: Record | None, recognised: Recogniser
) -> dict[str, Any]:
    """Return the report, ready for JSON. ``recognised`` turns heard audio into text."""
    heard = [turn for turn in record["turns"] if turn["heard"]] if record else []
    matches = align([turn.sent for turn in result.turns], [turn["heard"] for turn in heard])
    return {
        "to": uri,
        "call_id": record["id"] if record else None,
        "sip_call_id": result.sip_call_id or None,
        "connected": result.connected,
        "greeting": {
            "recognised": recognised(result.greeting),
            "said": _greeting(record),
            "latency_ms": result.greeting.latency_ms,
        }
        if result.connected
        else None,
        "turns": [
            _turn(exchange, recognised(exchange), None if match is None else heard[match])
            for exchange, match in zip(result.turns, matches, strict=True)
        ],
        "agent": [
            {"sent": exchange.sent, "recognised": recognised(exchange)} for exchange in result.agent
        ],
        "outcome": record["outcome"] if record else None,
        "service": record["service"] if record else None,
        "transferred_to": result.transferred_to,
        "record": dict(record) if record else None,
        "error": None if result.connected else refusal(result.code, result.reason, uri),
    }


def _greeting(record: Record | None) -> str | None:
    events = record["events"] if record else []
    return next((str(e["details"].get("dit")) for e in events if e["kind"] == "accueil"), None)


def _turn(exchange: Exchange, recognised: str, recorded: Record | None) -> dict[str, Any]:
    known: Record = recorded or {}
    return {
        "sent": exchange.sent,
        "recognised": recognised,
        "said": known.get("said"),
        "heard": known.get("heard"),
        "intent": known.get("intent"),
        "confidence": known.get("confidence"),
        "decision": known.get("decision"),
        "source": known.get("source"),
        "latency_ms": exchange.latency_ms,
    }
