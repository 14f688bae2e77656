"""``callbot init``: the configuration of a new town, from a few questions."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from callbot.commands import CommandError, Subparsers
from callbot.paths import Paths
from common.problem import why


class _Question(NamedTuple):
    option: str
    asked: str
    usual: str = ""


_QUESTIONS = (
    _Question("nom", "Nom de la ville"),
    _Question("habitants", "Nombre d'habitants"),
    _Question("adresse", "Adresse de la mairie"),
    _Question("telephone", "Numéro de l'accueil, comme 01 23 45 67 89"),
    _Question(
        "horaires",
        "Horaires de la mairie, jours en anglais abrégé (lundi : Mo, samedi : Sa, férié : PH)",
        "Mo-Fr 08:30-12:00,13:30-17:30; PH off",
    ),
    _Question("sip", "Adresse SIP du poste de l'accueil", "sip:accueil@127.0.0.1:5070"),
)


def add_parser(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "init",
        help="commence la configuration d'une nouvelle ville",
        description="Crée un dossier de configuration prêt à compléter : les intentions livrées, "
        "la mairie, son accueil. Ce qui n'est pas encore écrit passe à l'accueil. Les questions "
        "sans option sont posées à l'écran.",
    )
    parser.add_argument("dossier", type=Path, help="où l'écrire : un dossier vide ou nouveau")
    for question in _QUESTIONS:
        parser.add_argument(f"--{question.option}", help=question.asked)


def run(args: argparse.Namespace) -> int:
    """Ask what is missing, write, check.

    Raises:
        CommandError: an answer is missing or wrong, or the folder cannot be used.
    """
    from callbot.checks import check_all
    from callbot.commands.check import show
    from callbot.newtown import NewTown, create

    said = {question.option: _answer(args, question) for question in _QUESTIONS}
    if not said["habitants"].replace(" ", "").isdigit():
        raise CommandError("Le nombre d'habitants s'écrit en chiffres, par exemple 12000.")
    town = NewTown(
        name=said["nom"],
        inhabitants=int(said["habitants"].replace(" ", "")),
        address=said["adresse"],
        phone=said["telephone"],
        hours=said["horaires"],
        sip=said["sip"],
    )
    folder: Path = args.dossier.expanduser().absolute()
    delivered = Paths.choose(environ={}).config
    try:
        create(town, folder, delivered, datetime.now().astimezone().date())
    except FileExistsError as error:
        raise CommandError(f"Le dossier {folder} n'est pas vide.") from error
    except OSError as error:
        raise CommandError(f"{folder} ne peut pas être écrit : {why(error)}.") from error
    report = check_all(Paths(folder, args.paths.var))
    for problem in report.errors:
        print(show(problem))
    print(
        f"La configuration est dans {folder}. Complétez ville/ (les réponses à écrire sont dans "
        f"ville/reponses/a_completer.yml), puis : callbot --config {folder} check"
    )
    return 1 if report.errors else 0


def _answer(args: argparse.Namespace, question: _Question) -> str:
    given = getattr(args, question.option)
    if given is None and sys.stdin.isatty():
        usual = f" [{question.usual}]" if question.usual else ""
        given = input(f"{question.asked}{usual} : ")
    value = " ".join((given or "").split()) or question.usual
    if not value:
        raise CommandError(f"Il manque : {question.asked}. Donnez --{question.option}.")
    return value
