"""What every call of a line worker has in common, whoever placed it: voice, watch, end."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Any, Literal

import pjsua2 as pj

from common.wire import Message
from telephony.leg import Leg, RtpStats
from telephony.listening import Listener
from telephony.media import PortPool
from telephony.options import WorkerOptions
from telephony.player import Player
from telephony.protocol import Digit, Held
from telephony.silence import SilenceWatch
from telephony.transfer import Outcome, Progress, TransferState

log = logging.getLogger(__name__)

EndedBy = Literal["caller", "us", "error", "timeout"]
News = Progress | Outcome
Tell = Callable[[Message], None]

RTP_CHECK_S = 1.0
SAME_KEY_S = 0.5
"""A key that arrives by RTP and by INFO within this time was pressed once."""


class Dialog(ABC):
    """Owner of one leg. Everything happens in the worker's loop."""

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
        """``pj_id`` is the call that arrived, -1 for one still to be placed."""
        self.name = name
        self.over = False
        self.connected = False
        self.handed_over = False
        self.lost = False
        """Whether the other end was given up because no more RTP came."""
        self.peer: Dialog | None = None
        """Whom this one talks to, instead of the bot."""
        self._now = now
        self._options = options
        self._listener = listener
        self._tell: Tell = tell
        self._ports = ports
        self._port = ports.take(now)
        self._leg: Leg = Leg(account, self, self._port, pj_id)
        self._player = Player(name, self._port)
        self._refer: TransferState | None = None
        self._on_refer: Callable[[News], None] = _no_news
        self._started_at = now
        self._media = False
        self._held = False
        self._codec = ""
        self._by: EndedBy | None = None
        self._why = ""
        self._code = 0
        self._reason = ""
        self._answered_told = False
        self._silence = SilenceWatch(options.rtp_timeout_s, now)
        self._rtp_check_at = now
        self._keys: deque[tuple[str, int]] = deque()
        self._key: tuple[str, int, float] = ("", 0, 0.0)
        self._utterance = 0

    @property
    def talking(self) -> bool:
        """Whether the dialog is up and nobody has ended it."""
        return self.connected and not self.over and self._by is None

    @property
    def forgotten(self) -> bool:
        """Whether no core is waiting for news of this dialog."""
        return self.handed_over

    @property
    def referring(self) -> bool:
        """Whether a REFER of ours is under way."""
        return self._refer is not None and not self._refer.over

    @property
    def refer_accepted(self) -> bool:
        """Whether the peer said that it follows our REFER."""
        return self._refer is not None and self._refer.accepted

    def tell(self, event: Message) -> None:
        """Report an event that concerns this dialog, if a core still knows it."""
        self._tell(event)

    # What the core asks for

    def play(self, playback: str, pcm: bytes) -> None:
        """Append audio to what is heard at the other end."""
        self._player.play(playback, pcm, self._now)

    def stop_playback(self) -> None:
        """Flush everything that is queued."""
        for event in self._player.stop(self._now):
            self._tell(event)

    def close_utterance(self, utterance: int) -> None:
        """Pass on to voice activity that the turn is taken."""
        self._listener.close(utterance)

    def hang_up(self) -> None:
        """Send BYE, or before the answer what stands for it."""
        self.end("us", pj.PJSIP_SC_DECLINE, "hung up")

    def miss_sooner(self, limit_s: float) -> None:
        """Give the other end up after ``limit_s`` without RTP, unless it saves silence."""
        self._silence.sooner(limit_s)

    # Two dialogs

    def join(self, other: Dialog) -> None:
        """Let the two talk, the bot out of it."""
        for one, two in ((self, other), (other, self)):
            one.peer = two
            one.stop_playback()
            one._refresh_port()
            one._port.heard.clear()
            one._listener.close(one._utterance)
        self._leg.join(other._leg)

    def part(self) -> None:
        """Stop the talk with the peer; who is left is with the bot again."""
        other = self.peer
        if other is None:
            return
        self._leg.part()
        self.peer = other.peer = None
        self._refresh_port()
        other._refresh_port()

    def refer(
        self, send: Callable[[Leg], None], deadline: float, on_news: Callable[[News], None]
    ) -> None:
        """Send a REFER of whatever kind; ``on_news`` hears of it until its outcome."""
        self._refer = TransferState(deadline)
        self._on_refer = on_news
        try:
            send(self._leg)
        except pj.Error as error:
            self._refer.over = True
            on_news(Outcome(False, 500, str(error.reason)))

    def refer_to_leg(self, other: Dialog, deadline: float, on_news: Callable[[News], None]) -> None:
        """Ask this end to take over our dialog with ``other``: REFER with Replaces."""
        self.refer(lambda leg: leg.xferReplaces(other._leg, pj.CallOpParam()), deadline, on_news)

    def forget_refer(self) -> None:
        """Whatever becomes of the REFER is of no interest any more."""
        if self._refer is not None:
            self._refer.over = True

    # What happens on the leg (inside SipStack.poll)

    def leg_state(self, state: int, code: int, reason: str) -> None:
        """Follow the INVITE session."""
        self._code, self._reason = code, reason
        if state == pj.PJSIP_INV_STATE_CONFIRMED:
            self.connected = True
            self._silence.begin(self._now)
            self._refresh_port()
            self._tell_if_answered()
        elif state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.over = True

    def leg_media(self, *, active: bool, held: bool, codec: str) -> None:
        """Follow the media; on hold nothing is heard and playback waits."""
        self._codec = codec or self._codec
        self._silence.begin(self._now)
        self._media = active
        if held != self._held:
            self._held = held
            self._tell(Held(call=self.name, held=held, at=self._now))
        self._refresh_port()
        self._tell_if_answered()

    def leg_digit(self, digit: str, method: int) -> None:
        """Keep a key for the loop: those that come by RTP are told on the media thread."""
        self._keys.append((digit, method))

    def leg_refer_answered(self, code: int, reason: str) -> None:
        """The other end follows our REFER, or refuses."""
        if self._refer is not None:
            self._refer_news(self._refer.answered(code, reason))

    def leg_transfer_status(self, code: int, reason: str, *, final: bool) -> None:
        """How the call goes that our REFER asked for."""
        if self._refer is not None:
            self._refer_news(self._refer.notified(code, reason, final=final))

    # The worker's loop

    def tick(self, now: float) -> None:
        """Do what is due."""
        self._now = now
        while self._keys:
            self._pressed(*self._keys.popleft())
        heard = self._port.heard
        while heard:
            frame, at, played = heard.popleft()
            for speech in self._listener.feed(frame, at, played):
                self._utterance = speech.utterance
                self._tell(speech)
        for event in self._player.progress():
            self._tell(event)
        if self._refer is not None:
            over = self._refer.leg_ended() if self.over and self._by is None else None
            self._refer_news(over or self._refer.tick(now))
        if self.over:
            return
        if self.connected:
            self._watch_limits()
        else:
            self._watch_setup()

    def finish(self) -> None:
        """Report the end of a dialog that is over, and let go of everything."""
        if self.peer is not None:
            self.peer.peer = None
            self.peer = None
        self._player_off()
        self._tell_ended(self._leg.rtp())
        self.drop()

    def follow(self, before: Dialog) -> None:
        """Do no harm to this dialog when ``before``, which is over, lets go of everything."""
        self._leg.follow(before._leg)

    def drop(self) -> None:
        """Let go of everything, without a word."""
        self._leg.part()
        self._leg.owner = None
        self._ports.give_back(self._port, self._now)
        del self._leg, self._player, self._port  # nothing native outlives the stack

    def end(self, by: EndedBy, code: int, why: str) -> None:
        """Hang up; before the answer ``code`` says why. Once only."""
        if self.over or self._by is not None:
            return
        self._by, self._why = by, why
        try:
            self._send_end(code)
        except pj.Error as error:
            log.warning("hang-up failed: %s", error.reason)
            self.over = True

    @abstractmethod
    def hand_over(self) -> None:
        """The core that knew this dialog is gone. Two people who talk go on; events are lost."""

    @abstractmethod
    def _send_end(self, code: int) -> None:
        """Send BYE, or what stands for it before the answer."""

    @abstractmethod
    def _tell_answered(self) -> None:
        """Media flows for the first time."""

    @abstractmethod
    def _tell_ended(self, rtp: RtpStats) -> None:
        """Report the end."""

    @abstractmethod
    def _watch_setup(self) -> None:
        """Bound the time before the answer."""

    def _pressed(self, digit: str, method: int) -> None:
        """Report a key once, whichever way or ways it came, and pass it on to the peer."""
        last, last_method, last_at = self._key
        if digit == last and method != last_method and self._now - last_at < SAME_KEY_S:
            return
        self._key = (digit, method, self._now)
        self._tell(Digit(call=self.name, digit=digit, at=self._now))
        if self.peer is not None and not self.peer.over:
            self.peer._leg.press(digit)

    def _watch_limits(self) -> None:
        if self._now - self._started_at > self._options.max_call_s:
            self.end("timeout", pj.PJSIP_SC_REQUEST_TIMEOUT, "call too long")
        elif self._now >= self._rtp_check_at:
            self._rtp_check_at = self._now + RTP_CHECK_S
            self._watch_rtp()

    def _watch_rtp(self) -> None:
        if self._held or not self._leg.receives:
            self._silence.begin(self._now)
            return
        rtp = self._leg.rtp()
        if self._silence.lost(rtp.received, rtp.reports, self._now):
            self.lost = True
            self.end("timeout", pj.PJSIP_SC_CALL_TSX_DOES_NOT_EXIST, "no RTP")

    def _refer_news(self, news: News | None) -> None:
        if news is not None:
            self._on_refer(news)

    def _refresh_port(self) -> None:
        """Hear what is said to the bot, and only that; early media and hold get no playback."""
        self._port.paused = self._held or not self.connected
        self._port.listening = (
            self._media and self.connected and self.peer is None and not self.handed_over
        )

    def _tell_if_answered(self) -> None:
        if self.connected and self._media and not self._answered_told:
            self._answered_told = True
            self._tell_answered()

    def _player_off(self) -> None:
        self.stop_playback()
        self._port.listening = False

    def _go_silent(self) -> None:
        """No core knows this dialog any more."""
        self.handed_over = True
        self._tell = _drop
        self._player_off()


def _drop(event: Message) -> None:
    """Nobody knows this call any more."""


def _no_news(news: News) -> None:
    """No REFER was sent."""
