"""When a telephone that sends no more audio is taken for lost. No clock and no SIP here.

A telephone that is muted sends silence, one that holds says so by re-INVITE. What stops without a
word has lost its network or its power, unless it is one of those that save silence. They send
nothing whenever nobody speaks, but have mostly done so before, or send comfort noise now and then,
which is a packet like any other, or go on reporting on what they hear (RTCP). A PBX reports for a
telephone that is gone too, so reports only make us as patient as with a caller.
"""

from __future__ import annotations

PAUSE_S = 1.8
"""A gap this long, after which audio came again, was a pause."""


class SilenceWatch:
    """Follows the count of packets from one telephone. Instants in seconds."""

    def __init__(self, limit_s: float, now: float) -> None:
        """Without a packet for ``limit_s`` the telephone is lost."""
        self._limit_s = limit_s
        self._sooner_s = limit_s
        self._packets = 0
        self._reports = 0
        self._at = now
        self._pauses = False

    def sooner(self, limit_s: float) -> None:
        """Take the telephone for lost after ``limit_s`` already, unless it saves silence."""
        self._sooner_s = min(limit_s, self._limit_s)

    def begin(self, now: float) -> None:
        """Audio is expected from now on, or again."""
        self._at = now

    def lost(self, packets: int, reports: int, now: float) -> bool:
        """Take in how many packets and reports have come in all; tell whether the telephone is
        lost."""
        if reports != self._reports:
            self._reports = reports
            self._pauses = self._pauses or (packets == self._packets and now - self._at >= PAUSE_S)
        if packets != self._packets:
            self._pauses = self._pauses or (self._packets > 0 and now - self._at >= PAUSE_S)
            self._packets = packets
            self._at = now
            return False
        return now - self._at > (self._limit_s if self._pauses else self._sooner_s)
