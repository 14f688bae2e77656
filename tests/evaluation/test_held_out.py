"""The sets of sentences that are no examples stay what they are said to be."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from rapidfuzz import fuzz, process

from callbot.evaluation import manifest
from callbot.evaluation.manifest import Item
from common.french import fold
from dialogue.intents import Intents, load_intents
from tests.paths import CONFIG

HALVES = ("a", "b", "c1", "c2", "d1", "d2")
SETS = (*HALVES, "e1", "e2")
"""E was halved as it was written, each half with as many of every kind."""
SAME = 97
"""Of 100, in letters: an example this near would make the sentence known."""


FURTHER = "further.jsonl"


def half(name: str) -> list[Item]:
    return read(f"held_out_{name}.jsonl")


def read(file: str) -> list[Item]:
    return manifest.read(Path(__file__).parent / file)


@pytest.fixture(scope="module")
def intents() -> Intents:
    services = [file.stem for file in (CONFIG / "ville" / "services").glob("*.yml")]
    return load_intents(CONFIG / "intents", services)


@pytest.mark.parametrize("name", HALVES)
def test_a_sentence_lies_in_the_half_of_its_hash(name: str) -> None:
    pair = HALVES[HALVES.index(name) // 2 * 2 :][:2]
    for item in half(name):
        assert pair[hashlib.sha256(item.text.encode()).digest()[0] % 2] == name, item.text


def test_every_label_is_an_intent_and_every_emergency_expects_the_numbers(
    intents: Intents,
) -> None:
    items = [*(item for name in SETS for item in half(name)), *read(FURTHER)]
    assert {item.intent for item in items} <= set(intents.names)
    assert len({item.id for item in items}) == len(items)
    for item in items:
        assert (item.intent == "urgence") == (item.expect == "emergency"), item.text


def test_no_sentence_is_learnt(intents: Intents) -> None:
    examples = [fold(text) for name in intents.names for text in intents.examples(name)]
    texts = [item.text for name in SETS for item in half(name)]
    texts += [item.text for item in read(FURTHER)]
    learnt = [
        text
        for text in texts
        if process.extractOne(fold(text), examples, scorer=fuzz.ratio, score_cutoff=SAME)
    ]
    assert learnt == []
