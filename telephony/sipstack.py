"""The pjsua2 endpoint as both the line worker and the test phone use it.

One thread owns the endpoint and polls it; pjsua2 objects are made, used and dropped there only.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pjsua2 as pj

from common.audio import FRAME_MS, SAMPLE_RATE
from telephony.floodgate import Floodgate
from telephony.media import PortPool
from telephony.offers import MOST_STREAMS, streams

log = logging.getLogger(__name__)

_CODEC_IDS = {"PCMA": "PCMA/8000/1", "PCMU": "PCMU/8000/1", "G722": "G722/16000/1"}
_TOP_PRIORITY = 250
_NEVER_SECURE_ENOUGH = 3
"""TLS to us is 1, TLS to the caller's telephone ("sips:") is 2."""
MAX_CALLS = 4
"""What the wheel's pjsua is built for, both directions together."""

_OFFER_BYTES = 1 << 16
"""Far more than the largest message that the stack takes."""
_native = ctypes.CDLL(pj._pjsua2.__file__)
_native.pjmedia_sdp_print.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t)

P = ParamSpec("P")
R = TypeVar("R")


_gate = Floodgate()
"""Of the one stack that a process can have."""


class SipStackError(Exception):
    """The SIP stack could not start; the message is for the administrator (French)."""


@dataclass(frozen=True)
class StackOptions:
    """Where the stack listens and which codecs it knows, best first."""

    host: str
    port: int
    tcp: bool
    codecs: Sequence[str]
    max_calls: int
    ports: int
    """Beyond so many, ports do not rest between two calls."""
    user_agent: str
    log_level: int = 0
    poll_ms: int = 10
    """How long the owner's loop may sleep: so late it may see what no SIP message tells."""


def guarded(callback: Callable[P, R]) -> Callable[P, R | None]:
    """Keep a Python error inside a callback from unwinding through native code."""

    @wraps(callback)
    def run(*args: P.args, **kwargs: P.kwargs) -> R | None:
        try:
            return callback(*args, **kwargs)
        except Exception:
            log.exception("error in a SIP callback")
            return None

    return run


def peer_text(value: Any) -> str:
    """Return text that a peer sent, without what cannot be passed on: bytes that are no UTF-8."""
    return str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def offer_text(offer: Any) -> str:
    """Return a ``pj.SdpSession`` as text; its own is empty beyond a kilobyte."""
    text = ctypes.create_string_buffer(_OFFER_BYTES)
    size = _native.pjmedia_sdp_print(int(offer.pjSdpSession), text, _OFFER_BYTES)
    return text.raw[: max(0, size)].decode("utf-8", "replace")


def sockets_made(for_streams: int = 1) -> None:
    """The stack made sockets for so many streams: keep it from the next as long as it needs."""
    for _ in range(for_streams):
        time.sleep(_gate.passed(time.monotonic()))


class _Endpoint(pj.Endpoint):  # type: ignore[misc]
    """Refuses calls that offer too many streams, before pjsua makes sockets for all of them.

    pjsua shows a call to its account once the sockets are there, but first asks which account it
    is for. One that insists on a kind of secure signalling that does not exist lets no call in; an
    offer of encrypted sound costs a stream all the same.
    """

    def __init__(self) -> None:
        super().__init__()
        self.refusing: Any = None

    @guarded
    def onSelectAccount(self, prm: Any) -> None:  # noqa: N802
        """A request came that opens a dialog."""
        if self.refusing is not None and streams(str(prm.rdata.wholeMsg)) > MOST_STREAMS:
            prm.accountIndex = self.refusing.getId()
            sockets_made()


