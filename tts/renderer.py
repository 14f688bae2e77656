"""The threads that compute speech.

One thread serves what somebody waits for: a caller who will fall silent first goes first, and what
only start-up waits for is stopped in mid-sentence for him. A second one, at low OS priority,
renders ahead while the box is quiet; it is stopped as soon as a caller is spoken to, so idle work
never delays an answer.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from common import logs
from tts.engine import SpeechError, Stop, StoppedError
from tts.prompts import PromptStore
from tts.queue import Job, Rendered, RenderQueue, Urgency

IDLE_AFTER_S: Final = 8.0
IDLE_NICENESS: Final = 15
_JOIN_S: Final = 10.0


class ClosedError(Exception):
    """The speech process stops; the sentence was not rendered."""


class Speaker(Protocol):
    """What the renderer needs of :class:`tts.engine.Engine`."""

    def speak(self, spoken: str, pace: float = 1.0, stop: Stop | None = None) -> bytes:
        """Return PCM; raises SpeechError or StoppedError."""
        ...


class Renderer:
    """Owns the two threads and the queue between :meth:`start` and :meth:`close`."""

    def __init__(
        self,
        speaker: Speaker,
        store: PromptStore,
        finished: Callable[[Urgency], None],
        idle_after_s: float = IDLE_AFTER_S,
        waited_for: Callable[[bool], None] = lambda _waiting: None,
    ) -> None:
        """``finished`` is called from a rendering thread after each job, ``waited_for`` from any
        when a first caller begins to wait for a sentence, and when none waits any more."""
        self._speaker = speaker
        self._store = store
        self._finished = finished
        self._queue = RenderQueue(idle_after_s)
        self._changed = threading.Condition()
        self._closing = False
        self._waited_for = waited_for
        self._waiting = False
        self._pressing: Job | None = None
        self._pressing_stop: Stop | None = None
        self._idle_stop: Stop | None = None
        self._log = logs.get(part="renderer")
        self._threads = [
            threading.Thread(target=self._serve_pressing, name="speech"),
            threading.Thread(target=self._serve_idle, name="speech-idle"),
        ]

    def start(self) -> None:
        """Start both threads."""
        for thread in self._threads:
            thread.start()

    def submit(
        self,
        key: str,
        spoken: str,
        pace: float,
        urgency: Urgency,
        keep: bool,
        needed_in_s: float = 0.0,
    ) -> Job:
        """Queue a sentence, or join the job that already renders it.

        ``needed_in_s``: for so long a caller hears what comes before it.
        """
        with self._changed:
            now = time.monotonic()
            job = self._queue.add(key, spoken, pace, urgency, keep, now, needed_in_s)
            if urgency is Urgency.LIVE:
                job.waiting += 1
                self._make_way(job)
                self._tell()
            if urgency is not Urgency.IDLE and self._idle_stop is not None:
                # Even when it renders this very sentence: its thread has the lowest priority.
                self._idle_stop.set()
            if self._closing:
                self._queue.finish(job)
                _fail(job, ClosedError())
            self._changed.notify_all()
            return job

    def _make_way(self, job: Job) -> None:
        """Stop what only start-up waits for."""
        running = self._pressing
        if running is None or running is job or running.urgency is Urgency.LIVE:
            return
        if self._pressing_stop is not None:
            self._pressing_stop.set()

    def _tell(self) -> None:
        waiting = self._queue.left(Urgency.LIVE) > 0
        if waiting is not self._waiting:
            self._waiting = waiting
            self._waited_for(waiting)

    def spoken(self) -> None:
        """Somebody is spoken to from the store: what nobody waits for stops for a while."""
        with self._changed:
            self._queue.spoken(time.monotonic())
            if self._idle_stop is not None:
                self._idle_stop.set()

    def abandon(self, job: Job) -> None:
        """The caller who submitted this LIVE job is gone."""
        with self._changed:
            self._queue.abandon(job)
            self._tell()

    def left(self) -> tuple[int, int]:
        """Return how many AHEAD and IDLE sentences are not rendered yet."""
        with self._changed:
            return self._queue.left(Urgency.AHEAD), self._queue.left(Urgency.IDLE)

    def close(self) -> None:
        """Stop what runs, cancel what is queued, end both threads."""
        with self._changed:
            self._closing = True
            for stop in (self._pressing_stop, self._idle_stop):
                if stop is not None:
                    stop.set()
            for job in self._queue.clear():
                _fail(job, ClosedError())
            self._changed.notify_all()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(_JOIN_S)

    def _serve_pressing(self) -> None:
        while True:
            with self._changed:
                job = self._queue.take_pressing()
                while job is None and not self._closing:
                    self._changed.wait()
                    job = self._queue.take_pressing()
                if job is None or self._closing:
                    return
                self._pressing = job
                stop = self._pressing_stop = Stop()
            self._render(job, stop)

    def _serve_idle(self) -> None:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), IDLE_NICENESS)
        while True:
            with self._changed:
                job = self._queue.take_idle(time.monotonic())
                while job is None and not self._closing:
                    wait = self._queue.idle_wait(time.monotonic())
                    self._changed.wait(wait if wait and self._queue.has_idle else None)
                    job = self._queue.take_idle(time.monotonic())
                if job is None or self._closing:
                    return
                stop = self._idle_stop = Stop()
            self._render(job, stop)

    def _render(self, job: Job, stop: Stop) -> None:
        started = time.monotonic()
        rendered: Rendered | None = None
        failure: Exception | None = None
        stopped = False
        try:
            pcm = self._speaker.speak(job.spoken, job.pace, stop)
            rendered = Rendered(pcm, time.monotonic() - started)
            if job.keep:
                self._store.put(job.key, pcm)
        except StoppedError:
            stopped = True
        except SpeechError as error:
            failure = error
        except Exception as error:
            self._log.exception("rendering failed")
            failure = error
        with self._changed:
            if stop is self._idle_stop:
                self._idle_stop = None
            else:
                self._pressing = self._pressing_stop = None
            urgency = job.urgency
            if stopped and not self._closing:
                self._queue.put_back(job)
            else:
                self._queue.finish(job)
            self._tell()
            self._changed.notify_all()
        if rendered is not None and not job.result.done():
            job.result.set_result(rendered)
        elif not stopped:
            _fail(job, failure or ClosedError())
        if not stopped:
            self._finished(urgency)


def _fail(job: Job, error: Exception) -> None:
    if not job.result.done():
        job.result.set_exception(error)
