"""The figures of an evaluation for people (French)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

_COLUMNS = (
    ("n", "Nb"),
    ("wer", "Mots"),
    ("intent_accuracy", "Intention"),
    ("decision_accuracy", "Décision"),
    ("route_accuracy", "Service"),
    ("false_answers", "Fausses"),
    ("clarified", "Relances"),
)
_CONDITIONS = {
    "clean": "sans bruit",
    "quiet": "voix faible",
    "street15": "rue",
    "street8": "rue bruyante",
    "babble15": "voix autour",
    "room": "pièce sonore",
    "loss3": "paquets perdus",
    "gsm": "portable",
}
_STYLES = {
    "plain": "simple",
    "familiar": "familier",
    "long": "long",
    "polite": "poli",
    "hesitant": "hésitant",
    "elderly": "âgé",
    "short": "bref",
    "slang": "argot",
    "foreign": "étranger",
}


def show(report: Mapping[str, Any], console: Console) -> None:
    """Print the whole report but its items."""
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("", no_wrap=True)
    for _, title in _COLUMNS:
        table.add_column(title, justify="right")
    table.add_row("Tout", *_figures(report), style="bold", end_section=True)
    for key, names in (("by_style", _STYLES), ("by_condition", _CONDITIONS)):
        groups = list(report[key].items())
        for index, (name, figures) in enumerate(groups, start=1):
            label = names.get(name, name)
            table.add_row(label, *_figures(figures), end_section=index == len(groups))
    console.print(table)
    console.print(
        "Nb : phrases. Mots : part de mal reconnus. Intention, Décision, Service : part de justes. "
        "Fausses : réponses fausses. Relances : l'appelant doit préciser."
    )
    latency = report["latency_ms"]
    console.print(
        f"Temps de traitement : {latency['p50'] / 1000:.2f} s (médiane), "
        f"{latency['p95'] / 1000:.2f} s (95 % des phrases)"
    )


def _figures(figures: Mapping[str, Any]) -> list[str]:
    return [_cell(figures[key]) for key, _ in _COLUMNS]


def _cell(value: float | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.1%}".replace(".", ",")
