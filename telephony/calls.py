"""One call on a line: obeys the core's commands, reports events, watches its own time limits."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Literal

import pjsua2 as pj

from common.wire import Message
from telephony.leg import Leg, RtpStats
from telephony.listening import Listener
from telephony.media import PortPool
from telephony.options import WorkerOptions
from telephony.player import Player
from telephony.protocol import (
    CallAnswered,
    CallEnded,
    CallStarted,
    Digit,
    Held,
    TransferFinished,
    TransferProgress,
)
from telephony.transfer import Outcome, Progress, TransferState, is_target

log = logging.getLogger(__name__)

EndedBy = Literal["caller", "us", "error", "timeout"]

RTP_CHECK_S = 1.0
SAME_KEY_S = 0.5
"""A key that arrives by RTP and by INFO within this time was pressed once."""

LEFT_BY_CALLER = (200, 487)


class LineCall:
    """Owner of one incoming leg. Everything happens in the worker's loop."""

    def __init__(
        self,
        name: str,
        account: Any,
        pj_id: int,
        ports: PortPool,
        listener: Listener,
        options: WorkerOptions,
        tell: Callable[[Message], None],
        now: float,
    ) -> None:
        """Take the call that arrived as ``pj_id``; ``tell`` receives its events."""
        self.name = name
        self.over = False
        self._now = now
        self._options = options
        self._listener = listener
        self._tell: Callable[[Message], None] = tell
        self._ports = ports
        self._port = ports.take()
        self._leg: Leg = Leg(account, self, self._port, pj_id)
        self._player = Player(name, self._port)
        self._transfer: TransferState | None = None
        self.handed_over = False
        self._started_at = now
        self._answered_at: float | None = None
        self._connected = False
        self._answered_told = False
        self._media = False
        self._held = False
        self._codec = ""
        self._by: EndedBy | None = None
        self._why = ""
        self._code = 0
        self._reason = ""
        self._rtp = RtpStats()
        self._rtp_at = now
        self._rtp_check_at = now
        self._key: tuple[str, int, float] = ("", 0, 0.0)

    # What the core asks for

    def ring(self, caller: str, called: str) -> None:
        """Answer 180 and tell the core."""
        self._respond(pj.PJSIP_SC_RINGING)
        info = self._leg.getInfo()
        self._tell(
            CallStarted(
                call=self.name,
                sip_call_id=str(info.callIdString),
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
        self._end("us", code, "rejected", retry_after_s)

    def play(self, playback: str, pcm: bytes) -> None:
        """Append audio to what the caller hears."""
        self._player.play(playback, pcm, self._now)

    def stop_playback(self) -> None:
        """Flush everything that is queued."""
        for event in self._player.stop(self._now):
            self._tell(event)

    def close_utterance(self, utterance: int) -> None:
        """Pass on to voice activity that the turn is taken."""
        self._listener.close(utterance)

    def transfer(self, target: str, timeout_s: float) -> None:
        """Send REFER. A second transfer while one is under way fails."""
        busy = self._transfer is not None and not self._transfer.over
        if self.over or busy or not self._connected or not is_target(target):
            code, reason = (491, "transfer under way") if busy else (400, "impossible transfer")
            self._tell_transfer(Outcome(False, code, reason))
            return
        self._transfer = TransferState(self._now + timeout_s)
        try:
            self._leg.xfer(target, pj.CallOpParam())
        except pj.Error as error:
            self._transfer.over = True
            self._tell_transfer(Outcome(False, 500, str(error.reason)))

    def hang_up(self) -> None:
        """Send BYE, or a final refusal before the answer."""
        self._end("us", pj.PJSIP_SC_DECLINE, "hung up")

    def hand_over(self) -> None:
        """The core that knew this call is gone: pass the caller on, or end the call."""
        if self.handed_over or self.over:
            return
        self.handed_over = True
        self._tell = _drop
        self._player_off()
        busy = self._transfer is not None and not self._transfer.over
        if busy:
            return
        if self._connected and self._options.fallback:
            self.transfer(self._options.fallback, self._options.fallback_timeout_s)
        else:
            self._end("error", pj.PJSIP_SC_SERVICE_UNAVAILABLE, "core gone")

    # What happens on the leg (inside SipStack.poll)

    def leg_state(self, state: int, code: int, reason: str) -> None:
        """Follow the INVITE session."""
        self._code, self._reason = code, reason
        if state == pj.PJSIP_INV_STATE_CONFIRMED:
            self._connected = True
            self._tell_answered()
        elif state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.over = True

    def leg_media(self, *, active: bool, held: bool, codec: str) -> None:
        """Follow the media; on hold nothing is heard and playback waits."""
        self._codec = codec or self._codec
        self._rtp_at = self._now
        self._port.listening = active and not self.handed_over
        self._port.paused = held
        self._media = self._media or active
        if held != self._held:
            self._held = held
            self._tell(Held(call=self.name, held=held, at=self._now))
        self._tell_answered()

    def leg_digit(self, digit: str, method: int) -> None:
        """Report a key once, whichever way or ways it came."""
        last, last_method, last_at = self._key
        if digit == last and method != last_method and self._now - last_at < SAME_KEY_S:
            return
        self._key = (digit, method, self._now)
        self._tell(Digit(call=self.name, digit=digit, at=self._now))

    def leg_refer_answered(self, code: int, reason: str) -> None:
        """The peer accepts or refuses to transfer."""
        if self._transfer is not None:
            self._tell_transfer(self._transfer.answered(code, reason))

    def leg_transfer_status(self, code: int, reason: str, *, final: bool) -> None:
        """The target's answer."""
        if self._transfer is not None:
            self._tell_transfer(self._transfer.notified(code, reason, final=final))

    # The worker's loop

    def tick(self, now: float) -> None:
        """Do what is due."""
        self._now = now
        heard = self._port.heard
        while heard:
            frame, at = heard.popleft()
            for speech in self._listener.feed(frame, at):
                self._tell(speech)
        for event in self._player.progress():
            self._tell(event)
        if self.over:
            return
        if self._transfer is not None:
            self._tell_transfer(self._transfer.tick(now))
        self._watch_limits()

    def finish(self) -> None:
        """Report the end of a call that is over, and let go of everything."""
        if self._transfer is not None and self._by is None:
            self._tell_transfer(self._transfer.leg_ended())
        self._player_off()
        rtp = self._leg.rtp()
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
        self._leg.owner = None
        self._ports.give_back(self._port)
        del self._leg, self._player, self._port  # nothing native outlives the stack

    def _ended_by(self) -> EndedBy:
        if self._code in LEFT_BY_CALLER:
            return "caller"
        return "timeout" if self._code == pj.PJSIP_SC_REQUEST_TIMEOUT else "error"

    def _watch_limits(self) -> None:
        options = self._options
        if not self._connected:
            waited = self._now - (self._answered_at or self._started_at)
            if waited > options.answer_timeout_s:
                by: EndedBy = "error" if self._answered_at is None else "timeout"
                self._end(by, pj.PJSIP_SC_SERVICE_UNAVAILABLE, "no answer")
            return
        if self._now - self._started_at > options.max_call_s:
            self._end("timeout", pj.PJSIP_SC_REQUEST_TIMEOUT, "call too long")
        elif self._now >= self._rtp_check_at:
            self._rtp_check_at = self._now + RTP_CHECK_S
            self._watch_rtp()

    def _watch_rtp(self) -> None:
        rtp = self._leg.rtp()
        if rtp.received != self._rtp.received or self._held:
            self._rtp, self._rtp_at = rtp, self._now
        elif self._now - self._rtp_at > self._options.rtp_timeout_s:
            self._end("timeout", pj.PJSIP_SC_REQUEST_TIMEOUT, "no RTP")

    def _tell_answered(self) -> None:
        if self._connected and self._media and not self._answered_told:
            self._answered_told = True
            self._rtp_at = self._now
            self._tell(CallAnswered(call=self.name, codec=self._codec, at=self._now))

    def _tell_transfer(self, news: Progress | Outcome | None) -> None:
        match news:
            case Progress(code=code):
                self._tell(TransferProgress(call=self.name, code=code, at=self._now))
            case Outcome(ok=ok, code=code, reason=reason):
                self._tell(
                    TransferFinished(call=self.name, ok=ok, code=code, reason=reason, at=self._now)
                )
                if ok or self.handed_over:
                    self._end("us", pj.PJSIP_SC_OK, "transferred" if ok else "transfer failed")

    def _player_off(self) -> None:
        self.stop_playback()
        self._port.listening = False

    def _end(self, by: EndedBy, code: int, why: str, retry_after_s: int | None = None) -> None:
        """Hang up, or refuse with ``code`` before the answer. Once only."""
        if self.over or self._by is not None:
            return
        self._by, self._why = by, why
        try:
            if self._answered_at is None:
                self._leg.answer(_response(code, retry_after_s))
            else:
                self._leg.hangup(_response(pj.PJSIP_SC_OK, None))
        except pj.Error as error:
            log.warning("hang-up failed: %s", error.reason)
            self.over = True

    def _respond(self, code: int) -> None:
        try:
            self._leg.answer(_response(code, None))
        except pj.Error as error:
            log.warning("answer %d failed: %s", code, error.reason)


def _response(code: int, retry_after_s: int | None) -> Any:
    response = pj.CallOpParam()
    response.statusCode = code
    if retry_after_s is not None:
        header = pj.SipHeader()
        header.hName = "Retry-After"
        header.hValue = str(retry_after_s)
        headers = pj.SipHeaderVector()
        headers.append(header)
        response.txOption.headers = headers
    return response


def _drop(event: Message) -> None:
    """Nobody knows this call any more."""
