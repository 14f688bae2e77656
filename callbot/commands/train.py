"""``callbot train``: Rasa learns the town's intents; what was edited goes live once it is good."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from callbot.commands import CommandError, Subparsers
from callbot.paths import Paths

if TYPE_CHECKING:
    from callbot.assistant import Assistant
    from dialogue.golden import Result
    from dialogue.goldenfile import Placed

HEARD = 200
"""Examples that ``--asr-noise`` speaks in one run, unless a number is given."""

PREVIOUS = ""
"""``--rollback`` without a version."""


def add_parser(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "train",
        help="apprend les intentions de config/intents",
        description="Apprend les intentions écrites dans config/intents, puis met en service tout "
        "ce qui a été modifié sous config/, sans couper les appels : seulement si c'est complet, "
        "et si les conversations de référence (config/conversations) se passent toujours comme "
        "prévu.",
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
    parser.add_argument(
        "--parle",
        action="store_true",
        help="avec --rejouer : celles qui portent « parle: true », dites par la voix du robot et "
        "reconnues comme au téléphone (quelques minutes)",
    )
    choice.add_argument(
        "--asr-noise",
        metavar="NOMBRE",
        nargs="?",
        const=HEARD,
        type=_examples,
        help="fait d'abord dire des exemples par plusieurs voix et les reconnaît comme au "
        "téléphone ; ce qui a été entendu est appris aussi, si le robot comprend mieux avec "
        f"(NOMBRE : exemples de plus cette fois, {HEARD} sans précision, quelques secondes "
        "chacun)",
    )
    parser.add_argument("--raison", default="", help="pourquoi, pour l'historique")
    parser.add_argument("--auteur", default="", help="qui publie (sinon : le compte)")
    parser.add_argument(
        "--json", action="store_true", help="avancement en JSON, une ligne à la fois"
    )


def run(args: argparse.Namespace) -> int:
    """Train and publish, or go back to an earlier version.

    Raises:
        ConfigError: an intent, a conversation or something that they need is wrong.
        CommandError: Rasa cannot train, the new version is refused, or there is no such version.
    """
    from callbot.publishing import terminal
    from callbot.publishing.pipeline import Wish, publish, roll_back
    from callbot.setup.training import fingerprint, remember

    paths: Paths = args.paths
    if args.rejouer:
        return _replay(paths, aloud=args.parle)
    if args.parle:
        raise CommandError("« --parle » va avec « --rejouer ».")
    wish = Wish(args.auteur or terminal.author(), args.raison, force=args.forcer)
    if args.rollback is not None:
        name = args.rollback or None
        return terminal.run(paths, lambda to: roll_back(paths, name, wish, to), as_lines=args.json)
    if args.asr_noise is not None:
        _harden(paths, args.asr_noise, quiet=args.json)
        wish = replace(wish, learn_again=True)
    learnt = fingerprint(paths.config)
    code = terminal.run(paths, lambda to: publish(paths, wish, to), as_lines=args.json)
    if code == 0:
        remember(paths.rasa, learnt)
    return code


def _examples(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 100_000:
        raise argparse.ArgumentTypeError("un nombre d'exemples est attendu, par exemple 200.")
    return int(text)


def _harden(paths: Paths, most: int, *, quiet: bool) -> None:
    """Hear at most ``most`` more examples; ``quiet`` keeps standard output for JSON."""
    from callbot.assistant import load_assistant
    from callbot.noisyexamples.hardening import harden
    from callbot.settings import load_settings

    settings, _ = load_settings(paths)
    out = sys.stderr if quiet else sys.stdout
    harden(load_assistant(paths), settings, paths, most, lambda line: print(line, file=out))


def _replay(paths: Paths, *, aloud: bool) -> int:
    """Play the golden conversations on the active model; 1 when one of them breaks."""
    from callbot import rasaprocess
    from callbot.assistant import load_assistant
    from callbot.golden import load, report

    assistant = load_assistant(paths)
    conversations = load(paths, assistant)
    if missing := rasaprocess.missing(paths):
        raise CommandError(missing[0])
    results = _play(paths, assistant, conversations, aloud=aloud)
    for line in report(results):
        _say(line)
    return 1 if any(result.blocking for result in results) else 0


def _play(
    paths: Paths, assistant: Assistant, conversations: Sequence[Placed], *, aloud: bool
) -> Sequence[Result]:
    """Play the golden conversations, showing progress on stderr."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress

    from callbot import golden, spokengolden

    chosen = spokengolden.marked(conversations) if aloud else conversations
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("Conversations de référence", total=len(chosen))

        def advance() -> None:
            progress.advance(task)

        if aloud:
            return spokengolden.play_all(paths, assistant, chosen, advance)
        return golden.play_all(paths, assistant, chosen, None, advance)


def _say(line: str) -> None:
    print(line, flush=True)
