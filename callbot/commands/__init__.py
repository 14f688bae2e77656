"""Subcommands of ``callbot``, one module each.

A module is named after its subcommand and holds two functions::

    def add_parser(subparsers: Subparsers) -> None:
        subparsers.add_parser("nom", help="…")  # French help

    def run(args: argparse.Namespace) -> int:  # exit code

``args.paths`` is a :class:`callbot.paths.Paths`. Modules whose name begins with an underscore
are no subcommands. Heavy imports belong inside ``run``, so that ``callbot --help`` stays quick.
``run`` may let :class:`common.yamlfile.ConfigError` and :class:`CommandError` through: the
command line prints them in French and exits with 1.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
else:
    Subparsers = object


class CommandError(Exception):
    """The command cannot go on; the message is one French sentence with its mend."""
