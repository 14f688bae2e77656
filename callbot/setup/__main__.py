"""`python -m callbot.setup --pour run|test`: brings in what is missing."""

import argparse
import fcntl
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from callbot.paths import Paths
from callbot.setup.debian import RUN_PACKAGES, TEST_PACKAGES, DebianStep
from callbot.setup.models import kokoro_step, whisper_step
from callbot.setup.rasa_env import RasaEnvironmentStep
from callbot.setup.screen import Screen
from callbot.setup.steps import Place, SetupError, Step, run_steps
from callbot.setup.training import TrainingStep
from callbot.setup.voices import VoiceStep

_ROOT = Path(__file__).resolve().parents[2]
_FAILED = 1
_INTERRUPTED = 130


def steps_for(purpose: str, place: Place, config: Path) -> list[Step]:
    """Return all steps in the order in which they need each other."""
    packages = TEST_PACKAGES if purpose == "test" else RUN_PACKAGES
    return [
        DebianStep(place, packages),
        RasaEnvironmentStep(place),
        whisper_step(place),
        kokoro_step(place),
        VoiceStep(place),
        TrainingStep(place, config),
    ]


@contextmanager
def alone(place: Place, screen: Screen) -> Iterator[None]:
    """Hold the lock of the set-up, waiting for another one to end.

    Raises SetupError when `var` cannot be written.
    """
    try:
        place.var.mkdir(parents=True, exist_ok=True)
        lock = (place.var / "installation.lock").open("a")
    except OSError as error:
        raise SetupError(
            f"Le dossier « {place.var} » n’est pas accessible en écriture.",
            f"Donnez-le à l’utilisateur qui lance la commande (chown -R … « {place.var} »).",
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            screen.warn("Une autre installation est en cours : attente de sa fin…")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Run the set-up; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m callbot.setup")
    parser.add_argument("--pour", choices=("run", "test"), default="run")
    purpose = parser.parse_args().pour
    paths = Paths.choose()
    place = Place(_ROOT, paths.var)
    screen = Screen(Console(soft_wrap=True))
    # A stop from outside ends the running tool as Ctrl-C does, and leaves no process behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with alone(place, screen):
            ran = run_steps(steps_for(purpose, place, paths.config), place, screen)
    except SetupError as error:
        screen.error(str(error), error.mend)
        return _FAILED
    except KeyboardInterrupt:
        screen.warn("Interrompu. Relancez la même commande : elle reprendra où elle en était.")
        return _INTERRUPTED
    if ran:
        screen.note("Installation terminée.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
