"""``callbot call``: a test phone that places a real call."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callbot.commands import CommandError, Subparsers
from callbot.frenchargs import positive

if TYPE_CHECKING:
    from callbot.paths import Paths
    from callbot.settings import Settings
    from callbot.testphone.reach import Place
    from callbot.testphone.session import CallResult, Exchange, Turn


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command line."""
    parser = subparsers.add_parser(
        "call",
        help="téléphone d'essai : passe un véritable appel et montre ce qui a été dit",
        description="Appelle le callbot par SIP, lui dit chaque phrase quand il a fini de parler, "
        "et montre ce qu'il a compris, répondu, et en combien de temps.",
    )
    parser.add_argument("texte", nargs="*", help="ce que dit l'appelant, une phrase par tour")
    parser.add_argument(
        "--audio",
        action="extend",
        nargs="+",
        default=[],
        metavar="FICHIER",
        help="enregistrements WAV à dire, un par tour, après les textes",
    )
    parser.add_argument(
        "--to", metavar="ADRESSE", help="adresse SIP à appeler (sinon celle du callbot)"
    )
    parser.add_argument(
        "--voice", metavar="VOIX", help="voix de l'appelant : un dossier de var/voices"
    )
    parser.add_argument(
        "--silence",
        type=positive,
        default=0.9,
        metavar="SECONDES",
        help="silence du callbot après lequel l'appelant prend la parole (défaut : %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="affiche le compte rendu en JSON")


def run(args: argparse.Namespace) -> int:
    """Place the call; 1 when it was not taken."""
    from rich.console import Console

    from callbot.settings import load_settings
    from callbot.testphone import reach, table

    settings, paths = load_settings(args.paths)
    uri = args.to or default_uri(settings)
    try:
        place = reach.locate(uri)
        reach.check(place)
    except reach.UnreachableError as error:
        raise CommandError(str(error)) from error
    report = asyncio.run(_call(args, settings, paths, uri, place))
    if args.json:
        print(json.dumps(report, ensure_ascii=False, indent=2))
    elif not report["error"]:
        table.show(report, Console())
    if report["error"]:
        print(report["error"], file=sys.stderr)
    return 1 if report["error"] else 0


def default_uri(settings: Settings) -> str:
    """Return the SIP address of the callbot that these settings describe."""
    return f"sip:mairie@{_reachable(settings.telephonie.adresse)}:{settings.telephonie.port}"


def _reachable(address: str) -> str:
    return "127.0.0.1" if address == "0.0.0.0" else address  # noqa: S104 - compared, not bound


def console_url(settings: Settings) -> str:
    """Return where the console of the callbot that these settings describe is."""
    return f"http://{_reachable(settings.console.adresse)}:{settings.console.port}"


async def _call(
    args: argparse.Namespace, settings: Settings, paths: Paths, uri: str, place: Place
) -> dict[str, Any]:
    from callbot.consoleaccess import machine_token
    from callbot.testphone import history, report

    voice = paths.voices / args.voice if args.voice else None
    turns = await _turns(args.texte, args.audio, settings, paths, voice)
    result = await _place(uri, place, turns, args.silence)
    token = machine_token(paths)
    record = await history.fetch(console_url(settings), result.sip_call_id, token)
    texts = await _recognise(result, settings, paths)
    return report.build(uri, result, record, lambda exchange: texts[id(exchange)])


async def _turns(
    texts: Sequence[str],
    files: Sequence[str],
    settings: Settings,
    paths: Paths,
    voice: Path | None,
) -> list[Turn]:
    """Have everything spoken before the call, so that the call never waits for it."""
    from callbot import parts, wavfile
    from callbot.testphone.session import Turn
    from tts.client import SpeechUnavailable

    turns: list[Turn] = []
    try:
        sounds = [Turn(Path(file).name, wavfile.read(Path(file))) for file in files]
    except wavfile.WavError as error:
        raise CommandError(f"{', '.join(files)} : {error}") from error
    if texts:
        async with parts.speech(settings, paths, voice) as speaker:
            for text in texts:
                try:
                    turns.append(Turn(text, (await speaker.speech(text, keep=False)).pcm))
                except SpeechUnavailable as error:
                    raise CommandError(f"« {text} » ne peut pas être dit : {error}") from error
    return turns + sounds


async def _place(uri: str, place: Place, turns: Sequence[Turn], silence: float) -> CallResult:
    from callbot.testphone.session import CallSession, Patience
    from telephony.phone_client import PhoneClient, PhoneError, PhoneOptions

    try:
        async with PhoneClient(PhoneOptions(host=place.local)) as phone:
            return await CallSession(phone, Patience(silence=silence)).run(uri, turns)
    except PhoneError as error:
        raise CommandError(str(error)) from error


async def _recognise(result: CallResult, settings: Settings, paths: Paths) -> dict[int, str]:
    """Return what the phone heard in each exchange, by its ``id``."""
    import time

    from asr.client import RecognitionUnavailable
    from callbot import parts

    exchanges: list[Exchange] = [result.greeting, *result.turns, *result.agent]
    texts = {id(exchange): "" for exchange in exchanges}
    if not any(exchange.segments for exchange in exchanges):
        return texts
    async with parts.recognition(settings, paths) as recogniser:
        for exchange in exchanges:
            try:
                heard = [
                    await recogniser.recognise("essai", segment, time.monotonic())
                    for segment in exchange.segments
                ]
            except RecognitionUnavailable as error:
                raise CommandError("La reconnaissance de la parole s'est arrêtée.") from error
            texts[id(exchange)] = " ".join(one.text for one in heard if one.text)
    return texts
