"""``callbot serve``, once the configuration is known to be good."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence

from callbot import state
from callbot.commands import CommandError
from callbot.paths import Paths
from callbot.plan import CORE, Plan, make_plan
from callbot.settings import Settings
from callbot.state import ChildState, Phase, State
from callbot.supervision.notify import notify
from callbot.supervision.ports import busy_ports
from callbot.supervision.supervisor import Options, StartError, Supervisor
from common import logs
from telephony.edge import EdgeError

DRAIN_MARGIN_S = 5.0
"""The core bounds the drain itself; this is for its last writes."""


def serve(settings: Settings, paths: Paths) -> int:
    """Serve until stopped; return the exit code.

    Raises:
        CommandError: a port is taken, Kamailio refuses, or a process does not start.
        OSError: var cannot be written.
    """
    logs.setup("superviseur", settings.journaux.niveau)
    paths.run.mkdir(parents=True, exist_ok=True)
    paths.run.chmod(0o700)
    announcer = _Announcer(settings, paths)
    try:
        plan = make_plan(settings, paths, announcer.waiting)
    except EdgeError as error:
        raise CommandError(str(error)) from error
    announcer.plan = plan
    if busy := busy_ports(plan.ports):
        raise CommandError("\n".join(busy))
    try:
        return asyncio.run(_run(plan, settings, announcer))
    except StartError as error:
        raise CommandError(str(error)) from error
    finally:
        notify("STOPPING=1")


async def _run(plan: Plan, settings: Settings, announcer: _Announcer) -> int:
    supervisor = Supervisor(
        plan.specs,
        Options(drained_by=CORE, drain_s=settings.telephonie.delai_arret + DRAIN_MARGIN_S),
        on_serving=announcer.serving,
        on_change=announcer.changed,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, announcer.stop, supervisor)
    announcer.starting()
    return await supervisor.run()


class _Announcer:
    """Tells the person at the terminal, systemd and the state file how far we are."""

    def __init__(self, settings: Settings, paths: Paths) -> None:
        self._settings = settings
        self._paths = paths
        self._waiting: tuple[str, ...] = ()
        self._serving = False
        self._stops = 0
        self.plan: Plan | None = None

    def starting(self) -> None:
        """Before the first process."""
        print("Démarrage du callbot…", flush=True)

    def waiting(self, missing: tuple[str, ...]) -> None:
        """The core still waits for something; said once."""
        if missing and missing != self._waiting:
            print(f"Préparation : {', '.join(missing)}…", flush=True)
        self._waiting = missing

    async def serving(self) -> None:
        """All is ready: one plain summary."""
        assert self.plan is not None
        self._serving = True
        print(summary(self._settings, self.plan), flush=True)
        notify("READY=1")

    def stop(self, supervisor: Supervisor) -> None:
        """A signal came."""
        self._stops += 1
        if self._stops == 1 and self._serving:
            print(
                "Arrêt : plus aucun nouvel appel, les appels en cours ont "
                f"{self._settings.telephonie.delai_arret} s pour se terminer. "
                "Ctrl-C à nouveau : arrêt immédiat.",
                flush=True,
            )
        elif self._stops == 1:
            print("Arrêt du démarrage.", flush=True)
        elif self._stops == 2:
            print("Arrêt immédiat.", flush=True)
        notify("STOPPING=1")
        supervisor.stop()

    def changed(self, phase: Phase, children: Sequence[ChildState]) -> None:
        """Keep the state file; a full disk must not end the calls."""
        try:
            state.write(self._paths.state_file, State(os.getpid(), phase, tuple(children)))
        except OSError as error:
            logs.get().error("état non écrit", error=str(error))


def summary(settings: Settings, plan: Plan) -> str:
    """Return what the admin needs to know once all is ready."""
    telephony = settings.telephonie
    host = f"[{telephony.adresse}]" if ":" in telephony.adresse else telephony.adresse
    console = settings.console
    lines = [
        "",
        "Le callbot est en service.",
        f"  Téléphone       sip:mairie@{host}:{telephony.port} (UDP et TCP)",
        f"  Lignes          {plan.lines} appels à la fois",
        f"  Pare-feu        son : UDP {plan.media.start} à {plan.media.stop - 1}",
        f"  Voix            {settings.voix.dossier}",
        f"  Reconnaissance  {settings.reconnaissance.modele}",
        f"  Console         http://{console.adresse}:{console.port}/",
        "  Processus       " + ", ".join(spec.name for spec in plan.specs),
        "  Arrêt           Ctrl-C",
    ]
    if not plan.has_edge:
        lines += [
            "",
            f"  Kamailio n'est pas installé : {plan.lines} lignes seulement, et pas de protection "
            "contre les appels en rafale.",
            "  Pour en avoir davantage : apt-get install kamailio, puis redémarrez.",
        ]
    return "\n".join([*lines, ""])
