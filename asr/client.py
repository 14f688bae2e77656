"""The core's side of the recognition socket."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from pathlib import Path

from asr.protocol import Cancel, Ready, Recognise, Reply, Transcript
from asr.vocabulary import OPEN, Vocabulary
from common.logs import get
from common.wire import Channel, WireError

_FIRST_RETRY_S = 0.1
_LONGEST_RETRY_S = 2.0

_log = get(room="asr")


class RecognitionUnavailable(Exception):  # noqa: N818 - a state, awaited by the core
    """The recognition process is not there, or went away before it answered."""


class RecognitionClient:
    """One connection to the recognition process, renewed whenever it breaks."""

    def __init__(self, path: Path, vocabulary: Vocabulary | None = None) -> None:
        """``vocabulary`` are the words of the town, told on every connection."""
        self._path = path
        self._vocabulary = vocabulary
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Transcript]] = {}
        self._channel: Channel[Reply] | None = None
        self._ready = asyncio.Event()
        self._model = ""
        self._task: asyncio.Task[None] | None = None
        self.counted: Callable[[str], None] = lambda _state: None
        """Told when a recognition is ``asked``, ``withdrawn``, or has a near miss ``repaired``."""
        self.waited: Callable[[float], None] = lambda _seconds: None
        """Told how long a request waited until its recognition began."""

    async def start(self) -> None:
        """Begin to connect, in the background; see :meth:`wait_ready`."""
        if self._task is None:
            self._task = asyncio.create_task(self._stay_connected())

    @property
    def ready(self) -> bool:
        """Whether the process is connected with its model loaded."""
        return self._ready.is_set()

    @property
    def model(self) -> str:
        """Name of the model that the process announced; '' before the first connection."""
        return self._model

    def renew(self, vocabulary: Vocabulary) -> None:
        """Tell other words of the town, for the calls that begin once they are learnt."""
        if vocabulary == self._vocabulary:
            return
        self._vocabulary = vocabulary
        if self._channel is not None:
            self._channel.send(vocabulary)

    async def wait_ready(self) -> None:
        """Return once :attr:`ready` holds."""
        await self._ready.wait()

    async def recognise(
        self, call: str, pcm: bytes, waiting_since: float, expects: str = OPEN
    ) -> Transcript:
        """Return the transcript of ``pcm``; the caller waiting longest is served first.

        ``expects`` is the kind of answer that is expected, see :mod:`asr.vocabulary`.

        Cancelling the awaiting task withdraws the request; what has begun ends early.

        Raises:
            RecognitionUnavailable: the process is not connected or ends before it answers.
        """
        channel = self._channel
        if channel is None or not self.ready:
            raise RecognitionUnavailable("not connected")
        number = next(self._ids)
        future: asyncio.Future[Transcript] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        self.counted("asked")
        try:
            channel.send(
                Recognise(
                    id=number, call=call, pcm=pcm, waiting_since=waiting_since, expects=expects
                )
            )
            transcript = await future
        except asyncio.CancelledError:
            channel.send(Cancel(id=number))
            self.counted("withdrawn")
            raise
        finally:
            self._waiting.pop(number, None)
        if transcript.repaired:
            self.counted("repaired")
        if transcript.reason == "cancelled":
            raise RecognitionUnavailable("the process is stopping")
        self.waited(transcript.queued_s)
        return transcript

    async def close(self) -> None:
        """Disconnect; whatever is still awaited fails with RecognitionUnavailable."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _stay_connected(self) -> None:
        wait_s = _FIRST_RETRY_S
        while True:
            try:
                channel: Channel[Reply] = await Channel.connect(self._path, Reply)
            except OSError:
                channel_ended = False
            else:
                channel_ended = await self._serve(channel)
            wait_s = _FIRST_RETRY_S if channel_ended else min(wait_s * 2, _LONGEST_RETRY_S)
            await asyncio.sleep(wait_s)

    async def _serve(self, channel: Channel[Reply]) -> bool:
        """Read until the connection ends; return whether it had been of use."""
        try:
            async for message in channel:
                if isinstance(message, Ready):
                    self._model = message.model
                    self._channel = channel
                    if self._vocabulary is not None:
                        channel.send(self._vocabulary)
                    self._ready.set()
                    continue
                future = self._waiting.get(message.id)
                if future is not None and not future.done():
                    future.set_result(message)
        except WireError as error:
            _log.warning("recognition_protocol", error=str(error))
        except Exception:
            _log.exception("recognition_reply")
        finally:
            served = self._ready.is_set()
            self._ready.clear()
            self._channel = None
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(RecognitionUnavailable("connection lost"))
            await channel.close()
        return served
