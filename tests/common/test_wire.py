"""The two ends of a connection."""

from __future__ import annotations

import asyncio
import contextlib
import socket

from common.wire import Channel, Message


class Word(Message, frozen=True):
    text: str


async def test_a_cancelled_receive_loses_nothing():
    ours, theirs = socket.socketpair()
    here: Channel[Word] = Channel(*await asyncio.open_unix_connection(sock=ours), Word)
    there: Channel[Word] = Channel(*await asyncio.open_unix_connection(sock=theirs), Word)
    waiting = asyncio.create_task(here.receive())
    await asyncio.sleep(0)
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await waiting
    there.send(Word("bonjour"))
    assert await here.receive() == [Word("bonjour")]
    await there.close()
    assert await here.receive() is None
    await here.close()
