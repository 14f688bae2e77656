"""What is learnt of what was heard, and when."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from callbot.noisyexamples.learning import (
    compare,
    decided,
    hardened,
    learnable,
    told,
    with_heard,
)
from callbot.noisyexamples.store import FOLDER, Choice, Hearing, HearingStore
from callbot.paths import Paths
from dialogue.intents import IntentFile, Intents

INTENTS = Intents(
    {
        "encombrants": IntentFile(
            intention="encombrants", conduite="repondre", exemples=("enlever un canapé",)
        ),
        "cantine": IntentFile(
            intention="cantine_periscolaire",
            conduite="repondre",
            exemples=("le menu de la cantine", "enlever mon fils de la cantine"),
        ),
    }
)


def hearing(said: str, heard: str) -> Hearing:
    return Hearing(f"{said}-{heard}", said, heard, 0.5, "rue")


@pytest.mark.parametrize(
    "heard",
    [
        "Enlever un canapé.",
        "Le menu de la cantine.",
        "",
        "…",
        "Sous-titres réalisés par la communauté",
        "enlever un [canapé](x)",
        "/enlever un canapé",
    ],
)
def test_what_teaches_nothing_or_something_wrong_is_left_out(heard: str) -> None:
    assert learnable(INTENTS, [hearing("enlever un canapé", heard)]) == {}


def test_near_misses_are_learnt_once() -> None:
    heard = [
        hearing("enlever un canapé", "Enlevez un canapi."),
        hearing("enlever un canapé", "enlevez un canapi"),
        hearing("le menu de la cantine", "Le menu de la quantine."),
        hearing("plus dans les exemples", "plus dans les exemple"),
    ]
    assert learnable(INTENTS, heard) == {
        "cantine": ("Le menu de la quantine.",),
        "encombrants": ("Enlevez un canapi.",),
    }


def test_what_was_heard_of_two_intents_is_learnt_for_none() -> None:
    heard = [
        hearing("enlever un canapé", "enlever un fils canapé la"),
        hearing("enlever mon fils de la cantine", "enlever un fils canapé la"),
    ]
    assert learnable(INTENTS, heard) == {}
    assert list(learnable(INTENTS, heard[:1])) == ["encombrants"]


def test_the_towns_own_examples_stay_as_they_are() -> None:
    more = with_heard(INTENTS, {"encombrants": ("enlevez un canapi",)})
    assert more.examples("encombrants") == ("enlever un canapé", "enlevez un canapi")
    assert more.examples("cantine") == INTENTS.examples("cantine")
    assert INTENTS.examples("encombrants") == ("enlever un canapé",)


@pytest.mark.parametrize(
    ("written", "heard", "learnt"),
    [
        ((0.90, 0.90), (0.60, 0.70), True),
        ((0.90, 0.899), (0.60, 0.70), True),
        ((0.90, 0.88), (0.60, 0.70), False),
        ((0.90, 0.91), (0.60, 0.60), False),
    ],
)
def test_it_is_learnt_only_where_it_helps(
    written: tuple[float, float], heard: tuple[float, float], learnt: bool
) -> None:
    choice = decided({"written": written, "heard": heard})
    assert choice.learnt is learnt
    said: list[str] = []
    told(choice, said.append)
    assert "60,0 % comprises sans" in said[0]
    assert ("n'aide pas" in said[1]) is not learnt


def test_the_comparison_learns_near_misses_and_judges_everything(tmp_path: Path) -> None:
    python = tmp_path / "python"
    asked = tmp_path / "asked.json"
    python.write_text(
        f'#!/bin/sh\ncat > {asked}\necho \'{{"written": [0.9, 0.9], "heard": [0.5, 0.6]}}\'\n'
    )
    python.chmod(0o755)
    heard = [
        hearing("enlever un canapé", "Enlevez un canapi."),
        hearing("enlever un canapé", "Rien de tel"),
        hearing("enlever un canapé", ""),
    ]
    assert compare(python, INTENTS, heard).learnt
    content = json.loads(asked.read_text())
    place = [text for text, _ in content["examples"]].index("enlever un canapé")
    assert content["heard"] == [
        ["Enlevez un canapi.", place, True],
        ["Rien de tel", place, False],
    ]


def test_training_takes_what_was_heard_once_that_was_chosen(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "config", tmp_path)
    store = HearingStore(tmp_path / FOLDER)
    store.add([hearing("enlever un canapé", "Enlevez un canapi.")])
    assert hardened(INTENTS, paths) == INTENTS
    store.choose(Choice(False, (0.9, 0.9), (0.5, 0.5)))
    assert hardened(INTENTS, paths) == INTENTS
    store.choose(Choice(True, (0.9, 0.9), (0.5, 0.6)))
    assert hardened(INTENTS, paths).examples("encombrants")[-1] == "Enlevez un canapi."
