"""The ``callbot`` command."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence
from types import ModuleType

import callbot.commands
from callbot.commands import CommandError
from callbot.frenchargs import FrenchParser
from callbot.paths import Paths
from common import yamltree
from common.yamlfile import ConfigError

OK = 0
FAILED = 1
INTERRUPTED = 130

_ORDER = ("serve", "call", "ask", "check", "train", "eval", "bench")


def command_modules() -> dict[str, ModuleType]:
    """Import the subcommands, the well-known ones first."""
    found = {
        info.name
        for info in pkgutil.iter_modules(callbot.commands.__path__)
        if not info.name.startswith("_")
    }
    names = [name for name in _ORDER if name in found] + sorted(found - set(_ORDER))
    return {name: importlib.import_module(f"callbot.commands.{name}") for name in names}


def build_parser(modules: dict[str, ModuleType]) -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = FrenchParser(
        prog="callbot", description="Standard téléphonique automatique de la mairie."
    )
    _add_folders(parser, default=None)
    subparsers = parser.add_subparsers(
        dest="command", metavar="commande", required=True, title="commandes"
    )
    for module in modules.values():
        module.add_parser(subparsers)
    for subparser in subparsers.choices.values():
        # SUPPRESS: the value given before the subcommand stays unless given again after it.
        _add_folders(subparser, default=argparse.SUPPRESS)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    modules = command_modules()
    args = build_parser(modules).parse_args(argv)
    args.paths = Paths.choose(args.config, args.var)
    yamltree.keep_in(args.paths.parsed)
    try:
        return int(modules[args.command].run(args))
    except ConfigError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return FAILED
    except CommandError as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED


def _add_folders(parser: argparse.ArgumentParser, default: str | None) -> None:
    parser.add_argument(
        "--config",
        metavar="DOSSIER",
        default=default,
        help="dossier des réglages (sinon CALLBOT_CONFIG, sinon config/)",
    )
    parser.add_argument(
        "--var",
        metavar="DOSSIER",
        default=default,
        help="dossier des données (sinon CALLBOT_VAR, sinon var/)",
    )


if __name__ == "__main__":
    sys.exit(main())
