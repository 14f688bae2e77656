"""The test phone: ``python -m telephony.phone --fd N``, driven over the socket with that number.

One call at a time, and for the length of a transfer a second one. See ``phone_client.py`` for the
other end of the socket.
"""

from __future__ import annotations

import argparse
import array
import logging
import os
import socket
import sys
import time
from dataclasses import dataclass
from typing import Any

import pjsua2 as pj

from common.audio import FRAME_BYTES, SAMPLE_RATE
from common.wire import Framer, Message, WireError, encode
from telephony.leg import Leg
from telephony.media import Playback
from telephony.phone_protocol import (
    Command,
    Connected,
    Dial,
    Ended,
    HangUp,
    Heard,
    Hold,
    KeyHeard,
    OnHold,
    PlayedOut,
    PlayPcm,
    Quit,
    Ready,
    Ringing,
    SendDigits,
    TransferLeg,
    Transferred,
)
from telephony.sipstack import SipStack, SipStackError, StackOptions, guarded

log = logging.getLogger(__name__)

SPEECH_SHARE_OF_PEAK = 100
QUIT_GRACE_S = 2.0
FIRST_RTP_PORT = 40_000
POLL_MS = 40
"""Two frames at a time: instants are the clock thread's, and dozens of telephones that woke more
often would take from the callbot beside them what they measure."""


@dataclass
class _Saying:
    play: int
    playback: Playback
    tail_s: float
    """Silence at its end."""


class PhoneLeg(Leg):
    """A leg that can be transferred by the other side."""

    owner: PhoneCall | None

    @guarded
    def onCallTransferRequest(self, prm: Any) -> None:  # noqa: N802
        """Accept the REFER with a leg of our own for the new call, or refuse it."""
        follow = self.owner is not None and self.owner.phone.follows
        prm.statusCode = pj.PJSIP_SC_ACCEPTED if follow else pj.PJSIP_SC_DECLINE
        if self.owner is None:
            return
        phone = self.owner.phone
        phone.send(Transferred(target=str(prm.dstUri), followed=follow, at=time.monotonic()))
        if follow:
            prm.newCall = phone.transfer_leg()

    @guarded
    def onCallReplaceRequest(self, prm: Any) -> None:  # noqa: N802
        """Let another call take this one's place."""
        prm.statusCode = pj.PJSIP_SC_OK

    @guarded
    def onCallReplaced(self, prm: Any) -> None:  # noqa: N802
        """Go on with the call that took this one's place."""
        if self.owner is not None:
            prm.newCall = self.owner.phone.replacing_leg(prm.newCallId)


class PhoneCall:
    """Owner of one leg of the phone."""

    def __init__(self, phone: Phone, *, number: int = -1, after_transfer: bool = False) -> None:
        self.phone = phone
        self.after_transfer = after_transfer
        self.port = phone.ports.take(time.monotonic())
        self.leg: PhoneLeg | None = PhoneLeg(phone.account, self, self.port, number)
        self.by_us = False
        self.over = False
        self._connected = False
        self._held = False
        self._codec = ""
        self._code = 0
        self._reason = ""

    def leg_state(self, state: int, code: int, reason: str) -> None:
        """Report the progress of the INVITE."""
        now = time.monotonic()
        self._code, self._reason = code, reason
        if (
            self.after_transfer
            and not self._connected
            and state
            in (
                pj.PJSIP_INV_STATE_EARLY,
                pj.PJSIP_INV_STATE_CONFIRMED,
                pj.PJSIP_INV_STATE_DISCONNECTED,
            )
        ):
            self.phone.send(TransferLeg(code=code, reason=reason, at=now))
        if state == pj.PJSIP_INV_STATE_EARLY and not self.after_transfer:
            self.phone.send(Ringing(at=now))
        elif state == pj.PJSIP_INV_STATE_CONFIRMED:
            self._tell_connected()
        elif state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.over = True

    def leg_media(self, *, active: bool, held: bool, codec: str) -> None:
        """Listen when audio flows; tell when the other side holds."""
        self._codec = codec or self._codec
        self.port.listening = active
        if held != self._held:
            self._held = held
            self.phone.send(OnHold(held=held, at=time.monotonic()))
        self._tell_connected()

    def leg_digit(self, digit: str, method: int) -> None:
        """Report a key."""
        self.phone.send(KeyHeard(digit=digit, at=time.monotonic()))

    def leg_refer_answered(self, code: int, reason: str) -> None:
        """A test phone sends no REFER."""

    def leg_transfer_status(self, code: int, reason: str, *, final: bool) -> None:
        """A test phone sends no REFER."""

    def ended(self) -> Ended:
        """Return the summary of a call that is over."""
        assert self.leg is not None
        rtp = self.leg.rtp()
        return Ended(
            code=self._code,
            reason=self._reason,
            by_us=self.by_us,
            rtp_received=rtp.received,
            rtp_lost=rtp.lost,
            rtp_late=rtp.late,
            jitter_ms=rtp.jitter_ms,
            at=time.monotonic(),
        )

    def drop(self) -> None:
        """Let go of the leg, in the owning thread, outside its callbacks."""
        if self.leg is not None:
            self.leg.owner = None
            self.leg = None
            self.phone.ports.give_back(self.port, time.monotonic())
            del self.port  # nothing native outlives the stack

    def _tell_connected(self) -> None:
        leg = self.leg
        if leg is None or self._connected or not self.port.listening:
            return
        info = leg.getInfo()
        if info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self._connected = True
            self.phone.now_talking(self)
            self.phone.send(
                Connected(
                    sip_call_id=str(info.callIdString), codec=self._codec, at=time.monotonic()
                )
            )


