"""The legs of one call-back: the telephones of staff, then the resident's beside the one taken."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from callbot.lines import LineServer, OnLegEvent, WorkerLink
from telephony import protocol as tp

NO_SLOT = 503


class PlacedLine:
    """A :class:`callbot.handover.LegLine` with no caller.

    Until :meth:`take`, each leg goes to a worker that has room for the resident too; from then on,
    legs are placed beside the one that was taken and joined to it.
    """

    def __init__(self, lines: LineServer) -> None:
        self._lines = lines
        self._links: dict[str, WorkerLink] = {}
        self._taken: str | None = None

    def take(self, leg: str) -> None:
        """The telephone of this leg has the call-back."""
        self._taken = leg

    @property
    def room(self) -> bool:
        """Whether the worker of the leg that was taken has a slot for the resident."""
        link = self._links.get(self._taken or "")
        if link is None:
            return False
        kept = self._taken in link.alone
        return self._lines.free_slots(link) + kept > 0

    def dial(self, order: tp.Dial, on_event: OnLegEvent) -> None:
        """Ring a telephone; without room the leg ends at once, as one that found no slot."""

        def follow(event: tp.Event) -> None:
            if isinstance(event, tp.LegEnded):
                self._links.pop(leg, None)
            on_event(event)

        leg = order.leg
        link = self._place(replace(order, call=self._taken), follow)
        if link is not None:
            self._links[leg] = link
            return
        loop = asyncio.get_running_loop()
        reason, now = "no free slot", loop.time()
        gone = tp.LegEnded(leg=leg, answered=False, code=NO_SLOT, reason=reason, at=now)
        loop.call_soon(follow, gone)

    def play_to(self, leg: str, playback: str, pcm: bytes) -> None:
        """Append audio to what a telephone hears."""
        self._tell(leg, tp.Play(call=leg, playback=playback, pcm=pcm))

    def silence(self, leg: str) -> None:
        """Flush what is queued for a telephone."""
        self._tell(leg, tp.StopPlayback(call=leg))

    def connect(self, leg: str, *, replaces: bool, keep_caller: bool = False) -> None:
        """Let the resident's leg and the one that was taken talk; they end together."""
        if self._taken is not None:
            self._tell(leg, tp.Connect(call=self._taken, leg=leg, replaces=False))

    def disconnect(self, leg: str) -> None:
        """Stop ringing, or hang up."""
        self._tell(leg, tp.HangUp(call=leg))

    def _place(self, order: tp.Dial, on_event: OnLegEvent) -> WorkerLink | None:
        if self._taken is None:
            return self._lines.originate(order, on_event)
        link = self._links.get(self._taken)
        if link is not None:
            link.alone.discard(self._taken)
            link.legs[order.leg] = on_event
            link.send(order)
        return link

    def _tell(self, leg: str, command: tp.Command) -> None:
        """A leg that has ended needs to hear nothing."""
        link = self._links.get(leg)
        if link is not None:
            link.send(command)
