"""A caller's call on a line: obeys the core's commands, reports events."""

from __future__ import annotations

import logging
from typing import Any

import pjsua2 as pj

from telephony.dialog import Dialog, EndedBy, News, Tell
from telephony.leg import RtpStats, sip_headers
from telephony.listening import Listener
from telephony.media import PortPool
from telephony.options import WorkerOptions
from telephony.protocol import (
    CallAnswered,
    CallEnded,
    CallStarted,
    TransferFinished,
    TransferProgress,
)
from telephony.sipstack import peer_text
from telephony.transfer import Outcome, Progress, is_target

log = logging.getLogger(__name__)

LEFT_BY_CALLER = (200, 487)


class LineCall(Dialog):
    """Owner of one incoming leg."""

    def __init__(
        self,
        name: str,
        account: Any,
        pj_id: int,
        ports: PortPool,
        listener: Listener,
        options: WorkerOptions,
        tell: Tell,
        now: float,
    ) -> None:
        """Take the call that arrived as ``pj_id``; ``tell`` receives its events."""
        super().__init__(name, account, pj_id, ports, listener, options, tell, now)
        self.refused = False
        """Whether it was never let in."""
        self._answered_at: float | None = None
        self._retry_after_s: int | None = None

    # What the core asks for

    def ring(self, caller: str, called: str) -> None:
        """Answer 180 and tell the core."""
        self._respond(pj.PJSIP_SC_RINGING)
        info = self._leg.getInfo()
        self._tell(
            CallStarted(
                call=self.name,
                sip_call_id=peer_text(info.callIdString),
                caller=caller,
                called=called,
                at=self._now,
            )
        )

    def answer(self) -> None:
        """Send 200 OK."""
        if not self.over and self._answered_at is None:
            self._answered_at = self._now
            self._respond(pj.PJSIP_SC_OK)

    def reject(self, code: int, retry_after_s: int | None) -> None:
        """Refuse the INVITE with a final code; an answered call is hung up instead."""
        self.refused = self._answered_at is None
        self._retry_after_s = retry_after_s
        self.end("us", code, "rejected")

    def transfer(self, target: str, timeout_s: float, *, loops: bool = False) -> None:
        """Send REFER. A transfer while another or a Connect is under way fails, as one that
        ``loops`` back to this box does."""
        busy = self.referring or self.peer is not None
        if busy or loops or not self.talking or not is_target(target):
            code, reason = (400, "impossible transfer")
            if busy:
                code, reason = (491, "transfer under way")
            elif loops:
                code, reason = (482, "the target is this box")
            self._tell_transfer(Outcome(False, code, reason))
            return
        self.refer(
            lambda leg: leg.xfer(target, pj.CallOpParam()),
            self._now + timeout_s,
            self._tell_transfer,
        )

    def hand_over(self) -> None:
        """The core that knew this call is gone: pass the caller on, or end the call."""
        if self.handed_over or self.over:
            return
        self._go_silent()
        if self.peer is not None or self.referring:
            return
        if self.connected and self._options.fallback:
            self.transfer(self._options.fallback, self._options.fallback_timeout_s)
        else:
            self.end("error", pj.PJSIP_SC_SERVICE_UNAVAILABLE, "core gone")

    # The hooks of a dialog

    def _send_end(self, code: int) -> None:
        if self._answered_at is None:
            self._leg.answer(_response(code, self._retry_after_s))
        else:
            self._leg.hangup(_response(pj.PJSIP_SC_OK, None))

    def _tell_answered(self) -> None:
        self._tell(CallAnswered(call=self.name, codec=self._codec, at=self._now))

    def _tell_ended(self, rtp: RtpStats) -> None:
        self._tell(
            CallEnded(
                call=self.name,
                by=self._by or self._ended_by(),
                code=self._code,
                reason=self._why or self._reason,
                duration_s=self._now - (self._answered_at or self._now),
                rtp_received=rtp.received,
                rtp_lost=rtp.lost,
                jitter_ms=rtp.jitter_ms,
                at=self._now,
            )
        )

    def _watch_setup(self) -> None:
        waited = self._now - (self._answered_at or self._started_at)
        if waited > self._options.answer_timeout_s:
            by: EndedBy = "error" if self._answered_at is None else "timeout"
            self.end(by, pj.PJSIP_SC_SERVICE_UNAVAILABLE, "no answer")

    def _ended_by(self) -> EndedBy:
        if self._code in LEFT_BY_CALLER:
            return "caller"
        return "timeout" if self._code == pj.PJSIP_SC_REQUEST_TIMEOUT else "error"

    def _tell_transfer(self, news: News) -> None:
        match news:
            case Progress(code=code):
                self._tell(TransferProgress(call=self.name, code=code, at=self._now))
            case Outcome(ok=ok, code=code, reason=reason):
                self._tell(
                    TransferFinished(call=self.name, ok=ok, code=code, reason=reason, at=self._now)
                )
                if ok or self.handed_over:
                    self.end("us", pj.PJSIP_SC_OK, "transferred" if ok else "transfer failed")

    def _respond(self, code: int) -> None:
        try:
            self._leg.answer(_response(code, None))
        except pj.Error as error:
            log.warning("answer %d failed: %s", code, error.reason)


def _response(code: int, retry_after_s: int | None) -> Any:
    response = pj.CallOpParam()
    response.statusCode = code
    if retry_after_s is not None:
        response.txOption.headers = sip_headers({"Retry-After": str(retry_after_s)})
    return response
