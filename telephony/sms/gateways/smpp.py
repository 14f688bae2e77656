"""An operator or provider reached with SMPP 3.4, over TLS or not."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from common import logs
from telephony.sms.gateway import (
    Accepted,
    GatewayDoubtError,
    GatewayDownError,
    GatewayRefusedError,
    OnIncoming,
    OnReport,
)
from telephony.sms.gateways import alphabet, pdus
from telephony.sms.gateways.alphabet import Accents
from telephony.sms.gateways.pdus import Delivered, LongTexts, Pdu, address_of
from telephony.sms.gateways.peers import checked, named, resident
from telephony.sms.gateways.smpplink import LinkSettings, NotBoundError, SmppLink
from telephony.sms.model import Incoming, Report, ReportState, Text

Identifiers: TypeAlias = Literal["same", "hexadecimal"]
"""``hexadecimal``: answers name a message in hexadecimal, its receipts in decimal digits."""

_REMEMBERED = 10_000
_LATIN1 = 3
_UCS2 = 8
_DATA_CODINGS = {"gsm7": 0, "ucs2": _UCS2}

_NEVER = frozenset(
    {
        0x01,  # RINVMSGLEN
        0x0A,  # RINVSRCADR
        0x0B,  # RINVDSTADR
        0x43,  # RINVESMCLASS
        0x48,  # RINVSRCTON
        0x49,  # RINVSRCNPI
        0x50,  # RINVDSTTON
        0x51,  # RINVDSTNPI
        0x62,  # RINVEXPIRY
        0x65,  # RX_P_APPN
        0x66,  # RX_R_APPN
        0xC0,  # RINVOPTPARSTREAM
        0xC1,  # ROPTPARNOTALLWD
        0xC2,  # RINVPARLEN
        0xC4,  # RINVOPTPARAMVAL
        0xFE,  # RDELIVERYFAILURE
    }
)
"""Statuses that will be the same at every try; all others may pass."""

_STATES: dict[str, ReportState] = {
    "ENROUTE": "accepted",
    "ACCEPTD": "accepted",
    "DELIVRD": "delivered",
    "EXPIRED": "expired",
    "DELETED": "failed",
    "UNDELIV": "failed",
    "REJECTD": "failed",
}
_NUMBERED_STATES: dict[int, ReportState] = {
    1: "accepted",
    2: "delivered",
    3: "expired",
    4: "failed",
    5: "failed",
    6: "accepted",
    8: "failed",
}
_RECEIPT_ID = re.compile(r"\bid:\s*([^\s:]{1,65})", re.IGNORECASE)
_RECEIPT_STATE = re.compile(r"\bstat:\s*([A-Z]{5,8})", re.IGNORECASE)
_RECEIPT_ERROR = re.compile(r"\berr:\s*([0-9A-Za-z]{1,8})\b", re.IGNORECASE)


@dataclass(frozen=True)
class SmppSettings:
    """One operator."""

    name: str
    link: LinkSettings
    sender: str = ""
    long_texts: LongTexts = "udh"
    accents: Accents = "gsm"
    identifiers: Identifiers = "same"


class SmppGateway:
    """Hands messages to the operator over one session.

    In doubt it can tell only what a late answer said; else a receipt may still come, by the
    operator's identifier.
    """

    def __init__(
        self, settings: SmppSettings, on_report: OnReport, on_incoming: OnIncoming
    ) -> None:
        self._settings = settings
        self._on_report = on_report
        self._on_incoming = on_incoming
        self._link = SmppLink(settings.name, settings.link, self._delivered)
        self._reference = 0
        self._ids: OrderedDict[str, str] = OrderedDict()
        """Ours by the operator's: a receipt may come before anybody else knows the latter."""
        self._late: OrderedDict[str, Pdu] = OrderedDict()
        """Answers that came when nobody waited any more, by our id."""
        self._in_flight: set[asyncio.Future[Pdu | None]] = set()
        self._reporting: set[asyncio.Task[None]] = set()
        self._log = logs.get(gateway=settings.name)

    @property
    def name(self) -> str:
        return self._settings.name

    @property
    def reports(self) -> bool:
        return True

    async def start(self) -> None:
        self._link.start()

    async def close(self) -> None:
        await self._link.close()
        await asyncio.gather(*self._reporting, return_exceptions=True)

    async def send(self, text: Text) -> Accepted:
        checked(text)
        coding, parts = self._encoded(text.request.text)
        self._reference = (self._reference + 1) % 256
        fields = pdus.submits(coding, parts, self._settings.long_texts, self._reference)
        self._late.pop(text.id, None)
        for index, part in enumerate(fields, 1):
            answer = await self._submit(text, self._addresses(text) | part, index == len(fields))
        return Accepted(self._identifier(answer))

    async def find(self, text: Text) -> Accepted | None:
        late = self._late.get(text.id)
        if late is None:
            raise GatewayDoubtError(f"{named(self.name)} n'a pas dit si elle a pris ce message.")
        return Accepted(self._identifier(late)) if late.status == pdus.OK else None

    def _encoded(self, text: str) -> tuple[int, tuple[bytes, ...]]:
        """Return ``data_coding`` and the octets of each message."""
        accents = self._settings.accents
        if self._settings.long_texts == "payload":
            coding, whole = alphabet.encoded(text, accents)
            return _DATA_CODINGS[coding], (whole,)
        coding, parts = alphabet.parts(text, accents)
        return _DATA_CODINGS[coding], parts

    def _addresses(self, text: Text) -> dict[str, str | int]:
        source = address_of(self._settings.sender)
        target = address_of(text.request.number)
        left = text.expires_at - datetime.now(UTC)
        minutes = max(1, int(left.total_seconds() // 60))
        days, rest = divmod(minutes, 24 * 60)
        return {
            "source_addr": source.digits,
            "source_addr_ton": source.ton,
            "source_addr_npi": source.npi,
            "destination_addr": target.digits,
            "dest_addr_ton": target.ton,
            "dest_addr_npi": target.npi,
            "validity_period": f"0000{min(days, 31):02d}{rest // 60:02d}{rest % 60:02d}00000R",
        }

    async def _submit(self, text: Text, fields: dict[str, str | int], last: bool) -> Pdu:
        """Hand over one part.

        Only the last part can be in doubt: while it has not left, no telephone shows the message,
        and all parts can be sent again.
        """
        peer = named(self.name)
        answer: asyncio.Future[Pdu | None] = asyncio.get_running_loop().create_future()

        def on_answer(pdu: Pdu | None) -> None:
            if pdu is not None and last:
                self._remember(text.id, pdu)
            if not answer.done():
                answer.set_result(pdu)
            elif pdu is not None and last:
                self._too_late(text.id, pdu)

        try:
            self._link.request("submit_sm", on_answer, fields)
        except NotBoundError as error:
            raise GatewayDownError(f"{peer} n'est pas connectée.") from error
        self._in_flight.add(answer)
        try:
            pdu = await asyncio.wait_for(answer, self._settings.link.answer_s)
        except TimeoutError as error:
            if not last:
                raise GatewayDownError(f"{peer} ne répond pas.") from error
            raise GatewayDoubtError(f"{peer} n'a pas répondu à temps.") from error
        finally:
            self._in_flight.discard(answer)
        if pdu is None:
            if not last:
                raise GatewayDownError(f"{peer} s'est déconnectée.")
            raise GatewayDoubtError(f"{peer} s'est déconnectée avant de répondre.")
        self._raise_for(pdu)
        return pdu

    def _raise_for(self, pdu: Pdu) -> None:
        if pdu.status == pdus.OK and pdu.command == "submit_sm_resp":
            return
        peer = named(self.name)
        if pdu.command == "submit_sm_resp" and pdu.status in _NEVER:
            raise GatewayRefusedError(f"{peer} refuse ce message ({pdu.status:#x}).")
        if pdu.status in (0x58, pdus.QUEUE_FULL):
            raise GatewayDownError(f"{peer} demande d'envoyer moins vite.")
        raise GatewayDownError(f"{peer} ne prend rien pour l'instant ({pdu.status:#x}).")

    def _remember(self, identifier: str, pdu: Pdu) -> None:
        if pdu.status == pdus.OK and pdu.message_id:
            self._ids[self._identifier(pdu)] = identifier
            _trim(self._ids)

    def _too_late(self, identifier: str, pdu: Pdu) -> None:
        """Keep an answer that ends a doubt; good news are reported at once."""
        if pdu.command != "submit_sm_resp":
            return
        self._late[identifier] = pdu
        _trim(self._late)
        if pdu.status == pdus.OK:
            now = datetime.now(UTC)
            report = Report(self.name, "accepted", now, identifier, self._identifier(pdu))
            task = asyncio.create_task(self._tell(report))
            self._reporting.add(task)
            task.add_done_callback(self._reporting.discard)

    async def _tell(self, report: Report) -> None:
        try:
            await self._on_report(report)
        except Exception as error:
            self._log.error("retour de l'opérateur non traité", error=type(error).__name__)

    def _identifier(self, pdu: Pdu) -> str:
        if self._settings.identifiers == "hexadecimal":
            try:
                return str(int(pdu.message_id, 16))
            except ValueError:
                return pdu.message_id
        return pdu.message_id

    async def _delivered(self, delivered: Delivered) -> bool:
        """Pass on one receipt or message; what makes no sense is taken and forgotten."""
        if delivered.receipt:
            await self._receipt(delivered)
        elif delivered.plain and delivered.part == 1:
            number = resident(_written(delivered))
            if number is not None:
                text = self._decoded(delivered)
                await self._on_incoming(Incoming(self.name, number, text, datetime.now(UTC)))
        return True

    async def _receipt(self, delivered: Delivered) -> None:
        words = delivered.octets.decode("latin-1")
        named_id, named_state = _RECEIPT_ID.search(words), _RECEIPT_STATE.search(words)
        identifier = delivered.receipted_id or (named_id[1] if named_id else "")
        state = _NUMBERED_STATES.get(delivered.message_state) or _STATES.get(
            named_state[1].upper() if named_state else ""
        )
        if not identifier or state is None:
            self._log.warning("accusé de réception sans identifiant ou sans état connu")
            return
        if identifier not in self._ids and self._in_flight:
            # Some operators report before they answer.
            await asyncio.wait(self._in_flight, timeout=self._settings.link.answer_s)
        code = _RECEIPT_ERROR.search(words)
        error = f"non remis (code {code[1] if code else '?'})" if state == "failed" else ""
        ours = self._ids.get(identifier, "")
        await self._on_report(Report(self.name, state, datetime.now(UTC), ours, identifier, error))

    def _decoded(self, delivered: Delivered) -> str:
        if delivered.data_coding == _UCS2:
            return delivered.octets.decode("utf-16-be", "replace")
        if delivered.data_coding in (1, _LATIN1) or self._settings.accents == "ucs2":
            return delivered.octets.decode("latin-1")
        return alphabet.decode_gsm7(delivered.octets)


def _written(delivered: Delivered) -> str:
    international = delivered.source.ton == 1 and not delivered.source.digits.startswith("+")
    return f"+{delivered.source.digits}" if international else delivered.source.digits


def _trim(kept: OrderedDict[str, str] | OrderedDict[str, Pdu]) -> None:
    while len(kept) > _REMEMBERED:
        kept.popitem(last=False)
