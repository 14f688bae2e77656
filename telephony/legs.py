"""A call that the worker places: the second leg of a caller's call, or a call-back."""

from __future__ import annotations

from typing import Any

import pjsua2 as pj

from telephony.dialog import Dialog, Tell
from telephony.leg import RtpStats, sip_headers
from telephony.listening import Listener
from telephony.media import PortPool
from telephony.options import WorkerOptions
from telephony.protocol import Dial, LegAnswered, LegEnded, LegProgress
from telephony.sipstack import sockets_made

ORPHAN_S = 10.0
"""How long an answered leg waits for the core's word after its caller has left."""

OK = 200
REQUEST_TIMEOUT = 408
REQUEST_TERMINATED = 487


class SecondLeg(Dialog):
    """Owner of one outgoing leg."""

    def __init__(
        self,
        order: Dial,
        account: Any,
        ports: PortPool,
        listener: Listener,
        options: WorkerOptions,
        tell: Tell,
        now: float,
    ) -> None:
        """Prepare the call of ``order``, which must have been found possible."""
        super().__init__(order.leg, account, -1, ports, listener, options, tell, now)
        self.placed_for = order.call
        self._order = order
        self._ring_until = now + order.timeout_s
        self._orphan_at: float | None = None
        self._end_code = 0
        self._last_code = 0
        self._ended_told = False

    @property
    def forgotten(self) -> bool:
        """Whether no core is waiting for news of this leg."""
        return self.handed_over or self._ended_told

    def dial(self, target: str, sender: str) -> None:
        """Send INVITE to ``target`` with the From ``sender``; raises pj.Error when it cannot be."""
        param = pj.CallOpParam(True)
        param.opt.videoCount = 0
        param.opt.textCount = 0
        param.txOption.localUri = sender
        param.txOption.headers = sip_headers(self._order.headers)
        self._leg.makeCall(target, param)
        sockets_made()

    def hang_up(self) -> None:
        """Send CANCEL or BYE."""
        self.end("us", OK if self.connected else REQUEST_TERMINATED, "hung up")

    def caller_left(self) -> None:
        """Stop ringing at once; a leg that was answered is the core's to end, but not for long."""
        if not self.connected:
            self.end("us", REQUEST_TERMINATED, "the caller left")
        elif self._orphan_at is None:
            self._orphan_at = self._now + ORPHAN_S

    def hand_over(self) -> None:
        """The core is gone: end the leg, unless two people talk over it."""
        if self.handed_over or self.over:
            return
        self._go_silent()
        if self.peer is None:
            self.end("error", REQUEST_TERMINATED, "core gone")

    # What happens on the leg

    def leg_state(self, state: int, code: int, reason: str) -> None:
        """Follow the INVITE session."""
        if state == pj.PJSIP_INV_STATE_EARLY and self._by is None and code != self._last_code:
            self._last_code = code
            self._tell(LegProgress(leg=self.name, code=code, at=self._now))
        super().leg_state(state, code, reason)

    def tick(self, now: float) -> None:
        """Do what is due."""
        super().tick(now)
        orphan = self._orphan_at is not None and self.peer is None
        if orphan and now > (self._orphan_at or 0.0):
            self.end("us", OK, "the caller left")

    # The hooks of a dialog

    def _send_end(self, code: int) -> None:
        self._end_code = code
        # The peer may take half a minute to give up, or to be given up: the core shall not.
        if not self.connected or self.lost:
            self._tell_over(code, self._why)
        self._leg.hangup(pj.CallOpParam())

    def _tell_answered(self) -> None:
        if self._by is None:
            self._tell(LegAnswered(leg=self.name, codec=self._codec, at=self._now))

    def _tell_ended(self, rtp: RtpStats) -> None:
        self._tell_over(self._end_code or self._code, self._why or self._reason)

    def _watch_setup(self) -> None:
        if self._now >= self._ring_until:
            self.end("timeout", REQUEST_TIMEOUT, "ring time-out")

    def _tell_over(self, code: int, reason: str) -> None:
        if not self._ended_told:
            self._ended_told = True
            self._tell(
                LegEnded(
                    leg=self.name,
                    answered=self.connected,
                    code=code,
                    reason=reason,
                    at=self._now,
                )
            )
