"""The figures of an evaluation for people (French)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from callbot.evaluation import names

_WORST = 5


def show(report: Mapping[str, Any], console: Console) -> None:
    """Print the whole report but its items."""
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("", no_wrap=True)
    for _, title in names.COLUMNS:
        table.add_column(title, justify="right")
    table.add_row("Tout", *_figures(report), style="bold", end_section=True)
    for key, known in (("by_style", names.STYLES), ("by_condition", names.CONDITIONS)):
        groups = list(report[key].items())
        for index, (name, figures) in enumerate(groups, start=1):
            label = known.get(name, name)
            table.add_row(label, *_figures(figures), end_section=index == len(groups))
    console.print(table)
    console.print(
        "Nb : phrases. Mots : part de mal reconnus. Intention, Décision, Service : part de justes. "
        "Fausses : réponses fausses. Relances : l'appelant doit préciser."
    )
    slots = ", ".join(
        f"{title} {names.cell(report[key])}"
        for key, title in (("lieu_accuracy", "lieu"), ("jour_accuracy", "jour"))
        if report[key] is not None
    )
    if slots:
        console.print(f"Compris quand il est dit : {slots}.")
    for row in report["confusions"][:_WORST]:
        console.print(f"{row['n']} × « {row['meant']} » pris pour « {row['taken_for'] or '–'} »")
    latency = report["latency_ms"]
    console.print(
        f"Temps de traitement : {latency['p50'] / 1000:.2f} s (médiane), "
        f"{latency['p95'] / 1000:.2f} s (95 % des phrases)"
    )


def _figures(figures: Mapping[str, Any]) -> list[str]:
    return [names.cell(figures[key]) for key, _ in names.COLUMNS]
