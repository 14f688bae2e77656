"""What becomes of the core when one of its tasks fails."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from callbot.upkeep import AGAIN_S, Upkeep
from tests import virtual_time


class Failed:
    """Counts the times that the core was told to begin anew."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


async def fail() -> None:
    await asyncio.sleep(1.0)
    raise RuntimeError("disk full")


async def end() -> None:
    await asyncio.sleep(1.0)


async def last() -> None:
    await asyncio.Event().wait()


async def outcome(kind: str, work: Coroutine[Any, Any, None]) -> int:
    """Return how often the core was to begin anew, an hour after ``work`` was begun."""
    failed = Failed()
    upkeep = Upkeep(failed)
    if kind == "vital":
        upkeep.vital("accueil", work)
    else:
        upkeep.passing(work)
    await asyncio.sleep(3600.0)
    before = failed.times
    await upkeep.close()
    assert failed.times == before
    return before


@pytest.mark.parametrize(
    ("kind", "work", "times"),
    [("vital", fail, 1), ("vital", end, 1), ("vital", last, 0), ("passing", fail, 0)],
)
def test_the_core_begins_anew_when_what_it_cannot_be_without_ends(
    kind: str, work: Any, times: int
) -> None:
    assert virtual_time.run(outcome(kind, work())) == times


async def begun_after_failures(failures: int) -> list[float]:
    """Return the instants at which a service that fails so often was begun, and no more."""
    failed, begun = Failed(), []
    upkeep = Upkeep(failed)

    async def serve() -> None:
        begun.append(asyncio.get_running_loop().time())
        if len(begun) > failures:
            await last()
        raise OSError("disk full")

    upkeep.service("historique", serve)
    await asyncio.sleep(3600.0)
    await upkeep.close()
    assert failed.times == 0
    return [at - begun[0] for at in begun]


def test_a_service_that_fails_is_begun_again_and_calls_go_on() -> None:
    assert virtual_time.run(begun_after_failures(2)) == [0.0, AGAIN_S, 2 * AGAIN_S]
