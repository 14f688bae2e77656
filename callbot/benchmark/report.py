"""The report of ``callbot bench``: one HTML page with its drawings, for people (French). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from callbot.benchmark.charts import Chart, curves, stacks
from callbot.benchmark.growth import Line, cpu_line

TARGET_MS = 800.0
LATE_MS = 1200.0

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#222}
svg{width:100%;max-width:52rem;background:#fff}svg text{font-size:12px;fill:#333}
.grille{stroke:#ddd}.seuil{stroke:#b00020;stroke-dasharray:5 4}
table{border-collapse:collapse;margin:1rem 0;display:block;overflow-x:auto}
th,td{padding:.3rem .7rem;border-bottom:1px solid #ddd;text-align:right;white-space:nowrap}
th:first-child,td:first-child{text-align:left}h2{margin-top:2.5rem}
"""

_ROWS: Sequence[tuple[str, tuple[str, ...], int]] = (
    ("appels passés", ("placed_calls",), 0),
    ("appels en échec", ("failed_calls",), 0),
    ("dont « toutes les lignes sont occupées »", ("busy_calls",), 0),
    ("questions posées", ("turns",), 0),
    ("sans réponse", ("unanswered_turns",), 0),
    ("réponse à l'oreille, médiane (ms)", ("latency_ms", "p50"), 0),
    ("réponse à l'oreille, p95 (ms)", ("latency_ms", "p95"), 0),
    ("réponse à l'oreille, p99 (ms)", ("latency_ms", "p99"), 0),
    ("accueil, p95 (ms)", ("greeting_ms", "p95"), 0),
    ("attente de la reconnaissance, p95 (ms)", ("stages_ms", "asr_queue", "p95"), 0),
    ("phrases déjà prêtes (part)", ("sentences", "stored_share"), 4),
    ("reconnaissances utiles (part)", ("recognitions", "used_share"), 3),
    ("paquets de son reçus", ("rtp", "received"), 0),
    ("paquets perdus", ("rtp", "lost"), 0),
    ("paquets en retard", ("rtp", "late"), 0),
    ("gigue, p99 (ms)", ("rtp", "jitter_ms_p99"), 1),
    ("silences dans une réponse", ("speech_gaps",), 0),
    ("trous dans la voix", ("speech_holes",), 0),
    ("échantillons saturés", ("clipped_samples",), 0),
    ("processeur du callbot (cœurs)", ("cpu_cores",), 2),
    ("processeur des appelants, à part (cœurs)", ("callers_cpu_cores",), 2),
    ("secondes de processeur par minute d'appel", ("cpu_s_per_call_minute",), 2),
    ("mémoire du callbot (Mo)", ("rss_mb",), 0),
)


def html(runs: Sequence[Mapping[str, Any]], machine: str) -> str:
    """Return the page for one run or for several with more and more calls."""
    runs = sorted(runs, key=lambda run: run["calls"])
    drawn = drawings(runs)
    parts = [
        "<!doctype html><html lang='fr'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width'>",
        f"<title>Mesures du callbot</title><style>{_STYLE}</style></head><body>",
        f"<h1>Mesures du callbot</h1><p>{escape(machine)}.</p>",
        "<p>Les délais sont pris à l'oreille de l'appelant, de la fin de sa phrase au premier son "
        "de la réponse. Le processeur des appelants est compté à part.</p>",
        "<h2>Délai de réponse</h2>",
        drawn["latency"],
        "<h2>Où passe le temps</h2>",
        "<p>Médianes. La fin de parole comprend la reconnaissance, qui commence pendant "
        "l'attente.</p>",
        drawn["stages"],
        "<h2>Processeur</h2>",
        drawn["cpu"],
        _growth(cpu_line(runs)),
        "<h2>Toutes les mesures</h2>",
        _table(runs, [str(run["calls"]) for run in runs]),
        "</body></html>",
    ]
    return "\n".join(part for part in parts if part)


def drawings(runs: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    """Return the latency, the stages and the processor time of runs with more and more calls."""
    places = [str(run["calls"]) for run in runs]
    return {
        "latency": _latency(runs, places),
        "stages": _stages(runs, places),
        "cpu": _cpu(runs, places),
    }


def _latency(runs: Sequence[Mapping[str, Any]], places: Sequence[str]) -> str:
    series = {
        name: [_value(run, ("latency_ms", key)) for run in runs]
        for name, key in (("médiane", "p50"), ("p95", "p95"))
    }
    marks = {"objectif p95 : 0,8 s": TARGET_MS, "limite : 1,2 s": LATE_MS}
    title = "Délai de réponse selon le nombre d'appels"
    return curves(Chart(title, places, "appels à la fois", "ms", series, marks))


def _stages(runs: Sequence[Mapping[str, Any]], places: Sequence[str]) -> str:
    names = {"fin de parole": "end_of_turn", "compréhension": "nlu", "voix": "tts"}
    series = {
        name: [_value(run, ("stages_ms", key, "p50")) for run in runs]
        for name, key in names.items()
    }
    rest = []
    for at, run in enumerate(runs):
        whole = _value(run, ("latency_ms", "p50"))
        known = sum(values[at] or 0.0 for values in series.values())
        rest.append(None if whole is None else max(0.0, whole - known))
    series["ligne et reste"] = rest
    return stacks(Chart("Étapes d'une réponse", places, "appels à la fois", "ms", series))


def _cpu(runs: Sequence[Mapping[str, Any]], places: Sequence[str]) -> str:
    totals: dict[str, float] = {}
    for run in runs:
        for name, cores in run["cpu_by_process"].items():
            totals[name] = totals.get(name, 0.0) + cores
    names = sorted(totals, key=lambda name: -totals[name])
    series = {name: [run["cpu_by_process"].get(name, 0.0) for run in runs] for name in names}
    series["appelants (à part)"] = [run["callers_cpu_cores"] for run in runs]
    title = "Processeur par processus"
    return stacks(Chart(title, places, "appels à la fois", "cœurs", series))


def _growth(line: Line | None) -> str:
    if line is None:
        return ""
    return (
        f"<p>Au repos {_number(line.base, 2)} cœur, puis {_number(line.per_call, 3)} cœur par "
        "appel (droite des moindres carrés sur les mesures ci-dessus).</p>"
    )


def _table(runs: Sequence[Mapping[str, Any]], places: Sequence[str]) -> str:
    head = "".join(f"<th>{escape(place)}</th>" for place in places)
    rows = [f"<tr><th>appels à la fois</th>{head}</tr>"]
    for title, path, digits in _ROWS:
        cells = "".join(f"<td>{_number(_value(run, path), digits)}</td>" for run in runs)
        rows.append(f"<tr><td>{escape(title)}</td>{cells}</tr>")
    return f"<table>{''.join(rows)}</table>"


def _value(run: Mapping[str, Any], path: Sequence[str]) -> float | None:
    found: Any = run
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return float(found) if isinstance(found, int | float) else None


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}".replace(".", ",")
