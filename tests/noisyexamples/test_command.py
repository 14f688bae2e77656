"""``callbot train --asr-noise`` on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from callbot import cli
from callbot.publishing import pipeline
from callbot.publishing.pipeline import RefusedError, Wish


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was hardened and published, in order; nothing is published."""
    calls: list[Any] = []

    def publish(_paths: object, wish: Wish, _to: object) -> None:
        calls.append(wish.learn_again)
        raise RefusedError(["Rien n'est publié."])

    def harden(*arguments: Any) -> None:
        calls.append(arguments[3])

    monkeypatch.setattr("callbot.assistant.load_assistant", lambda _paths: None)
    monkeypatch.setattr(pipeline, "publish", publish)
    monkeypatch.setattr("callbot.noisyexamples.hardening.harden", harden)
    return calls


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [([], [False]), (["--asr-noise"], [200, True]), (["--asr-noise", "7"], [7, True])],
)
def test_examples_are_heard_before_they_are_learnt_again(
    asked: list[Any], arguments: list[str], expected: list[Any], tmp_path: Path
) -> None:
    assert cli.main(["train", *arguments, "--var", str(tmp_path)]) == 1
    assert asked == expected


@pytest.mark.parametrize("number", ["0", "-3", "beaucoup", "1.5"])
def test_a_number_of_examples_is_asked_for_in_french(
    asked: list[Any], number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["train", f"--asr-noise={number}"])
    assert "un nombre d'exemples est attendu" in capsys.readouterr().err
    assert asked == []
