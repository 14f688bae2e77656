"""The start page: the state of the box and the last calls, without script."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from zoneinfo import ZoneInfo

from console.labels import masked
from console.ports import CallView, Health
from console.roles import Permission, Who

PARIS = ZoneInfo("Europe/Paris")

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


def start_page(
    health: Health,
    calls: Sequence[CallView],
    version: str,
    asks: Who,
    *,
    reception: bool = False,
) -> str:
    """Return the HTML of the start page for ``asks``.

    With ``reception`` it leads to the pages of staff.
    """
    links = (
        "<nav><a href='/accueil'>Accueil</a> · <a href='/mur'>Vue murale</a></nav>"
        if reception
        else ""
    )
    full = asks.may(Permission.SEE_NUMBERS)
    rows = "\n".join(_row(call, full=full) for call in calls)
    table = (
        "<table><caption>Derniers appels</caption><thead><tr><th scope='col'>Date</th>"
        "<th scope='col'>Appelant</th><th scope='col'>Issue</th><th scope='col'>Service</th>"
        f"<th scope='col'>Détail</th></tr></thead><tbody>{rows}</tbody></table>"
        if calls
        else "<p>Aucun appel pour l'instant.</p>"
    )
    missing = (
        f"<p>En attente de : {escape(', '.join(health.waiting_for))}.</p>"
        if health.waiting_for
        else ""
    )
    return (
        "<!doctype html><html lang='fr'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<title>Callbot de la mairie</title></head><body><main><h1>Callbot de la mairie</h1>"
        f"{links}"
        f"<p role='status'>{_STATUS[health.status]}. Appels en cours : {health.active_calls} "
        f"sur {health.lines} lignes.</p>{missing}{table}</main>"
        f"<footer><p>Version {escape(version or 'inconnue')}</p></footer></body></html>"
    )


def _row(call: CallView, *, full: bool) -> str:
    local = call.started_at.astimezone(PARIS)
    cells = (
        local.strftime("%d/%m/%Y %H:%M:%S"),
        (call.caller if full else masked(call.caller)) or "inconnu",
        _OUTCOMES.get(call.outcome, call.outcome or ""),
        call.service or "",
    )
    text = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f"<tr>{text}<td><a href='/api/calls/{escape(call.id)}'>voir</a></td></tr>"