class _Account(pj.Account):  # type: ignore[misc]
    def __init__(self, phone: Phone) -> None:
        super().__init__()
        self.phone: Phone | None = phone

    @guarded
    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802
        if self.phone is not None:
            self.phone.called(prm.callId)


class Phone:
    """The phone process: SIP stack, socket and loop."""

    def __init__(self, options: argparse.Namespace, link: socket.socket) -> None:
        self.follows = options.refer == "follow"
        self._answers = bool(options.auto_answer)
        self._link = link
        self._link.setblocking(False)
        self._framer: Framer[Command] = Framer(Command)
        self._outbox = bytearray()
        self._running = True
        self._calls: list[PhoneCall] = []
        self._talking: PhoneCall | None = None
        self._saying: list[_Saying] = []
        self._stack = SipStack(
            StackOptions(
                host=options.host,
                port=options.port,
                tcp=False,
                codecs=options.codecs.split(","),
                max_calls=4,
                ports=6,
                user_agent="Callbot-essai",
                poll_ms=POLL_MS,
            )
        )
        self.ports = self._stack.ports
        self.account = _Account(self)
        self.account.create(_account_config(options, self._stack.port))
        self.send(Ready(port=self._stack.port))

    def send(self, event: Message) -> None:
        """Queue an event for the program that drives the phone."""
        self._outbox += encode(event)

    def run(self) -> None:
        """Serve until Quit or until the driving program is gone."""
        quit_at = float("inf")
        while time.monotonic() < quit_at and (self._running or self._calls):
            self._stack.poll()
            self._read()
            self._tick()
            self._write()
            if not self._running and quit_at == float("inf"):
                quit_at = time.monotonic() + QUIT_GRACE_S
                self._hang_up()
        self._close()

    def called(self, number: int) -> None:
        """An INVITE arrived: answer, or say busy."""
        call = PhoneCall(self, number=number)
        self._calls.append(call)
        assert call.leg is not None
        answer = pj.CallOpParam()
        free = self._answers and len(self._calls) == 1
        answer.statusCode = pj.PJSIP_SC_OK if free else pj.PJSIP_SC_BUSY_HERE
        call.leg.answer(answer)

    def transfer_leg(self) -> PhoneLeg:
        """Return the leg for the call that a REFER asks for."""
        call = PhoneCall(self, after_transfer=True)
        self._calls.append(call)
        assert call.leg is not None
        return call.leg

    def replacing_leg(self, number: int) -> PhoneLeg:
        """Return the leg for a call that takes another one's place."""
        call = PhoneCall(self, number=number)
        self._calls.append(call)
        assert call.leg is not None
        return call.leg

    def now_talking(self, call: PhoneCall) -> None:
        """Speak and listen on this leg from now on."""
        if self._talking is not None and self._talking is not call:
            self._talking.port.listening = False
        self._talking = call

    def _read(self) -> None:
        try:
            data = self._link.recv(1 << 20)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._running = False
            return
        try:
            for command in self._framer.feed(data):
                self._obey(command)
        except WireError:
            log.exception("unreadable command")
            self._running = False

    def _obey(self, command: Command) -> None:
        try:
            match command:
                case Dial(uri=uri):
                    self._dial(uri)
                case PlayPcm(play=play, pcm=pcm):
                    self._play(play, pcm)
                case SendDigits(digits=digits, method=method):
                    self._press(digits, method)
                case Hold(on=on):
                    self._hold(on)
                case HangUp():
                    self._hang_up()
                case Quit():
                    self._running = False
        except pj.Error as error:
            log.error("%s: %s", type(command).__name__, error.reason)

    def _dial(self, uri: str) -> None:
        call = PhoneCall(self)
        self._calls.append(call)
        assert call.leg is not None
        try:
            call.leg.makeCall(uri, pj.CallOpParam(True))
        except pj.Error as error:
            call.drop()
            self._calls.remove(call)
            self.send(
                Ended(
                    code=400,
                    reason=str(error.reason),
                    by_us=True,
                    rtp_received=0,
                    rtp_lost=0,
                    rtp_late=0,
                    jitter_ms=0.0,
                    at=time.monotonic(),
                )
            )

    def _play(self, play: int, pcm: bytes) -> None:
        if self._talking is not None and pcm:
            playback = self._talking.port.append(str(play), pcm)
            self._saying.append(_Saying(play, playback, silent_tail_s(pcm)))

    def _press(self, digits: str, method: str) -> None:
        if self._talking is None or self._talking.leg is None:
            return
        param = pj.CallSendDtmfParam()
        param.digits = digits
        param.method = (
            pj.PJSUA_DTMF_METHOD_SIP_INFO if method == "info" else pj.PJSUA_DTMF_METHOD_RFC2833
        )
        self._talking.leg.sendDtmf(param)

    def _hold(self, on: bool) -> None:
        if self._talking is None or self._talking.leg is None:
            return
        if on:
            self._talking.leg.setHold(pj.CallOpParam())
            return
        param = pj.CallOpParam(True)
        param.opt.flag = pj.PJSUA_CALL_UNHOLD
        self._talking.leg.reinvite(param)

    def _hang_up(self) -> None:
        for call in self._calls:
            if call.leg is not None and not call.over:
                call.by_us = True
                call.leg.hangup(pj.CallOpParam())

    def _tick(self) -> None:
        for call in self._calls:
            heard = call.port.heard
            while heard:
                pcm, at, _sent = heard.popleft()
                if call is self._talking:
                    self.send(Heard(pcm=pcm, at=at))
        for saying in [s for s in self._saying if s.playback.finished_at]:
            self._saying.remove(saying)
            at = saying.playback.finished_at
            self.send(PlayedOut(play=saying.play, at=at, speech_at=at - saying.tail_s))
        for call in [call for call in self._calls if call.over]:
            self._finish(call)

    def _finish(self, call: PhoneCall) -> None:
        """Report the end of the last call; while a transfer leg lives, the call goes on."""
        self._calls.remove(call)
        if call is self._talking:
            self._talking = None
            self._saying.clear()
        if not self._calls:
            self.send(call.ended())
        call.drop()

    def _write(self) -> None:
        while self._outbox:
            try:
                sent = self._link.send(self._outbox)
            except BlockingIOError:
                return
            except OSError:
                self._running = False
                self._outbox.clear()
                return
            del self._outbox[:sent]

    def _close(self) -> None:
        for call in self._calls:
            call.drop()
        self._calls.clear()
        self._talking = None
        self.account.phone = None
        self.account.shutdown()
        del self.account
        self._stack.close()


