"""The drawings and the page of ``callbot bench --report``, and the growth behind them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import growth as tables
from callbot.benchmark import charts, growth, machine, report
from callbot.benchmark.charts import Chart
from callbot.benchmark.growth import Line


def run(
    calls: int, p95: float | None = 700.0, cores: float = 0.5, failed: int = 0
) -> dict[str, Any]:
    return {
        "calls": calls,
        "placed_calls": calls,
        "failed_calls": failed,
        "turns": 3 * calls,
        "unanswered_turns": 0,
        "latency_ms": {"p50": 500.0, "p95": p95, "p99": 900.0},
        "greeting_ms": {"p50": 90.0, "p95": 120.0},
        "stages_ms": {"end_of_turn": {"p50": 400.0}, "nlu": {"p50": 40.0}, "tts": {"p50": 5.0}},
        "cpu_cores": cores,
        "cpu_by_process": {"écoute": cores * 0.8, "<cœur>": cores * 0.2},
        "callers_cpu_cores": 0.1,
        "rtp": {"received": 1000, "lost": 0, "late": 1, "jitter_ms_p99": 1.5},
        "sentences": None,
    }


def heights(svg: str) -> list[float]:
    tree = ElementTree.fromstring(svg)
    return [float(bar.attrib["height"]) for bar in tree.iter("rect") if bar.attrib["width"] != "10"]


def test_bars_are_as_high_as_what_they_show() -> None:
    chart = Chart("t", ["1", "2"], "x", "y", {"a": [1.0, 2.0], "b": [1.0, None]})
    a1, a2, b1, b2 = heights(charts.stacks(chart))
    assert a1 == b1
    assert a2 == pytest.approx(2 * a1, abs=0.2)
    assert b2 == 0.0


@given(st.lists(st.none() | st.floats(0, 1e6), min_size=1, max_size=8))
def test_a_curve_stays_inside_its_drawing(values: list[float | None]) -> None:
    chart = Chart("t", [str(n) for n in range(len(values))], "x", "y", {"a": values}, {"m": 5.0})
    tree = ElementTree.fromstring(charts.curves(chart))
    circles = list(tree.iter("circle"))
    assert len(circles) == sum(value is not None for value in values)
    assert all(0 <= float(circle.attrib["cy"]) <= charts.HEIGHT for circle in circles)


def test_the_page_holds_every_run_and_nothing_unescaped() -> None:
    page = report.html([run(16, cores=1.2), run(1)], "machine <script>")
    assert "<script>" not in page
    assert "<cœur>" not in page
    assert page.index("<th>1</th>") < page.index("<th>16</th>")
    assert page.count("<svg") == 3


def test_what_was_not_measured_is_a_dash() -> None:
    page = report.html([run(1, p95=None)], "m")
    assert "<td>réponse à l&#x27;oreille, p95 (ms)</td><td>–</td>" in page
    assert "<td>phrases déjà prêtes (part)</td><td>–</td>" in page


def test_the_cores_of_a_call_come_from_runs_that_went_well() -> None:
    runs = [run(1, cores=0.15), run(8, cores=0.5), run(16, cores=0.9), run(32, 4000.0, cores=1.9)]
    line = growth.cpu_line(runs)
    assert line is not None
    assert line.base == pytest.approx(0.1, abs=0.01)
    assert line.per_call == pytest.approx(0.05, abs=0.001)
    assert growth.most_calls(runs) == 16
    assert growth.cpu_line([run(1), run(2, failed=1)]) is None


@given(st.floats(0, 2), st.floats(0.001, 1), st.integers(1, 64))
def test_a_machine_bought_for_some_calls_holds_them(base: float, each: float, calls: int) -> None:
    line = Line(base, each)
    assert line.calls(line.needed(calls)) >= calls


def test_the_processor_is_named() -> None:
    assert "cœur" in machine.describe()


def test_a_machine_without_its_name_is_told_by_its_kind(tmp_path: Any) -> None:
    assert machine.processor(tmp_path / "none")


def test_the_tables_for_the_documents() -> None:
    text = tables.points([run(16, cores=0.9), run(1, cores=0.15)])
    head, _, one, sixteen = text.splitlines()
    assert one.startswith("| 1 |")
    assert sixteen.startswith("| 16 |")
    assert len({line.count("|") for line in (head, one, sixteen)}) == 1
    assert "| 16 | 0,90 | 2 |" in tables.machines(Line(0.1, 0.05))


def test_each_drawing_of_a_growth_is_a_picture_of_its_own(tmp_path: Path) -> None:
    tables.plots(tmp_path, [run(1), run(16, cores=1.2)])
    for name in ("latency", "stages", "cpu"):
        drawn = ElementTree.fromstring((tmp_path / f"growth-{name}.svg").read_text("utf-8"))
        assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
        assert "16" in {text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")}
