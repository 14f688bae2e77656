"""The town's golden conversations, held with the real Rasa; some of them spoken as well."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callbot import adapters, spokengolden
from callbot.assistant import Assistant, load_assistant
from callbot.evaluation.runner import WatchedEngine
from callbot.golden import beginner, load, play_all
from callbot.paths import Paths
from callbot.publishing.comparison import regressions
from callbot.publishing.reference import Played
from common.frenchnumbers import digits_of
from dialogue.golden import Result, replay
from dialogue.goldenfile import Golden, GoldenFile, GoldenTurn, Names, Placed, load_goldens
from dialogue.rasa_client import RasaClient
from dialogue.training import Version
from tests.paths import CONFIG

pytestmark = [pytest.mark.component, pytest.mark.timeout(300)]

ALL = load_goldens(CONFIG / "conversations", Names())
SPOKEN = spokengolden.marked(ALL)
USUALLY_SPOKEN = 4


@pytest.fixture(scope="session")
def assistant() -> Assistant:
    return load_assistant(Paths(CONFIG, Paths.choose().var))


@pytest.fixture
async def engine(server: str) -> AsyncIterator[WatchedEngine]:
    client = RasaClient(server)
    yield WatchedEngine(adapters.RasaEngine(client))
    await client.close()


def told(*results: Result) -> str:
    return "\n".join(line for result in results for line in result.lines())


@pytest.mark.parametrize("placed", ALL, ids=lambda placed: placed.golden.id)
async def test_a_conversation_goes_as_it_must(
    placed: Placed, assistant: Assistant, engine: WatchedEngine
) -> None:
    begin = beginner(assistant, engine, placed.golden.id)
    result = await replay(placed, begin, assistant.facts.timezone)
    engine.check()
    if not result.held and placed.golden.connu:
        pytest.xfail(placed.golden.connu)
    assert result.held, told(result)


def test_every_intent_is_talked_about_twice(assistant: Assistant) -> None:
    counts = dict.fromkeys(assistant.intents.names, 0)
    for placed in load(Paths(CONFIG, Paths.choose().var), assistant):
        for intent in {turn.intention for turn in placed.golden.tours if turn.intention}:
            counts[intent] += 1
    assert [intent for intent, count in counts.items() if count < 2] == []


async def test_some_conversations_are_understood_when_they_are_spoken(
    assistant: Assistant, server: str
) -> None:
    """The others: ``callbot train --rejouer --parle``."""
    paths = Paths(CONFIG, Paths.choose().var)
    chosen = SPOKEN[:: len(SPOKEN) // USUALLY_SPOKEN][:USUALLY_SPOKEN]
    client = RasaClient(server)
    try:
        async with spokengolden.hearing(paths, assistant) as hear:
            played = spokengolden.play(chosen, assistant, adapters.RasaEngine(client), hear)
            broken = [result async for result in played if not result.held]
    finally:
        await client.close()
    assert not broken, told(*broken)


def test_enough_conversations_are_marked_to_be_spoken() -> None:
    assert len(SPOKEN) >= 25


def test_no_conversation_gives_a_number_of_a_resident_out(assistant: Assistant) -> None:
    """The town's numbers and 06 12 34 56 78 are fictional; others could be somebody's."""
    fictional = ("0612345", "0698765432", "02619", "004915112345678")
    for placed in ALL:
        golden = placed.golden
        numbers = [golden.numero, *(turn.dit or turn.touches or "" for turn in golden.tours)]
        for number in map(digits_of, numbers):
            assert len(number) < 8 or number.startswith(fictional), golden.id


@pytest.fixture(scope="session")
def refused(version: Version, assistant: Assistant) -> list[Result]:
    """What the trained model makes of one right and one wrong expectation, played by ``train``."""
    right = GoldenTurn.model_validate({"dit": "Un agent, s'il vous plaît.", "decision": "transfer"})
    wrong = GoldenTurn.model_validate({"dit": "Y a le feu !", "decision": "social"})
    file = GoldenFile(
        conversations=(
            Golden(id="juste", titre="Juste", tours=(right,)),
            Golden(id="fausse", titre="Fausse", tours=(wrong,)),
        )
    )
    placed = [Placed(golden, Path("essai.yml"), 1) for golden in file.conversations]
    paths = Paths(CONFIG, Paths.choose().var)
    return list(play_all(paths, assistant, placed, version.model))


def test_a_model_that_breaks_a_conversation_is_worse(refused: list[Result]) -> None:
    (worse,) = regressions(None, Played(refused, {}))
    assert worse.startswith(
        "Conversation de référence en échec : « Fausse » (fausse, essai.yml, ligne 1) ; "
    )
    assert "décision : attendu social, obtenu emergency" in worse


def test_what_an_activated_model_breaks_is_remembered(refused: list[Result]) -> None:
    assert Played(refused, {}).golden == {
        "played": 2, "held": 1, "known": [], "broken": ["fausse"], "forced": True,
    }  # fmt: skip
