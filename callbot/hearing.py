"""The recognition process: ``python -m callbot.hearing --socket PATH --model DIR``."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from common import logs
from common.settled import settle

if TYPE_CHECKING:
    from asr.server import RecognitionServer

MODEL_EXIT = 78
"""EX_CONFIG: restarting will not help, the model must be mended first."""


def main(arguments: list[str] | None = None) -> int:
    """Load the model, serve the socket until SIGTERM, return the exit code."""
    options = _parser().parse_args(arguments)
    # The libraries read these when they are imported.
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.setdefault("OMP_NUM_THREADS", str(options.threads))
    logs.setup("asr", options.log_level)
    from asr.engine import EngineSettings, ModelError, WhisperEngine  # noqa: PLC0415
    from asr.server import RecognitionServer, SocketBusyError  # noqa: PLC0415

    log = logs.get(room="asr")
    begun = time.monotonic()
    settings = EngineSettings(
        threads=options.threads,
        workers=options.workers,
        device=options.device,
        compute_type=options.compute_type,
        beam_size=options.beam,
    )
    try:
        engine = WhisperEngine(options.model, settings)
    except ModelError as error:
        print(error, file=sys.stderr)
        return MODEL_EXIT
    engine.warm_up()
    settle()
    log.info(
        "ready", model=engine.name, device=engine.device, load_s=round(time.monotonic() - begun, 2)
    )
    server = RecognitionServer(engine, engine.name, options.socket, options.workers)
    try:
        asyncio.run(_serve(server))
    except SocketBusyError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Impossible d'écouter sur {options.socket} : {error.strerror}.", file=sys.stderr)
        return 1
    log.info("stopped")
    return 0


async def _serve(server: RecognitionServer) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    await server.run()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m callbot.hearing", description="Processus de reconnaissance de la parole."
    )
    parser.add_argument("--socket", type=Path, required=True, help="socket Unix où écouter")
    parser.add_argument("--model", type=Path, required=True, help="dossier du modèle Whisper")
    parser.add_argument("--threads", type=int, default=1, help="fils par phrase reconnue")
    parser.add_argument("--workers", type=int, default=1, help="phrases reconnues à la fois")
    parser.add_argument("--beam", type=int, default=5, help="largeur du faisceau")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--compute-type", default="auto", help="int8, float16… (auto : au mieux)")
    parser.add_argument("--log-level", default="info")
    return parser


if __name__ == "__main__":
    sys.exit(main())
