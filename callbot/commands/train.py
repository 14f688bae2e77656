"""``callbot train``: Rasa learns the town's intents; the new model goes live once complete."""

from __future__ import annotations

import argparse

from callbot.commands import CommandError, Subparsers
from callbot.paths import Paths

PREVIOUS = ""
"""``--rollback`` without a version."""


def add_parser(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "train",
        help="apprend les intentions de config/intents",
        description="Apprend les intentions écrites dans config/intents. Le nouveau modèle ne "
        "remplace l'ancien que s'il est complet.",
    )
    parser.add_argument(
        "--rollback",
        metavar="VERSION",
        nargs="?",
        const=PREVIOUS,
        help="revient à une version antérieure (sans précision : la précédente)",
    )


def run(args: argparse.Namespace) -> int:
    """Train, or go back to an earlier version.

    Raises:
        ConfigError: an intent is wrong.
        CommandError: Rasa cannot train, or there is no such version.
    """
    from dialogue.training import TrainingError  # noqa: PLC0415

    paths: Paths = args.paths
    try:
        if args.rollback is not None:
            _roll_back(paths, args.rollback or None)
        else:
            _train(paths)
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


def _train(paths: Paths) -> None:
    from callbot import rasaprocess  # noqa: PLC0415
    from callbot.checks import service_names  # noqa: PLC0415
    from callbot.setup.training import fingerprint, remember  # noqa: PLC0415
    from dialogue.compiling import PROJECT  # noqa: PLC0415
    from dialogue.intents import load_intents  # noqa: PLC0415
    from dialogue.training import train  # noqa: PLC0415

    learnt = fingerprint(paths.config)
    intents = load_intents(paths.intents, service_names(paths))
    train(intents, paths.rasa, PROJECT, rasaprocess.interpreter(paths), _say)
    remember(paths.rasa, learnt)


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
