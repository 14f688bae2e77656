"""A line worker process: ``python -m callbot.line N [--direct]``.

Composes the lines of ``telephony`` with the voice activity of ``asr``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from functools import partial

from asr.activity import Activity, Check, Confirmed, Paused, Resumed, Started, VoiceActivity
from asr.silero import SpeechCheck
from callbot.capacity import Capacity, planned
from callbot.paths import Paths
from callbot.settings import (
    RTP_PORTS_PER_WORKER,
    SecretError,
    Settings,
    Telephony,
    load_settings,
)
from common import logs
from common.yamlfile import ConfigError
from telephony.listening import SpeechEvent
from telephony.options import Registration, WorkerOptions
from telephony.protocol import SpeechConfirmed, SpeechPaused, SpeechResumed, SpeechStarted
from telephony.sipstack import SipStackError
from telephony.worker import run_worker

CONFIG_EXIT = 78
"""EX_CONFIG: restarting will not help, the settings must be mended first."""


class CallListener:
    """Voice activity of one call, told as events of that call."""

    def __init__(self, call: str, check: Check | None = None) -> None:
        """``check`` may serve all calls of a process: they are heard in one loop."""
        self._call = call
        self._activity = VoiceActivity(check=check)

    def feed(self, frame: bytes, at: float, played: bytes) -> Sequence[SpeechEvent]:
        """Take one 20 ms frame received at ``at``, while ``played`` was sent."""
        return [self._event(activity) for activity in self._activity.feed(frame, at, played)]

    def close(self, utterance: int) -> None:
        """The turn of ``utterance`` is taken."""
        self._activity.close(utterance)

    def _event(self, activity: Activity) -> SpeechEvent:
        call = self._call
        match activity:
            case Started(utterance=utterance, at=at):
                return SpeechStarted(call=call, utterance=utterance, at=at)
            case Confirmed(utterance=utterance, voiced_s=voiced_s, at=at):
                return SpeechConfirmed(call=call, utterance=utterance, voiced_s=voiced_s, at=at)
            case Resumed(utterance=utterance, at=at):
                return SpeechResumed(call=call, utterance=utterance, at=at)
            case Paused():
                return SpeechPaused(
                    call=call,
                    utterance=activity.utterance,
                    pcm=activity.pcm,
                    voiced_s=activity.voiced_s,
                    speech_end=activity.speech_end,
                    at=activity.at,
                )


def worker_options(settings: Settings, paths: Paths, worker: int, *, direct: bool) -> WorkerOptions:
    """Return the options of line worker ``worker`` (1, 2, …).

    ``direct`` puts it on the public SIP port itself, for a box without an edge.

    Raises:
        SecretError: the password of the registration cannot be read.
    """
    telephony = settings.telephonie
    capacity = planned(settings, paths)
    trusted = telephony.pairs_autorises
    if not direct:
        trusted = ("127.0.0.0/8", telephony.adresse)
    return WorkerOptions(
        worker=worker,
        core_socket=paths.lines_socket,
        host=telephony.adresse if direct else "127.0.0.1",
        port=telephony.port if direct else telephony.worker_port(worker),
        tcp=direct,
        lines=capacity.lines_per_worker,
        media_host=telephony.adresse,
        public_host=telephony.adresse_annoncee or "",
        rtp_port=telephony.rtp_range(worker).start,
        rtp_ports=RTP_PORTS_PER_WORKER,
        trusted=trusted,
        registration=_registration(telephony, worker, direct=direct),
        fallback=settings.secours or "",
        outbound="" if direct else f"sip:{_bracketed(telephony.adresse)}:{telephony.port}",
        own_addresses=tuple(_own_addresses(telephony, capacity)),
        rtp_timeout_s=telephony.silence_rtp,
        staff_silence_s=telephony.silence_agent,
        max_call_s=telephony.duree_max_appel,
        drain_timeout_s=telephony.delai_arret,
    )


def _own_addresses(telephony: Telephony, capacity: Capacity) -> Iterator[str]:
    """Yield where a call of the box would come back to the box."""
    for host in (telephony.adresse, telephony.adresse_annoncee):
        if host:
            yield f"{_bracketed(host)}:{telephony.port}"
    for worker in range(1, capacity.workers + 1):
        yield f"127.0.0.1:{telephony.worker_port(worker)}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _registration(telephony: Telephony, worker: int, *, direct: bool) -> Registration | None:
    """One worker registers for the whole box, where calls come in on the public port; all place
    their calls as that extension."""
    wanted = telephony.enregistrement
    if wanted is None:
        return None
    public = f"{telephony.adresse_annoncee or telephony.adresse}:{telephony.port}"
    return Registration(
        registrar=wanted.registrar.partition(":")[2],
        user=wanted.utilisateur,
        password=wanted.password(),
        proxy="" if direct else f"sip:{telephony.adresse}:{telephony.port}",
        contact=f"sip:{wanted.utilisateur}@{public}",
        register=worker == 1,
    )


def main(arguments: list[str] | None = None) -> int:
    """Run until drained by SIGTERM; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m callbot.line", description="Processus de quatre lignes téléphoniques."
    )
    parser.add_argument("number", type=int, help="numéro du processus, à partir de 1")
    parser.add_argument(
        "--direct", action="store_true", help="écouter sur le port SIP public, sans Kamailio"
    )
    chosen = parser.parse_args(arguments)
    try:
        settings, paths = load_settings()
        options = worker_options(settings, paths, chosen.number, direct=chosen.direct)
    except (ConfigError, SecretError) as error:
        print(error, file=sys.stderr)
        return CONFIG_EXIT
    logs.setup(f"line{chosen.number}", settings.journaux.niveau)
    try:
        run_worker(options, partial(CallListener, check=SpeechCheck()))
    except SipStackError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
