"""An SMPP operator on a real socket, with telephones behind it.

Its messages are read and written by aiosmpplib, not by the library that the gateway uses.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiosmpplib.protocol import (
    MESSAGE_TYPE_MAP,
    PDU_HEADER_LENGTH,
    BindTransceiver,
    BindTransceiverResp,
    DeliverSm,
    EnquireLinkResp,
    SmppMessage,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from aiosmpplib.state import (
    NPI,
    SAR_SEGMENT_SEQNUM,
    SAR_TOTAL_SEGMENTS,
    TON,
    PhoneNumber,
    SmppCommand,
    SmppCommandStatus,
)

USER, PASSWORD = "mairie", "secret12"
OK = SmppCommandStatus.ESME_ROK


@dataclass
class Smsc:
    """Takes one session after another; what it does with messages is set by the test."""

    port: int
    tls: ssl.SSLContext | None = None
    status: Callable[[int], SmppCommandStatus] = lambda _: OK
    """Of the answer to the nth message (from 1)."""
    answers: bool = True
    """False: messages are read and nothing is said."""
    identify: Callable[[int], str] = lambda n: f"m{n}"
    receipts: tuple[str, ...] = ()
    """States that are told of each message with a receipt, once it is answered."""
    early: bool = False
    """True: receipts come before the answer."""
    submitted: list[SubmitSm] = field(default_factory=list)
    binds: list[BindTransceiver] = field(default_factory=list)
    acknowledged: list[SmppCommandStatus] = field(default_factory=list)
    """What was answered to receipts and messages of telephones."""
    nacks: list[int] = field(default_factory=list)
    enquired: int = 0
    answers_enquiries: bool = True
    unbound: int = 0
    withheld: list[tuple[int, SubmitSm]] = field(default_factory=list)
    _server: asyncio.Server | None = None
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _sequence: int = 0

    async def __aenter__(self) -> Smsc:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)

    async def stop(self) -> None:
        """Stop listening and break off every session."""
        if self._server is None:
            return
        self._server.close()
        self.hang_up()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    def hang_up(self) -> None:
        """Break off every session without a word."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    @property
    def sessions(self) -> int:
        """How many times somebody has bound with the right password."""
        return len(self.binds)

    def unbind(self) -> None:
        """End the session as the protocol has it."""
        self._say(Unbind(sequence_num=self._next()))

    def answer_withheld(self) -> None:
        """Answer now what was left unanswered."""
        for number, message in self.withheld:
            self._answer(number, message)
        self.withheld.clear()

    def receipt(self, identifier: str, state: str, error: str = "000") -> None:
        """Tell what became of a message."""
        words = (
            f"id:{identifier} sub:001 dlvrd:001 submit date:2611021200 done date:2611021201 "
            f"stat:{state} err:{error} text:Mairie"
        )
        self.arrives("33612345678", words, esm_class=0b100)

    def arrives(self, number: str, text: str, **fields: Any) -> None:
        """Hand on a message from a telephone."""
        source = PhoneNumber(number, TON.INTERNATIONAL, NPI.ISDN)
        message = DeliverSm(
            sequence_num=self._next(),
            short_message=text,
            source=source,
            destination=PhoneNumber("38000"),
            **fields,
        )
        self._say(message)

    def say(self, octets: bytes) -> None:
        """Write octets as they are."""
        self._writers[-1].write(octets)

    def _say(self, message: SmppMessage) -> None:
        self.say(message.pdu())

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.append(writer)
        try:
            while await self._handle(reader, writer):
                pass
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            with contextlib.suppress(ValueError):
                self._writers.remove(writer)
            writer.close()
            self._tasks.discard(task)

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readexactly(PDU_HEADER_LENGTH)
        header = SmppMessage.parse_header(head)
        octets = head + await reader.readexactly(header.pdu_length - PDU_HEADER_LENGTH)
        message = MESSAGE_TYPE_MAP[header.smpp_command].from_pdu(octets, header, "gsm0338")
        sequence = header.sequence_num
        match header.smpp_command:
            case SmppCommand.BIND_TRANSCEIVER:
                assert isinstance(message, BindTransceiver)
                known = (message.system_id, message.password) == (USER, PASSWORD)
                status = OK if known else SmppCommandStatus.ESME_RINVPASWD
                writer.write(BindTransceiverResp(sequence, status, "smsc").pdu())
                if known:
                    self.binds.append(message)
            case SmppCommand.SUBMIT_SM:
                assert isinstance(message, SubmitSm)
                self._take(message)
            case SmppCommand.DELIVER_SM_RESP:
                self.acknowledged.append(header.command_status)
            case SmppCommand.GENERIC_NACK:
                self.nacks.append(sequence)
            case SmppCommand.ENQUIRE_LINK:
                self.enquired += 1
                if self.answers_enquiries:
                    writer.write(EnquireLinkResp(sequence).pdu())
            case SmppCommand.UNBIND:
                self.unbound += 1
                writer.write(UnbindResp(sequence).pdu())
                return False
            case SmppCommand.UNBIND_RESP:
                return False
        return True

    def _take(self, message: SubmitSm) -> None:
        self.submitted.append(message)
        number = len(self.submitted)
        if self.early:
            self._receipts(number, message)
        if self.answers:
            self._answer(number, message)
        else:
            self.withheld.append((number, message))
        if not self.early:
            self._receipts(number, message)

    def _answer(self, number: int, message: SubmitSm) -> None:
        status = self.status(number)
        identifier = self.identify(number) if status == OK else ""
        answer = SubmitSmResp(
            sequence_num=message.sequence_num, command_status=status, message_id=identifier
        )
        self._say(answer)

    def _receipts(self, number: int, message: SubmitSm) -> None:
        if message.registered_delivery & 1:
            for state in self.receipts:
                self.receipt(self.identify(number), state)

    def texts(self) -> list[str]:
        """Return what telephones show, long messages put together."""
        shown: list[str] = []
        for message in self.submitted:
            fields = {param.tag: param.value for param in message.optional_params or []}
            text = message.message_payload or message.short_message
            if int(fields.get(SAR_SEGMENT_SEQNUM, 1)) > 1:
                shown[-1] += text
            else:
                assert int(fields.get(SAR_TOTAL_SEGMENTS, 1)) >= 1
                shown.append(text)
        return shown
