"""Which processes make a box, in which order, and how each is known to be ready."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import asr.protocol
import tts.protocol
from callbot import rasaprocess
from callbot.capacity import Capacity, planned
from callbot.paths import Paths
from callbot.settings import Settings
from callbot.supervision.child import ChildSpec
from callbot.supervision.ports import PortUse
from callbot.supervision.probes import CoreProbes, connects, greets
from telephony import edge

RECOGNITION = "écoute"
SPEECH = "voix"
RASA = "rasa"
CORE = "cœur"
EDGE = "kamailio"

FIRST_PROMPTS_TIMEOUT_S = 1800.0
"""The first start renders the common sentences, minutes of work on a small machine."""

_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "DISABLE_TQDM": "1"}
"""Keeps the search over the knowledge on the core's own thread."""

_LINES_NICE = -10
# Audio must never wait. What answers in milliseconds goes before what computes for half a second;
# speech is mostly rendered ahead. Callers wait for all but that, so nothing else on the machine
# goes before: below 0, where the service manager allows it.
_NICE = {EDGE: -10, CORE: -8, RASA: -6, RECOGNITION: -5, SPEECH: 5}
_LIVE_SPEECH_NICE = -6
"""While a caller waits for a sentence that must be computed."""


@dataclass(frozen=True)
class Plan:
    """The processes of one box."""

    specs: tuple[ChildSpec, ...]
    ports: tuple[PortUse, ...]
    lines: int
    media: range
    """UDP ports of the sound: what a firewall must let in."""
    has_edge: bool
    """False without Kamailio: one worker listens on the public port itself."""


def make_plan(settings: Settings, paths: Paths, on_wait: Callable[[tuple[str, ...]], None]) -> Plan:
    """Plan the box; ``on_wait`` is told, in French, what the core still waits for.

    Writes the edge's configuration under ``var/run``.

    Raises:
        edge.EdgeError: Kamailio refuses its configuration.
        OSError: var cannot be written.
    """
    console = settings.console
    core = CoreProbes(f"http://{_host(console.adresse)}:{console.port}/healthz", on_wait)
    has_edge = edge.find_kamailio() is not None
    capacity = planned(settings, paths)
    if not has_edge:
        capacity = Capacity(1, capacity.lines_per_worker)
    models = _models(settings, paths)
    specs = [
        *models,
        ChildSpec(
            CORE,
            _python("callbot.core"),
            core.listens,
            after=tuple(spec.name for spec in models),
            environment={**paths.environment(), **_ONE_THREAD},
            nice=_NICE[CORE],
            stop_timeout_s=settings.telephonie.delai_arret + 10.0,
        ),
    ]
    numbers = range(1, capacity.workers + 1)
    specs += [_line(number, paths, core, direct=not has_edge) for number in numbers]
    if has_edge:
        specs.append(_edge(settings, capacity, paths, core, specs))
    telephony = settings.telephonie
    media = range(telephony.rtp_debut, telephony.rtp_range(capacity.workers).stop)
    return Plan(
        tuple(specs),
        tuple(_ports(settings, capacity.workers, has_edge)),
        capacity.lines,
        media,
        has_edge,
    )


def _models(settings: Settings, paths: Paths) -> list[ChildSpec]:
    """Return the processes that the core needs from its first moment."""
    environment = paths.environment()
    level = ("--log-level", settings.journaux.niveau)
    recognition = _python(
        "callbot.hearing",
        *("--socket", str(paths.asr_socket)),
        *("--model", str(settings.model_folder(paths))),
        *("--threads", str(settings.reconnaissance.fils)),
        *("--workers", str(settings.reconnaissance.simultanees)),
        *level,
    )
    speech = _python(
        "callbot.speaking",
        *("--socket", str(paths.tts_socket)),
        *("--voice", str(settings.voice_folder(paths))),
        *("--store", str(paths.prompts)),
        *("--threads", str(settings.voix.fils)),
        *("--live-nice", str(_LIVE_SPEECH_NICE), "--idle-nice", str(_NICE[SPEECH])),
        *level,
    )
    port = settings.rasa.port
    return [
        ChildSpec(
            RECOGNITION,
            recognition,
            greets(paths.asr_socket, asr.protocol.Ready, asr.protocol.Reply),
            environment=environment,
            nice=_NICE[RECOGNITION],
        ),
        ChildSpec(
            SPEECH,
            speech,
            greets(paths.tts_socket, tts.protocol.Ready, tts.protocol.Reply),
            environment=environment,
            nice=_NICE[SPEECH],
            # It may be in the middle of a sentence that nobody waits for any more.
            stop_timeout_s=3.0,
        ),
        ChildSpec(
            RASA,
            rasaprocess.command(paths, port),
            rasaprocess.ready(port),
            environment={**environment, **rasaprocess.environment()},
            nice=_NICE[RASA],
            start_timeout_s=180.0,
        ),
    ]


def _line(number: int, paths: Paths, core: CoreProbes, *, direct: bool) -> ChildSpec:
    return ChildSpec(
        f"lignes {number}",
        _python("callbot.line", str(number), *(("--direct",) if direct else ())),
        core.has_worker(number),
        after=(CORE,),
        # A worker behind the edge may start early; on the public port calls come at once.
        gate=core.takes_calls if direct else None,
        environment=paths.environment(),
        nice=_LINES_NICE,
    )


def _edge(
    settings: Settings,
    capacity: Capacity,
    paths: Paths,
    core: CoreProbes,
    before: list[ChildSpec],
) -> ChildSpec:
    telephony = settings.telephonie
    registration = telephony.enregistrement
    options = edge.EdgeOptions(
        run_dir=paths.run,
        workers=tuple(telephony.worker_port(n) for n in range(1, capacity.workers + 1)),
        addresses=(telephony.adresse,),
        port=telephony.port,
        advertised=telephony.adresse_annoncee or "",
        lines_per_worker=capacity.lines_per_worker,
        trusted=telephony.pairs_autorises,
        registrar=registration.registrar.partition(":")[2] if registration else "",
        overflow=telephony.debordement or "",
        max_call_s=telephony.duree_max_appel,
    )
    config = edge.write(options)
    edge.check(config)
    return ChildSpec(
        EDGE,
        tuple(edge.command(options, config)),
        connects(_host(telephony.adresse), telephony.port),
        after=tuple(spec.name for spec in before),
        gate=core.takes_calls,
        nice=_NICE[EDGE],
        # What line workers say to those who are still on the telephone goes through it.
        last=True,
    )


def _ports(settings: Settings, workers: int, has_edge: bool) -> list[PortUse]:
    telephony = settings.telephonie
    public, address = "telephonie.port", telephony.adresse
    uses = [
        PortUse(address, telephony.port, "UDP", "le téléphone", public),
        PortUse(address, telephony.port, "TCP", "le téléphone", public),
    ]
    if has_edge:
        uses += [
            PortUse(
                "127.0.0.1",
                telephony.worker_port(number),
                "UDP",
                f"les lignes {number}",
                "telephonie.port_interne_debut",
            )
            for number in range(1, workers + 1)
        ]
    console = settings.console
    return [
        *uses,
        PortUse(console.adresse, console.port, "TCP", "la console", "console.port"),
        PortUse("127.0.0.1", settings.rasa.port, "TCP", "Rasa", "rasa.port"),
    ]


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)


def _host(address: str) -> str:
    """Where to reach what listens on ``address``."""
    if address in ("0.0.0.0", "::"):  # noqa: S104
        return "127.0.0.1" if address == "0.0.0.0" else "[::1]"  # noqa: S104
    return f"[{address}]" if ":" in address else address
