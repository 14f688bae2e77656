"""The worker's end of the Unix socket to the core: never blocks, reconnects by itself."""

from __future__ import annotations

import logging
import socket
from pathlib import Path

from common.wire import Framer, Message, WireError, encode
from telephony.protocol import Command

log = logging.getLogger(__name__)

FIRST_RETRY_S = 0.2
LAST_RETRY_S = 3.0
MAX_OUTBOX_BYTES = 64 * 1024 * 1024
READ_BYTES = 1 << 20


class CoreLink:
    """Polled connection to the core. Instants are passed in."""

    def __init__(self, path: Path, hello: Message) -> None:
        """``hello`` is sent first on every connection."""
        self._path = path
        self._hello = encode(hello)
        self._socket: socket.socket | None = None
        self._framer: Framer[Command] = Framer(Command)
        self._outbox = bytearray()
        self._retry_at = 0.0
        self._retry_s = FIRST_RETRY_S
        self.connections = 0
        """How many times the link was made."""

    @property
    def connected(self) -> bool:
        """Whether somebody listens to us."""
        return self._socket is not None

    def send(self, event: Message) -> None:
        """Queue an event; without a core it is dropped."""
        if self._socket is None:
            return
        self._outbox += encode(event)
        if len(self._outbox) > MAX_OUTBOX_BYTES:
            log.error("the core no longer reads")
            self._lose()

    def poll(self, now: float) -> list[Command]:
        """Connect if it is time to, write what is queued, return the commands that came."""
        if self._socket is None and now >= self._retry_at:
            self._connect(now)
        self.flush()
        if self._socket is None:
            return []
        try:
            data = self._socket.recv(READ_BYTES)
            commands = self._framer.feed(data)
        except BlockingIOError:
            return []
        except (OSError, WireError) as error:
            log.warning("core link: %s", error)
            self._lose()
            return []
        if not data:
            self._lose()
        return commands

    def flush(self) -> None:
        """Write as much of the queue as the socket takes."""
        while self._socket is not None and self._outbox:
            try:
                sent = self._socket.send(self._outbox)
            except BlockingIOError:
                return
            except OSError:
                self._lose()
                return
            del self._outbox[:sent]

    def close(self) -> None:
        """Close the connection."""
        self.flush()
        self._lose()

    def _connect(self, now: float) -> None:
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.setblocking(False)
        try:
            link.connect(str(self._path))
        except OSError:
            link.close()
            self._retry_at = now + self._retry_s
            self._retry_s = min(2 * self._retry_s, LAST_RETRY_S)
            return
        self._socket = link
        self._framer = Framer(Command)
        self._outbox = bytearray(self._hello)
        self._retry_s = FIRST_RETRY_S
        self.connections += 1

    def _lose(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._outbox.clear()
