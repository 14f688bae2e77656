"""``callbot schema``: JSON Schemas, with which an editor completes and checks as one types."""

from __future__ import annotations

import argparse
from pathlib import Path

from callbot.commands import CommandError, Subparsers
from callbot.paths import Paths
from common.problem import why


def add_parser(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "schema",
        help="écrit les schémas des fichiers, pour les éditeurs de texte",
        description="Écrit un schéma JSON par sorte de fichier. Un éditeur (VS Code et son "
        "extension YAML, par exemple) complète et vérifie alors pendant la frappe. Mettez en "
        "première ligne d'un fichier : # yaml-language-server: $schema=CHEMIN/lieu.json",
    )
    parser.add_argument(
        "dossier", nargs="?", type=Path, help="où les écrire (sinon : schemas/ sous les données)"
    )


def run(args: argparse.Namespace) -> int:
    """Write the schemas.

    Raises:
        CommandError: the folder cannot be written.
    """
    from callbot import schemas

    paths: Paths = args.paths
    folder: Path = args.dossier or paths.var / schemas.FOLDER
    try:
        written = schemas.write(folder)
    except OSError as error:
        raise CommandError(f"Le dossier {folder} ne peut pas être écrit : {why(error)}.") from (
            error
        )
    for file in written:
        print(f"{file}  # config/{schemas.pattern(file.stem)}")
    return 0
