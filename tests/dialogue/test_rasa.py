"""The real Rasa, trained on the town's real intents."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dialogue.compiling import PROJECT, payload
from dialogue.intents import Intents
from dialogue.rasa_client import RasaClient, RasaError, rasa_environment
from dialogue.training import Version, train

pytestmark = [pytest.mark.component, pytest.mark.timeout(300)]

WAITING_FOR = ("rien", "autre_chose", "transfert", "confirmation")

BY_QUESTION = {
    "affirmer": {
        "rien": {"type": "ecouter"},
        "autre_chose": {"type": "ecouter"},
        "transfert": {"type": "transfert"},
        "confirmation": {"type": "confirme"},
    },
    "refuser": {
        "rien": {"type": "ecouter"},
        "autre_chose": {"type": "raccrocher"},
        "transfert": {"type": "phrase", "id": "autre_chose"},
        "confirmation": {"type": "infirme"},
    },
}
SOCIAL = {
    "saluer": {"type": "ecouter"},
    "remercier": {"type": "phrase", "id": "de_rien"},
    "au_revoir": {"type": "raccrocher"},
    "repeter": {"type": "repeter"},
    "ralentir": {"type": "ralentir"},
    "demander_robot": {"type": "phrase", "id": "robot"},
}


@pytest.fixture
async def client(server: str) -> AsyncIterator[RasaClient]:
    made = RasaClient(server)
    yield made
    await made.close()


async def test_every_intent_is_answered_whatever_was_asked(
    client: RasaClient, intents: Intents
) -> None:
    """One conversation, so that what an earlier turn left behind would show."""
    wrong = []
    for intent in intents.names:
        for question in WAITING_FOR:
            entities = {"attente": question, "lieu": "seniors", "jour": "samedi", "service": "ccas"}
            expected = (
                BY_QUESTION[intent][question]
                if intent in BY_QUESTION
                else SOCIAL.get(intent) or payload(intents, intent)
            )
            got = await client.step("tous", intent, entities)
            if got != [expected]:
                wrong.append((intent, question, got, expected))
    assert wrong == []


async def test_conversations_do_not_mix(client: RasaClient) -> None:
    asked = [
        client.step(f"appel-{number}", "affirmer", {"attente": WAITING_FOR[number % 4]})
        for number in range(16)
    ]
    for number, answer in enumerate(await asyncio.gather(*asked)):
        assert answer == [BY_QUESTION["affirmer"][WAITING_FOR[number % 4]]]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Vous êtes ouverts samedi matin ?", "horaires_lieu"),
        ("euh oui bonjour euh ben c'est pour euh refaire ma carte d'identité quoi",
         "carte_identite_passeport"),
        ("Y a le feu dans mon immeuble !", "urgence"),
        ("je veux parler à quelqu'un", "demander_agent"),
        ("OUI", "affirmer"),
        ("Quel temps fera-t-il demain ?", "hors_sujet"),
    ],
)  # fmt: skip
async def test_what_callers_say_is_ranked(
    client: RasaClient, intents: Intents, text: str, intent: str
) -> None:
    ranking = (await client.parse(text)).ranking
    assert ranking[0][0] == intent
    assert {name for name, _ in ranking} == set(intents.names)
    # What is missing from one is for none of the intents.
    assert 0.5 < sum(probability for _, probability in ranking) < 1.05
    assert [p for _, p in ranking] == sorted((p for _, p in ranking), reverse=True)


async def test_accents_and_case_change_little(client: RasaClient) -> None:
    plain = dict((await client.parse("QUAND EST OUVERTE LA DECHETTERIE")).ranking)
    written = dict((await client.parse("Quand est ouverte la déchetterie ?")).ranking)
    assert plain["horaires_lieu"] > 0.5
    assert written["horaires_lieu"] > 0.5


@pytest.mark.parametrize(
    "text",
    ["", "   ", "…", "/", "/affirmer", "mot " * 20_000, "日本語", "😀", "a\x00b", "\u202eoui",
     "/affirmer{\"attente\": \"confirmation\"}", "1 2 3 4 5 6 7 8", "[oui](attente)"],
)  # fmt: skip
async def test_odd_texts_give_a_ranking(client: RasaClient, intents: Intents, text: str) -> None:
    ranking = (await client.parse(text)).ranking
    assert len(ranking) == len(intents.names)
    # A structured message would be taken at exactly 1: speech never is.
    assert ranking[0][1] < 1.0


async def test_a_structured_message_that_cannot_be_read_is_no_speech(client: RasaClient) -> None:
    with pytest.raises(RasaError):
        await client.step("c1", "intention_inconnue", {"attente": "rien"})
    assert await client.step("c1", "saluer", {"attente": "rien"}) == [{"type": "ecouter"}]


async def test_what_the_caller_says_cannot_leave_the_message(client: RasaClient) -> None:
    entities = {"attente": "confirmation", "jour": 'demain"} /refuser{"attente": "autre_chose'}
    assert await client.step("c2", "affirmer", entities) == [{"type": "confirme"}]


async def test_a_forgotten_conversation_starts_anew(client: RasaClient) -> None:
    await client.step("oubli", "horaires_lieu", {"attente": "transfert", "lieu": "piscine"})
    await client.forget("oubli")
    await client.forget("jamais-vu")
    # Without the question, the slot has its first value again.
    assert await client.step("oubli", "affirmer", {}) == [{"type": "ecouter"}]


async def test_a_second_training_of_the_same_is_at_once(
    version: Version, intents: Intents, python: Path
) -> None:
    said: list[str] = []
    again = train(intents, version.folder.parents[1], PROJECT, python, said.append)
    assert again == version
    assert "Rien n'a changé" in said[0]


def test_the_labelled_examples_are_learnt(python: Path, intents: Intents) -> None:
    """Each example by a model that has not seen it: a bad intent file or classifier shows."""
    names = ("urgence", "horaires_lieu", "demander_agent", "encombrants", "affirmer", "refuser")
    examples = [(text, name) for name in names for text in intents.examples(name)]
    asked = {"examples": examples, "folds": 3, "others": ["il y a le feu"]}
    result = told_by(python, "tools.crossvalidate", asked)
    columns = {name: number for number, name in enumerate(result["intents"])}
    right = [
        row[columns[name]] == max(row)
        for (_, name), row in zip(examples, result["examples"], strict=True)
    ]
    assert sum(right) / len(right) > 0.85
    assert result["others"][0][columns["urgence"]] > 0.8


def test_what_is_right_is_surer_than_what_is_wrong(python: Path, intents: Intents) -> None:
    names = (
        "animaux",
        "encombrants",
        "seniors",
        "impots",
        "procuration",
        "urgence",
        "stationnement",
    )
    examples = [(text, name) for name in names for text in intents.examples(name)[:60]]
    others = [("il y a le feu", "urgence"), ("une tondeuse en panne", "hors_sujet")]
    asked = {"examples": examples, "folds": 2, "others": others}
    result = told_by(python, "tools.fitsureness", asked)
    assert len(result["weights"]) == len(result["signs"])
    sure = {
        kind: [row[3] for row in result["examples"] if row[0] is kind] for kind in (True, False)
    }
    assert min(map(len, sure.values())) > 50
    assert sum(sure[True]) / len(sure[True]) > sum(sure[False]) / len(sure[False]) + 0.2
    assert [row[0] for row in result["others"]] == [True, False]


def told_by(python: Path, module: str, asked: dict[str, Any]) -> Any:
    done = subprocess.run(
        [str(python), "-m", module],
        input=json.dumps(asked),
        env={**os.environ, **rasa_environment()},
        stdout=subprocess.PIPE,
        stderr=sys.stderr,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)
