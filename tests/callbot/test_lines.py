"""The core's end of the line workers' sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from callbot.lines import CallLine, LineServer, Post
from common.wire import Channel
from dialogue import events as ev
from telephony import protocol as tp

PATIENCE_S = 30.0


def started(call: str) -> tp.CallStarted:
    return tp.CallStarted(call=call, sip_call_id=call, caller="", called="", at=0.0)


def take(event: tp.CallStarted, line: CallLine) -> Post | None:
    """Take calls; those of whom the name says so meet a defect at once, or when they speak."""
    if event.call == "unlucky":
        raise RuntimeError("defect")

    def post(spoken: ev.Event) -> None:
        if event.call == "cursed":
            raise RuntimeError("defect")
        line.hang_up()

    return post


@asynccontextmanager
async def connected(folder: Path) -> AsyncIterator[Channel[tp.Command]]:
    server = LineServer(folder / "lines.sock", take)
    await server.start()
    channel: Channel[tp.Command] = await Channel.connect(folder / "lines.sock", tp.Command)
    channel.send(tp.Hello(worker=1, pid=1, lines=4, slots=4))
    try:
        yield channel
    finally:
        await channel.close()
        await server.close()


async def test_a_call_that_meets_a_defect_leaves_the_others_of_its_worker(tmp_path: Path) -> None:
    async with connected(tmp_path) as worker:
        for call in ("fine", "unlucky", "cursed"):
            worker.send(started(call))
        for call in ("cursed", "fine"):
            worker.send(tp.Digit(call=call, digit="1", at=0.0))
        async with asyncio.timeout(PATIENCE_S):
            told = aiter(worker)
            refused, ended = await anext(told), await anext(told)
    assert isinstance(refused, tp.Reject) and (refused.call, refused.code) == ("unlucky", 503)
    assert isinstance(ended, tp.HangUp) and ended.call == "fine"
