"""``callbot bench``: many real calls at once, timed at the callers' ears."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callbot.commands import CommandError, Subparsers
from callbot.commands.call import console_url, default_uri
from callbot.frenchargs import positive

if TYPE_CHECKING:
    from callbot.benchmark.callers import Load, Tape
    from callbot.benchmark.script import Casting
    from callbot.paths import Paths
    from callbot.settings import Settings

MAX_CALLS = 64
TURN_EVERY_S = 12.0


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command line."""
    parser = subparsers.add_parser(
        "bench",
        help="mesure le callbot en marche : plusieurs appels réels à la fois",
        description="Passe plusieurs appels SIP à la fois au callbot en marche. Chaque appelant a "
        "sa voix, ses questions et son temps de réflexion ; les délais sont mesurés à son "
        "oreille, de la fin de sa phrase au début de la réponse.",
    )
    parser.add_argument(
        "--calls",
        type=_calls,
        default=(16,),
        metavar="N",
        help="appels à la fois (16) ; « 1,2,4,8,16 » fait autant de mesures, l'une après l'autre",
    )
    parser.add_argument(
        "--minutes",
        type=positive,
        default=2.0,
        metavar="M",
        help="durée ; le dernier appel de chacun se termine après (2)",
    )
    parser.add_argument(
        "--think",
        type=positive,
        metavar="S",
        help="silence de l'appelant après chaque réponse (sinon une question toutes les "
        f"{TURN_EVERY_S:.0f} s)",
    )
    parser.add_argument(
        "--to", metavar="ADRESSE", help="adresse SIP à appeler (sinon celle du callbot)"
    )
    parser.add_argument("--json", action="store_true", help="affiche les mesures en JSON")
    parser.add_argument(
        "--report", type=Path, metavar="FICHIER", help="écrit un rapport HTML, avec ses courbes"
    )


def run(args: argparse.Namespace) -> int:
    """Place the calls; 1 when any of them failed."""
    from rich.console import Console

    from callbot import state
    from callbot.benchmark import table
    from callbot.benchmark.callers import Load
    from callbot.settings import load_settings
    from callbot.testphone import reach
    from callbot.testphone.session import Patience

    settings, paths = load_settings(args.paths)
    running = state.read(paths.state_file)
    if running is None or running.phase != "serving":
        raise CommandError("Le callbot n'est pas en marche : lancez d'abord « callbot serve ».")
    uri = args.to or default_uri(settings)
    try:
        place = reach.locate(uri)
        reach.check(place)
    except reach.UnreachableError as error:
        raise CommandError(str(error)) from error
    if args.think is None:
        patience = Patience(turn_every=TURN_EVERY_S)
    else:
        patience = Patience(think=args.think)
    runs = []
    for calls in args.calls:
        load = Load(uri, place.local, calls, args.minutes * 60, patience, TURN_EVERY_S)
        runs.append(asyncio.run(_measure(load, settings, paths)))
        if not args.json:
            table.show(runs[-1], Console())
        if args.report is not None:  # who breaks off keeps what was measured
            _write_report(args.report, runs)
    if args.json:
        found = runs[0] if len(runs) == 1 else {"runs": runs}
        print(json.dumps(found, ensure_ascii=False, indent=2))
    return 1 if any(figures["failed_calls"] for figures in runs) else 0


def _write_report(file: Path, runs: list[dict[str, Any]]) -> None:
    from callbot.benchmark import machine, report

    try:
        file.write_text(report.html(runs, machine.describe()), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} ne peut pas être écrit : {error.strerror}.") from error


async def _measure(load: Load, settings: Settings, paths: Paths) -> dict[str, Any]:
    from callbot import state
    from callbot.benchmark import callers, counts, figures, usage
    from callbot.consoleaccess import machine_token
    from callbot.testphone import history
    from callbot.wavfile import WavError
    from telephony.phone_client import PhoneError

    casting = await _cast(settings, paths)
    tape = callers.Tape()
    console, token = console_url(settings), machine_token(paths)
    counted = await counts.read(console, token)
    before = _box(state.read(paths.state_file))
    start = usage.read(before)
    try:
        supplies = [casting.dialogues(number) for number in range(load.calls)]
        await _with_progress(load, callers.run(load, supplies, tape), tape)
    except PhoneError as error:
        raise CommandError(str(error)) from error
    except WavError as error:
        raise CommandError(f"Une phrase des appelants est abîmée : {error}") from error
    end = usage.read(_box(state.read(paths.state_file)))
    now = await counts.read(console, token)
    meanwhile = now.since(counted) if now is not None and counted is not None else None
    placed = [result.sip_call_id for result in tape.results if result.connected]
    records = [await history.fetch(console, call, token) for call in placed]
    known = [record for record in records if record is not None]
    return figures.build(load.calls, tape, known, usage.between(start, end), meanwhile)


def _box(found: Any) -> Any:
    if found is None:
        raise CommandError("Le callbot s'est arrêté.")
    return found


async def _cast(settings: Settings, paths: Paths) -> Casting:
    """Have everything spoken before the first call."""
    from callbot import parts
    from callbot.benchmark.script import Casting
    from tts.client import SpeechUnavailable

    casting = Casting(paths.var / "bench" / settings.voice_folder(paths).name)
    missing = casting.missing()
    if not missing:
        return casting
    async with parts.speech(settings, paths) as speaker:
        for number, text in enumerate(missing, start=1):
            print(f"Phrases des appelants : {number}/{len(missing)}", file=sys.stderr)
            try:
                casting.keep(text, (await speaker.speech(text, keep=False)).pcm)
            except SpeechUnavailable as error:
                raise CommandError(f"« {text} » ne peut pas être dit : {error}") from error
    return casting


async def _with_progress(load: Load, work: Any, tape: Tape) -> None:
    """Show how far the run is, on stderr, every ten seconds."""

    async def tell() -> None:
        begun = asyncio.get_running_loop().time()
        while True:
            await asyncio.sleep(10)
            gone = asyncio.get_running_loop().time() - begun
            done = len(tape.results)
            print(f"{gone:.0f} s sur {load.lasting_s:.0f}, {done} appels finis", file=sys.stderr)

    telling = asyncio.create_task(tell())
    try:
        await work
    finally:
        telling.cancel()


def _calls(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")]
    numbers = tuple(int(part) if part.isdecimal() else 0 for part in parts)
    if not all(1 <= number <= MAX_CALLS for number in numbers):
        raise argparse.ArgumentTypeError(
            f"un nombre de 1 à {MAX_CALLS} est attendu, ou plusieurs séparés par des virgules."
        )
    return numbers
