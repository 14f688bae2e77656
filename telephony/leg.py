"""One SIP dialog, seen through pjsua2.

:class:`Leg` turns the callbacks of native code into calls of a :class:`LegOwner`. Whoever owns a
leg drops it (``owner = None`` and the last reference) from the loop, never inside a callback.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import pjsua2 as pj

from telephony.media import AudioPort
from telephony.sipstack import guarded


@dataclass(frozen=True)
class RtpStats:
    """Reception of RTP. ``late`` packets came, but too late to be heard."""

    received: int = 0
    lost: int = 0
    late: int = 0
    jitter_ms: float = 0.0

    def plus(self, other: RtpStats) -> RtpStats:
        """Return the statistics of two successive streams together."""
        return RtpStats(
            self.received + other.received,
            self.lost + other.lost,
            self.late + other.late,
            max(self.jitter_ms, other.jitter_ms),
        )


class LegOwner(Protocol):
    """Who is told what happens on a leg. Called inside ``SipStack.poll``."""

    def leg_state(self, state: int, code: int, reason: str) -> None:
        """The INVITE session is now in ``state`` (``pj.PJSIP_INV_STATE_*``)."""

    def leg_media(self, *, active: bool, held: bool, codec: str) -> None:
        """Audio was negotiated or renegotiated."""

    def leg_digit(self, digit: str, method: int) -> None:
        """A key was pressed; ``method`` is a ``pj.PJSUA_DTMF_METHOD_*``."""

    def leg_refer_answered(self, code: int, reason: str) -> None:
        """The peer gave its final answer to our REFER."""

    def leg_transfer_status(self, code: int, reason: str, *, final: bool) -> None:
        """A NOTIFY about our REFER."""


class Leg(pj.Call):  # type: ignore[misc]
    """A pjsua2 call bound to one audio port."""

    def __init__(self, account: Any, owner: LegOwner, port: AudioPort, call_id: int = -1) -> None:
        super().__init__(account, call_id)
        self.owner: LegOwner | None = owner
        self.port = port
        self._past = RtpStats()

    def rtp(self) -> RtpStats:
        """Return the statistics of all streams this leg has had."""
        return self._past.plus(self._current())

    def is_over(self) -> bool:
        """Tell whether the dialog has ended."""
        return not self.isActive()

    @guarded
    def onCallState(self, prm: Any) -> None:  # noqa: N802
        """Tell the owner."""
        info = self.getInfo()
        if self.owner is not None:
            self.owner.leg_state(info.state, int(info.lastStatusCode), str(info.lastReason))

    @guarded
    def onCallMediaState(self, prm: Any) -> None:  # noqa: N802
        """Link the audio port with the leg's current stream.

        A re-INVITE replaces the stream; the bridge drops the links of the old one by itself, and
        linking twice is harmless. Unlinking by hand could hit a stream already being removed.
        """
        active = held = False
        codec = ""
        info = self.getInfo()  # owns the memory of its parts
        for media in info.media:
            if media.type != pj.PJMEDIA_TYPE_AUDIO:
                continue
            if media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                audio = self.getAudioMedia(media.index)
                audio.startTransmit(self.port)
                self.port.startTransmit(audio)
                codec = str(self.getStreamInfo(media.index).codecName)
                active = True
                break
            held = held or media.status in (
                pj.PJSUA_CALL_MEDIA_REMOTE_HOLD,
                pj.PJSUA_CALL_MEDIA_LOCAL_HOLD,
            )
        if self.owner is not None:
            self.owner.leg_media(active=active, held=held and not active, codec=codec)

    @guarded
    def onStreamDestroyed(self, prm: Any) -> None:  # noqa: N802
        """Keep the statistics of a stream that goes."""
        self._past = self._past.plus(self._current(prm.streamIdx))

    @guarded
    def onDtmfDigit(self, prm: Any) -> None:  # noqa: N802
        """Tell the owner."""
        if self.owner is not None:
            self.owner.leg_digit(str(prm.digit)[:1].upper(), int(prm.method))

    @guarded
    def onCallTsxState(self, prm: Any) -> None:  # noqa: N802
        """Watch for the answer to our REFER, which the transfer status does not tell apart."""
        if prm.e.type != pj.PJSIP_EVENT_TSX_STATE:
            return
        transaction = prm.e.body.tsxState.tsx
        ours = transaction.role == pj.PJSIP_ROLE_UAC and transaction.method == "REFER"
        done = transaction.state == pj.PJSIP_TSX_STATE_COMPLETED
        expired = transaction.state == pj.PJSIP_TSX_STATE_TERMINATED
        if self.owner is not None and ours and (done or expired):
            self.owner.leg_refer_answered(int(transaction.statusCode), str(transaction.statusText))

    @guarded
    def onCallTransferStatus(self, prm: Any) -> None:  # noqa: N802
        """Tell the owner."""
        prm.cont = not prm.finalNotify
        if self.owner is not None:
            self.owner.leg_transfer_status(
                int(prm.statusCode), str(prm.reason), final=bool(prm.finalNotify)
            )

    def _current(self, index: int = 0) -> RtpStats:
        try:
            stat = self.getStreamStat(index)  # owns the memory of its parts
        except pj.Error:
            return RtpStats()
        received = stat.rtcp.rxStat
        return RtpStats(
            received.pkt, received.loss, received.discard, received.jitterUsec.mean / 1000
        )
