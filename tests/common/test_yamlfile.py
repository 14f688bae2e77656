"""Every mistake in a YAML file is named with its line and, where possible, the mend."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Literal

import pydantic
import pytest

from common import yamltree
from common.yamlfile import ConfigError, Problem, StrictModel, load, suggest


class Person(StrictModel):
    name: str = pydantic.Field(alias="nom")
    age: int = pydantic.Field(alias="âge", ge=0)


class Form(StrictModel):
    title: str = pydantic.Field(alias="titre", min_length=1, max_length=30)
    people: tuple[Person, ...] = pydantic.Field(alias="personnes", default=())
    by_name: dict[str, Person] = pydantic.Field(alias="par_nom", default={})
    choice: Literal["oui", "non"] = pydantic.Field(alias="choix", default="non")
    day: date | None = pydantic.Field(alias="jour", default=None)


def problems(tmp_path: Path, text: str | bytes) -> list[Problem]:
    path = tmp_path / "form.yml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigError) as raised:
        load(path, Form)
    return list(raised.value.problems)


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("titre: a\nsurplus: 1\n", 2, 1, "« surplus » est inconnue"),
        ("choix: oui\n", 1, 1, "il manque « titre »"),
        ("titre: a\nchoix: peut-être\n", 2, 1, "Valeurs possibles : oui ou non"),
        ("titre: 12\n", 1, 1, "entre guillemets"),
        ("titre: a\njour: demain\n", 2, 1, "une date comme 2026-11-21"),
        ("titre: a\njour: 2026-13-45\n", 2, 1, "une date comme 2026-11-21"),
        ("titre: a\npersonnes: Paul\n", 2, 1, "« personnes » doit être une liste"),
        ("titre: a\npersonnes:\n  - nom: x\n    âge: vieux\n", 4, 5, "« âge » doit être un nombre"),
        ("titre: a\npersonnes:\n  - nom: x\n", 3, 5, "il manque « âge »"),
        ("titre: a\npersonnes:\n  - Paul\n", 3, 5, "« personnes, élément 1 »"),
        ("titre: a\npar_nom:\n  k: {nom: x, âge: -1}\n", 3, 15, "« par_nom.k.âge » est trop petit"),
        ("titre: a\npar_nom:\n  k: {nom: x, âge: -1}\n", 3, 15, "Écrivez 0 ou plus"),
        ("titre: {un: deux}\n", 1, 1, "s'écrit entre guillemets droits"),
        ("titre:\n", 1, 1, "supprimez cette ligne"),
        ("titre: ''\n", 1, 1, "« titre » est trop court. Écrivez-le."),
        (f"titre: {'a' * 31}\n", 1, 1, "« titre » est trop long. 30 lettres au plus."),
        ("titre: a\n12: b\n", 2, 1, "la clé « 12 » n'est pas un texte"),
        ("titre: a\ntitre: b\n", 2, 1, "écrite deux fois"),
        ("titre: lundi : fermé\n", 1, 14, "guillemets droits"),
        ("titre: [a\n", 2, 1, "pas du YAML valable"),
        ('titre: "a\nchoix: oui\n', 3, 1, "pas du YAML valable"),
        ("titre:\n\t- a\n", 2, 1, "tabulation"),
        ("- a\n", 1, 1, "groupe de clés"),
        ("", 1, 1, "vide"),
        (b"titre: \xe9\n", 1, 8, "UTF-8"),
        ('titre: a\nchoix: !!python/object/apply:os.system ["x"]\n', 2, 8, "étiquette"),
        ("titre: !secret\n  a: b\n", 1, 8, "étiquette"),
    ],
)
def test_mistake_is_named(
    tmp_path: Path, text: str | bytes, line: int, column: int, words: str
) -> None:
    found = problems(tmp_path, text)
    assert len(found) == 1
    assert (found[0].line, found[0].column) == (line, column)
    assert words in str(found[0])
    assert str(found[0]).startswith(f"{tmp_path}/form.yml, ligne {line}, colonne {column} : ")


def test_near_miss_of_a_key_is_suggested(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "titre: a\npersones: []\n")
    assert found.mend == "Vouliez-vous « personnes » ?"


def test_near_miss_in_a_nested_list_is_suggested(tmp_path: Path) -> None:
    found = problems(tmp_path, "titre: a\npersonnes:\n  - {nom: x, age: 3}\n")
    assert "Vouliez-vous « âge » ?" in {problem.mend for problem in found}


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    found = problems(tmp_path, "choix: rien\nextra: 1\n")
    assert len(found) == 3


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path, word in ((tmp_path / "absent.yml", "introuvable"), (tmp_path, "un dossier")):
        with pytest.raises(ConfigError, match=word):
            load(path, Form)


@pytest.mark.timeout(20)
def test_a_pipe_is_no_file_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "form.yml")
    with pytest.raises(ConfigError, match="pas un fichier"):
        load(tmp_path / "form.yml", Form)


def test_file_saved_by_notepad_loads(tmp_path: Path) -> None:
    path = tmp_path / "form.yml"
    path.write_bytes(b"\xef\xbb\xbftitre: a\r\njour: 2026-11-21\r\n")
    assert load(path, Form).value.day == date(2026, 11, 21)


def test_text_that_looks_like_a_date_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "form.yml"
    path.write_text("titre: 2026-11-21\n")
    assert load(path, Form).value.title == "2026-11-21"


def test_problem_is_placed_after_loading(tmp_path: Path) -> None:
    path = tmp_path / "form.yml"
    path.write_text("titre: a\npersonnes:\n  - nom: x\n    âge: 3\n", encoding="utf-8")
    loaded = load(path, Form)
    problem = loaded.problem(["personnes", 0, "âge"], "trop jeune.", severity="attention")
    assert (problem.line, problem.column, problem.severity) == (4, 5, "attention")
    assert loaded.problem(["personnes", 7, "nom"], "absent.").line == 2


def test_suggest_says_nothing_when_nothing_is_close() -> None:
    assert suggest("piscine", ["mairie", "musee"]) == ""
    assert suggest("pisine", ["mairie", "piscine"]) == "Vouliez-vous « piscine » ?"


def test_a_file_that_unfolds_without_end_is_refused(tmp_path: Path) -> None:
    laughs = "a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)
    )
    for text in (laughs, "titre: &t [*t]\n", "titre: " + "[" * 3000 + "\n", "titre: !!set {a}\n"):
        assert problems(tmp_path, text)[0].severity == "erreur"


def test_a_huge_file_is_refused_without_reading_it_whole(tmp_path: Path) -> None:
    huge = tmp_path / "form.yml"
    with huge.open("wb") as out:
        out.truncate(50_000_000)
    with pytest.raises(ConfigError, match="trop gros"):
        load(huge, Form)


def test_a_wrong_byte_is_named_with_its_line(tmp_path: Path) -> None:
    found = problems(tmp_path, "titre: a\nchoix: é\n".encode("latin-1"))
    assert (found[0].line, found[0].column) == (2, 8)


def test_what_is_kept_says_the_same_and_damage_is_read_again(tmp_path: Path) -> None:
    path, kept = tmp_path / "form.yml", tmp_path / "arbres"
    path.write_text("titre: a # b\npersonnes:\n- nom: x\n  âge: -1\n", "utf-8")
    said = []
    yamltree.keep_in(kept)
    try:
        for damage in (False, False, True):
            for file in kept.glob("*") if damage else ():
                file.write_bytes(b"\x93\x00")
            yamltree._MEMORY._trees.clear()
            with pytest.raises(ConfigError) as raised:
                load(path, Form)
            said.append(raised.value.problems)
    finally:
        yamltree.keep_in(None)
    assert len(list(kept.iterdir())) == 1
    assert said[0] == said[1] == said[2]
    assert (said[0][0].line, said[0][0].column) == (4, 3)