class SipStack:
    """Owns the endpoint of this process."""

    def __init__(self, options: StackOptions) -> None:
        """Start the stack; raises SipStackError, for instance when the port is taken."""
        gc.disable()
        self._poll_ms = options.poll_ms
        self.endpoint = _Endpoint()
        self.ports = PortPool(options.ports)
        with _quiet_stdout():
            self.endpoint.libCreate()
        try:
            self.endpoint.libInit(_endpoint_config(options))
            self.port = self._listen(options)
            self._choose_codecs(options.codecs)
            self.endpoint.audDevManager().setNullDev()
            self.endpoint.libStart()
        except pj.Error as error:
            self.close()
            raise SipStackError(
                f"Impossible d'écouter en SIP sur {options.host}:{options.port} "
                f"({error.reason}). Le port est peut-être déjà pris."
            ) from error

    def refuse_large_offers(self) -> None:
        """From now on. The account that takes calls must be there: the first is the default."""
        config = pj.AccountConfig()
        config.idUri = "sip:refused@refused.invalid"
        config.priority = -1
        config.mediaConfig.srtpUse = pj.PJMEDIA_SRTP_MANDATORY
        config.mediaConfig.srtpSecureSignaling = _NEVER_SECURE_ENOUGH
        refusing = pj.Account()
        refusing.create(config)
        self.endpoint.refusing = refusing

    def poll(self, at_most_ms: int | None = None) -> None:
        """Handle SIP events; without any, return after ``at_most_ms`` (usually ``poll_ms``).

        In a flood of calls they wait outside.
        """
        if _gate.is_open(time.monotonic()):
            self.endpoint.libHandleEvents(self._poll_ms if at_most_ms is None else at_most_ms)
        else:
            time.sleep(self._poll_ms / 1000)

    def collect(self) -> None:
        """Collect reference cycles in the owning thread; automatic collection is off."""
        gc.collect()

    def close(self, *, farewell: bool = False) -> None:
        """Stop the stack. All calls and accounts must have been dropped before.

        ``farewell`` waits about a second for the answers to what was sent last.
        """
        with suppress(pj.Error):
            self.endpoint.audDevManager().setNoDev()  # the clock must not call ports that go
        self.ports.clear()
        if self.endpoint.refusing is not None:
            self.endpoint.refusing.shutdown()
            self.endpoint.refusing = None
        gc.collect()
        try:
            self.endpoint.libDestroy(0 if farewell else pj.PJSUA_DESTROY_NO_RX_MSG)
        except pj.Error:
            log.exception("the SIP stack did not stop cleanly")

    def _listen(self, options: StackOptions) -> int:
        transport = pj.TransportConfig()
        transport.boundAddress = options.host
        transport.port = options.port
        udp = self.endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
        if options.tcp:
            self.endpoint.transportCreate(pj.PJSIP_TRANSPORT_TCP, transport)
        local = str(self.endpoint.transportGetInfo(udp).localName)
        return int(local.rpartition(":")[2])

    def _choose_codecs(self, wanted: Sequence[str]) -> None:
        ids = [_CODEC_IDS[name] for name in wanted]
        for codec in self.endpoint.codecEnum2():
            priority = _TOP_PRIORITY - ids.index(codec.codecId) if codec.codecId in ids else 0
            self.endpoint.codecSetPriority(codec.codecId, priority)


@contextmanager
def _quiet_stdout() -> Iterator[None]:
    """Drop what native code prints before its log level can be set.

    Into a pipe, C's stdout is buffered: flushed only here, it would come out at exit.
    """
    sys.stdout.flush()
    saved = os.dup(1)
    sink = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, 1)
        yield
    finally:
        ctypes.CDLL(None).fflush(None)
        os.dup2(saved, 1)
        os.close(saved)
        os.close(sink)


def _endpoint_config(options: StackOptions) -> Any:
    config = pj.EpConfig()
    config.logConfig.level = options.log_level
    config.logConfig.consoleLevel = options.log_level
    config.logConfig.msgLogging = 1 if options.log_level >= 5 else 0
    user_agent = config.uaConfig
    user_agent.threadCnt = 0
    user_agent.mainThreadOnly = False
    user_agent.maxCalls = options.max_calls
    user_agent.userAgent = options.user_agent
    media = config.medConfig
    media.clockRate = SAMPLE_RATE
    media.sndClockRate = SAMPLE_RATE
    media.channelCount = 1
    media.audioFramePtime = FRAME_MS
    media.ptime = FRAME_MS
    media.noVad = True
    media.ecTailLen = 0
    media.maxMediaPorts = 64
    media.sndAutoCloseTime = -1
    return config
