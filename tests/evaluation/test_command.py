"""What ``callbot eval`` and ``callbot call`` say of bad input."""

from __future__ import annotations

from pathlib import Path

import pytest

from callbot import cli


def test_a_broken_manifest_is_named_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "jeu.jsonl"
    path.write_text('\n{"id": "a", "text": "b"}\n', "utf-8")
    assert cli.main(["eval", str(path), "--json"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.strip() == f"{path}:2 : il manque « intent »."


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--to", "mairie"], "n'est pas une adresse SIP"),
        (["--to", "sip:mairie@127.0.0.1:99999"], "n'est pas une adresse SIP"),
        (["--to", "sip:mairie@127.0.0.1:9"], "Personne ne répond à sip:127.0.0.1:9"),
    ],
)
def test_an_address_that_cannot_be_called(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
):
    assert cli.main(["call", "bonjour", *arguments]) == 1
    out, err = capsys.readouterr()
    assert (out, says in err) == ("", True)
    assert err.count("\n") == 1
