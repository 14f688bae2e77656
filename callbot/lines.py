"""The core's side of the line workers: their connections, their calls, the events of each call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import structlog
from msgspec.structs import replace

from common.wire import Channel, WireError
from dialogue import events as ev
from telephony import protocol as tp

log = structlog.get_logger("lines")

E = TypeVar("E")
Post = Callable[[ev.Event], None]
OnLegEvent = Callable[[tp.Event], None]


class WorkerLink:
    """One connected line worker."""

    def __init__(self, hello: tp.Hello, channel: Channel[tp.Event]) -> None:
        self.worker = hello.worker
        self.lines = hello.lines
        self.slots = hello.slots
        self.pid = hello.pid
        self.legs: dict[str, OnLegEvent] = {}
        """Who follows each second leg of this worker."""
        self.alone: set[str] = set()
        """Legs placed for nobody yet: for each, the slot of whoever it will be joined to."""
        self._channel = channel

    def send(self, command: tp.Command) -> None:
        """Queue one command; a worker that is gone is noticed by its reader."""
        self._channel.send(command)


class CallLine:
    """The caller's leg as the dialogue sees it."""

    def __init__(self, link: WorkerLink, call: str) -> None:
        self._link = link
        self._call = call

    def answer(self) -> None:
        """Take the call."""
        self._link.send(tp.Answer(call=self._call))

    def play(self, playback: str, pcm: bytes) -> None:
        """Append audio to what the caller hears."""
        self._link.send(tp.Play(call=self._call, playback=playback, pcm=pcm))

    def stop_playback(self) -> None:
        """Flush what is queued."""
        self._link.send(tp.StopPlayback(call=self._call))

    def close_utterance(self, utterance: int) -> None:
        """The turn is taken."""
        self._link.send(tp.CloseUtterance(call=self._call, utterance=utterance))

    def transfer(self, target: str, timeout_s: float) -> None:
        """Start a blind transfer."""
        self._link.send(tp.Transfer(call=self._call, target=target, timeout_s=timeout_s))

    def dial(self, order: tp.Dial, on_event: OnLegEvent) -> None:
        """Place a second leg for this call; its events go to ``on_event``."""
        self._link.legs[order.leg] = on_event
        self._link.send(replace(order, call=self._call))

    def play_to(self, leg: str, playback: str, pcm: bytes) -> None:
        """Append audio to what the second leg hears."""
        self._link.send(tp.Play(call=leg, playback=playback, pcm=pcm))

    def silence(self, leg: str) -> None:
        """Flush what is queued for the second leg."""
        self._link.send(tp.StopPlayback(call=leg))

    def connect(self, leg: str, *, replaces: bool, keep_caller: bool = False) -> None:
        """Let the caller and the answered leg talk; the caller may outlive the leg."""
        self._link.send(
            tp.Connect(call=self._call, leg=leg, replaces=replaces, keep_caller=keep_caller)
        )

    def disconnect(self, leg: str) -> None:
        """End the second leg; the caller stays."""
        self._link.send(tp.Disconnect(call=self._call, leg=leg))

    def hang_up(self) -> None:
        """End the call."""
        self._link.send(tp.HangUp(call=self._call))


@dataclass
class _Call:
    link: WorkerLink
    caller: str
    post: Post | None = field(default=None)


