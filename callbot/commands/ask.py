"""``callbot ask``: the same conversation in text, no telephone."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from callbot.commands import Subparsers
from callbot.paths import Paths

if TYPE_CHECKING:
    from dialogue.manager import Plan

CONVERSATION = "question"

_ENDINGS = {"transfer": "(transfert vers {service})", "hang_up": "(le callbot raccroche)"}


def add_parser(subparsers: Subparsers) -> None:
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "ask",
        help="pose une question par écrit",
        description="Tient la même conversation qu'au téléphone, par écrit. Sans texte, les "
        "phrases sont lues au clavier, une par ligne.",
    )
    parser.add_argument("textes", metavar="TEXTE", nargs="*", help="ce que dit l'appelant")
    parser.add_argument(
        "--numero",
        default="",
        metavar="NUMÉRO",
        help="numéro d'où la personne appelle, par exemple 0612345678 (sans lui : masqué) ; "
        "ni SMS ni rappel ne partent jamais d'ici",
    )
    parser.add_argument("--json", action="store_true", help="résultat en JSON")


def run(args: argparse.Namespace) -> int:
    """Hold one conversation.

    Raises:
        ConfigError: the configuration is unusable.
        CommandError: Rasa cannot be started.
    """
    paths: Paths = args.paths
    return asyncio.run(_run(paths, args.textes, numero=args.numero, as_json=args.json))


async def _run(paths: Paths, texts: Sequence[str], *, numero: str, as_json: bool) -> int:
    # These bring in every room; "callbot --help" does without.
    from callbot.adapters import RasaEngine
    from callbot.assistant import load_assistant
    from callbot.parts import understanding
    from callbot.settings import load_settings
    from dialogue.dryrun import dry_errands
    from dialogue.ports import Heard

    settings, _ = load_settings(paths)
    assistant = load_assistant(paths)
    said: list[dict[str, Any]] = []
    async with understanding(settings, paths) as client:
        errands = dry_errands(lambda told: print(told, file=sys.stderr))
        name = f"{CONVERSATION}-{id(client):x}"
        manager = assistant.manager(name, RasaEngine(client), errands, numero)
        _show(manager.greeting(), as_json)
        async for text in _texts(texts):
            if texts and not as_json:
                print(f"Vous    : {text}")
            plan = await manager.turn(Heard(text, 1.0), assistant.clock())
            said.append({"heard": text, **_as_json(plan)})
            _show(plan, as_json)
            if plan.then != "listen":
                break
        await manager.close()
    if as_json:
        print(json.dumps({"turns": said}, ensure_ascii=False, indent=2))
    return 0


async def _texts(texts: Sequence[str]) -> AsyncIterator[str]:
    if texts:
        for text in texts:
            yield text
        return
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line.strip():
            yield line.strip()


def _show(plan: Plan, as_json: bool) -> None:
    if as_json:
        return
    ending = _ENDINGS.get(plan.then, "").format(service=plan.service)
    print(f"Callbot : {plan.text} {ending}".rstrip())
    if plan.intent:
        details = [f"intention {plan.intent} ({plan.confidence:.2f})", f"décision {plan.decision}"]
        details += [
            f"{key} {value}" for key, value in (("lieu", plan.lieu), ("jour", plan.jour)) if value
        ]
        if plan.sources:
            details.append(f"sources {', '.join(plan.sources)}")
        print(f"          [{' ; '.join(details)}]")


def _as_json(plan: Plan) -> dict[str, Any]:
    return {
        "intent": plan.intent,
        "confidence": plan.confidence,
        "decision": plan.decision,
        "said": plan.text,
        "source": ", ".join(plan.sources),
        "service": plan.service,
        "lieu": plan.lieu,
        "jour": plan.jour,
        "then": plan.then,
    }
