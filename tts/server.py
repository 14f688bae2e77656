"""The speech process: Synthesise and Prepare from a Unix socket, audio back.

What is stored is answered from the store at once; the rest goes to the renderer. A text of
several sentences is rendered and stored sentence by sentence, so that a prepared answer serves
each of its sentences and the other way round.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from common import logs
from common.audio import SAMPLE_BYTES, SAMPLE_RATE, duration_s
from common.wire import Channel, WireError, taken
from tts.engine import SENTENCE_PAUSE_S, SpeechError
from tts.pieces import pieces
from tts.prompts import PromptStore, prompt_key
from tts.protocol import Failed, Prepare, Progress, Ready, Request, Speech, Synthesise
from tts.queue import Job, Urgency
from tts.renderer import ClosedError, Renderer
from tts.speechtext import split_opening, spoken_sentences

_PAUSE: Final = bytes(round(SENTENCE_PAUSE_S * SAMPLE_RATE) * SAMPLE_BYTES)
_LETTERS_PER_S: Final = 14.0
_UNSPEAKABLE: Final = "Ce texte ne contient rien à dire."


class ServerError(Exception):
    """The socket cannot be opened; the message is French."""


@dataclass(eq=False)
class _Client:
    channel: Channel[Request]
    prepares: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


class SpeechServer:
    """Serves any number of clients on one socket."""

    def __init__(
        self,
        path: Path,
        voice: str,
        fingerprint: str,
        store: PromptStore,
        start_renderer: Callable[[Callable[[Urgency], None]], Renderer],
    ) -> None:
        """``start_renderer`` gets the callback to report finished jobs to."""
        self._path = path
        self._voice = voice
        self._fingerprint = fingerprint
        self._store = store
        self._start_renderer = start_renderer
        self._clients: set[_Client] = set()
        self._log = logs.get(part="speech")
        self._renderer: Renderer | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set.

        Raises:
            ServerError: the socket is in use or cannot be created.
        """
        loop = asyncio.get_running_loop()
        if await taken(self._path):
            raise ServerError(f"Un autre processus de parole écoute déjà sur « {self._path} ».")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        renderer = self._start_renderer(
            lambda urgency: _from_thread(loop, self._job_finished, urgency)
        )
        self._renderer = renderer
        renderer.start()
        try:
            try:
                server = await asyncio.start_unix_server(self._serve, path=str(self._path))
            except OSError as error:
                raise ServerError(
                    f"Le canal « {self._path} » ne peut pas être ouvert ({error.strerror})."
                ) from error
            self._path.chmod(0o600)
            async with server:
                await stop.wait()
                server.close()
                await self._disconnect_all()
        finally:
            await asyncio.to_thread(renderer.close)
            self._path.unlink(missing_ok=True)

    async def _disconnect_all(self) -> None:
        for client in list(self._clients):
            await client.channel.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Client(Channel(reader, writer, Request))
        self._clients.add(client)
        client.channel.send(Ready(voice=self._voice))
        try:
            async for message in client.channel:
                self._handle(client, message)
        except WireError as error:
            self._log.warning("client dropped: not the speech protocol", error=str(error)[:200])
        finally:
            self._clients.discard(client)
            for task in client.tasks:
                task.cancel()
            await asyncio.gather(*client.tasks, return_exceptions=True)
            with contextlib.suppress(OSError):
                await client.channel.close()

    def _handle(self, client: _Client, message: Request) -> None:
        if isinstance(message, Synthesise):
            task = asyncio.create_task(self._synthesise(client, message))
            client.tasks.add(task)
            task.add_done_callback(client.tasks.discard)
        else:
            self._prepare(client, message)

    async def _synthesise(self, client: _Client, request: Synthesise) -> None:
        try:
            async for reply in self._speech(request):
                client.channel.send(reply)
        except SpeechError as error:
            client.channel.send(Failed(id=request.id, error=str(error)))
        except ClosedError:
            client.channel.send(Failed(id=request.id, error="La parole s'arrête."))
        except Exception:
            self._log.exception("synthesis failed")
            error_text = "La voix n'a pas pu dire ce texte."
            client.channel.send(Failed(id=request.id, error=error_text))
        with contextlib.suppress(ConnectionError):
            await client.channel.drain()

    async def _speech(self, request: Synthesise) -> AsyncIterator[Speech]:
        parts = self._parts(request)
        jobs = [part for part in parts if isinstance(part, Job)]
        compute_s = 0.0
        pieces: list[bytes] = []
        try:
            for number, part in enumerate(parts, start=1):
                if isinstance(part, Job):
                    rendered = await asyncio.wrap_future(part.result)
                    compute_s += rendered.compute_s
                    pieces.append(rendered.pcm)
                else:
                    pieces.append(part)
                last = number == len(parts)
                if request.stream or last:
                    yield Speech(
                        id=request.id,
                        pcm=_PAUSE.join(pieces),
                        stored=not jobs,
                        compute_s=compute_s,
                        last=last,
                    )
                    pieces.clear()
        finally:
            for job in jobs:
                self._live().abandon(job)

    def _parts(self, request: Synthesise) -> list[bytes | Job]:
        """What is stored of a text, and live jobs for the rest, in order.

        Raises:
            SpeechError: there is nothing to say.
        """
        sentences = spoken_sentences(request.text)
        if not sentences:
            raise SpeechError(_UNSPEAKABLE)
        self._live().spoken()
        parts: list[bytes | Job] = []
        for sentence in sentences:
            stored = self._store.get(prompt_key(self._fingerprint, request.pace, sentence))
            found = [stored] if stored else self._put_together(sentence, request.pace)
            if found:
                parts += found
                continue
            for spoken in split_opening(sentence) if request.stream else [sentence]:
                parts.append(self._part(spoken, request, sum(map(_length_s, parts))))
        return parts

    def _part(self, spoken: str, request: Synthesise, needed_in_s: float) -> bytes | Job:
        key = prompt_key(self._fingerprint, request.pace, spoken)
        return self._store.get(key) or self._live().submit(
            key, spoken, request.pace, Urgency.LIVE, request.keep, needed_in_s
        )

    def _put_together(self, sentence: str, pace: float) -> list[bytes]:
        """Return a sentence with a number out of stored pieces; empty unless all are stored."""
        found: list[bytes] = []
        for piece in pieces(sentence):
            stored = self._store.get(prompt_key(self._fingerprint, pace, piece))
            if stored is None:
                return []
            found.append(stored)
        return found

    def _prepare(self, client: _Client, request: Prepare) -> None:
        urgency = Urgency.AHEAD if request.urgent else Urgency.IDLE
        for text in request.texts:
            for spoken in [text] if request.spoken else spoken_sentences(text):
                key = prompt_key(self._fingerprint, request.pace, spoken)
                if key not in self._store:
                    self._live().submit(key, spoken, request.pace, urgency, keep=True)
        client.prepares += 1
        client.channel.send(self._progress(client))

    def _job_finished(self, urgency: Urgency) -> None:
        if urgency is Urgency.LIVE:
            return
        for client in self._clients:
            if client.prepares:
                client.channel.send(self._progress(client))

    def _progress(self, client: _Client) -> Progress:
        urgent_left, idle_left = self._live().left()
        return Progress(
            urgent_left=urgent_left,
            idle_left=idle_left,
            stored=len(self._store),
            prepares=client.prepares,
        )

    def _live(self) -> Renderer:
        assert self._renderer is not None
        return self._renderer


def _length_s(part: bytes | Job) -> float:
    """Return how long a part is, or about how long it will be."""
    if isinstance(part, Job):
        return len(part.spoken) / _LETTERS_PER_S / part.pace
    return duration_s(part)


def _from_thread(
    loop: asyncio.AbstractEventLoop, call: Callable[[Urgency], None], urgency: Urgency
) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(call, urgency)
