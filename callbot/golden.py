"""Plays the golden conversations against a trained model, before it answers anybody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

from callbot.adapters import RasaEngine
from callbot.assistant import Assistant
from callbot.commands import CommandError
from callbot.evaluation.runner import WatchedEngine
from callbot.parts import understanding_with
from callbot.paths import Paths
from dialogue.golden import Hear, Result, as_written, replay
from dialogue.goldenfile import Names, Placed, load_goldens
from dialogue.manager import DialogueManager
from dialogue.ports import Engine, Errands, ServiceUnavailableError
from dialogue.rasa_client import RasaClient

"""Plays every conversation against one model."""

SHOWN = 20
"""Broken conversations that are told in full."""


def load(paths: Paths, assistant: Assistant) -> tuple[Placed, ...]:
    """Read the town's golden conversations; raises ConfigError."""
    places = tuple(assistant.facts.town.places)
    names = Names(assistant.intents.names, assistant.services, places)
    return load_goldens(paths.conversations, names)


async def play(
    conversations: Sequence[Placed],
    assistant: Assistant,
    client: RasaClient,
    hear: Hear = as_written,
) -> AsyncIterator[Result]:
    """Yield what became of each conversation, in order.

    Raises:
        ServiceUnavailableError: Rasa, or what ``hear`` needs, does not answer.
    """
    engine = WatchedEngine(RasaEngine(client))
    for placed in conversations:
        begin = beginner(assistant, engine, f"reference-{placed.golden.id}")
        yield await replay(placed, begin, assistant.facts.timezone, hear)
        engine.check()


def beginner(
    assistant: Assistant, engine: Engine, name: str
) -> Callable[[Errands, str], DialogueManager]:
    """Return what begins one conversation of this name."""

    def begin(errands: Errands, caller: str) -> DialogueManager:
        return assistant.manager(name, engine, errands, caller)

    return begin


def play_all(
    paths: Paths,
    assistant: Assistant,
    conversations: Sequence[Placed],
    model: Path | None = None,
    advance: Callable[[], None] = lambda: None,
) -> Sequence[Result]:
    """Play ``conversations`` with a Rasa of its own on ``model``, or the active one.

    ``advance`` is called after each conversation.

    Raises:
        CommandError: Rasa does not start, or does not answer to the end.
    """

    async def all_of_them() -> list[Result]:
        results = []
        async with understanding_with(paths, model) as client:
            async for result in play(conversations, assistant, client):
                results.append(result)
                advance()
        return results

    try:
        return asyncio.run(all_of_them())
    except ServiceUnavailableError as error:
        raise CommandError("Rasa n'a pas répondu jusqu'au bout. Relancez.") from error


def record(results: Sequence[Result]) -> dict[str, Any]:
    """Return what is kept with a version that was activated."""
    broken = [result.golden.id for result in results if result.blocking]
    return {
        "played": len(results),
        "held": sum(result.held for result in results),
        "known": [r.golden.id for r in results if not r.held and not r.blocking],
        "broken": broken,
        "forced": bool(broken),
    }


def report(results: Sequence[Result]) -> list[str]:
    """Tell how the conversations went, in French, what is broken first."""
    broken = [result for result in results if result.blocking]
    known = [result for result in results if not result.held and not result.blocking]
    mended = [result.golden.id for result in results if result.held and result.golden.connu]
    lines = [line for result in broken[:SHOWN] for line in result.lines()]
    if len(broken) > SHOWN:
        lines.append(f"… et {len(broken) - SHOWN} autres.")
    if mended:
        lines.append(f"Ces échecs connus n'en sont plus, retirez « connu » : {', '.join(mended)}.")
    held = sum(result.held for result in results)
    lines.append(
        f"Conversations de référence : {held} sur {len(results)} se passent comme prévu"
        + (f", {len(known)} en échec connu" if known else "")
        + (f", {len(broken)} en échec" if broken else "")
        + "."
    )
    return lines
