"""``callbot publier``: what was edited goes into service, once it is checked."""

from __future__ import annotations

import argparse

from callbot.commands import Subparsers
from callbot.paths import Paths
from common.settled import uncollected


def add_parser(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "publier",
        help="met en service ce qui a été modifié",
        description="Vérifie ce qui a été modifié sous config/, rejoue les conversations de "
        "référence, puis le met en service sans couper les appels. En cas d'erreur ou d'échec, "
        "rien ne change pour les appelants. Sans apprentissage, cela prend quelques secondes.",
    )
    parser.add_argument("--raison", default="", help="pourquoi, pour l'historique")
    parser.add_argument("--auteur", default="", help="qui publie (sinon : le compte)")
    parser.add_argument(
        "--brouillons",
        metavar="FICHIER",
        nargs="*",
        help="publie aussi ces brouillons de la console (sans précision : tous)",
    )
    parser.add_argument(
        "--sans-apprentissage",
        action="store_true",
        help="refuse quand il faudrait un apprentissage",
    )
    parser.add_argument(
        "--forcer",
        action="store_true",
        help="publie même si une conversation de référence échoue",
    )
    parser.add_argument(
        "--json", action="store_true", help="avancement en JSON, une ligne à la fois"
    )


def run(args: argparse.Namespace) -> int:
    """Publish.

    Raises:
        CommandError: it was refused.
    """
    with uncollected():
        from callbot.publishing import terminal
        from callbot.publishing.pipeline import Wish, publish

    paths: Paths = args.paths
    drafts: list[str] | None = args.brouillons
    wish = Wish(
        author=args.auteur or terminal.author(),
        reason=args.raison,
        drafts=() if drafts is None else drafts or None,
        force=args.forcer,
        facts_only=args.sans_apprentissage,
    )
    return terminal.run(paths, lambda to: publish(paths, wish, to), as_lines=args.json)
