"""The recognition process: one queue, oldest caller first, on a Unix socket.

Everything but the inference runs in one asyncio loop; inferences run in threads that the server
owns. A request that is withdrawn after it has begun ends after the step it is in.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from asr.engine import Hint, Recognition
from asr.hints import Hints
from asr.protocol import Cancel, Ready, Recognise, Request, Transcript
from asr.vocabulary import Vocabulary
from common.audio import duration_s
from common.logs import get
from common.wire import Channel, WireError, taken

LONGEST_QUEUE = 64
"""Requests waiting at once, over all connections; the next one is refused as an error."""
LONGEST_AUDIO_S = 60.0
RECENT_CALLS = 64
"""Calls that are remembered as begun when other words of the town are told."""
_DRAIN_S = 5.0

_log = get(room="asr")


class Engine(Protocol):
    """What recognises; called from several threads at once when there are several workers."""

    def recognise(self, pcm: bytes, hint: Hint) -> Recognition:
        """Return what is said in ``pcm``."""
        ...


class SocketBusyError(Exception):
    """Another process listens at this path; the message is French, for the administrator."""


@dataclass(order=True)
class _Job:
    waiting_since: float
    order: int
    request: Recognise = field(compare=False)
    client: _Client = field(compare=False)
    hints: Hints = field(compare=False)
    arrived: float = field(compare=False)
    withdrawn: bool = field(default=False, compare=False)


class _Client:
    """One connection and what it still waits for."""

    def __init__(self, channel: Channel[Request]) -> None:
        self.channel = channel
        self.ids: set[int] = set()
        self.told: Hints | None = None
        """Made of the last vocabulary; in use once it is prepared."""
        self._hints = Hints(Vocabulary())
        self._before = self._hints
        self._begun_before: frozenset[str] = frozenset()
        self._recent: dict[str, None] = {}

    def hints_of(self, call: str) -> Hints:
        """Return what helps to recognise a call: it keeps the words that it began with."""
        self._recent.pop(call, None)
        self._recent[call] = None
        if len(self._recent) > RECENT_CALLS:
            del self._recent[next(iter(self._recent))]
        return self._before if call in self._begun_before else self._hints

    def adopt(self, hints: Hints) -> None:
        """Use these words for the calls that begin from now on."""
        self._before, self._begun_before = self._hints, frozenset(self._recent)
        self._hints = hints


class RecognitionServer:
    """Serves one engine. ``run`` returns when ``stop`` is called."""

    def __init__(self, engine: Engine, model: str, path: Path, workers: int = 1) -> None:
        self._engine = engine
        self._model = model
        self._path = path
        self._workers = workers
        self._queue: list[_Job] = []
        self._running: list[_Job] = []
        self._order = itertools.count()
        self._wake = asyncio.Condition()
        self._stopping = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()
        self._learning: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """How many requests have not begun."""
        return len(self._queue)

    def stop(self) -> None:
        """Ask ``run`` to finish: waiting requests are answered as cancelled."""
        self._stopping.set()

    async def run(self) -> None:
        """Listen and serve until ``stop``.

        Raises:
            SocketBusyError: another process listens at the same path.
            OSError: the socket cannot be made.
        """
        if await taken(self._path):
            raise SocketBusyError(f"Une autre reconnaissance écoute déjà sur {self._path}.")
        server = await asyncio.start_unix_server(self._accept, str(self._path))
        self._path.chmod(0o600)
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="whisper")
        workers = [asyncio.create_task(self._work(pool)) for _ in range(self._workers)]
        for worker in workers:
            worker.add_done_callback(lambda _ended: self.stop())
        try:
            await self._stopping.wait()
        finally:
            server.close()
            for job in self._queue:
                self._reply(job, _nothing(job, "cancelled"))
            self._queue.clear()
            self._withdraw(self._running)
            tasks = (*workers, *self._connections, *self._learning)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)
            await server.wait_closed()
            self._path.unlink(missing_ok=True)
        for worker in workers:
            if not worker.cancelled():
                worker.result()  # it failed: another process shall take its place

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        client = _Client(Channel(reader, writer, Request))
        try:
            client.channel.send(Ready(model=self._model))
            async for message in client.channel:
                await self._take(client, message)
        except WireError as error:
            _log.warning("client_rejected", error=str(error))
        except asyncio.CancelledError:
            # Only the server's own end cancels this task; the transport is closed below.
            pass
        finally:
            self._connections.discard(task)
            self._queue = [job for job in self._queue if job.client is not client]
            self._withdraw(job for job in self._running if job.client is client)
            client.ids.clear()
            await client.channel.close()

    async def _take(self, client: _Client, message: Request) -> None:
        if isinstance(message, Vocabulary):
            await self._learn(client, message)
            return
        if isinstance(message, Cancel):
            self._cancel(client, message.id)
            return
        hints, now = client.hints_of(message.call), time.monotonic()
        job = _Job(message.waiting_since, next(self._order), message, client, hints, now)
        duplicate = message.id in client.ids
        full = len(self._queue) >= LONGEST_QUEUE
        if duplicate or full or duration_s(message.pcm) > LONGEST_AUDIO_S:
            _log.warning("request_refused", full=full, duplicate=duplicate)
            client.channel.send(_nothing(job, "error"))
            return
        client.ids.add(message.id)
        async with self._wake:
            self._queue.append(job)
            self._wake.notify()

    def _cancel(self, client: _Client, number: int) -> None:
        def meant(jobs: Iterable[_Job]) -> list[_Job]:
            return [job for job in jobs if job.client is client and job.request.id == number]

        for job in meant(self._queue):
            self._queue.remove(job)
            self._reply(job, _nothing(job, "cancelled"))
        self._withdraw(meant(self._running))

    def _withdraw(self, jobs: Iterable[_Job]) -> None:
        for job in jobs:
            job.withdrawn = True

    async def _learn(self, client: _Client, words: Vocabulary) -> None:
        """Prepare a vocabulary; but for the first one, requests are answered meanwhile."""
        begins = client.told is None
        hints = client.told = Hints(words)

        async def prepare() -> None:
            await asyncio.to_thread(hints.prepare)
            if client.told is hints:
                client.adopt(hints)

        if begins:
            await prepare()
        else:
            task = asyncio.create_task(prepare())
            self._learning.add(task)
            task.add_done_callback(self._learning.discard)

    async def _work(self, pool: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        while True:
            async with self._wake:
                await self._wake.wait_for(lambda: bool(self._queue))
                job = min(self._queue)
                self._queue.remove(job)
                self._running.append(job)
            try:
                transcript = await loop.run_in_executor(pool, self._recognise, job)
            finally:
                self._running.remove(job)
            self._reply(job, transcript)
            await self._flush(job.client)

    def _recognise(self, job: _Job) -> Transcript:
        """Run in a worker thread; never raises, so that no request can end the worker."""
        begun = time.monotonic()
        try:
            known = job.hints.of(job.request.expects)
            hint = replace(known, wanted=lambda: not job.withdrawn)
            result = self._engine.recognise(job.request.pcm, hint)
            if result.repaired:
                _log.info("near_miss_repaired", call=job.request.call, expects=job.request.expects)
        except Exception as error:
            _log.error("recognition_failed", error=type(error).__name__, detail=str(error)[:200])
            result = Recognition("", reason="error")
        return Transcript(
            id=job.request.id,
            text=result.text,
            confidence=result.confidence,
            avg_logprob=result.avg_logprob,
            no_speech_prob=result.no_speech_prob,
            duration_s=duration_s(job.request.pcm),
            queued_s=begun - job.arrived,
            compute_s=time.monotonic() - begun,
            second_pass=result.second_pass,
            reason=result.reason,
            repaired=result.repaired,
            language=result.language,
        )

    def _reply(self, job: _Job, transcript: Transcript) -> None:
        if job.request.id in job.client.ids:
            job.client.ids.discard(job.request.id)
            job.client.channel.send(transcript)

    async def _flush(self, client: _Client) -> None:
        """Drop a client that does not read its replies, before they fill the memory."""
        try:
            await asyncio.wait_for(client.channel.drain(), _DRAIN_S)
        except (TimeoutError, OSError):
            await client.channel.close()


def _nothing(job: _Job, reason: str) -> Transcript:
    return Transcript(
        id=job.request.id,
        text="",
        confidence=0.0,
        avg_logprob=0.0,
        no_speech_prob=0.0,
        duration_s=duration_s(job.request.pcm),
        queued_s=time.monotonic() - job.arrived,
        compute_s=0.0,
        second_pass=False,
        reason=reason,
    )
