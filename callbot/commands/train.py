"""``callbot train``: Rasa learns the town's intents; the new model goes live once complete."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from callbot.commands import CommandError, Subparsers
from callbot.paths import Paths

if TYPE_CHECKING:
    from callbot.assistant import Assistant
    from dialogue.golden import Result
    from dialogue.goldenfile import Placed

PREVIOUS = ""
"""``--rollback`` without a version."""


def add_parser(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "train",
        help="apprend les intentions de config/intents",
        description="Apprend les intentions écrites dans config/intents. Le nouveau modèle ne "
        "remplace l'ancien que s'il est complet, et si les conversations de référence "
        "(config/conversations) se passent toujours comme prévu.",
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--rollback",
        metavar="VERSION",
        nargs="?",
        const=PREVIOUS,
        help="revient à une version antérieure (sans précision : la précédente)",
    )
    choice.add_argument(
        "--forcer",
        action="store_true",
        help="active le nouveau modèle même si une conversation de référence échoue",
    )
    choice.add_argument(
        "--rejouer",
        action="store_true",
        help="rejoue seulement les conversations de référence, sur le modèle actuel",
    )


def run(args: argparse.Namespace) -> int:
    """Train, or go back to an earlier version.

    Raises:
        ConfigError: an intent, a conversation or something that they need is wrong.
        CommandError: Rasa cannot train, the new version is refused, or there is no such version.
    """
    from dialogue.training import TrainingError  # noqa: PLC0415

    paths: Paths = args.paths
    if args.rejouer:
        return _replay(paths)
    try:
        if args.rollback is not None:
            _roll_back(paths, args.rollback or None)
        else:
            _train(paths, force=args.forcer)
    except TrainingError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(
            f"Le dossier {paths.rasa} ne peut pas être écrit : {error.strerror}. Vérifiez les "
            "droits et la place sur le disque."
        ) from error
    if _is_serving(paths):
        print("Redémarrez le callbot pour qu'il prenne cette version.")
    return 0


def _train(paths: Paths, *, force: bool) -> None:
    from callbot import rasaprocess  # noqa: PLC0415
    from callbot.assistant import load_assistant  # noqa: PLC0415
    from callbot.golden import Gate, load  # noqa: PLC0415
    from callbot.setup.training import fingerprint, remember  # noqa: PLC0415
    from dialogue.compiling import PROJECT  # noqa: PLC0415
    from dialogue.training import active_model, train  # noqa: PLC0415

    learnt = fingerprint(paths.config)
    assistant = load_assistant(paths)
    conversations = load(paths, assistant)
    gate = None
    if conversations:
        # Without any model the telephone would stay dead: a doubtful one is better than none.
        first = not active_model(paths.rasa).is_file()
        gate = Gate(
            lambda model: _play(paths, assistant, conversations, model), _say, force or first
        )
    else:
        _say(f"Aucune conversation de référence dans {paths.conversations} : rien n'est rejoué.")
    train(assistant.intents, paths.rasa, PROJECT, rasaprocess.interpreter(paths), _say, gate)
    remember(paths.rasa, learnt)


def _replay(paths: Paths) -> int:
    """Play the golden conversations on the active model; 1 when one of them breaks."""
    from callbot import rasaprocess  # noqa: PLC0415
    from callbot.assistant import load_assistant  # noqa: PLC0415
    from callbot.golden import load, report  # noqa: PLC0415

    assistant = load_assistant(paths)
    conversations = load(paths, assistant)
    if missing := rasaprocess.missing(paths):
        raise CommandError(missing[0])
    results = _play(paths, assistant, conversations, None)
    for line in report(results):
        _say(line)
    return 1 if any(result.blocking for result in results) else 0


def _play(
    paths: Paths, assistant: Assistant, conversations: Sequence[Placed], model: Path | None
) -> Sequence[Result]:
    """Play the golden conversations, showing progress on stderr."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import MofNCompleteColumn, Progress  # noqa: PLC0415

    from callbot.golden import play_all  # noqa: PLC0415

    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("Conversations de référence", total=len(conversations))
        return play_all(paths, assistant, conversations, model, lambda: progress.advance(task))


def _roll_back(paths: Paths, version: str | None) -> None:
    from dialogue.training import rollback  # noqa: PLC0415

    print(f"La version {rollback(paths.rasa, version).name} est active.")


def _say(line: str) -> None:
    print(line, flush=True)


def _is_serving(paths: Paths) -> bool:
    import psutil  # noqa: PLC0415

    from callbot import state  # noqa: PLC0415

    current = state.read(paths.state_file)
    return current is not None and current.phase != "stopped" and psutil.pid_exists(current.pid)
