"""Messages between the processes of the box.

A message is a frozen :class:`Message` struct. On the wire it is a four-byte big-endian length
followed by MessagePack, tagged with the class name. The same framing serves asyncio processes
(:class:`Channel`) and polled ones (:class:`Framer`).
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

_LENGTH = struct.Struct(">I")
MAX_FRAME_BYTES = 32 * 1024 * 1024


class Message(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Base of everything that crosses a process boundary."""


class WireError(Exception):
    """The peer sent something that is not a message of the agreed protocol."""


M = TypeVar("M", bound=Message)


def encode(message: Message) -> bytes:
    """Return the framed bytes of one message."""
    body = msgspec.msgpack.encode(message)
    return _LENGTH.pack(len(body)) + body


class Framer(Generic[M]):
    """Turns a byte stream into messages, whatever the chunks it arrives in."""

    def __init__(self, accepted: Any) -> None:
        """``accepted`` is the union of message types that the peer may send."""
        self._decoder: msgspec.msgpack.Decoder[M] = msgspec.msgpack.Decoder(accepted)
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[M]:
        """Return the messages completed by ``data``.

        Raises:
            WireError: the frame is too long or does not decode.
        """
        self._buffer += data
        messages: list[M] = []
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > MAX_FRAME_BYTES:
                raise WireError(f"frame of {length} bytes")
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                break
            body = bytes(self._buffer[_LENGTH.size : end])
            del self._buffer[:end]
            try:
                messages.append(self._decoder.decode(body))
            except msgspec.MsgspecError as error:
                raise WireError(str(error)) from error
        return messages


async def taken(path: Path) -> bool:
    """Tell whether a process listens at ``path``; the socket of one that is dead is removed."""
    try:
        _, writer = await asyncio.open_unix_connection(str(path))
    except OSError:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        return False
    writer.close()
    return True


class Channel(Generic[M]):
    """One end of a Unix-socket connection inside an asyncio process."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, accepted: Any
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._framer: Framer[M] = Framer(accepted)

    @classmethod
    async def connect(cls, path: Path, accepted: Any) -> Channel[M]:
        """Connect to the process that listens at ``path``; raises OSError when nobody does."""
        reader, writer = await asyncio.open_unix_connection(str(path))
        return cls(reader, writer, accepted)

    def send(self, message: Message) -> None:
        """Queue a message; it leaves in order. A closed connection is noticed by the reader."""
        if not self._writer.is_closing():
            self._writer.write(encode(message))

    async def drain(self) -> None:
        """Wait until the peer has taken most of what was sent."""
        await self._writer.drain()

    async def __aiter__(self) -> AsyncIterator[M]:
        """Yield messages until the peer closes the connection."""
        while (messages := await self.receive()) is not None:
            for message in messages:
                yield message

    async def receive(self) -> list[M] | None:
        """Return what has arrived, maybe nothing yet; None once the peer has closed.

        Cancelling it loses no message, while cancelling an iteration ends that iteration.
        """
        try:
            data = await self._reader.read(1 << 16)
        except (ConnectionError, BrokenPipeError):
            return None
        return list(self._framer.feed(data)) if data else None

    async def close(self) -> None:
        """Close this end."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except (ConnectionError, BrokenPipeError):
            return
