"""Examples of intents that the active model reads otherwise.

Apart from the other checks, which do without a model and the rooms that answering brings in.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from callbot.commands import CommandError
from callbot.examplecheck import readable_files
from callbot.parts import understanding
from callbot.paths import Paths
from callbot.settings import Settings
from common.problem import Problem
from dialogue.rasa_client import RasaClient, RasaError


def misread(settings: Settings, paths: Paths) -> Sequence[Problem]:
    """Name the examples that the active model takes for another intent.

    Raises:
        CommandError: no model is trained, or Rasa does not start or answer.
    """

    async def all_of_them() -> Sequence[Problem]:
        async with understanding(settings, paths) as client:
            return [problem async for problem in _misread(client, paths.intents)]

    try:
        return asyncio.run(all_of_them())
    except RasaError as error:
        raise CommandError("Rasa n'a pas répondu jusqu'au bout. Relancez.") from error


async def _misread(client: RasaClient, folder: Path) -> AsyncIterator[Problem]:
    for loaded in readable_files(folder):
        name = loaded.value.intention
        for index, example in enumerate(loaded.value.exemples):
            ranking = (await client.parse(example)).ranking
            if ranking and ranking[0][0] != name:
                taken, share = ranking[0]
                yield loaded.problem(
                    ["exemples", index],
                    f"le modèle comprend « {example} » comme « {taken} » ({share:.0%}).",
                    f"Mettez cet exemple dans « {taken} », ou ajoutez à « {name} » des exemples "
                    "qui lui ressemblent.",
                    "attention",
                )
