"""The report as a page, and the plots on it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from callbot.evaluation import charts, confusion, page, scoring
from callbot.evaluation.calibration import bins
from callbot.evaluation.manifest import Item
from callbot.evaluation.scoring import Pair, Result

OCCASION = page.Occasion("jeu.jsonl", datetime(2026, 11, 20, 10, tzinfo=UTC), {"modele": "m1"})
SVG = "{http://www.w3.org/2000/svg}"


def pair(number: str, meant: str, taken: str, decision: str = "answer", **more: str) -> Pair:
    item = Item(id=number, text=f"phrase {number}", intent=meant, expect="answer", **more)
    return item, Result(number, item.text, taken, 0.8, None, None, decision, None, 5.0, 0.9)


def rendered(pairs: list[Pair]) -> str:
    return page.render(pairs, scoring.score(pairs), OCCASION)


def test_the_page_shows_what_was_confused_and_false_answers_first() -> None:
    text = rendered(
        [
            pair("d1", "cantine", "cantine"),
            pair("d2", "cantine", "cantine", "confirm"),
            pair("d3", "cantine", "creche", style="slang"),
        ]
    )
    assert "<td>cantine</td><td>creche</td><td>1</td>" in text
    assert text.index("phrase d3") < text.index("phrase d2")
    assert "phrase d1" not in text
    assert text.count('class="false"') == 1
    assert "argot" in text


def test_what_was_heard_is_shown_as_text_only() -> None:
    item, result = pair("d1", "cantine", "cantine", "confirm", audio="d1.wav")
    hostile = Result(**{**result.__dict__, "heard": "<script>alert(1)</script>"})
    assert "<script>" not in rendered([(item, hostile)])


def test_a_page_goes_into_a_folder_or_into_the_named_file(tmp_path: Path) -> None:
    assert page.write(tmp_path / "mesures", "a") == tmp_path / "mesures" / "rapport.html"
    assert page.write(tmp_path / "x.html", "b").read_text() == "b"
    assert page.write(tmp_path, "c") == tmp_path / "rapport.html"


def test_a_calibration_curve_puts_truth_above_confidence() -> None:
    root = ElementTree.fromstring(
        charts.reliability(bins([(0.2, False), (0.9, True), (0.9, True)]), "justes <&>")
    )
    low, high = root.findall(f"{SVG}circle")
    assert float(low.get("cx", "")) < float(high.get("cx", ""))
    assert float(low.get("cy", "")) > float(high.get("cy", ""))
    assert float(low.get("r", "")) < float(high.get("r", ""))


def test_bars_are_as_long_as_their_share_and_missing_ones_are_left_out() -> None:
    root = ElementTree.fromstring(charts.bars({"a": (1.0, 0.5), "b": (None, 0.25)}, ("x", "y")))
    lengths = [float(bar.get("width", "")) for bar in root.findall(f"{SVG}rect")[3:]]
    assert [length / lengths[0] for length in lengths] == [1.0, 0.5, 0.25]


def test_mistakes_are_counted_the_most_frequent_first() -> None:
    matrix = confusion.count([("a", "b"), ("a", "a"), ("c", "d"), ("c", "d")])
    assert confusion.worst(matrix) == [("c", "d", 2), ("a", "b", 1)]
    assert confusion.labels(matrix) == ["a", "b", "c", "d"]
