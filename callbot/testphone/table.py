"""The report of a call for people (French)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

OUTCOMES = {
    "answered": "réponse donnée",
    "transferred": "appel transféré",
    "callback": "rappel demandé",
    "abandoned": "appel abandonné",
    "failed": "échec",
}


def show(report: Mapping[str, Any], console: Console) -> None:
    """Print one call that was taken."""
    console.print(f"Appel vers {report['to']} ({report['call_id'] or 'sans fiche'})", markup=False)
    greeting = report["greeting"]
    table = Table(show_lines=True)
    for title in ("Dit au callbot", "Compris", "Décision", "Réponse", "Entendu au téléphone"):
        table.add_column(title, overflow="fold")
    table.add_column("Délai", justify="right")
    table.add_row(
        "(décroche)",
        "",
        "",
        _plain(greeting["said"]),
        _plain(greeting["recognised"]),
        _delay(greeting["latency_ms"]),
    )
    for turn in report["turns"]:
        table.add_row(
            _plain(turn["sent"]),
            _plain(turn["heard"]),
            _decision(turn),
            _plain(turn["said"]),
            _plain(turn["recognised"]),
            _delay(turn["latency_ms"]),
        )
    console.print(table)
    for exchange in report["agent"]:
        answer = exchange["recognised"] or "(silence)"
        console.print(f"Au service : {exchange['sent']} → {answer}", markup=False)
    outcome = OUTCOMES.get(report["outcome"], report["outcome"] or "inconnue")
    service = f" ({report['service']})" if report["service"] else ""
    console.print(f"Issue : {outcome}{service}", markup=False)
    if report["transferred_to"]:
        console.print(f"Le téléphone a suivi vers {report['transferred_to']}", markup=False)


def _plain(text: str | None) -> str:
    return (text or "").replace("[", "\\[")


def _decision(turn: Mapping[str, Any]) -> str:
    if turn["intent"] is None:
        return _plain(turn["decision"])
    return f"{turn['decision']} · {turn['intent']} ({turn['confidence'] or 0:.0%})"


def _delay(latency_ms: float | None) -> str:
    return "–" if latency_ms is None else f"{latency_ms / 1000:.2f} s"
