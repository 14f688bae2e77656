"""Starts a line worker from options in JSON, with the box's own voice activity."""

import json
import logging
import sys
from pathlib import Path

from callbot.line import CallListener
from telephony.options import Registration, WorkerOptions
from telephony.worker import run_worker

if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    options = json.loads(sys.argv[1])
    options["core_socket"] = Path(options["core_socket"])
    options["trusted"] = tuple(options.get("trusted", ["127.0.0.0/8"]))
    if "registration" in options:
        options["registration"] = Registration(**options["registration"])
    run_worker(WorkerOptions(**options), CallListener)
