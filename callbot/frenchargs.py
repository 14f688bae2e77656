"""argparse that speaks French."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

USAGE_ERROR = 2

_ERRORS = [
    (r"the following arguments are required: (.*)", r"il manque : \1."),
    (r"unrecognized arguments: (.*)", r"argument inconnu : \1."),
    (
        r"argument (\S+): invalid choice: '?(.*?)'? \(choose from (.*)\)",
        r"\1 : « \2 » n'existe pas. Valeurs possibles : \3.",
    ),
    (r"argument (.+): expected one argument", r"\1 attend une valeur."),
    (r"argument (.+): expected at least one argument", r"\1 attend au moins une valeur."),
    (r"argument (.+): expected (\d+) arguments", r"\1 attend \2 valeurs."),
    (r"argument (.+): invalid int value: '(.*)'", r"\1 : « \2 » n'est pas un nombre entier."),
    (r"argument (.+): invalid float value: '(.*)'", r"\1 : « \2 » n'est pas un nombre."),
    (r"argument (.+): invalid \S+ value: '(.*)'", r"\1 : « \2 » n'est pas acceptable."),
    (
        r"argument (.+): not allowed with argument (.+)",
        r"\1 et \2 ne peuvent pas être donnés ensemble.",
    ),
    (r"one of the arguments (.*) is required", r"donnez l'un de ces arguments : \1."),
    (
        r"ambiguous option: (\S+) could match (.*)",
        r"\1 peut désigner plusieurs options : \2.",
    ),
    (r"argument (.+): ignored explicit argument '(.*)'", r"\1 ne prend pas de valeur."),
    (r"argument (\S+): (.*)", r"\1 : \2"),
]


def positive(text: str) -> float:
    """Read a number greater than 0, as the ``type`` of an argument; a comma is a point too.

    Raises:
        argparse.ArgumentTypeError: it is no such number.
    """
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = 0.0
    if not 0 < number < 1e5:
        raise argparse.ArgumentTypeError("un nombre plus grand que 0 est attendu.")
    return number


def french_error(message: str) -> str:
    """Translate a message of argparse; one it does not know comes back unchanged."""
    for pattern, french in _ERRORS:
        match = re.fullmatch(pattern, message)
        if match:
            return re.sub(r"'([^']*)'(?=[,.])", r"\1", match.expand(french))
    return message


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, "Utilisation : " if prefix is None else prefix)


class FrenchParser(argparse.ArgumentParser):
    """An argument parser whose help and errors are French; its subparsers are too."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", _Formatter)
        options.setdefault("allow_abbrev", False)
        super().__init__(add_help=False, **options)
        self._positionals.title = "arguments"
        self._optionals.title = "options"
        self.add_argument("-h", "--help", action="help", help="affiche cette aide")

    def error(self, message: str) -> NoReturn:
        """Print usage and the French message, then exit with 2."""
        self.print_usage(sys.stderr)
        self.exit(USAGE_ERROR, f"Erreur : {french_error(message)}\n")
