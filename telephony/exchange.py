"""All calls of one worker: places and joins them, obeys the core, keeps within the capacity."""

from __future__ import annotations

import logging
from typing import Any

import pjsua2 as pj

from common.wire import Message
from telephony.bridge import Bridge
from telephony.calls import LineCall
from telephony.dialling import OwnAddresses, dial_error, identity, sip_target
from telephony.dialog import Dialog, Tell
from telephony.legs import SecondLeg
from telephony.listening import ListenerFactory
from telephony.media import PortPool
from telephony.options import WorkerOptions
from telephony.protocol import (
    Answer,
    CloseUtterance,
    Command,
    Connect,
    ConnectFailed,
    Dial,
    Disconnect,
    HangUp,
    LegEnded,
    Play,
    Reject,
    StopPlayback,
    Transfer,
)
from telephony.sipstack import MAX_CALLS

log = logging.getLogger(__name__)

NO_SLOT = 503
"""What a Dial gets that finds the worker full, or about to leave."""

PJ_ETOOMANY = 70010
"""All calls of the stack are taken: one whose telephone does not answer our BYE or CANCEL holds
its place for up to 32 seconds after we have given it up."""


class Exchange:
    """Owns the dialogs. Called from the worker's loop only."""

    def __init__(
        self,
        options: WorkerOptions,
        account: Any,
        ports: PortPool,
        make_listener: ListenerFactory,
        tell: Tell,
    ) -> None:
        """Calls are taken and placed with ``account``; ``tell`` receives all events."""
        self.draining = False
        self._options = options
        self._account = account
        self._ports = ports
        self._make_listener = make_listener
        self._tell = tell
        here = f"[{options.host}]" if ":" in options.host else options.host
        self._own = OwnAddresses((f"{here}:{options.port}", *options.own_addresses))
        self._pbx = options.registration.registrar if options.registration else ""
        self._calls: dict[str, LineCall] = {}
        self._legs: dict[str, SecondLeg] = {}
        self._bridges: list[Bridge] = []
        self._legs_without_slot = 0

    @property
    def idle(self) -> bool:
        """Whether there is no dialog at all."""
        return not self._calls and not self._legs

    @property
    def referring(self) -> bool:
        """Whether somebody is being passed on."""
        return any(dialog.referring for dialog in self._dialogs())

    @property
    def full(self) -> bool:
        """Whether all caller lines are taken."""
        taken = sum(not (call.refused or call.over) for call in self._calls.values())
        return taken >= self._options.lines

    # The worker's loop

    def incoming(self, name: str, pj_id: int, now: float, refusal: int | None) -> LineCall:
        """Take the call that arrived as ``pj_id``, or refuse it with the code given."""
        if refusal is None and self.full:
            refusal = int(pj.PJSIP_SC_BUSY_HERE)
        call = LineCall(
            name,
            self._account,
            pj_id,
            self._ports,
            self._make_listener(name),
            self._options,
            self._tell if refusal is None else _ignore,
            now,
        )
        self._follow(call)
        self._calls[name] = call
        if refusal is not None:
            later = refusal == pj.PJSIP_SC_SERVICE_UNAVAILABLE
            call.reject(refusal, self._options.retry_after_s if later else None)
        return call

    def turn(self, now: float) -> None:
        """Let every dialog do what is due; drop those that are over."""
        for dialog in self._dialogs():
            dialog.tick(now)
        for bridge in self._bridges:
            bridge.tick(now)
        unsettled = {id(d) for b in self._bridges if not b.settled for d in (b.call, b.leg)}
        for dialog in self._dialogs():
            if dialog.over and id(dialog) not in unsettled:
                self._finish(dialog)
        self._bridges = [bridge for bridge in self._bridges if not bridge.over]

    def hand_over(self, why: str) -> None:
        """Pass on what no core knows; people who talk to each other go on."""
        for dialog in self._dialogs():
            if not dialog.handed_over:
                log.warning("call %s handed over: %s", dialog.name, why)
                dialog.hand_over()

    def hang_up_all(self, *, referred: bool = True) -> None:
        """End everything; without ``referred``, all but those who are being passed on."""
        for dialog in self._dialogs():
            if referred or not dialog.referring:
                dialog.hang_up()

    def finish_all(self) -> None:
        """Let go of everything, ended or not."""
        for dialog in self._dialogs():
            self._finish(dialog)
        self._bridges.clear()

    # The core's commands

    def obey(self, command: Command, now: float) -> None:
        """Carry out a command about a call or a leg; about unknown ones it comes too late."""
        match command:
            case Dial():
                self._dial(command, now)
            case Connect():
                self._connect(command, now)
            case Disconnect(call=call, leg=leg):
                self._disconnect(call, leg)
            case Answer() | Reject() | Transfer():
                self._obey_caller(command)
            case Play() | StopPlayback() | CloseUtterance() | HangUp():
                self._obey_any(command)

    def _obey_caller(self, command: Answer | Reject | Transfer) -> None:
        call = self._calls.get(command.call)
        if call is None:
            return
        match command:
            case Answer():
                call.answer()
            case Reject(code=code, retry_after_s=retry_after_s):
                call.reject(code, retry_after_s)
            case Transfer(target=target, timeout_s=timeout_s):
                call.transfer(target, timeout_s, loops=self._own.include(target))

    def _obey_any(self, command: Play | StopPlayback | CloseUtterance | HangUp) -> None:
        dialog = self._dialog(command.call)
        if dialog is None:
            return
        match command:
            case Play(playback=playback, pcm=pcm):
                dialog.play(playback, pcm)
            case StopPlayback():
                dialog.stop_playback()
            case CloseUtterance(utterance=utterance):
                dialog.close_utterance(utterance)
            case HangUp():
                dialog.hang_up()

    def _dial(self, order: Dial, now: float) -> None:
        namesake = self._dialog(order.leg)
        if namesake is not None and not namesake.forgotten:
            log.error("leg %s is already in use", order.leg)
            return
        refusal = (400, "name in use") if namesake else self._dial_refusal(order)
        if refusal is not None:
            self._refuse_leg(order, *refusal, now)
            return
        listener = self._make_listener(order.leg)
        leg = SecondLeg(order, self._account, self._ports, listener, self._options, self._tell, now)
        try:
            target = sip_target(order.target, self._pbx)
            leg.dial(target, identity(self._own_uri(), order.caller, order.display))
        except (pj.Error, ValueError) as error:
            self._refuse_leg(order, *_why_not_dialled(error), now)
            leg.drop()
            return
        self._follow(leg)
        self._legs[order.leg] = leg

    def _dial_refusal(self, order: Dial) -> tuple[int, str] | None:
        why = dial_error(order.target, order.caller, order.display, order.headers)
        if why:
            return 400, why
        if self._own.include(order.target):
            return 482, "the target is this box"
        if order.call is None and self.draining:
            return NO_SLOT, "draining"
        if order.call is not None:
            dialog = self._dialog(order.call)
            if dialog is None or not dialog.talking:
                return 481, "no such call"
        if sum(not dialog.over for dialog in self._dialogs()) >= MAX_CALLS:
            return NO_SLOT, "no free slot"
        return None

    def _refuse_leg(self, order: Dial, code: int, reason: str, now: float) -> None:
        if code == NO_SLOT:
            self._legs_without_slot += 1
            log.warning("%s for a second leg, %d so far", reason, self._legs_without_slot)
        self._tell(LegEnded(leg=order.leg, answered=False, code=code, reason=reason, at=now))

    def _connect(self, order: Connect, now: float) -> None:
        call, leg = self._dialog(order.call), self._legs.get(order.leg)
        code, reason = 0, ""
        if call is None or leg is None or call is leg:
            code, reason = 481, "no such call or leg"
        elif not (call.talking and leg.talking):
            code, reason = 491, "not answered or ending"
        elif call.peer or leg.peer or call.referring or leg.referring:
            code, reason = 491, "connected or being transferred"
        if code or call is None or leg is None:
            self._tell(
                ConnectFailed(call=order.call, leg=order.leg, code=code, reason=reason, at=now)
            )
            return
        staff = leg if order.call in self._calls else call  # a call-back begins with its agent
        staff.miss_sooner(self._options.staff_silence_s)
        bridge = Bridge(call, leg, keep_caller=order.keep_caller)
        self._bridges.append(bridge)
        bridge.start(now, self._options.refer_timeout_s if order.replaces else None)

    def _disconnect(self, call: str, leg_name: str) -> None:
        leg = self._legs.get(leg_name)
        if leg is None:
            return
        for bridge in [b for b in self._bridges if b.leg is leg and b.call.name == call]:
            bridge.abandon()
            self._bridges.remove(bridge)
        leg.hang_up()

    def _finish(self, dialog: Dialog) -> None:
        self._calls.pop(dialog.name, None)
        self._legs.pop(dialog.name, None)
        for leg in self._legs.values():
            if leg.placed_for == dialog.name:
                leg.caller_left()
        dialog.finish()

    def _follow(self, dialog: Dialog) -> None:
        """Those that are over and still here may have had the same place in the stack."""
        for other in self._dialogs():
            if other.over:
                dialog.follow(other)

    def _dialog(self, name: str) -> Dialog | None:
        return self._calls.get(name) or self._legs.get(name)

    def _dialogs(self) -> list[Dialog]:
        return [*self._calls.values(), *self._legs.values()]

    def _own_uri(self) -> str:
        return str(self._account.getInfo().uri)


def _why_not_dialled(error: Exception) -> tuple[int, str]:
    if not isinstance(error, pj.Error):
        return 400, str(error)
    if error.status == PJ_ETOOMANY:
        return NO_SLOT, "no free slot"
    return 400, str(error.reason)


def _ignore(event: Message) -> None:
    """A refused call has no events."""
