"""Understanding that begins before the caller's turn is certainly over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

import pytest

from callbot.adapters import EXPECTED_S, MOST_EXPECTED, RasaEngine
from dialogue.ports import ServiceUnavailableError
from dialogue.rasa_client import RasaClient, RasaError, Understanding
from tests import virtual_time

TAKES_S = 0.1


class SlowRasa:
    """Understands the words themselves, after a while."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.down = False

    async def parse(self, text: str) -> Understanding:
        self.asked.append(text)
        await asyncio.sleep(TAKES_S)
        if self.down:
            raise RasaError("down")
        return Understanding(((text, 1.0),))


def scene(act: Callable[[RasaEngine, SlowRasa], Awaitable[None]]) -> None:
    async def run() -> None:
        rasa = SlowRasa()
        await act(RasaEngine(cast(RasaClient, rasa)), rasa)

    virtual_time.run(run())


def test_an_expected_text_is_understood_once_and_at_once() -> None:
    async def act(engine: RasaEngine, rasa: SlowRasa) -> None:
        loop = asyncio.get_running_loop()
        engine.expect("horaires")
        engine.expect("horaires")
        await asyncio.sleep(TAKES_S * 2)
        begun = loop.time()
        assert await engine.ranking("horaires") == (("horaires", 1.0),)
        assert loop.time() == begun
        assert rasa.asked == ["horaires"]

    scene(act)


def test_another_text_is_understood_when_it_is_asked() -> None:
    async def act(engine: RasaEngine, rasa: SlowRasa) -> None:
        engine.expect("horaires")
        assert await engine.ranking("horaires samedi") == (("horaires samedi", 1.0),)
        assert sorted(rasa.asked) == ["horaires", "horaires samedi"]

    scene(act)


def test_what_was_expected_long_ago_is_understood_anew() -> None:
    async def act(engine: RasaEngine, rasa: SlowRasa) -> None:
        engine.expect("horaires")
        await asyncio.sleep(EXPECTED_S + 1)
        await engine.ranking("horaires")
        assert len(rasa.asked) == 2

    scene(act)


def test_a_failure_is_that_of_whoever_asks() -> None:
    async def act(engine: RasaEngine, rasa: SlowRasa) -> None:
        rasa.down = True
        engine.expect("horaires")
        engine.expect("adresse")
        await asyncio.sleep(1)
        with pytest.raises(ServiceUnavailableError):
            await engine.ranking("horaires")

    scene(act)


def test_what_nobody_asks_for_does_not_pile_up() -> None:
    async def act(engine: RasaEngine, rasa: SlowRasa) -> None:
        for number in range(10 * MOST_EXPECTED):
            engine.expect(f"texte {number}")
        engine.expect("  ")
        await asyncio.sleep(EXPECTED_S + 1)
        assert len(rasa.asked) == MOST_EXPECTED
        engine.expect("encore")
        assert await engine.ranking("encore") == (("encore", 1.0),)

    scene(act)
