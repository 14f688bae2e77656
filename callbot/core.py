"""The core process: every conversation, the history and the console; no heavy computing."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Literal

from asr.client import RecognitionClient
from callbot import adapters, recording, screenpop, state, tally
from callbot.adminparts import admin_pages
from callbot.admission import Level
from callbot.assistant import Assistant, load_assistant
from callbot.callbackactions import CallbackActions
from callbot.callbackdesk import CallbackDesk
from callbot.callbackparts import CallbackParts
from callbot.consoleaccess import ConsoleAccess
from callbot.database import DatabaseError
from callbot.desk import CallHandover, Desk, Guest
from callbot.errands import ErrandDesk, own_numbers
from callbot.finding import sentence_encoder
from callbot.frontdesk import FrontDesk
from callbot.kept import Kept, open_kept
from callbot.lines import CallLine, LineServer, Post
from callbot.mostasked import asked_of_late
from callbot.overload import Apology, Overload
from callbot.paths import Paths
from callbot.prompts import Rehearsal
from callbot.publishing.names import TownNames
from callbot.publishing.office import PublishingOffice
from callbot.publishing.stage import Content, CoreStage
from callbot.publishing.takeover import Takeover
from callbot.publishing.versions import Versions, pinned
from callbot.publishing.watcher import Watcher
from callbot.recorder import CallRecorder
from callbot.recording import RecordingRecogniser
from callbot.servicehours import TownServiceHours
from callbot.settings import Settings, load_settings
from callbot.store import StoreError
from callbot.supervision.probes import OPENING
from callbot.tally import DayTally
from callbot.texting import TextDesk
from callbot.upkeep import Upkeep
from common import logs, yamltree
from common.settled import settle
from common.yamlfile import ConfigError
from console.adminpages import Admin
from console.api import Sources, create_app, listen
from console.live import LiveBoard
from console.metrics import Metrics
from console.ports import Health
from console.reception import Reception
from dialogue.conversation import Conversation
from dialogue.manager import NO_ERRANDS
from dialogue.parts import Parts
from dialogue.ports import Recogniser
from dialogue.rasa_client import RasaClient
from telephony import edge
from telephony.protocol import CallStarted
from tts.client import SpeechClient

log = logs.get()


class Core:
    """Owns the conversations and what they share."""

    def __init__(self, settings: Settings, paths: Paths, assistant: Assistant, kept: Kept) -> None:
        self._settings = settings
        self._paths = paths
        self._assistant = assistant
        self._kept = kept
        self._store = kept.store
        self._access = ConsoleAccess(settings.console, paths, kept.accounts, assistant.clock)
        self._metrics = Metrics()
        self._recognition = RecognitionClient(paths.asr_socket, assistant.vocabulary)
        self._speech = SpeechClient(paths.tts_socket)
        self._rasa = RasaClient(f"http://127.0.0.1:{settings.rasa.port}")
        self._engine = adapters.RasaEngine(self._rasa)
        self._speaker = adapters.Speaker(self._speech, settings.voix.debit)
        self._recogniser: Recogniser = adapters.Recogniser(self._recognition, self._engine.expect)
        if settings.vie_privee.enregistrement_audio:
            self._recogniser = RecordingRecogniser(self._recogniser, paths.recordings)
        self._rehearsal = Rehearsal(self._speech, assistant, partial(asked_of_late, kept.store))
        self._desk = Desk(
            assistant.reception,
            self._speaker,
            assistant.phrases,
            assistant.dialogue.attentes.transfert,
            kept.wanted,
        )
        self._board = LiveBoard(zone=assistant.facts.timezone)
        self._tally = DayTally(assistant.facts.timezone, self._metrics, self._board.counts_changed)
        self._lines = LineServer(paths.lines_socket, self._on_call)
        own = own_numbers(assistant.facts.town)
        self._names = TownNames(assistant)
        self._hours = TownServiceHours(assistant.facts.town)
        self._callbacks = CallbackDesk(self._callback_parts(own))
        self._errands = ErrandDesk(
            kept.texts, self._callbacks, kept.voicemail, assistant.clock, own
        )
        self._callback_actions = CallbackActions(self._callbacks, self._desk)
        self._front = FrontDesk(
            assistant.reception,
            self._desk,
            self._callback_actions,
            self._board,
            kept.waiting,
            assistant.clock,
            assistant.facts.main_service,
        )
        self._overload = Overload(self._metrics.overload)
        self._takeover = self._follow_versions()
        mode = settings.publication.mode
        self._office = PublishingOffice(paths, self._takeover, mode, assistant.clock)
        self._show_changes()
        self._upkeep = Upkeep(self._fail)
        self._stop = asyncio.Event()
        self._failed = False
        self._draining = False

    def _callback_parts(self, own: frozenset[str]) -> CallbackParts:
        assistant, kept = self._assistant, self._kept
        return CallbackParts(
            waiting=kept.waiting,
            desk=self._desk,
            lines=self._lines,
            speaker=self._speaker,
            phrases=assistant.phrases,
            reception=assistant.reception,
            hours=self._hours,
            zone=assistant.facts.timezone,
            clock=assistant.clock,
            service_name=self._service_name,
            own_numbers=own,
            pbx=self._settings.telephonie.enregistrement is not None,
            send_text=kept.texts.give_up_callback,
        )

    def _follow_versions(self) -> Takeover[Content]:
        paths = self._paths
        versions = Versions(paths.versions)
        stage = CoreStage(
            paths,
            lambda: self._assistant,
            self._speech,
            self._rasa,
            lambda: self._lines.active_calls,
            self._adopt,
        )
        current = versions.named(paths.config.parent.name)
        return Takeover(versions, current, stage, paths.served_file)

    def stop(self) -> None:
        """Take no more calls, and end with the last of those in progress."""
        self._stop.set()

    async def run(self) -> bool:
        """Serve until stopped; return whether that was wanted.

        Raises:
            OSError: the console's port is taken.
        """
        await self._recognition.start()
        await self._recall_counts()
        sources = Sources(self.health, self._store, self._metrics, self._restarts, state.version())
        app = create_app(
            sources,
            self._settings.console.adresse,
            self._settings.console.noms,
            self._reception_pages(),
            self._access.open(),
            self._admin_pages(),
        )
        console = await listen(app, self._settings.console.adresse, self._settings.console.port)
        await self._lines.start()
        self._upkeep.service("phrases", self._rehearsal.run)
        if self._settings.telephonie.surcharge:
            self._upkeep.service("surcharge", self._overload.run)
        self._upkeep.vital("accueil", self._desk.run())
        self._upkeep.vital("rappels", self._callbacks.run())
        self._keep_published()
        self._front.refresh()
        self._keep_purged()
        log.info("core_listening")
        try:
            await self._stop.wait()
            self._draining = True
            limit_s = self._settings.telephonie.delai_arret
            await self._lines.drain(limit_s, workers_too=not self._failed)
        finally:
            await self._lines.close()
            await self._upkeep.close()
            await self._office.close()
            await console.cleanup()
            self._access.close()
            await self._recognition.close()
            await self._speech.close()
            await self._rasa.close()
            await self._kept.close()
        return not self._failed

    def _fail(self) -> None:
        """Let the supervisor begin anew, once the calls in progress have ended."""
        self._failed = True
        self.stop()

    def _keep_purged(self) -> None:
        """Send what waits, and erase what is old, for as long as the core lives."""
        privacy, service = self._settings.vie_privee, self._upkeep.service
        days, kept = privacy.conservation, self._kept
        service("sessions", self._access.keep_purged)
        service("textos", partial(kept.texts.run, days))
        service("historique", partial(self._store.keep_purged, days))
        service("attente", partial(kept.waiting.keep_purged, days, self._assistant.clock))
        service("enregistrements", partial(recording.keep_purged, self._paths.recordings, days))
        if kept.voicemail is not None:
            messages = partial(kept.voicemail.keep_purged, privacy.conservation_messages)
            service("messages", messages)

    def _keep_published(self) -> None:
        """Follow what is published; a core on its own serves what it was given."""
        if self._paths.edited is None:
            return
        self._upkeep.service("versions", partial(self._takeover.run, os.getpid()))
        self._upkeep.passing(self._office.warm_up())
        if self._settings.publication.mode == "dossier":
            watcher = Watcher(self._paths, self._office.publish_watched, self._office.watched)
            self._upkeep.service("dossier", watcher.run)

    def _service_name(self, service: str) -> str:
        facts, known = self._assistant.facts, self._assistant.services
        return facts.service_name(service if service in known else facts.main_service)

    def _adopt(self, content: Content) -> None:
        """Give what was published to the calls that begin from now on."""
        assistant = self._assistant = content.assistant
        town = assistant.facts.town
        self._rehearsal.renew(assistant)
        self._recognition.renew(assistant.vocabulary)
        reception, phrases, own = assistant.reception, assistant.phrases, own_numbers(town)
        main = assistant.facts.main_service
        self._desk.renew(reception, phrases, assistant.dialogue.attentes.transfert, main)
        self._callbacks.renew(reception, phrases, own)
        self._front.renew(reception, main)
        self._hours.renew(town)
        self._errands = replace(self._errands, own_numbers=own)
        self._names.renew(assistant)
        self._kept.texts.renew(content.writer)
        if self._kept.voicemail is not None:
            self._kept.voicemail.renew(reception.names)

    def _show_changes(self) -> None:
        """Let the console and the metrics know of everything that changes."""
        self._desk.changed = self._front.refresh
        self._callbacks.changed = lambda: self._board.callbacks_changed(
            self._callback_actions.entries()
        )
        self._callbacks.counted = self._metrics.callback
        self._kept.texts.changed = lambda call: self._board.texts_changed(call or None)
        self._kept.texts.counted = self._metrics.text
        self._speech.counted = self._metrics.sentence
        self._recognition.waited = self._overload.recognition_waited
        self._lines.happened = self._overload.happened
        self._recognition.counted = self._metrics.recognition
        if self._kept.voicemail is not None:
            self._kept.voicemail.changed = self._board.messages_changed

    def _reception_pages(self) -> Reception:
        town = self._assistant.facts.town
        return Reception(
            board=self._board,
            desk=self._front,
            notes=self._store,
            services=self._names.services,
            intents=self._names.intents,
            places=self._names.places,
            town=town.name,
            full_numbers=not self._settings.vie_privee.masquer_numeros,
            callbacks=self._callback_actions if self._callbacks.enabled else None,
            outbox=TextDesk(self._kept.texts),
            messages=self._kept.voicemail,
        )

    def _admin_pages(self) -> Admin:
        recogniser = adapters.Recogniser(self._recognition)
        return admin_pages(
            self._office,
            lambda: self._assistant,
            self._engine,
            recogniser,
            self._speaker,
            self._store,
        )

    async def _recall_counts(self) -> None:
        """Bring back the counts of today that the history still holds."""
        now = self._assistant.clock()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        for call, kind, at in await self._store.happened(tally.KINDS, midnight):
            self._tally.restore(call, kind, at)
        self._board.counts_changed(self._tally.counts(now))

    def health(self) -> Health:
        """State of the box, for ``/healthz``."""
        missing = self._missing()
        status: Literal["starting", "ok", "draining"] = "starting" if missing else "ok"
        if self._draining:
            status = "draining"
        return Health(
            status=status,
            workers=self._lines.worker_numbers,
            lines=self._lines.lines,
            active_calls=self._lines.active_calls,
            waiting_for=missing,
        )

    def _missing(self) -> tuple[str, ...]:
        checks = {
            "la reconnaissance de la parole": self._recognition.ready,
            "la voix": self._speech.ready,
            "les phrases courantes": self._rehearsal.ready,
            OPENING: not state.is_starting(self._paths.state_file),
        }
        return tuple(name for name, ready in checks.items() if not ready)

    def _restarts(self) -> Mapping[str, int]:
        return state.restarts(self._paths.state_file)

    def _on_call(self, event: CallStarted, line: CallLine) -> Post | None:
        level = self._overload.level
        if self._draining or not self._speech.ready or (level is Level.FULL and self._elsewhere):
            return None
        call = uuid.uuid4().hex
        self._store.call_started(
            call,
            sip_call_id=event.sip_call_id,
            caller=event.caller,
            called=event.called,
            at=datetime.now(UTC),
            versions=self._assistant.versions,
        )
        now = datetime.now(UTC)
        self._board.call_started(call, caller=event.caller, called=event.called, at=now)
        recorder = CallRecorder(
            call, self._store, self._metrics, self._board, self._tally, lambda: datetime.now(UTC)
        )
        if level is Level.FULL:
            return self._apologise(line, recorder)
        assistant = self._assistant if level is Level.USUAL else self._assistant.hurried()
        recorder.reached = lambda service: self._upkeep.passing(
            self._callbacks.served(event.caller, service)
        )
        guest = Guest(call, line, event.caller, partial(self._story, call))
        handover = CallHandover(self._desk, guest)
        parts = Parts(
            line=line,
            handover=handover,
            recogniser=self._recogniser,
            speaker=self._speaker,
            end_of_turn=self._assistant.end_of_turn,
            main_service=self._assistant.facts.main_service,
            recorder=recorder,
            settings=assistant.dialogue,
            clock=self._assistant.clock,
            music=self._assistant.music,
            meanwhile=assistant.phrases.say("je_regarde"),
        )
        usual = level is Level.USUAL
        errands = self._errands.of_call(call, event.caller) if usual else NO_ERRANDS
        manager = assistant.manager(call, self._engine, errands, event.caller)
        conversation = Conversation(call, manager, parts)
        handover.post = conversation.post
        self._front.follow(call, conversation.post)
        self._upkeep.passing(self._lead(conversation, handover, line, recorder))
        line.answer()
        return conversation.post

    @property
    def _elsewhere(self) -> bool:
        """Whether the edge passes on the calls that no worker takes."""
        return (
            self._settings.telephonie.debordement is not None and edge.find_kamailio() is not None
        )

    def _apologise(self, line: CallLine, recorder: CallRecorder) -> Post:
        apology = Apology(
            line, self._speaker, self._assistant.phrases.say("lignes_occupees"), recorder
        )
        self._upkeep.passing(apology.run())
        return apology.post

    def _story(self, call: str, service: str) -> Mapping[str, str]:
        live = self._board.call(call)
        card = live.card if live is not None else None
        subject = self._assistant.intents.subject(card.intent) if card and card.intent else None
        return screenpop.headers(call, service, card, subject)

    async def _lead(
        self,
        conversation: Conversation,
        handover: CallHandover,
        line: CallLine,
        recorder: CallRecorder,
    ) -> None:
        """Run one conversation; a defect of ours hands its caller to a human."""
        try:
            await conversation.run()
        except Exception:
            log.exception("conversation_failed")
            default = self._assistant.facts.main_service
            line.transfer(
                self._assistant.facts.transfer_target(default),
                self._assistant.dialogue.attentes.transfert,
            )
            recorder.outcome("failed", default)
        finally:
            handover.leave()
            self._front.forget(handover.call)


async def serve(settings: Settings, paths: Paths) -> int:
    """Run the core until SIGTERM or SIGINT; returns the exit code."""
    try:
        assistant = load_assistant(paths)
        sentence_encoder()
        kept = await open_kept(settings, paths, assistant)
    except (ConfigError, StoreError, DatabaseError) as error:
        print(error, file=sys.stderr)
        return 1
    settle()
    core = Core(settings, paths, assistant, kept)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, core.stop)
    try:
        return 0 if await core.run() else 1
    except OSError as error:
        print(f"La console ne peut pas écouter : {error.strerror}.", file=sys.stderr)
        return 1


def main() -> int:
    """Entry point of ``python -m callbot.core``."""
    try:
        settings, paths = load_settings()
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    logs.setup("core", settings.journaux.niveau)
    yamltree.keep_in(paths.parsed)
    paths = pinned(paths)
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(serve(settings, paths))
    return 0


if __name__ == "__main__":
    sys.exit(main())
