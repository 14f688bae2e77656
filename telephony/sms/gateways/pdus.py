"""The SMPP 3.4 messages that a text gateway needs; smpplib writes and reads their octets."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from smpplib import command, exceptions
from smpplib.command_codes import get_command_name

HEADER_BYTES = 16
MAX_BYTES = 70_000
"""More than the longest message_payload with all that may stand around it."""

OK = 0x00
INVALID_COMMAND = 0x03
QUEUE_FULL = 0x14
TRY_AGAIN = 0x64

UDH = 0x40
"""In ``esm_class``: the text begins with a header."""
_KIND = 0x3C
_RESPONSE = 0x8000_0000
_SHORT_DIGITS = 8
_RECEIPT = 0x04

_BEHIND_NAMES = (2, 2, 3, 0, 4)
"""Octets that stand behind each of the five names of a ``deliver_sm``; then comes its length."""

_READ_ERRORS = (
    struct.error,
    exceptions.UnknownCommandError,
    KeyError,
    IndexError,
    TypeError,
    ValueError,
)

LongTexts: TypeAlias = Literal["udh", "sar", "payload"]


class _Numbered:
    """What smpplib asks for a sequence number; ours is set afterwards."""

    sequence = 0

    def next_sequence(self) -> int:
        return self.sequence


class PduError(Exception):
    """These octets are no SMPP."""


@dataclass(frozen=True)
class Address:
    """A number or name with its type and numbering plan."""

    digits: str
    ton: int
    npi: int


@dataclass(frozen=True)
class Delivered:
    """A ``deliver_sm``: a delivery receipt or a resident's message."""

    receipt: bool
    plain: bool
    """A message from a telephone, not some notification."""
    source: Address
    data_coding: int
    octets: bytes
    """The text, without its header."""
    part: int
    """1 for a whole message and for the first part of a long one."""
    receipted_id: str
    message_state: int


@dataclass(frozen=True)
class Pdu:
    """One message as read."""

    command: str
    """As ``submit_sm_resp``; empty for a request that SMPP 3.4 does not know."""
    status: int
    sequence: int
    message_id: str = ""
    delivered: Delivered | None = None
    """None also for a ``deliver_sm`` whose fixed fields do not fit its length."""

    @property
    def is_response(self) -> bool:
        """True for what answers one of our requests."""
        return self.command.endswith("_resp") or self.command == "generic_nack"


def write(name: str, sequence: int, status: int = OK, **fields: Any) -> bytes:
    """Return the octets of one message."""
    built = command.factory(name, client=_Numbered(), **fields)
    built.sequence = sequence
    built.status = status
    octets: bytes = built.generate()
    return octets


def address_of(number: str) -> Address:
    """Return how SMPP names a number or a sender.

    International numbers lose their ``+``, short and national numbers stay, the rest are names.
    """
    if number.startswith("+"):
        return Address(number[1:], 1, 1)
    if number.isdigit():
        return Address(number, 3, 0) if len(number) <= _SHORT_DIGITS else Address(number, 0, 1)
    return Address(number, 5, 0) if number else Address("", 0, 0)


def submits(
    coding: int, parts: tuple[bytes, ...], long_texts: LongTexts, reference: int
) -> list[dict[str, Any]]:
    """Return the text fields of each ``submit_sm`` of one message.

    ``reference`` (0 to 255) tells the parts of one message from those of another. A receipt is
    asked for the last part only: it comes when all of them have been handed over.
    """
    common: dict[str, Any] = {"data_coding": coding, "esm_class": 0, "registered_delivery": 0}
    fields: list[dict[str, Any]] = []
    for index, octets in enumerate(parts, 1):
        part = dict(common)
        if len(parts) > 1 and long_texts == "udh":
            part["esm_class"] = UDH
            octets = bytes((5, 0, 3, reference, len(parts), index)) + octets  # noqa: PLW2901
        elif len(parts) > 1 and long_texts == "sar":
            part |= {
                "sar_msg_ref_num": reference,
                "sar_total_segments": len(parts),
                "sar_segment_seqnum": index,
            }
        if long_texts == "payload":
            part["message_payload"] = octets
        else:
            part["short_message"] = octets
        fields.append(part)
    fields[-1]["registered_delivery"] = 1
    return fields


def length_of(header: bytes) -> int:
    """Return how long the message is whose first four octets these are.

    Raises:
        PduError: no length that a message can have.
    """
    (length,) = struct.unpack(">L", header[:4])
    if not HEADER_BYTES <= length <= MAX_BYTES:
        raise PduError(f"length {length}")
    return int(length)


def read(octets: bytes) -> Pdu:
    """Read one whole message; optional fields that are wrong are left out."""
    _, code, status, sequence = struct.unpack(">LLLL", octets[:HEADER_BYTES])
    try:
        name = str(get_command_name(code))
        parsed = command.factory(name, client=_Numbered(), allow_unknown_opt_params=True)
    except exceptions.UnknownCommandError:
        return Pdu("unknown_resp" if code & _RESPONSE else "", status, sequence)
    if name == "deliver_sm" and not _is_whole(octets[HEADER_BYTES:]):
        return Pdu(name, status, sequence)
    # The optional fields come last: what stands before a wrong one has been read.
    with contextlib.suppress(*_READ_ERRORS):
        parsed.parse(octets)
    message_id = _ascii(getattr(parsed, "message_id", None))
    delivered = _delivered(vars(parsed)) if name == "deliver_sm" else None
    return Pdu(name, status, sequence, message_id, delivered)


def _is_whole(body: bytes) -> bool:
    """True when the fixed fields of a ``deliver_sm`` are all there."""
    at = 0
    for octets_behind in _BEHIND_NAMES:
        end = body.find(0, at)
        if end < 0:
            return False
        at = end + 1 + octets_behind
    return at < len(body) and at + 1 + body[at] <= len(body)


def _delivered(fields: Mapping[str, Any]) -> Delivered:
    esm_class = int(fields.get("esm_class") or 0)
    octets = bytes(fields.get("short_message") or fields.get("message_payload") or b"")
    part = int(fields.get("sar_segment_seqnum") or 1)
    if esm_class & UDH and octets:
        header, octets = octets[1 : 1 + octets[0]], octets[1 + octets[0] :]
        part = _part(header)
    return Delivered(
        receipt=esm_class & _KIND == _RECEIPT,
        plain=esm_class & _KIND == 0,
        source=Address(
            _ascii(fields.get("source_addr")),
            int(fields.get("source_addr_ton") or 0),
            int(fields.get("source_addr_npi") or 0),
        ),
        data_coding=int(fields.get("data_coding") or 0),
        octets=octets,
        part=part,
        receipted_id=_ascii(fields.get("receipted_message_id")),
        message_state=int(fields.get("message_state") or 0),
    )


def _part(header: bytes) -> int:
    """Return the number of the part that a user data header gives, else 1."""
    while len(header) >= 2:
        element, length = header[0], header[1]
        value = header[2 : 2 + length]
        if (element, len(value)) in ((0x00, 3), (0x08, 4)):
            return value[-1]
        header = header[2 + length :]
    return 1


def _ascii(value: Any) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else ""
