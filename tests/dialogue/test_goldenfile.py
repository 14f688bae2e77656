"""Golden conversations as they are written, read and compared; no model is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from common.yamlfile import ConfigError
from dialogue.dryrun import DryErrand
from dialogue.golden import Result, differences, replay, replay_spoken
from dialogue.goldenfile import (
    USUAL_TIME,
    Golden,
    GoldenTurn,
    Names,
    Placed,
    check_goldens,
    load_goldens,
)
from dialogue.manager import DialogueManager
from dialogue.plan import Plan, Sentence
from dialogue.ports import Errands, Heard
from tests.dialogue.fakes import FakeEngine, FakeFacts, FakeIntents, phrases, settings

NAMES = Names(("encombrants", "demander_agent"), ("proprete",), ("piscine",))
PARIS = ZoneInfo("Europe/Paris")
ONE = """\
conversations:
  - id: un
    titre: Une conversation
    tours:
      - {dit: "un agent", decision: transfer}
"""


def written(folder: Path, text: str, name: str = "a.yml") -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder


def turn(**keys: Any) -> GoldenTurn:
    return GoldenTurn.model_validate(keys)


def plan(text: str = "Je vous passe l'accueil.", **keys: Any) -> Plan:
    fields = {"then": "transfer", "decision": "transfer", "service": "accueil", **keys}
    return Plan((Sentence(text, ("phrases#transfert",)),), **fields)


def test_a_conversation_has_a_time_of_its_own(tmp_path: Path) -> None:
    dated = ONE.replace("    titre", "    le: 2026-12-25T09:30\n    titre")
    written(tmp_path, ONE)
    written(tmp_path, dated.replace("id: un", "id: deux"), "b.yml")
    first, second = load_goldens(tmp_path, NAMES)
    assert (first.golden.le, first.line, first.file.name) == (USUAL_TIME, 2, "a.yml")
    assert second.golden.le.isoformat() == "2026-12-25T09:30:00"
    assert load_goldens(tmp_path / "absent", NAMES) == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("decision: transfer", "decision: transfert", 5, "ne peut pas valoir « transfert »"),
        ("decision: transfer", "decison: transfer", 5, "Vouliez-vous « decision » ?"),
        ("decision: transfer", "intention: encombrant", 5, "Vouliez-vous « encombrants » ?"),
        ("decision: transfer", "service: urbanisme", 5, "« urbanisme » n'existe pas"),
        ("decision: transfer", "lieu: pisicne", 5, "Vouliez-vous « piscine » ?"),
        (", decision: transfer", "", 5, "ne vérifie rien"),
        (", decision: transfer", ", contient: []", 5, "ne vérifie rien"),
        ('dit: "un agent"', 'dit: "un agent", touches: "0"', 5, "exactement un"),
        ('dit: "un agent", ', "", 5, "exactement un"),
        ("titre: Une conversation", "titre: Une\n    le: 2026-12-25", 4, "2026-11-17T10:00"),
        ("titre: Une conversation", "titre: Une\n    numero: 0612345678", 4, "guillemets"),
        ('\n      - {dit: "un agent", decision: transfer}', " []", 4, "au moins un tour"),
        ("id: un", "id: Un", 2, "n'a pas la forme attendue"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_and_mend(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    assert old in ONE
    written(tmp_path, ONE.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        load_goldens(tmp_path, NAMES)
    told = [str(problem) for problem in caught.value.problems]
    assert any(f"ligne {line}," in text and words in text for text in told), told
    assert {p.severity for p in check_goldens(tmp_path, NAMES)} == {"attention"}


def test_an_id_is_taken_once_in_all_files(tmp_path: Path) -> None:
    written(tmp_path, ONE)
    written(tmp_path, ONE, "b.yml")
    (problem,) = check_goldens(tmp_path, NAMES)
    assert (problem.file.name, problem.line) == ("b.yml", 2)
    assert "a.yml, ligne 2" in problem.message


def whats(expected: GoldenTurn, got: Plan, *errands: DryErrand) -> list[str]:
    return [difference.what for difference in differences(expected, got, list(errands))]


@pytest.mark.parametrize(
    ("keys", "wrong"),
    [
        ({"decision": "transfer", "service": "accueil", "suite": "transferer"}, []),
        ({"decision": ["answer", "transfer"]}, []),
        ({"decision": ["answer", "confirm"]}, ["décision"]),
        ({"service": "ccas"}, ["service"]),
        ({"intention": "encombrants"}, ["intention"]),
        ({"lieu": "piscine"}, ["lieu"]),
        ({"suite": "ecouter"}, ["suite"]),
        ({"source": "phrases#transfert"}, []),
        ({"source": "reponses/dechets#encombrants"}, ["source"]),
        ({"contient": "L'ACCUEIL"}, []),
        ({"contient": ["accueil", "état civil"]}, ["contient"]),
        ({"contient": "accue"}, ["contient"]),
        ({"sans": ["passer", "mairie"]}, []),
        ({"sans": "Accueil"}, ["sans"]),
    ],
)  # fmt: skip
def test_each_expectation_is_compared(keys: dict[str, Any], wrong: list[str]) -> None:
    assert whats(turn(dit="x", **keys), plan()) == wrong


def test_no_errand_happens_that_is_not_expected() -> None:
    text = DryErrand("text", "+33612345678", "Encombrants : …")
    assert whats(turn(dit="oui", decision="transfer"), plan(), text) == ["envoi"]
    assert whats(turn(dit="oui", sms_au="06 12 34 56 78"), plan(), text) == []
    assert whats(turn(dit="oui", sms_au="06 12 34 56 79"), plan(), text) == ["envoi"]
    assert whats(turn(dit="oui", rappel_au="06 12 34 56 78"), plan(), text) == ["envoi"]
    assert whats(turn(dit="oui", sms_au="06 12 34 56 78"), plan()) == ["envoi"]


RANKINGS = {
    "ma carte": [("carte_identite_passeport", 0.9)],
    "un agent": [("demander_agent", 0.9)],
    "au revoir": [("au_revoir", 0.9)],
    "répétez": [("repeter", 0.9)],
    "oui": [("affirmer", 0.9)],
    "": [],
}


def begin(errands: Errands, caller: str) -> DialogueManager:
    engine = FakeEngine({**RANKINGS, "pouvez-vous répéter": RANKINGS["répétez"]})
    return DialogueManager(
        "c1", engine, FakeFacts(), FakeIntents(), phrases(), settings(), errands, caller
    )


async def played(*turns: dict[str, Any], spoken: bool = False, **keys: Any) -> Result:
    golden = Golden.model_validate({"id": "un", "titre": "Une", "tours": turns, **keys})
    placed = Placed(golden, Path("a.yml"), 2)

    async def misheard(text: str, _expects: str) -> Heard:
        return Heard("un agent", 0.9)

    if spoken:
        return await replay_spoken(placed, begin, PARIS, misheard)
    return await replay(placed, begin, PARIS)


async def test_a_conversation_is_held_to_its_end() -> None:
    result = await played(
        {"dit": "ma carte", "decision": "answer", "intention": "carte_identite_passeport"},
        {"touches": "*", "decision": "social"},
        {"touches": "0", "decision": "transfer", "suite": "transferer"},
        {"arrive": "sans_reponse", "decision": "answer", "contient": "rappelle"},
        {"arrive": "silence", "decision": "ask_again"},
    )
    assert result.held, list(result.lines())


async def test_the_first_turn_that_differs_is_told() -> None:
    result = await played(
        {"dit": "ma carte", "decision": "answer"},
        {"dit": "un agent", "decision": "answer"},
        {"dit": "au revoir", "decision": "answer"},
    )
    lines = list(result.lines())
    assert lines[:3] == [
        "« Une » (un, a.yml, ligne 2)",
        "  tour 2, « un agent »",
        "    décision : attendu answer, obtenu transfer",
    ]
    assert "Je vous passe" in lines[3]
    assert result.blocking


async def test_a_known_failure_does_not_block() -> None:
    wrong = {"dit": "un agent", "decision": "answer"}
    assert not (await played(wrong, connu="le modèle ne sait pas encore")).blocking
    right = await played({"dit": "un agent", "decision": "transfer"}, connu="réparé depuis")
    assert right.held


@pytest.mark.parametrize(
    ("turns", "words"),
    [
        ([{"dit": "au revoir", "suite": "raccrocher"}], "déjà raccroché"),
        ([{"dit": "un agent", "suite": "transferer"}], "en cours de transfert"),
    ],
)
async def test_nothing_is_said_to_a_callbot_that_is_gone(
    turns: list[dict[str, Any]], words: str
) -> None:
    result = await played(*turns, {"dit": "oui", "decision": "social"})
    assert (result.turn, words in result.differences[0].got) == (2, True)


async def test_a_transfer_that_nobody_began_cannot_fail() -> None:
    result = await played({"arrive": "coupe", "decision": "answer"})
    assert "aucun transfert" in result.differences[0].got


async def test_spoken_conversations_are_held_by_what_is_heard() -> None:
    right = {"dit": "euh, un agent", "decision": "transfer", "contient": "jamais dit"}
    assert (await played(right, spoken=True)).held
    wrong = await played({"dit": "ma carte", "decision": "answer"}, spoken=True)
    assert "    entendu : « un agent »" in list(wrong.lines())