class LineServer:
    """Listens for line workers and routes the events of each call.

    ``on_call`` is called for each new call and returns where its events go, or None to refuse it.
    """

    def __init__(
        self, path: Path, on_call: Callable[[tp.CallStarted, CallLine], Post | None]
    ) -> None:
        self._path = path
        self._on_call = on_call
        self._links: dict[int, WorkerLink] = {}
        self._calls: dict[str, _Call] = {}
        self._server: asyncio.Server | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._draining = False
        self.registration: tp.RegistrationState | None = None
        self.happened: Callable[[float], None] = lambda _at: None
        """Told the instant of each start and pause of speech, when it becomes known here."""

    @property
    def lines(self) -> int:
        """Lines of the connected workers."""
        return sum(link.lines for link in self._links.values())

    @property
    def worker_numbers(self) -> tuple[int, ...]:
        """Numbers of the connected workers."""
        return tuple(sorted(self._links))

    @property
    def active_calls(self) -> int:
        """Calls in progress."""
        return len(self._calls)

    @property
    def callers(self) -> tuple[str, ...]:
        """Numbers of the calls in progress, as the network shows them."""
        return tuple(call.caller for call in self._calls.values())

    def free_slots(self, link: WorkerLink) -> int:
        """Slots of a worker that nothing takes, those kept for a leg to come left out."""
        calls = sum(call.link is link for call in self._calls.values())
        return link.slots - calls - len(link.legs) - len(link.alone)

    def roomiest(self, slots: int) -> WorkerLink | None:
        """Return the worker with the most free slots, None unless it has ``slots`` of them."""
        if self._draining:
            return None
        best = max(self._links.values(), key=self.free_slots, default=None)
        return best if best is not None and self.free_slots(best) >= slots else None

    def originate(self, order: tp.Dial, on_event: OnLegEvent) -> WorkerLink | None:
        """Place a leg for nobody yet; None when no worker has room for another one beside it."""
        link = self.roomiest(2)
        if link is None:
            return None
        link.legs[order.leg] = on_event
        link.alone.add(order.leg)
        link.send(order)
        self._note_idle()
        return link

    async def start(self) -> None:
        """Listen; a socket left by a dead process is replaced."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, str(self._path))
        self._path.chmod(0o600)

    async def drain(self, limit_s: float, *, workers_too: bool = True) -> None:
        """Place no more calls and wait, at most ``limit_s`` seconds, for those in progress.

        Call-backs in progress are calls too. The workers refuse new calls and end with their last
        one, unless another core is to find them.
        """
        self._draining = True
        for link in self._links.values() if workers_too else ():
            link.send(tp.Drain())
        try:
            async with asyncio.timeout(limit_s):
                await self._idle.wait()
        except TimeoutError:
            log.warning("drain_timeout", calls=len(self._calls))

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        channel: Channel[tp.Event] = Channel(reader, writer, tp.Event)
        link: WorkerLink | None = None
        try:
            async for event in channel:
                if isinstance(event, tp.Hello):
                    link = WorkerLink(event, channel)
                    self._links[link.worker] = link
                    log.info("worker_connected", worker=link.worker, pid=link.pid)
                elif link is not None:
                    self._dispatch(link, event)
        except WireError as error:
            log.error("worker_protocol", worker=link.worker if link else None, error=str(error))
        finally:
            if link is not None:
                self._lost(link)
            await channel.close()

    def _dispatch(self, link: WorkerLink, event: tp.Event) -> None:
        match event:
            case tp.CallStarted():
                self._new_call(link, event)
            case tp.RegistrationState():
                self.registration = event
                log.info("registration", registered=event.registered, code=event.code)
            case tp.Hello():
                return
            case (
                tp.LegProgress()
                | tp.LegAnswered()
                | tp.LegEnded()
                | tp.Connected()
                | tp.ConnectFailed()
            ):
                _to_leg(link, event.leg, event)
                self._note_idle()
            case _ if event.call in link.legs:
                _to_leg(link, event.call, event)
            case _:
                if isinstance(event, tp.SpeechStarted | tp.SpeechPaused):
                    self.happened(event.at)
                entry = self._calls.get(event.call)
                translated = translate(event)
                if entry is not None and entry.post is not None and translated is not None:
                    _pass_on(entry.post, translated)
                if isinstance(event, tp.CallEnded):
                    self._forget(event.call)

    def _new_call(self, link: WorkerLink, event: tp.CallStarted) -> None:
        post: Post | None = None
        try:
            post = self._on_call(event, CallLine(link, event.call))
        except Exception:
            log.exception("call_not_taken")
        if post is None:
            link.send(tp.Reject(call=event.call, code=503, retry_after_s=30))
            return
        self._calls[event.call] = _Call(link, event.caller, post)
        self._note_idle()

    def _lost(self, link: WorkerLink) -> None:
        if self._links.get(link.worker) is link:
            del self._links[link.worker]
        log.warning("worker_lost", worker=link.worker)
        now = asyncio.get_running_loop().time()
        for leg in list(link.legs):
            gone = tp.LegEnded(leg=leg, answered=False, code=503, reason="worker lost", at=now)
            _to_leg(link, leg, gone)
        for call, entry in list(self._calls.items()):
            if entry.link is link:
                if entry.post is not None:
                    _pass_on(entry.post, ev.Ended("error", now))
                self._forget(call)
        self._note_idle()

    def _forget(self, call: str) -> None:
        self._calls.pop(call, None)
        self._note_idle()

    def _note_idle(self) -> None:
        if self._calls or any(link.legs for link in self._links.values()):
            self._idle.clear()
        else:
            self._idle.set()


def _to_leg(link: WorkerLink, leg: str, event: tp.Event) -> None:
    follow = link.legs.get(leg)
    if isinstance(event, tp.LegEnded):
        link.legs.pop(leg, None)
        link.alone.discard(leg)
    if follow is not None:
        _pass_on(follow, event)


def _pass_on(post: Callable[[E], None], event: E) -> None:
    """Tell of an event; a defect that it meets must not cost the worker's other calls."""
    try:
        post(event)
    except Exception:
        log.exception("event_failed", kind=type(event).__name__)


def translate(event: tp.Event) -> ev.Event | None:
    """Return the dialogue's event for one of the telephone's, None when it is of no concern."""
    make = _TRANSLATIONS.get(type(event))
    return make(event) if make is not None else None


_TRANSLATIONS: Mapping[type, Callable[[Any], ev.Event]] = {
    tp.CallAnswered: lambda e: ev.Answered(e.at),
    tp.SpeechStarted: lambda e: ev.SpeechStarted(e.utterance, e.at),
    tp.SpeechConfirmed: lambda e: ev.SpeechConfirmed(e.utterance, e.at),
    tp.SpeechPaused: lambda e: ev.SpeechPaused(e.utterance, e.pcm, e.voiced_s, e.speech_end, e.at),
    tp.SpeechResumed: lambda e: ev.SpeechResumed(e.utterance, e.at),
    tp.Digit: lambda e: ev.Digit(e.digit, e.at),
    tp.PlaybackStarted: lambda e: ev.PlaybackStarted(e.playback, e.at),
    tp.PlaybackFinished: lambda e: ev.PlaybackFinished(e.playback, e.played_s, e.complete, e.at),
    tp.Held: lambda e: ev.Held(e.held, e.at),
    tp.TransferFinished: lambda e: ev.TransferFinished(e.ok, e.code, e.at),
    tp.CallEnded: lambda e: ev.Ended(e.by, e.at),
}
