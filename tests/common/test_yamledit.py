from __future__ import annotations

import difflib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.yamledit import Edit, EditError, amend
from common.yamltree import parse
from tests.paths import CONFIG

PLACE = """\
# Le bassin de la ville
id: piscine
nom: "la piscine"   # dit au téléphone
# Notation OpenStreetMap
horaires: "Mo-Fr 09:00-12:00; PH off"
mots: [bassin, "nage"]
service: null
exceptions:
  # La vidange
  - du: 2027-01-04
    au: 2027-01-17
  - du: 2027-05-01   # fête
    au: 2027-05-01
# La dernière relecture
relu_le: 2026-09-01
"""


def changed(text: str, *edits: tuple[tuple[str | int, ...], Any]) -> tuple[list[str], str]:
    """Return the lines that differ, and the new text."""
    after = amend(text, [Edit(*edit) for edit in edits])
    lines = difflib.unified_diff(text.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in list(lines)[2:] if not line.startswith("@@")], after


def test_one_value_changes_one_line() -> None:
    lines, _ = changed(PLACE, (("horaires",), "Sa 09:00-12:00"))
    assert lines == ['-horaires: "Mo-Fr 09:00-12:00; PH off"', '+horaires: "Sa 09:00-12:00"']


def test_a_comment_at_the_end_of_a_line_stays() -> None:
    lines, _ = changed(PLACE, (("nom",), "la grande piscine"))
    assert lines[1].startswith('+nom: "la grande piscine" ')
    assert lines[1].endswith("# dit au téléphone")


def test_a_date_is_written_plainly_and_a_missing_key_comes_last() -> None:
    lines, _ = changed(PLACE, (("relu_le",), date(2026, 11, 22)), (("source",), "arrêté n° 3"))
    assert lines == ["-relu_le: 2026-09-01", "+relu_le: 2026-11-22", "+source: arrêté n° 3"]


def test_lists_keep_the_comments_of_the_other_items() -> None:
    dates = [{"du": date(2027, 5, 1), "au": date(2027, 5, 2)}]
    lines, after = changed(PLACE, (("exceptions",), dates))
    assert "  # La vidange" in after.splitlines()
    assert parse(after, Path("x"))["exceptions"] == [{"du": "2027-05-01", "au": "2027-05-02"}]
    assert "# La dernière relecture" in after.splitlines()
    lines, _ = changed(PLACE, (("mots",), ["bassin", "nage", "plonger"]))
    assert lines == ['-mots: [bassin, "nage"]', '+mots: [bassin, "nage", plonger]']


def test_items_are_appended_and_removed() -> None:
    lines, _ = changed(PLACE, (("exceptions", 2), {"du": date(2027, 8, 1), "au": "x"}))
    assert lines == ["+  - du: 2027-08-01", "+    au: x"]
    lines, after = changed(PLACE, (("exceptions", 0), None))
    assert lines == ["-  - du: 2027-01-04", "-    au: 2027-01-17"]
    assert "  # La vidange" in after


def test_a_removed_key_leaves_the_comment_of_the_next_one() -> None:
    _, after = changed(PLACE, (("exceptions",), None), (("absent",), None))
    assert "exceptions" not in parse(after, Path("x"))
    assert after.index("# La dernière relecture") < after.index("relu_le")


def test_texts_that_look_like_something_else_are_quoted() -> None:
    for text in ("oui : non", "null", "12", "# rien", "2026-11-22", "a\nb", "- tiret", "«\u202f!»"):
        assert parse(changed(PLACE, (("nom",), text))[1], Path("x"))["nom"] == text


def test_another_layout_is_respected_or_at_least_says_the_same() -> None:
    text = "mots:\n- un\n- deux\nlong: une phrase\n  sur deux lignes\n"
    after = amend(text, [Edit(("mots", 2), "trois"), Edit(("nom",), "x")])
    assert parse(after, Path("x")) == {
        "mots": ["un", "deux", "trois"],
        "long": "une phrase sur deux lignes",
        "nom": "x",
    }


def test_mappings_on_the_way_are_made() -> None:
    lines, _ = changed(PLACE, (("contact", "nom"), "x"))
    assert lines == ["+contact:", "+  nom: x"]


def test_a_text_without_an_end_of_line() -> None:
    assert amend("id: a", [Edit(("nom",), "b")]) == "id: a\nnom: b\n"


def test_places_that_do_not_exist_are_refused() -> None:
    for location in (("exceptions", 5), ("exceptions", "nom"), ("id", "nom")):
        with pytest.raises(EditError):
            amend(PLACE, [Edit(location, "x")])
    with pytest.raises(EditError):
        amend("a: [", [Edit(("a",), "x")])


FILES = [min(folder.glob("*.yml")) for folder in sorted(CONFIG.rglob("*")) if folder.is_dir()
         and any(folder.glob("*.yml"))] + sorted(CONFIG.glob("*.yml"))  # fmt: skip


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.name))
def test_no_other_line_of_the_delivered_files_changes(file: Path) -> None:
    text = file.read_text("utf-8")
    tree = parse(text, file)
    key = next(iter(tree))
    lines, after = changed(text, (("zzz_essai",), "nouveau"))
    assert lines == ["+zzz_essai: nouveau"]
    assert parse(after, file) == {**tree, "zzz_essai": "nouveau"}
    assert amend(text, [Edit((key,), tree[key])]) == text


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.text() | st.lists(st.text(), max_size=4)),
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.none() | st.text() | st.lists(st.text())),
        max_size=5,
    ),
)
def test_what_was_asked_for_is_what_the_text_says(
    before: dict[str, Any], edits: list[tuple[str, Any]]
) -> None:
    text = amend("# début\nid: x\n", [Edit((key,), value) for key, value in before.items()])
    after = amend(text, [Edit((key,), value) for key, value in edits])
    wanted = {"id": "x", **before}
    for key, value in edits:
        if value is None:
            wanted.pop(key, None)
        else:
            wanted[key] = value
    assert parse(after, Path("x")) == wanted
    assert "# début" in after
