"""One SMPP 3.4 session with an operator: bound, kept alive, and bound again after a loss."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from common import logs
from telephony.sms.gateways import pdus
from telephony.sms.gateways.pdus import Delivered, Pdu, PduError
from telephony.sms.gateways.secretsource import SecretError, SecretSource

OnAnswer: TypeAlias = Callable[[Pdu | None], None]
"""Called once for each request, in the order of arrival; None when the connection is lost."""

OnDelivered: TypeAlias = Callable[[Delivered], Awaitable[bool]]
"""Called in turn for each ``deliver_sm``; False asks the operator to come again."""

MAX_PASSWORD = 8
_CLOSE_S = 2.0
_LAST_SEQUENCE = 0x7FFFFFFF
_WAITING_DELIVERIES = 1000


class NotBoundError(Exception):
    """There is no session: nothing was written."""


@dataclass(frozen=True)
class LinkSettings:
    """Where to connect and how to bind. Durations in seconds."""

    host: str
    port: int
    user: str
    password: SecretSource
    system_type: str = ""
    tls: bool = False
    authority: Path | None = None
    """Certificates to trust instead of the system's."""
    enquire_s: float = 30.0
    answer_s: float = 10.0
    first_retry_s: float = 1.0
    longest_retry_s: float = 60.0


