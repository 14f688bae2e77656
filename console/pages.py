"""The start page: the state of the box and the last calls, without script. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.labels import masked
from console.ports import CallView, Health

_STATUS = {
    "starting": "Démarrage en cours",
    "ok": "En service",
    "draining": "Arrêt en cours : plus de nouvel appel",
}
_OUTCOMES = {
    "answered": "répondu",
    "transferred": "transféré",
    "callback": "à rappeler",
    "abandoned": "raccroché",
    "failed": "échec",
    None: "en cours",
}


@dataclass(frozen=True)
class LastCall:
    """One call in the list."""

    id: str
    at: datetime
    caller: str
    """As the viewer may see it."""
    outcome: str
    """French."""
    service: str


def start_context(
    health: Health, calls: Sequence[CallView], version: str, *, full: bool, reception: bool
) -> Mapping[str, Any]:
    """Return what ``debut.html`` shows.

    ``full``: whole numbers; ``reception``: it leads to the pages of staff.
    """
    return {
        "etat": _STATUS[health.status],
        "en_cours": health.active_calls,
        "nombre_lignes": health.lines,
        "attendus": health.waiting_for,
        "version": version,
        "accueil": reception,
        "appels": [_last_call(call, full=full) for call in calls],
    }


def _last_call(call: CallView, *, full: bool) -> LastCall:
    return LastCall(
        id=call.id,
        at=call.started_at,
        caller=(call.caller if full else masked(call.caller)) or "inconnu",
        outcome=_OUTCOMES.get(call.outcome, call.outcome or ""),
        service=call.service or "",
    )
