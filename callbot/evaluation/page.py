"""The report of an evaluation as one HTML page (French) that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from callbot.evaluation import calibration, charts, confusion, names, scoring
from callbot.evaluation.scoring import Pair

PAGE_NAME = "rapport.html"
_TEMPLATES = Path(__file__).parent / "templates"
_WORST = 25


@dataclass(frozen=True)
class Occasion:
    """What was measured, and when."""

    title: str
    """Name of the set."""
    at: datetime
    versions: Mapping[str, str]
    """What answered: program, configuration, model."""


@dataclass(frozen=True)
class Shade:
    """One cell of the matrix of decisions."""

    n: int
    share: float
    """Of its row."""
    right: bool


def render(pairs: Sequence[Pair], report: Mapping[str, Any], occasion: Occasion) -> str:
    """Return the page; ``report`` is what :func:`callbot.evaluation.scoring.score` made of
    ``pairs``."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(part=names.cell, decision=names.decision)
    decisions = confusion.count((item.expect, result.decision) for item, result in pairs)
    return environment.get_template(PAGE_NAME).render(
        occasion=occasion,
        report=report,
        columns=names.COLUMNS,
        by_style=_named(report["by_style"], names.STYLES),
        by_condition=_named(report["by_condition"], names.CONDITIONS),
        style_bars=_bars(report["by_style"], names.STYLES),
        condition_bars=_bars(report["by_condition"], names.CONDITIONS),
        hearing=_curve(scoring.hearing_points(pairs), "transcriptions justes"),
        understanding=_curve(scoring.decision_points(pairs), "intentions justes"),
        calibration=report["calibration"],
        worst=report["confusions"][:_WORST],
        rows=_matrix(decisions),
        decisions=confusion.labels(decisions),
        failures=_failures(pairs),
    )


def write(target: Path, text: str) -> Path:
    """Write the page to a file, or into a folder, and return where it is.

    Raises:
        OSError: it cannot be written there.
    """
    file = target / PAGE_NAME if target.is_dir() or not target.suffix else target
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def _named(groups: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
    return {known.get(name, name): figures for name, figures in groups.items()}


def _bars(groups: Mapping[str, Any], known: Mapping[str, str]) -> Markup:
    shares = {
        f"{known.get(name, name)} ({figures['n']})": (
            figures["intent_accuracy"],
            figures["decision_accuracy"],
        )
        for name, figures in groups.items()
    }
    # The plot escapes what it is given.
    return Markup(charts.bars(shares, ("intention juste", "décision juste")) if shares else "")  # noqa: S704


def _curve(points: Sequence[calibration.Point], measured: str) -> Markup:
    return Markup(charts.reliability(calibration.bins(points), measured) if points else "")  # noqa: S704


def _matrix(decisions: confusion.Matrix) -> dict[str, list[Shade]]:
    """Return a row for each expected decision; its cells are what was decided."""
    columns = confusion.labels(decisions)
    rows = {}
    for expected in sorted({meant for meant, _ in decisions}):
        total = sum(decisions.get((expected, taken), 0) for taken in columns)
        rows[expected] = [
            Shade(
                decisions.get((expected, taken), 0),
                decisions.get((expected, taken), 0) / total,
                taken == expected,
            )
            for taken in columns
        ]
    return rows


def _failures(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """Return what went wrong, false answers first."""
    wrong = [
        {
            "false": scoring.is_false_answer(pair),
            "clarified": scoring.is_clarified(pair),
            "item": pair[0],
            "result": pair[1],
        }
        for pair in pairs
        if scoring.is_false_answer(pair) or not scoring.is_right_decision(pair)
    ]
    return sorted(wrong, key=lambda row: (not row["false"], row["clarified"]))
