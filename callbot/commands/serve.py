"""``callbot serve``: everything under one supervisor."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from callbot.commands import CommandError, Subparsers
from callbot.paths import Paths

if TYPE_CHECKING:
    from callbot.settings import Settings

NO_ACCOUNT = (
    "Personne ne peut encore entrer dans la console : créez un compte avec "
    "« callbot compte creer NOM --role administrateur »."
)


def add_parser(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    subparsers.add_parser(
        "serve",
        help="démarre le callbot",
        description="Démarre le callbot et le garde en marche. Ctrl-C laisse finir les appels en "
        "cours ; un second Ctrl-C arrête tout de suite.",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until stopped.

    Raises:
        CommandError: the configuration is unusable, or something needed is missing or taken.
    """
    from callbot.checks import check_all
    from callbot.commands.check import describe
    from callbot.publishing.opening import UnfitError, opening
    from callbot.supervision.lock import AlreadyServingError, single_instance

    paths: Paths = args.paths
    try:
        with single_instance(paths.lock_file):
            report = check_all(paths)
            for problem in report.problems:
                print(describe(problem), file=sys.stderr)
            from callbot import rasaprocess
            from callbot.serving import serve

            if not report.errors and (lacking := rasaprocess.missing(paths)):
                raise CommandError(" ".join(lacking))
            settings, served = opening(paths, report, _say)
            if lacking := rasaprocess.missing(paths):
                raise CommandError(" ".join(lacking))
            _first_account(settings, served)
            return serve(settings, served)
    except UnfitError as error:
        raise CommandError(
            "Le callbot n'a pas été démarré. Corrigez les erreurs ci-dessus, puis relancez-le."
        ) from error
    except AlreadyServingError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(
            f"Le dossier {paths.var} ne peut pas être utilisé : {error.strerror} "
            f"({error.filename or paths.var}). Vérifiez les droits et la place sur le disque."
        ) from error


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _first_account(settings: Settings, paths: Paths) -> None:
    """Make the first account of a console with log-in, and show its password to a person only."""
    from callbot.consoleaccess import FIRST, has_accounts, make_first_account
    from callbot.database import DatabaseError

    if not settings.console.has_accounts:
        return
    try:
        if not sys.stdout.isatty():
            # What is printed here may end up in a log.
            if not asyncio.run(has_accounts(paths)):
                print(NO_ACCOUNT, flush=True)
            return
        password = asyncio.run(make_first_account(paths, lambda: datetime.now(UTC)))
    except DatabaseError as error:
        raise CommandError(str(error)) from error
    if password is not None:
        print(
            f"Premier compte de la console : {FIRST.name}\n"
            f"Mot de passe, affiché une seule fois : {password}\n"
            "Notez-le, puis changez-le dans la console, sous « Mon compte ».",
            flush=True,
        )