class SmppLink:
    """Keeps one session. What the operator sends is acknowledged once ``on_delivered`` is done."""

    def __init__(self, name: str, settings: LinkSettings, on_delivered: OnDelivered) -> None:
        self._settings = settings
        self._on_delivered = on_delivered
        self._log = logs.get(gateway=name)
        self._writer: asyncio.StreamWriter | None = None
        self._bound = False
        self._heard = asyncio.Event()
        self._sequence = 0
        self._waiting: dict[int, OnAnswer] = {}
        self._deliveries: asyncio.Queue[tuple[int, Delivered]] = asyncio.Queue(_WAITING_DELIVERIES)
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    @property
    def bound(self) -> bool:
        """True while messages can be handed over."""
        return self._bound

    def start(self) -> None:
        """Begin to connect."""
        self._closing = False
        self._task = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Unbind if the operator answers soon, then disconnect."""
        self._closing = True
        if self._bound:
            with contextlib.suppress(NotBoundError, OSError, TimeoutError):
                await asyncio.wait_for(self.ask("unbind"), _CLOSE_S)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def request(self, command: str, on_answer: OnAnswer, fields: Mapping[str, Any]) -> None:
        """Write one request; the answer may come at any time later.

        Raises:
            NotBoundError: nothing was written.
        """
        if not self._bound:
            raise NotBoundError
        self._write(command, on_answer, fields)

    async def ask(self, command: str, **fields: Any) -> Pdu:
        """Write one request and wait for its answer, for ever.

        Raises:
            NotBoundError: nothing was written, or the connection was lost.
        """
        answer: asyncio.Future[Pdu | None] = asyncio.get_running_loop().create_future()

        def on_answer(pdu: Pdu | None) -> None:
            if not answer.done():
                answer.set_result(pdu)

        self.request(command, on_answer, fields)
        found = await answer
        if found is None:
            raise NotBoundError
        return found

    def _write(self, command: str, on_answer: OnAnswer, fields: Mapping[str, Any]) -> None:
        if self._writer is None:
            raise NotBoundError
        self._sequence = self._sequence % _LAST_SEQUENCE + 1
        octets = pdus.write(command, self._sequence, **fields)
        self._waiting[self._sequence] = on_answer
        self._writer.write(octets)

    async def _keep(self) -> None:
        """Connect, serve, and connect again, ever more slowly while it does not work."""
        loop = asyncio.get_running_loop()
        delay = self._settings.first_retry_s
        while not self._closing:
            began = loop.time()
            try:
                async with asyncio.timeout(2 * self._settings.answer_s):
                    reader = await self._connect()
                    await self._bind(reader)
                self._log.info("session SMPP ouverte")
                await self._serve(reader)
                self._log.warning("session SMPP finie par l'opérateur")
            except SecretError as error:
                self._log.error("session SMPP impossible", error=str(error))
            except (OSError, TimeoutError, EOFError, PduError) as error:
                if not self._closing:
                    self._log.warning("session SMPP perdue ou refusée", error=_why(error))
            finally:
                await self._drop()
            if loop.time() - began > self._settings.longest_retry_s:
                delay = self._settings.first_retry_s
            await asyncio.sleep(delay)
            delay = min(2 * delay, self._settings.longest_retry_s)

    async def _connect(self) -> asyncio.StreamReader:
        settings = self._settings
        context = None
        if settings.tls:
            authority = str(settings.authority) if settings.authority else None
            context = ssl.create_default_context(cafile=authority)
        reader, self._writer = await asyncio.open_connection(
            settings.host, settings.port, ssl=context, limit=2 * pdus.MAX_BYTES
        )
        return reader

    async def _bind(self, reader: asyncio.StreamReader) -> None:
        password = self._settings.password.read()
        if len(password) > MAX_PASSWORD:
            raise SecretError("un mot de passe SMPP a huit caractères au plus.")
        answers: list[Pdu | None] = []
        fields = {
            "system_id": self._settings.user,
            "password": password,
            "system_type": self._settings.system_type,
        }
        self._write("bind_transceiver", answers.append, fields)
        while not answers:
            self._take(await self._read(reader))
        answer = answers[0]
        if answer is None or answer.status != pdus.OK or answer.command == "generic_nack":
            raise PduError(f"bind {answer.status if answer else 0:#x}")
        self._bound = True

    async def _serve(self, reader: asyncio.StreamReader) -> None:
        """Read, handle deliveries and keep the session alive until one of the three ends."""
        tasks = {
            asyncio.create_task(self._read_on(reader)),
            asyncio.create_task(self._handle_deliveries()),
            asyncio.create_task(self._keep_alive()),
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read_on(self, reader: asyncio.StreamReader) -> None:
        while self._take(await self._read(reader)):
            self._heard.set()

    async def _read(self, reader: asyncio.StreamReader) -> Pdu:
        header = await reader.readexactly(pdus.HEADER_BYTES)
        body = await reader.readexactly(pdus.length_of(header) - pdus.HEADER_BYTES)
        return pdus.read(header + body)

    async def _keep_alive(self) -> None:
        """Ask when nothing has been heard for a while.

        Raises:
            TimeoutError: nobody answers any more.
        """
        while True:
            self._heard.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._heard.wait(), self._settings.enquire_s)
                await asyncio.sleep(self._settings.enquire_s)
                continue
            self._write("enquire_link", lambda _: None, {})
            await asyncio.wait_for(self._heard.wait(), self._settings.answer_s)

    def _take(self, pdu: Pdu) -> bool:
        """Act on one message; False when the operator ends the session."""
        if pdu.is_response:
            on_answer = self._waiting.pop(pdu.sequence, None)
            if on_answer is not None:
                on_answer(pdu)
            return True
        if pdu.command == "deliver_sm" and pdu.delivered is not None:
            self._put_by(pdu.sequence, pdu.delivered)
        elif pdu.command == "enquire_link":
            self._respond("enquire_link_resp", pdu.sequence)
        elif pdu.command == "unbind":
            self._respond("unbind_resp", pdu.sequence)
            return False
        elif pdu.command != "alert_notification":
            self._respond("generic_nack", pdu.sequence, pdus.INVALID_COMMAND)
        return True

    def _put_by(self, sequence: int, delivered: Delivered) -> None:
        try:
            self._deliveries.put_nowait((sequence, delivered))
        except asyncio.QueueFull:
            self._respond("deliver_sm_resp", sequence, pdus.QUEUE_FULL)

    async def _handle_deliveries(self) -> None:
        while True:
            sequence, delivered = await self._deliveries.get()
            try:
                handled = await self._on_delivered(delivered)
            except Exception as error:
                self._log.error("retour de l'opérateur non traité", error=type(error).__name__)
                handled = False
            self._respond("deliver_sm_resp", sequence, pdus.OK if handled else pdus.TRY_AGAIN)

    def _respond(self, command: str, sequence: int, status: int = pdus.OK) -> None:
        if self._writer is not None:
            self._writer.write(pdus.write(command, sequence, status))

    async def _drop(self) -> None:
        """Disconnect; whoever waits for an answer learns that none will come."""
        self._bound = False
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), _CLOSE_S)
        # Not acknowledged: the operator sends them again.
        while not self._deliveries.empty():
            self._deliveries.get_nowait()
        waiting, self._waiting = self._waiting, {}
        for on_answer in waiting.values():
            on_answer(None)


def _why(error: BaseException) -> str:
    if isinstance(error, PduError):
        return str(error)
    if isinstance(error, ssl.SSLError):
        return "chiffrement ou certificat"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "coupée" if isinstance(error, EOFError) else "sans réponse"
