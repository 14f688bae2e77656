"""The line worker: four telephone lines in one process.

One thread owns the SIP stack and runs one loop: SIP events, the core's commands, the calls.
Media callbacks come on the bridge's clock thread and only copy bytes (``media.py``).
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pjsua2 as pj

from common.settled import settle
from telephony.corelink import CoreLink
from telephony.exchange import Exchange
from telephony.listening import ListenerFactory
from telephony.offers import streams
from telephony.options import Registration, Trust, WorkerOptions
from telephony.protocol import Drain, Hello, RegistrationState
from telephony.sipstack import (
    MAX_CALLS,
    SipStack,
    StackOptions,
    guarded,
    peer_text,
    sockets_made,
)

log = logging.getLogger(__name__)

CODECS = ("PCMA", "PCMU", "G722")
SPARE_PORTS = 4
"""Calls that ended in this turn of the loop still hold theirs when others take their place."""
IDLE_POLL_MS = 50
"""Without a call only the core can want something that no SIP message tells: to dial, to drain."""
COLLECT_S = 30.0
HANG_UP_GRACE_S = 3.0
LAST_REFER_S = 6.0
"""How long a stop waits for those who are being passed on: a supervisor gives ten seconds."""

_URI_USER = re.compile(r"(?:sips?:|tel:)([^@;>]*)(@|;|>|$)", re.IGNORECASE)


class LineWorker:
    """Owns the stack, the account, the link to the core and the calls of this process."""

    def __init__(self, options: WorkerOptions, listener_factory: ListenerFactory) -> None:
        """Start the SIP stack; raises SipStackError when it cannot listen."""
        self._options = options
        self._trust = Trust(options.trusted)
        self._drain_until = float("inf")
        self._must_stop = False
        self._stop_by: float | None = None
        self._lost_at: float | None = None
        self._known_connections = 0
        self._registration: RegistrationState | None = None
        self._collect_at = 0.0
        self._link = CoreLink(
            options.core_socket,
            Hello(worker=options.worker, pid=os.getpid(), lines=options.lines, slots=MAX_CALLS),
        )
        self._stack = SipStack(
            StackOptions(
                host=options.host,
                port=options.port,
                tcp=options.tcp,
                codecs=CODECS,
                max_calls=MAX_CALLS,
                ports=MAX_CALLS + SPARE_PORTS,
                user_agent=options.user_agent,
            )
        )
        self._account = _Account(self)
        self._account.create(_account_config(options, self._stack.port))
        self._stack.refuse_large_offers()
        self._extension: _Account | None = None
        if options.registration is not None and options.registration.register:
            self._extension = _Account(self)
            self._extension.create(_extension_config(options.registration))
        self._exchange = Exchange(
            options, self._account, self._stack.ports, listener_factory, self._link.send
        )

    def run(self) -> None:
        """Serve until drained. SIGTERM and SIGINT drain; a second one, or one without a core,
        stops: who is being passed on gets the time for that, the others are hung up. A defect
        ends the process, but nobody is left in silence by it."""
        settle()
        with _signals(self._signalled):
            try:
                self._serve()
            finally:
                self._close()

    def _serve(self) -> None:
        now = time.monotonic()
        while not self._finished(now):
            self._stack.poll(IDLE_POLL_MS if self._exchange.idle else None)
            now = time.monotonic()
            self._turn(now)

    # Called inside SipStack.poll

    def incoming(self, pj_id: int, source: str, message: str) -> None:
        """An INVITE arrived; the streams that it offers have their sockets already."""
        refusal = self._refusal(source)
        name = f"{self._options.worker}-{secrets.token_hex(6)}"
        try:
            call = self._exchange.incoming(name, pj_id, time.monotonic(), refusal)
            if not call.refused:
                caller = uri_user(header(message, "From", "f"))
                call.ring(caller, uri_user(header(message, "To", "t")))
        finally:
            sockets_made(streams(message))

    def registered(self, code: int, reason: str, *, active: bool) -> None:
        """The registration at the PBX changed."""
        self._registration = RegistrationState(registered=active, code=code, reason=reason)
        self._link.send(self._registration)

    # The loop

    def _turn(self, now: float) -> None:
        commands = self._link.poll(now)
        self._watch_core(now)  # what a new core says is about calls that it knows
        for command in commands:
            if isinstance(command, Drain):
                self._drain(now)
            else:
                self._exchange.obey(command, now)
        if self._must_stop and self._stop_by is None:
            self._stop_soon(now)
        self._exchange.turn(now)
        if now > self._drain_until:
            self._drain_until = float("inf")
            self._exchange.hand_over("the worker must stop")
        if now > self._collect_at:
            self._collect_at = now + COLLECT_S
            self._stack.collect()
        self._link.flush()

    def _watch_core(self, now: float) -> None:
        """Pass on the calls that no core knows: after the grace, or when a new core came."""
        if self._link.connected:
            self._lost_at = None
            if self._link.connections != self._known_connections:
                self._known_connections = self._link.connections
                if self._registration is not None:
                    self._link.send(self._registration)
                self._exchange.hand_over("the core was restarted")
        elif self._lost_at is None:
            self._lost_at = now
        elif now - self._lost_at > self._options.core_grace_s:
            self._exchange.hand_over("the core is gone")

    def _refusal(self, source: str) -> int | None:
        if not self._trust.accepts(source):
            return int(pj.PJSIP_SC_FORBIDDEN)
        if self._exchange.draining or not self._link.connected:
            return int(pj.PJSIP_SC_SERVICE_UNAVAILABLE)
        return None

    def _signalled(self) -> None:
        self._must_stop = self._exchange.draining or not self._link.connected
        self._drain(time.monotonic())

    def _drain(self, now: float) -> None:
        if not self._exchange.draining:
            self._exchange.draining = True
            self._drain_until = now + self._options.drain_timeout_s

    def _stop_soon(self, now: float) -> None:
        """Nobody waits for us any more, maybe not even the core."""
        self._stop_by = now + LAST_REFER_S
        if not self._link.connected:
            self._exchange.hand_over("the worker must stop")
        self._exchange.hang_up_all(referred=False)

    def _finished(self, now: float) -> bool:
        if self._stop_by is not None and (now > self._stop_by or not self._exchange.referring):
            return True
        return self._exchange.draining and self._exchange.idle

    def _close(self) -> None:
        """Hang up what is left, tell the core, stop the stack."""
        self._exchange.hang_up_all()
        until = time.monotonic() + HANG_UP_GRACE_S
        while not self._exchange.idle and time.monotonic() < until:
            self._stack.poll()
            self._turn(time.monotonic())
        self._exchange.finish_all()
        self._link.close()
        registered = self._extension is not None
        for account in (self._extension, self._account):
            if account is not None:
                account.worker = None
                account.shutdown()
        del self._account, self._extension, account  # nothing native outlives the stack
        self._stack.close(farewell=registered)


class _Account(pj.Account):  # type: ignore[misc]
    def __init__(self, worker: LineWorker) -> None:
        super().__init__()
        self.worker: LineWorker | None = worker

    @guarded
    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802
        if self.worker is not None:
            rdata = prm.rdata
            self.worker.incoming(prm.callId, str(rdata.srcAddress), peer_text(rdata.wholeMsg))

    @guarded
    def onRegState(self, prm: Any) -> None:  # noqa: N802
        if self.worker is not None:
            active = bool(self.getInfo().regIsActive)
            self.worker.registered(int(prm.code), peer_text(prm.reason), active=active)


def header(message: str, name: str, short: str) -> str:
    """Return the value of the first header called ``name`` (or its ``short`` form), or ""."""
    for line in message.split("\r\n\r\n", 1)[0].split("\r\n")[1:]:
        key, colon, value = line.partition(":")
        if colon and key.strip().lower() in (name.lower(), short):
            return value.strip()
    return ""


def uri_user(value: str) -> str:
    """Return the user part of the URI in a From or To header; "" when there is none."""
    found = _URI_USER.search(value)
    if found is None or (found[2] != "@" and not found[0].lower().startswith("tel:")):
        return ""
    return found[1].partition(":")[0]


def _account_config(options: WorkerOptions, port: int) -> Any:
    config = pj.AccountConfig()
    config.idUri = f"sip:callbot@{options.host}:{port}"
    media = config.mediaConfig.transportConfig
    media.boundAddress = options.media_host
    media.publicAddress = options.public_host
    media.port = options.rtp_port
    media.portRange = options.rtp_ports
    calls = config.callConfig
    calls.timerUse = pj.PJSUA_SIP_TIMER_ALWAYS
    calls.timerSessExpiresSec = options.session_expires_s
    calls.timerMinSESec = options.session_min_s
    proxy = options.outbound
    if options.registration is not None:
        config.priority = 1  # before the extension, whose Contact is not this worker's
        config.idUri = _extension_uri(options.registration)
        config.sipConfig.authCreds.append(_credentials(options.registration))
        proxy = proxy or options.registration.proxy
    if proxy:
        config.sipConfig.proxies.append(f"{proxy};lr")
    return config


def _extension_config(registration: Registration) -> Any:
    """Return the account that registers; its calls come in on the public port, not here."""
    config = pj.AccountConfig()
    config.idUri = _extension_uri(registration)
    config.regConfig.registrarUri = f"sip:{registration.registrar}"
    config.regConfig.timeoutSec = registration.expires_s
    config.sipConfig.authCreds.append(_credentials(registration))
    if registration.proxy:
        config.sipConfig.proxies.append(f"{registration.proxy};lr")
    if registration.contact:
        config.sipConfig.contactForced = f"<{registration.contact}>"
    return config


def _extension_uri(registration: Registration) -> str:
    return f"sip:{registration.user}@{registration.registrar}"


def _credentials(registration: Registration) -> Any:
    return pj.AuthCredInfo(
        "digest", registration.realm, registration.user, 0, registration.password
    )


@contextmanager
def _signals(handle: Any) -> Iterator[None]:
    def act(number: int, frame: FrameType | None) -> None:
        handle()

    saved = {number: signal.signal(number, act) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, previous in saved.items():
            signal.signal(number, previous)


def run_worker(options: WorkerOptions, listener_factory: ListenerFactory) -> None:
    """Run a line worker until it has drained; raises SipStackError when it cannot start."""
    LineWorker(options, listener_factory).run()
