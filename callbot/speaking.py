"""The speech process: ``python -m callbot.speaking --socket PATH --voice DIR --store DIR``."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from common import logs
from common.priority import set_session_niceness
from common.settled import settle
from tts.engine import Engine
from tts.prompts import DEFAULT_MAX_BYTES, PromptStore
from tts.queue import Urgency
from tts.renderer import Renderer
from tts.server import ServerError, SpeechServer
from tts.voicefiles import VoiceError

THREAD_EXIT = 70
"""EX_SOFTWARE: a thread ended by a defect."""


def main(arguments: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; 1 when the voice, the store or the socket is unusable."""
    options = _parser().parse_args(arguments)
    logs.setup("speech", options.log_level)
    threading.excepthook = end_with_thread
    try:
        store = PromptStore(options.store, max_bytes=options.store_mb * 1_000_000)
        engine = Engine(options.voice, threads=options.threads, base_pace=options.pace)
        settle()
        asyncio.run(_serve(options, engine, store))
    except (VoiceError, ServerError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(
            f"Le dossier des phrases « {options.store} » est inutilisable ({error.strerror}).\n"
        )
        return 1
    return 0


async def _serve(options: argparse.Namespace, engine: Engine, store: PromptStore) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def hurry(waited_for: bool) -> None:
        nice = options.live_nice if waited_for else options.idle_nice
        if nice is not None:
            set_session_niceness(nice)

    def renderer(finished: Callable[[Urgency], None]) -> Renderer:
        return Renderer(engine, store, finished, waited_for=hurry)

    server = SpeechServer(options.socket, engine.name, engine.fingerprint, store, renderer)
    logs.get().info("voice loaded", voice=engine.name, stored=len(store))
    await server.run(stop)


def end_with_thread(failed: threading.ExceptHookArgs) -> None:
    """Leave the place to a new process: without its rendering thread this one would be mute."""
    logs.get().error("thread_failed", exc_info=failed.exc_value)
    os._exit(THREAD_EXIT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m callbot.speaking")
    parser.add_argument("--socket", type=Path, required=True, help="canal Unix à ouvrir")
    parser.add_argument("--voice", type=Path, required=True, help="dossier d'une voix Piper")
    parser.add_argument("--store", type=Path, required=True, help="dossier des phrases gardées")
    parser.add_argument("--store-mb", type=int, default=DEFAULT_MAX_BYTES // 1_000_000)
    parser.add_argument("--threads", type=int, default=1, help="fils de calcul par phrase")
    parser.add_argument("--pace", type=float, default=1.0, help="débit de la voix (1 : le sien)")
    parser.add_argument(
        "--live-nice", type=int, help="priorité de la session quand un appelant attend une phrase"
    )
    parser.add_argument("--idle-nice", type=int, help="priorité de la session le reste du temps")
    parser.add_argument("--log-level", default="info")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
