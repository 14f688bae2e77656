"""The core's end of the speech socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Final

from common import logs
from common.wire import Channel, Message, WireError
from tts.protocol import Failed, Prepare, Progress, Ready, Reply, Speech, Synthesise

RETRY_S: Final = 0.25
REPLY_TIMEOUT_S: Final = 60.0


class SpeechUnavailable(Exception):  # noqa: N818 - a state of the box, not a bug
    """The speech process is down, or could not speak this text."""


class SpeechClient:
    """Speaks through the speech process and reconnects when that restarts.

    After a reconnection the texts of every ``prepare`` are sent again: the server answers at once
    for those in its store.
    """

    def __init__(self, path: Path) -> None:
        """``path`` is the server's socket."""
        self._path = path
        self._channel: Channel[Reply] | None = None
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._progressed = asyncio.Condition()
        self._pending: dict[int, asyncio.Queue[Speech | SpeechUnavailable]] = {}
        self._prepared: list[Prepare] = []
        self._sent_prepares = 0
        self._next = 0
        self._log = logs.get(part="speech-client")
        self.voice = ""
        """Name of the voice, once connected."""
        self.progress: Progress | None = None
        """The server's last word on what is rendered ahead."""
        self.counted: Callable[[bool], None] = lambda _stored: None
        """Told of each text that was spoken, True when all of it was stored."""

    async def start(self) -> None:
        """Begin connecting, and wait until the voice is loaded."""
        if self._task is None:
            self._task = asyncio.create_task(self._stay_connected())
        await self._ready.wait()

    @property
    def ready(self) -> bool:
        """Whether the process is connected with its voice loaded."""
        return self._ready.is_set()

    async def close(self) -> None:
        """Disconnect; what is pending fails with SpeechUnavailable."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self._lost()

    async def say(self, text: str, pace: float = 1.0) -> bytes:
        """Return ``text`` as PCM at the box's sample rate.

        Raises:
            SpeechUnavailable: the process is down, stops meanwhile, or cannot speak this text.
        """
        return (await self.speech(text, pace)).pcm

    async def speech(self, text: str, pace: float = 1.0, keep: bool = True) -> Speech:
        """As :meth:`say`, with what the server measured; ``keep`` False leaves no prompt."""
        async with self._request(text, pace, keep, stream=False) as replies:
            reply = await self._next_reply(replies)
            self.counted(reply.stored)
            return reply

    async def pieces(
        self, text: str, pace: float = 1.0, *, keep: bool = True
    ) -> AsyncIterator[bytes]:
        """As :meth:`speech`, in pieces to be played one after the other, the first one soon."""
        async with self._request(text, pace, keep, stream=True) as replies:
            while True:
                reply = await self._next_reply(replies)
                if reply.last:
                    self.counted(reply.stored)
                yield reply.pcm
                if reply.last:
                    return

    @contextlib.asynccontextmanager
    async def _request(
        self, text: str, pace: float, keep: bool, *, stream: bool
    ) -> AsyncIterator[asyncio.Queue[Speech | SpeechUnavailable]]:
        channel = self._channel
        if channel is None:
            raise SpeechUnavailable("La parole n'est pas disponible.")
        self._next += 1
        number = self._next
        replies: asyncio.Queue[Speech | SpeechUnavailable] = asyncio.Queue()
        self._pending[number] = replies
        channel.send(Synthesise(id=number, text=text, keep=keep, pace=pace, stream=stream))
        try:
            yield replies
        finally:
            self._pending.pop(number, None)

    @staticmethod
    async def _next_reply(replies: asyncio.Queue[Speech | SpeechUnavailable]) -> Speech:
        try:
            reply = await asyncio.wait_for(replies.get(), REPLY_TIMEOUT_S)
        except TimeoutError as error:
            raise SpeechUnavailable("La parole ne répond pas.") from error
        if isinstance(reply, SpeechUnavailable):
            raise reply
        return reply

    def prepare(
        self, texts: Sequence[str], urgent: bool, pace: float = 1.0, *, spoken: bool = False
    ) -> None:
        """Have ``texts`` rendered ahead, in this order; urgent ones before anything idle.

        ``spoken`` texts are speech text already.
        """
        request = Prepare(texts=tuple(texts), urgent=urgent, pace=pace, spoken=spoken)
        if not request.texts:
            return
        self._prepared.append(request)
        if self._channel is not None:
            self._send_prepare(request)

    def forget_idle(self) -> None:
        """Do not ask again for what was not urgent, should the process restart."""
        kept = [request for request in self._prepared if request.urgent]
        self._prepared = kept

    async def wait_prepared(self) -> None:
        """Wait until every urgent text given to :meth:`prepare` is in the store."""
        async with self._progressed:
            await self._progressed.wait_for(self._all_prepared)

    def _all_prepared(self) -> bool:
        if not any(request.urgent for request in self._prepared):
            return True
        progress = self.progress
        return (
            self._channel is not None
            and progress is not None
            and progress.prepares == self._sent_prepares
            and progress.urgent_left == 0
        )

    def _send_prepare(self, request: Prepare) -> None:
        assert self._channel is not None
        self._sent_prepares += 1
        self._channel.send(request)

    async def _stay_connected(self) -> None:
        while True:
            try:
                channel: Channel[Reply] = await Channel.connect(self._path, Reply)
            except OSError:
                await asyncio.sleep(RETRY_S)
                continue
            try:
                async for message in channel:
                    await self._receive(channel, message)
            except WireError as error:
                self._log.warning("speech process talks another protocol", error=str(error)[:200])
            except Exception:
                self._log.exception("a reply of the speech process could not be taken")
            finally:
                with contextlib.suppress(OSError):
                    await channel.close()
                await self._lost()
            self._log.warning("speech process lost, reconnecting")
            await asyncio.sleep(RETRY_S)

    async def _receive(self, channel: Channel[Reply], message: Message) -> None:
        if isinstance(message, Ready):
            self.voice = message.voice
            self._channel = channel
            self._sent_prepares = 0
            for request in self._prepared:
                self._send_prepare(request)
            self._ready.set()
        elif isinstance(message, Progress):
            async with self._progressed:
                self.progress = message
                self._progressed.notify_all()
        elif isinstance(message, Speech | Failed):
            replies = self._pending.get(message.id)
            if replies is None:
                return
            if isinstance(message, Speech):
                replies.put_nowait(message)
            else:
                replies.put_nowait(SpeechUnavailable(message.error))

    async def _lost(self) -> None:
        self._channel = None
        self._ready.clear()
        self._sent_prepares = 0
        pending, self._pending = self._pending, {}
        for replies in pending.values():
            replies.put_nowait(SpeechUnavailable("La parole s'est arrêtée."))
        async with self._progressed:
            self.progress = None
            self._progressed.notify_all()
