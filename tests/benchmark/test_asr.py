"""The recognition benchmark, without a model."""

from __future__ import annotations

from pathlib import Path

import pytest

from asr.engine import Recognition
from bench.asr import Kept, Row, unseen


def test_examples_that_are_nearly_a_sentence_of_the_set_are_left_out() -> None:
    rows = [Row("a", "Quels sont les horaires de la piscine le samedi ?")]
    examples = (
        "quels sont les horaires de la piscine le [samedi](jour)",
        "quels sont les horaires de la piscine",
        "les horaires de la mairie",
        "je cherche un stage",
    )
    assert list(unseen(examples, rows)) == ["les horaires de la mairie", "je cherche un stage"]


def test_without_a_set_all_examples_are_known() -> None:
    assert list(unseen(("un exemple",), [])) == ["un exemple"]


def test_what_is_kept_is_not_recognised_again(tmp_path: Path) -> None:
    file = tmp_path / "kept.jsonl"
    row = Row("a", "un deux trois")
    first = Kept(file).outcome("callbot", row, lambda: Recognition("un deux"))
    assert first.heard == "un deux"
    again = Kept(file).outcome("callbot", row, lambda: pytest.fail("recognised again"))
    assert again == first
    other = Kept(file).outcome("stock", row, lambda: Recognition("un deux trois"))
    assert other.wer == 0.0


def test_without_a_file_nothing_is_kept() -> None:
    row = Row("a", "un")
    kept = Kept(None)
    assert kept.outcome("callbot", row, lambda: Recognition("un")).heard == "un"
    assert kept.outcome("callbot", row, lambda: Recognition("deux")).heard == "deux"
