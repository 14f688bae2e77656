"""The town's own words of alarm, and its own shops."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.problem import ConfigError
from dialogue.alarm import sounds_alarming
from dialogue.config import load_dialogue_settings
from dialogue.elsewhere import names_stranger
from tests.paths import CONFIG


def written(folder: Path, mots: str) -> Path:
    text = (CONFIG / "dialogue.yml").read_text("utf-8")
    begin, _, _ = text.partition("\nmots:")
    file = folder / "dialogue.yml"
    file.write_text(f"{begin}\nmots:\n{mots}", "utf-8")
    return file


def test_a_town_adds_words_of_alarm_and_shops(tmp_path: Path) -> None:
    file = written(
        tmp_path, "  alarme: [glissement de terrain, déversement*]\n  ailleurs: [Intermarché]\n"
    )
    own = load_dialogue_settings(file).mots
    for text in ("il y a un GLISSEMENT de terrain", "des déversements dans la rivière"):
        assert not sounds_alarming(text)
        assert sounds_alarming(text, own.alarme)
    assert sounds_alarming("il y a le feu, ça brule", own.alarme)
    assert not sounds_alarming("le terrain de foot", own.alarme)
    asked = "quels sont les horaires d'intermarché"
    assert not names_stranger(asked)
    assert names_stranger(asked, own.ailleurs)
    assert not names_stranger("la mairie annexe à côté d'Intermarché", own.ailleurs)
    assert names_stranger("les horaires de la poste", own.ailleurs)


def test_a_town_without_words_of_its_own_knows_those_of_the_robot() -> None:
    own = load_dialogue_settings(CONFIG / "dialogue.yml").mots
    assert not sounds_alarming("bonjour", own.alarme)
    assert not names_stranger("bonjour", own.ailleurs)


@pytest.mark.parametrize("word", ["a*", "(feu", "inon*dation", "x", "''", "* feu"])
def test_what_is_no_word_is_named_with_its_line_and_its_mend(tmp_path: Path, word: str) -> None:
    file = written(tmp_path, f"  alarme:\n    - incendie\n    - '{word}'\n".replace("''''", "''"))
    with pytest.raises(ConfigError) as raised:
        load_dialogue_settings(file)
    (problem,) = raised.value.problems
    assert problem.line == len(file.read_text("utf-8").splitlines())
    assert "Exemple : inond*" in problem.message or "trop court" in problem.message
