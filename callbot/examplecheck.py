"""Examples of intents that speak against each other, or that the model reads otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from callbot.commands import CommandError
from callbot.paths import Paths
from callbot.settings import Settings
from common.french import fold
from common.problem import ConfigError, Problem
from common.yamlfile import Loaded, load
from dialogue.intents import IntentFile

if TYPE_CHECKING:
    from dialogue.rasa_client import RasaClient

_FILLERS = frozenset(
    fold(
        "bonjour bonsoir allo euh ben alors donc voila merci svp s il vous plait te je j me m "
        "voudrais voulais veux aimerais souhaite souhaiterais savoir demander appelle appeler c "
        "est pour de d du des le la les l un une a au aux en et ce que qu y"
    ).split()
)
"""Words that change nothing about what is wanted."""


def contradictions(folder: Path) -> Iterator[Problem]:
    """Name examples of two intents that say the same but for words that mean little."""
    seen: dict[frozenset[str], tuple[Loaded[IntentFile], str, Problem]] = {}
    for loaded in _files(folder):
        if loaded.value.conduite == "social":
            continue
        for index, example in enumerate(loaded.value.exemples):
            words = frozenset(fold(example).split()) - _FILLERS
            here = loaded.problem(["exemples", index], "")
            other, said, there = seen.setdefault(words, (loaded, example, here))
            if len(words) < 2 or other is loaded or fold(said) == fold(example):
                continue
            yield Problem(
                here.file,
                here.line,
                here.column,
                f"l'exemple « {example} » dit la même chose que « {said} » ({there.file}, ligne "
                f"{there.line}), d'une autre intention.",
                "Gardez-le dans une seule, ou ajoutez le mot qui les distingue.",
                "attention",
            )


def misread(settings: Settings, paths: Paths) -> Sequence[Problem]:
    """Name the examples that the active model takes for another intent.

    Raises:
        CommandError: no model is trained, or Rasa does not start or answer.
    """
    # Most checks do without a model, and without the rooms that answering with one brings in.
    from callbot.parts import understanding  # noqa: PLC0415
    from dialogue.rasa_client import RasaError  # noqa: PLC0415

    async def all_of_them() -> Sequence[Problem]:
        async with understanding(settings, paths) as client:
            return [problem async for problem in _misread(client, paths.intents)]

    try:
        return asyncio.run(all_of_them())
    except RasaError as error:
        raise CommandError("Rasa n'a pas répondu jusqu'au bout. Relancez.") from error


async def _misread(client: RasaClient, folder: Path) -> AsyncIterator[Problem]:
    for loaded in _files(folder):
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


def _files(folder: Path) -> Iterator[Loaded[IntentFile]]:
    for file in sorted(folder.glob("*.yml")):
        try:
            yield load(file, IntentFile)
        except ConfigError:
            continue
