"""``callbot eval``: scores the callbot on a set of labelled sentences."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from callbot.commands import CommandError, Subparsers

if TYPE_CHECKING:
    from callbot.evaluation.manifest import Item
    from callbot.evaluation.scoring import Pair
    from callbot.paths import Paths
    from callbot.settings import Settings


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command line."""
    parser = subparsers.add_parser(
        "eval",
        help="mesure ce que le callbot comprend sur un jeu de phrases annotées",
        description="Fait passer chaque phrase, écrite ou enregistrée, par la reconnaissance et la "
        "compréhension d'un véritable appel, et compte ce qui est juste. Un jeu est un fichier "
        "JSON Lines : une phrase par ligne avec « id », « text », « intent », « expect » et, si "
        "elle est enregistrée, « audio » (WAV mono à 8000 Hz à côté du fichier).",
    )
    parser.add_argument("jeu", help="fichier des phrases annotées (JSON Lines)")
    parser.add_argument("--json", action="store_true", help="affiche le résultat en JSON")


def run(args: argparse.Namespace) -> int:
    """Score the set; the figures themselves never make it fail."""
    from rich.console import Console  # noqa: PLC0415

    from callbot.evaluation import manifest, scoring, table  # noqa: PLC0415
    from callbot.settings import load_settings  # noqa: PLC0415

    settings, paths = load_settings(args.paths)
    file = Path(args.jeu)
    try:
        items = manifest.read(file)
    except manifest.ManifestError as error:
        raise CommandError(str(error)) from error
    report = scoring.score(asyncio.run(_pairs(items, file.parent, settings, paths)))
    if args.json:
        print(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        table.show(report, Console())
    return 0


async def _pairs(items: list[Item], folder: Path, settings: Settings, paths: Paths) -> list[Pair]:
    """Put every item through the chain, showing progress on stderr."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn  # noqa: PLC0415

    from callbot import adapters, parts  # noqa: PLC0415
    from callbot.assistant import load_assistant  # noqa: PLC0415
    from callbot.evaluation import runner  # noqa: PLC0415
    from dialogue.ports import ServiceUnavailableError  # noqa: PLC0415

    assistant = load_assistant(paths)
    unknown = sorted({item.intent for item in items} - set(assistant.intents.names))
    if unknown:
        print(f"Intentions inconnues du callbot : {', '.join(unknown)}.", file=sys.stderr)
    pairs: list[Pair] = []
    async with contextlib.AsyncExitStack() as stack:
        progress = stack.enter_context(
            Progress(
                *Progress.get_default_columns()[:2],
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
            )
        )
        task = progress.add_task("Démarrage", total=len(items))
        rasa = await stack.enter_async_context(parts.understanding(settings, paths))
        recogniser = None
        if any(item.audio for item in items):
            # Hundreds of sentences in a row would keep the callers of a running callbot waiting.
            client = await stack.enter_async_context(
                parts.recognition(settings, paths, borrow=False, vocabulary=assistant.vocabulary)
            )
            recogniser = adapters.Recogniser(client)
        engine = runner.WatchedEngine(adapters.RasaEngine(rasa))
        chain = runner.Chain(
            recogniser,
            lambda name: assistant.manager(name, engine),
            assistant.clock,
        )
        progress.update(task, description="Phrases")
        try:
            async for pair in runner.run(items, folder, chain):
                engine.check()
                pairs.append(pair)
                progress.advance(task)
        except ServiceUnavailableError as error:
            raise CommandError(
                f"La mesure s'est arrêtée à la phrase {len(pairs) + 1} : la reconnaissance ou "
                "Rasa ne répond plus. Relancez-la."
            ) from error
    return pairs