def silent_tail_s(pcm: bytes) -> float:
    """Return how long the end of ``pcm`` stays below a hundredth of its peak, in seconds."""
    samples = array.array("h", pcm[: len(pcm) // 2 * 2])
    if not samples:
        return 0.0
    floor = max(*samples, -min(samples)) // SPEECH_SHARE_OF_PEAK
    quiet = 0
    for sample in reversed(samples):
        if abs(sample) > floor:
            break
        quiet += 1
    padding = -len(pcm) % FRAME_BYTES // 2
    return (quiet + padding) / SAMPLE_RATE


def _account_config(options: argparse.Namespace, port: int) -> Any:
    config = pj.AccountConfig()
    config.idUri = f"sip:{options.caller}@{options.host}:{port}"
    media = config.mediaConfig.transportConfig
    media.boundAddress = options.host
    media.port = options.rtp_port or FIRST_RTP_PORT + os.getpid() % 1000 * 20
    media.portRange = 20
    config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_OPTIONAL
    return config


def main(arguments: list[str] | None = None) -> int:
    """Run the phone; the exit code is 0, or 1 when it could not start."""
    parser = argparse.ArgumentParser(prog="python -m telephony.phone")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--rtp-port", type=int, default=0)
    parser.add_argument("--codecs", default="PCMA")
    parser.add_argument("--caller", default="0612345678")
    parser.add_argument("--refer", choices=("follow", "refuse"), default="follow")
    parser.add_argument("--auto-answer", action="store_true")
    options = parser.parse_args(arguments)
    with socket.socket(fileno=options.fd) as link:
        try:
            phone = Phone(options, link)
        except SipStackError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        phone.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
