"""``callbot check``: finds mistakes in the configuration, changes nothing."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callbot.commands import Subparsers
from callbot.paths import Paths
from common.settled import uncollected
from common.yamlfile import ConfigError, Problem, read_text

if TYPE_CHECKING:
    from callbot.textcheck import CheckedText


WIDTH = 100
"""Characters of a line that are shown."""


def add_parser(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "check",
        help="vérifie les réglages, les intentions et les connaissances",
        description="Vérifie tout ce que l'on peut modifier sous config/, sans rien changer. "
        "Chaque erreur est donnée avec le fichier, la ligne et le remède.",
    )
    parser.add_argument("--json", action="store_true", help="résultat en JSON")
    parser.add_argument(
        "--modele",
        action="store_true",
        help="cherche aussi les exemples que le modèle actuel comprend autrement",
    )
    parser.add_argument(
        "--sms", action="store_true", help="montre aussi chaque SMS possible et sa longueur"
    )


def run(args: argparse.Namespace) -> int:
    """Print every problem; 1 when one of them is an error."""
    paths: Paths = args.paths
    with uncollected():
        from callbot.checks import check_all

        report = check_all(paths)
    if args.modele and not report.errors and report.settings is not None:
        from callbot.modelcheck import misread

        report = replace(report, problems=(*report.problems, *misread(report.settings, paths)))
    if args.json:
        body: dict[str, Any] = {
            "ok": not report.errors,
            "problems": [as_json(problem) for problem in report.problems],
        }
        if args.sms:
            body["sms"] = [_text_as_json(text) for text in report.texts]
        print(json.dumps(body, ensure_ascii=False, indent=2))
    else:
        for text in report.texts if args.sms else ():
            print(show_text(text))
        for problem in report.problems:
            print(show(problem))
        print(summary(len(report.errors), len(report.warnings), paths.config))
    return 1 if report.errors else 0


def describe(problem: Problem) -> str:
    """Return one problem as a line, its file relative to where the reader stands."""
    mend = f" {problem.mend}" if problem.mend else ""
    return (
        f"{problem.severity.capitalize()} : {_near(problem.file)}:{problem.line}:{problem.column} "
        f": {problem.message}{mend}"
    )


def show(problem: Problem) -> str:
    """Return one problem with its line of the file, and a caret under the place."""
    if problem.file.is_symlink():  # it may lead anywhere
        return describe(problem)
    try:
        lines = read_text(problem.file).split("\n")
    except ConfigError:
        return describe(problem)
    if not lines[0] or problem.line > len(lines):
        return describe(problem)
    before = problem.column - 1
    start = max(0, before - WIDTH // 2)
    line = lines[problem.line - 1].replace("\t", " ")[start : start + WIDTH].rstrip()
    return f"{describe(problem)}\n    {line}\n    {' ' * (before - start)}^"


def show_text(text: CheckedText) -> str:
    """Return one text message, and what it costs, as two lines."""
    message = text.message
    alphabet = "" if message.encoding == "gsm7" else ", hors de l'alphabet court"
    return (
        f"{text.source} : {message.segments} SMS, {len(message.text)} caractères{alphabet}\n"
        f"    {message.text}"
    )


def summary(errors: int, warnings: int, folder: Path) -> str:
    """Return the last line in French."""
    if not errors and not warnings:
        return f"Tout est en ordre dans {_near(folder)}."
    parts = [
        f"{count} {word}{'s' if count > 1 and not word.endswith('s') else ''}"
        for count, word in ((errors, "erreur"), (warnings, "avertissement"))
        if count
    ]
    return f"{' et '.join(parts)}."


def _near(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def as_json(problem: Problem) -> dict[str, str | int]:
    """Return one problem for a program."""
    return {
        "severity": problem.severity,
        "file": str(problem.file),
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
        "mend": problem.mend,
    }


def _text_as_json(text: CheckedText) -> dict[str, str | int]:
    return {
        "source": text.source,
        "text": text.message.text,
        "encoding": text.message.encoding,
        "segments": text.message.segments,
    }
