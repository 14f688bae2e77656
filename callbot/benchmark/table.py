"""The figures of a benchmark for people (French)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

_STAGES = {
    "end_of_turn": "fin de parole",
    "asr_queue": "attente de la reconnaissance",
    "asr": "reconnaissance",
    "nlu": "compréhension",
    "tts": "voix",
}


def show(figures: Mapping[str, Any], console: Console) -> None:
    """Print one run."""
    console.print(
        f"{figures['calls']} appels à la fois : {figures['placed_calls']} appels passés, "
        f"{figures['failed_calls']} échecs (dont {figures['busy_calls']} « lignes occupées »), "
        f"{figures['turns']} questions "
        f"(dont {figures['unanswered_turns']} sans réponse)."
    )
    times = Table(title="Délais (ms)")
    for title in ("", "médiane", "p95", "p99"):
        times.add_column(title, justify="left" if not title else "right")
    times.add_row("réponse, à l'oreille", *_row(figures["latency_ms"], ("p50", "p95", "p99")))
    times.add_row("accueil", *_row(figures["greeting_ms"], ("p50", "p95")), "")
    for stage, values in figures["stages_ms"].items():
        times.add_row(f"  {_STAGES[stage]}", *_row(values, ("p50", "p95")), "")
    console.print(times)
    rtp = figures["rtp"]
    console.print(
        f"Son reçu : {rtp['received']} paquets, {rtp['lost']} perdus, {rtp['late']} en retard, "
        f"gigue {_number(rtp['jitter_ms_p99'])} ms (p99) ; "
        f"{figures['clipped_samples']} échantillons saturés."
    )
    cpu = Table(title="Processeur (cœurs)")
    cpu.add_column("processus")
    cpu.add_column("moyenne", justify="right")
    by_use = sorted(figures["cpu_by_process"].items(), key=lambda item: -item[1])
    for name, cores in by_use:
        cpu.add_row(name, f"{cores:.2f}")
    cpu.add_row("callbot", f"{figures['cpu_cores']:.2f}", style="bold")
    cpu.add_row("appelants (à part)", f"{figures['callers_cpu_cores']:.2f}", style="dim")
    console.print(cpu)
    console.print(f"Mémoire du callbot : {figures['rss_mb']} Mo.")


def _row(values: Mapping[str, float | None], names: tuple[str, ...]) -> list[str]:
    return [_number(values[name]) for name in names]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"
