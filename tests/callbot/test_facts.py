"""The town's knowledge as the dialogue asks for it."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from callbot.facts import TownFacts
from callbot.paths import Paths
from knowledge.town import Town, load_town

ASKED = "une question"


class Finder:
    """Thinks one entry as likely as not, and notes of which it was asked."""

    def __init__(self) -> None:
        self.asked: list[set[str]] = []

    def entry(self, text: str) -> str | None:
        return None

    def chance(self, text: str, entries: Collection[str]) -> float:
        assert text == ASKED
        self.asked.append(set(entries))
        return 0.5


@pytest.fixture(scope="module")
def town() -> Town:
    return load_town(Paths.choose().town)


def test_the_chance_of_an_intent_is_that_of_all_its_entries(town: Town) -> None:
    finder = Finder()
    assert TownFacts(town, found=finder).chance(ASKED, "encombrants") == 0.5
    of_intent = {entry.id for entry in town.entries if "encombrants" in entry.intents}
    assert of_intent
    assert finder.asked == [of_intent]


def test_what_no_entry_answers_is_never_unlikely(town: Town) -> None:
    finder = Finder()
    assert TownFacts(town, found=finder).chance(ASKED, "horaires_lieu") == 1.0
    assert finder.asked == []
    assert TownFacts(town).chance(ASKED, "encombrants") == 1.0
