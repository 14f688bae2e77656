"""``callbot eval``: scores the callbot on a set of labelled sentences."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callbot.commands import CommandError, Subparsers

if TYPE_CHECKING:
    from callbot.assistant import Assistant
    from callbot.evaluation.manifest import Item
    from callbot.evaluation.scoring import Pair
    from callbot.evaluation.transcripts import KeptTranscripts
    from callbot.paths import Paths
    from callbot.settings import Settings
    from dialogue.ports import Recogniser


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
    parser.add_argument(
        "--report",
        metavar="FICHIER|DOSSIER",
        type=Path,
        help="écrit aussi le rapport en HTML, avec les courbes et ce qui n'a pas été compris",
    )
    parser.add_argument(
        "--transcriptions",
        metavar="FICHIER",
        type=Path,
        help="garde ce qui a été reconnu dans ce fichier, et ne reconnaît que ce qui y manque ; "
        "les temps affichés ne comptent alors plus la reconnaissance",
    )


def run(args: argparse.Namespace) -> int:
    """Score the set; the figures themselves never make it fail."""
    from rich.console import Console

    from callbot.assistant import load_assistant
    from callbot.evaluation import manifest, scoring, table, transcripts
    from callbot.settings import load_settings

    settings, paths = load_settings(args.paths)
    assistant = load_assistant(paths)
    file = Path(args.jeu)
    try:
        items = manifest.read(file)
    except manifest.ManifestError as error:
        raise CommandError(str(error)) from error
    unknown = sorted({item.intent for item in items} - set(assistant.intents.names))
    if unknown:
        print(f"Intentions inconnues du callbot : {', '.join(unknown)}.", file=sys.stderr)
    try:
        kept = transcripts.KeptTranscripts(args.transcriptions) if args.transcriptions else None
    except transcripts.TranscriptError as error:
        raise CommandError(str(error)) from error
    job = _Job(items, file.parent, settings, paths, assistant, kept)
    pairs = asyncio.run(_pairs(job))
    report = scoring.score(pairs)
    if args.report:
        _write_page(args.report, pairs, report, file.name, assistant)
    if args.json:
        print(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        table.show(report, Console())
    return 0


@dataclass(frozen=True)
class _Job:
    items: Sequence[Item]
    folder: Path
    """Where the recordings are named from."""
    settings: Settings
    paths: Paths
    assistant: Assistant
    kept: KeptTranscripts | None


def _write_page(
    target: Path, pairs: list[Pair], report: Mapping[str, Any], name: str, assistant: Assistant
) -> None:
    from callbot.evaluation import page

    occasion = page.Occasion(name, assistant.clock(), assistant.versions)
    try:
        file = page.write(target, page.render(pairs, report, occasion))
    except OSError as error:
        raise CommandError(
            f"Le rapport ne peut pas être écrit dans {target} ({error.strerror})."
        ) from error
    print(f"Rapport : {file}", file=sys.stderr)


async def _pairs(job: _Job) -> list[Pair]:
    """Put every item through the chain, showing progress on stderr."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    from callbot import adapters, parts
    from callbot.evaluation import runner
    from dialogue.ports import ServiceUnavailableError

    assistant = job.assistant
    pairs: list[Pair] = []
    async with contextlib.AsyncExitStack() as stack:
        columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
        progress = stack.enter_context(Progress(*columns, console=Console(stderr=True)))
        task = progress.add_task("Démarrage", total=len(job.items))
        rasa = await stack.enter_async_context(parts.understanding(job.settings, job.paths))
        engine = runner.WatchedEngine(adapters.RasaEngine(rasa))
        chain = runner.Chain(
            await _recogniser(job, stack),
            lambda name: assistant.manager(name, engine),
            assistant.clock,
        )
        progress.update(task, description="Phrases")
        try:
            async for pair in runner.run(job.items, job.folder, chain):
                engine.check()
                pairs.append(pair)
                progress.advance(task)
        except ServiceUnavailableError as error:
            raise CommandError(
                f"La mesure s'est arrêtée à la phrase {len(pairs) + 1} : la reconnaissance ou "
                "Rasa ne répond plus. Relancez-la."
            ) from error
    return pairs


async def _recogniser(job: _Job, stack: contextlib.AsyncExitStack) -> Recogniser | None:
    """Return what recognises the recordings; None when nothing is left to be recognised."""
    from callbot import adapters, parts
    from callbot.evaluation import runner

    sounds = [runner.sound(item, job.folder) for item in job.items if item.audio]
    if all(job.kept is not None and job.kept.knows(pcm, runner.EXPECTS) for pcm in sounds):
        return job.kept
    # Hundreds of sentences in a row would keep the callers of a running callbot waiting.
    client = await stack.enter_async_context(
        parts.recognition(
            job.settings, job.paths, borrow=False, vocabulary=job.assistant.vocabulary
        )
    )
    recogniser = adapters.Recogniser(client)
    if job.kept is None:
        return recogniser
    job.kept.inner = recogniser
    return job.kept
