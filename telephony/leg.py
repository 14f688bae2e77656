"""One SIP dialog, seen through pjsua2.

:class:`Leg` turns the callbacks of native code into calls of a :class:`LegOwner`. Whoever owns a
leg drops it (``owner = None`` and the last reference) from the loop, never inside a callback.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pjsua2 as pj

from telephony.media import AudioPort
from telephony.offers import MOST_STREAMS, streams
from telephony.sipstack import guarded, offer_text, peer_text, sockets_made

_HEARABLE = (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD)
"""A peer that holds may still send: its music."""
_KEYS = frozenset("0123456789*#ABCD")


@dataclass(frozen=True)
class RtpStats:
    """Reception of RTP. ``late`` packets came, but too late to be heard; ``reports`` are the
    RTCP of the other end on what it hears."""

    received: int = 0
    lost: int = 0
    late: int = 0
    jitter_ms: float = 0.0
    reports: int = 0

    def plus(self, other: RtpStats) -> RtpStats:
        """Return the statistics of two successive streams together."""
        return RtpStats(
            self.received + other.received,
            self.lost + other.lost,
            self.late + other.late,
            max(self.jitter_ms, other.jitter_ms),
            self.reports + other.reports,
        )


def sip_headers(headers: Mapping[str, str]) -> Any:
    """Return headers as pjsua2 takes them."""
    vector = pj.SipHeaderVector()
    for name, value in headers.items():
        header = pj.SipHeader()
        header.hName = name
        header.hValue = value
        vector.append(header)
    return vector


class LegOwner(Protocol):
    """Who is told what happens on a leg. Called inside ``SipStack.poll``, except for keys."""

    def leg_state(self, state: int, code: int, reason: str) -> None:
        """The INVITE session is now in ``state`` (``pj.PJSIP_INV_STATE_*``)."""

    def leg_media(self, *, active: bool, held: bool, codec: str) -> None:
        """Audio was negotiated or renegotiated."""

    def leg_digit(self, digit: str, method: int) -> None:
        """A key was pressed; ``method`` is a ``pj.PJSUA_DTMF_METHOD_*``. Maybe another thread."""

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
        self.receives = True
        """Whether the peer sends, as far as was agreed."""
        self.joined: Leg | None = None
        self._past = RtpStats()
        self._over = False
        self._before: list[Leg] = []

    def follow(self, before: Leg) -> None:
        """Keep a leg that is over alive as long as this one if this one has its place.

        pjsua gives the place of a call that ended to the next one at once, and pjsua2 hangs up
        whoever has the place of a call that is dropped.
        """
        if before.getId() == self.getId():
            self._before.append(before)

    def rtp(self) -> RtpStats:
        """Return the statistics of all streams this leg has had."""
        return self._past if self._over else self._past.plus(self._current())

    def join(self, other: Leg) -> None:
        """Let two legs hear each other, beside their own ports, and again after each re-INVITE."""
        self.joined, other.joined = other, self
        self._link_joined()

    def part(self) -> None:
        """Undo a join.

        Only streams that are still there may be unlinked: the bridge works off its orders later,
        and an order about a removed port would cut all links of the other one. Asking pjsua for
        both ports now, in the thread that alone adds and removes them, makes sure of that.
        """
        other = self.joined
        if other is None:
            return
        self.joined = other.joined = None
        mine, theirs = self.audio(), other.audio()
        if mine is not None and theirs is not None:
            mine.stopTransmit(theirs)
            theirs.stopTransmit(mine)

    def audio(self) -> Any | None:
        """Return the leg's current stream in the bridge, None when it has none."""
        if self._over:
            return None
        try:
            info = self.getInfo()  # owns the memory of its parts
            for media in info.media:
                if media.type == pj.PJMEDIA_TYPE_AUDIO and media.status in _HEARABLE:
                    return self.getAudioMedia(media.index)
        except pj.Error:
            return None
        return None

    def press(self, digit: str) -> None:
        """Send a key, by RTP if the peer takes it there, else by INFO."""
        param = pj.CallSendDtmfParam()
        param.digits = digit
        for method in (pj.PJSUA_DTMF_METHOD_RFC2833, pj.PJSUA_DTMF_METHOD_SIP_INFO):
            param.method = method
            try:
                self.sendDtmf(param)
            except pj.Error:
                continue
            return

    @guarded
    def onCallState(self, prm: Any) -> None:  # noqa: N802
        """Tell the owner."""
        info = self.getInfo()
        self._over = info.state == pj.PJSIP_INV_STATE_DISCONNECTED
        if self.owner is not None:
            self.owner.leg_state(info.state, int(info.lastStatusCode), peer_text(info.lastReason))

    @guarded
    def onCallMediaState(self, prm: Any) -> None:  # noqa: N802
        """Link the audio port with the leg's current stream.

        A re-INVITE replaces the stream; the bridge drops the links of the old one by itself, and
        linking twice is harmless.
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
                self.receives = bool(media.dir & pj.PJMEDIA_DIR_DECODING)
                break
            held = held or media.status in (
                pj.PJSUA_CALL_MEDIA_REMOTE_HOLD,
                pj.PJSUA_CALL_MEDIA_LOCAL_HOLD,
            )
        self._link_joined()
        if self.owner is not None:
            self.owner.leg_media(active=active, held=held and not active, codec=codec)

    @guarded
    def onCallRxOffer(self, prm: Any) -> None:  # noqa: N802
        """Refuse a new offer of too many streams; those of others get new sockets."""
        offered = streams(offer_text(prm.offer))
        if offered > MOST_STREAMS:
            prm.statusCode = pj.PJSIP_SC_NOT_ACCEPTABLE_HERE
        else:
            sockets_made(offered)

    @guarded
    def onStreamDestroyed(self, prm: Any) -> None:  # noqa: N802
        """Keep the statistics of a stream that goes."""
        self._past = self._past.plus(self._current(prm.streamIdx))

    @guarded
    def onDtmfDigit(self, prm: Any) -> None:  # noqa: N802
        """Tell the owner; by RTP a key comes on the media thread, while the loop goes on."""
        owner, key = self.owner, str(prm.digit)[:1].upper()
        if owner is not None and key in _KEYS:
            owner.leg_digit(key, int(prm.method))

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
            reason = peer_text(transaction.statusText)
            self.owner.leg_refer_answered(int(transaction.statusCode), reason)

    @guarded
    def onCallTransferRequest(self, prm: Any) -> None:  # noqa: N802
        """Refuse: nobody but the configuration chooses whom this process calls."""
        prm.statusCode = pj.PJSIP_SC_DECLINE

    @guarded
    def onCallReplaceRequest(self, prm: Any) -> None:  # noqa: N802
        """Refuse: no other call may step into this one."""
        prm.statusCode = pj.PJSIP_SC_DECLINE

    def onCallRedirected(self, prm: Any) -> int:  # noqa: N802
        """Refuse each address of a 302, for the same reason: the call ends with that code."""
        return int(pj.PJSIP_REDIRECT_REJECT)

    @guarded
    def onCallTransferStatus(self, prm: Any) -> None:  # noqa: N802
        """Tell the owner."""
        prm.cont = not prm.finalNotify
        if self.owner is not None:
            self.owner.leg_transfer_status(
                int(prm.statusCode), peer_text(prm.reason), final=bool(prm.finalNotify)
            )

    def _link_joined(self) -> None:
        if self.joined is None:
            return
        mine, theirs = self.audio(), self.joined.audio()
        if mine is not None and theirs is not None:
            mine.startTransmit(theirs)
            theirs.startTransmit(mine)

    def _current(self, index: int = 0) -> RtpStats:
        try:
            stat = self.getStreamStat(index)  # owns the memory of its parts
        except pj.Error:
            return RtpStats()
        received = stat.rtcp.rxStat
        return RtpStats(
            received.pkt,
            received.loss,
            received.discard,
            received.jitterUsec.mean / 1000,
            stat.rtcp.txStat.updateCount,
        )
