"""A line worker in virtual time, and the telephones that it rings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from callbot.lines import CallLine, LineServer, Post, WorkerLink
from common.audio import duration_s
from telephony import protocol as tp

Owner = Callable[["Telephone"], Awaitable[None]]


@dataclass(eq=False)
class Telephone:
    """One leg, as whoever holds the receiver sees it."""

    worker: FakeWorker
    order: tp.Dial
    answered: bool = False
    over: bool = False
    peer: Telephone | None = None
    heard: str = ""

    def answer(self) -> None:
        self.answered = True
        self.worker.tell(tp.LegAnswered(leg=self.order.leg, codec="PCMA", at=0))

    def press(self, digit: str) -> None:
        if not self.over:
            self.worker.tell(tp.Digit(call=self.order.leg, digit=digit, at=0))

    def ring_out(self) -> None:
        """Nobody picks up."""
        if not self.answered:
            self.end(408)

    def end(self, code: int = 200) -> None:
        """Hang up, refuse, vanish."""
        if self.over:
            return
        self.over = True
        self.worker.tell(
            tp.LegEnded(leg=self.order.leg, answered=self.answered, code=code, reason="", at=0)
        )
        if self.peer is not None:
            self.peer.end()
        for other in self.worker.rung:
            if other.order.call == self.order.leg and not other.answered:
                other.end(487)


class FakeWorker:
    """Obeys the core as :mod:`telephony.exchange` does; ``owners`` act when a telephone rings.

    An owner is looked up by the target that is dialled; nobody answers a target without one.
    """

    def __init__(self, lines: LineServer, owners: dict[str, Owner], *, slots: int = 4) -> None:
        self.rung: list[Telephone] = []
        self.owners = owners
        self._lines = lines
        self._tasks: list[asyncio.Task[Any]] = []
        hello = tp.Hello(worker=1, pid=1, lines=slots, slots=slots)
        self.link = WorkerLink(hello, self)  # type: ignore[arg-type]
        lines._links[1] = self.link

    def calls(self, target: str) -> list[Telephone]:
        """How often a target was rung."""
        return [telephone for telephone in self.rung if telephone.order.target == target]

    def incoming(self, caller: str) -> Callable[[], None]:
        """Somebody calls the town; returns how they hang up."""
        name = f"appel-{caller}"
        started = tp.CallStarted(call=name, sip_call_id=name, caller=caller, called="", at=0)
        self._lines._dispatch(self.link, started)

        def hang_up() -> None:
            self.tell(
                tp.CallEnded(
                    call=name,
                    by="caller",
                    code=200,
                    reason="",
                    duration_s=1,
                    rtp_received=1,
                    rtp_lost=0,
                    jitter_ms=0,
                    at=0,
                )
            )

        return hang_up

    def die(self) -> None:
        """The process is gone, with everything in it."""
        for telephone in self.rung:
            telephone.over = True
        self._lines._lost(self.link)

    def tell(self, event: tp.Event) -> None:
        """Report an event, later, as a socket does."""
        asyncio.get_running_loop().call_soon(self._lines._dispatch, self.link, event)

    def send(self, command: tp.Command) -> None:
        """Obey (the link's channel)."""
        match command:
            case tp.Dial():
                self._ring(Telephone(self, command))
            case tp.Play(call=leg, playback=playback, pcm=pcm):
                self._play(self._find(leg), playback, pcm)
            case tp.HangUp(call=leg):
                telephone = self._find(leg)
                telephone.end(200 if telephone.answered else 487)
            case tp.Connect():
                self._connect(command)
            case _:
                pass

    def _find(self, leg: str) -> Telephone:
        return next(one for one in self.rung if one.order.leg == leg)

    def _ring(self, telephone: Telephone) -> None:
        self.rung.append(telephone)
        owner = self.owners.get(telephone.order.target)
        loop = asyncio.get_running_loop()
        loop.call_later(telephone.order.timeout_s, telephone.ring_out)
        if owner is not None:
            self._tasks.append(asyncio.ensure_future(owner(telephone)))

    def _play(self, telephone: Telephone, playback: str, pcm: bytes) -> None:
        telephone.heard += pcm.rstrip(b"\0").decode()
        seconds = duration_s(pcm)
        done = tp.PlaybackFinished(
            call=telephone.order.leg, playback=playback, played_s=seconds, complete=True, at=0
        )
        asyncio.get_running_loop().call_later(seconds, self.tell, done)

    def _connect(self, order: tp.Connect) -> None:
        one, other = self._find(order.call), self._find(order.leg)
        if one.over or other.over or not (one.answered and other.answered):
            self.tell(tp.ConnectFailed(call=order.call, leg=order.leg, code=481, reason="", at=0))
            return
        one.peer, other.peer = other, one
        self.tell(tp.Connected(call=order.call, leg=order.leg, mode="bridge", at=0))


def let_in(_started: tp.CallStarted, _line: CallLine) -> Post:
    """Take every call, and forget what happens in it."""
    return lambda _event: None
