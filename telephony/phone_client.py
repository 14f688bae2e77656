"""Drives a test phone from an asyncio program."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

from common.wire import Channel
from telephony.phone_protocol import (
    Codec,
    Command,
    Dial,
    HangUp,
    Hold,
    PhoneEvent,
    PlayPcm,
    Quit,
    Ready,
    ReferPolicy,
    SendDigits,
)

START_TIMEOUT_S = 20.0
QUIT_TIMEOUT_S = 5.0


class PhoneError(Exception):
    """The phone process could not start or has died."""


@dataclass(frozen=True)
class PhoneOptions:
    """How a test phone behaves.

    ``port`` 0 takes any free UDP port. ``rtp_port`` 0 lets the phone choose from 40000 up.
    ``auto_answer`` makes it accept calls, ``refer`` says what it does with a transfer.
    """

    host: str = "127.0.0.1"
    port: int = 0
    rtp_port: int = 0
    codecs: tuple[Codec, ...] = ("PCMA",)
    caller: str = "0612345678"
    auto_answer: bool = False
    refer: ReferPolicy = "follow"


class PhoneClient:
    """One phone process and its single call.

    ``async with PhoneClient(options) as phone`` starts the process and ends it; iterating over
    the client yields its events until the process ends.
    """

    def __init__(self, options: PhoneOptions | None = None) -> None:
        self.options = options or PhoneOptions()
        self.port = 0
        self._process: asyncio.subprocess.Process | None = None
        self._channel: Channel[PhoneEvent] | None = None
        self._arrived: deque[PhoneEvent] = deque()
        self._plays = 0

    async def __aenter__(self) -> PhoneClient:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Start the process and wait until it can dial; raises PhoneError."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "telephony.phone",
                *_arguments(self.options, theirs.fileno()),
                pass_fds=(theirs.fileno(),),
                stdin=asyncio.subprocess.DEVNULL,
            )
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        self._channel = Channel(reader, writer, PhoneEvent)
        try:
            first = await asyncio.wait_for(self._next(), START_TIMEOUT_S)
        except TimeoutError:
            first = None
        if not isinstance(first, Ready):
            await self.close()
            raise PhoneError("Le téléphone d'essai n'a pas démarré.")
        self.port = first.port

    def dial(self, uri: str) -> None:
        """Place a call; Ringing, Connected or Ended follow."""
        self._send(Dial(uri=uri))

    def play(self, pcm: bytes) -> int:
        """Append audio to what the phone says; return the number its PlayedOut will carry."""
        self._plays += 1
        self._send(PlayPcm(play=self._plays, pcm=pcm))
        return self._plays

    def digits(self, digits: str, *, info: bool = False) -> None:
        """Press keys, by RFC 4733 or, with ``info``, by SIP INFO."""
        self._send(SendDigits(digits=digits, method="info" if info else "rfc4733"))

    def hold(self, on: bool) -> None:
        """Put the other side on hold, or take the call back."""
        self._send(Hold(on=on))

    def hangup(self) -> None:
        """End the call; Ended follows."""
        self._send(HangUp())

    async def __aiter__(self) -> AsyncIterator[PhoneEvent]:
        """Yield events until the process ends. May be left and entered again."""
        if self._channel is None:
            raise PhoneError("Le téléphone d'essai n'est pas démarré.")
        while (event := await self._next()) is not None:
            yield event

    async def _next(self) -> PhoneEvent | None:
        while not self._arrived and self._channel is not None:
            arrived = await self._channel.receive()
            if arrived is None:
                return None
            self._arrived.extend(arrived)
        return self._arrived.popleft() if self._arrived else None

    async def close(self) -> None:
        """End the call and the process."""
        process, self._process = self._process, None
        if process is None:
            return
        self._send(Quit())
        try:
            await asyncio.wait_for(process.wait(), QUIT_TIMEOUT_S)
        except TimeoutError:
            process.kill()
            await process.wait()
        if self._channel is not None:
            await self._channel.close()

    def _send(self, command: Command) -> None:
        if self._channel is not None:
            self._channel.send(command)


def _arguments(options: PhoneOptions, fd: int) -> list[str]:
    arguments = [
        f"--fd={fd}",
        f"--host={options.host}",
        f"--port={options.port}",
        f"--rtp-port={options.rtp_port}",
        f"--codecs={','.join(options.codecs)}",
        f"--caller={options.caller}",
        f"--refer={options.refer}",
    ]
    if options.auto_answer:
        arguments.append("--auto-answer")
    return arguments
