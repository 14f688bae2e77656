"""Whether anything listens at a SIP address, before a call is placed."""

from __future__ import annotations

import re
import socket
import uuid
from dataclasses import dataclass

DEFAULT_PORT = 5060
_URI = re.compile(r"sip:(?:[^@\s]+@)?(?P<host>[^\s:;?]+)(?::(?P<port>\d{1,5}))?(?:[;?].*)?\Z")


class UnreachableError(Exception):
    """The address cannot be called; the message is French."""


@dataclass(frozen=True)
class Place:
    """Where a SIP URI points, and our own address on the way there."""

    host: str
    port: int
    local: str


def locate(uri: str) -> Place:
    """Return where ``uri`` points.

    Raises:
        UnreachableError: not a ``sip:`` URI, or its host is unknown.
    """
    match = _URI.match(uri)
    if match is None or int(match["port"] or 1) > 65535:
        raise UnreachableError(
            f"« {uri} » n'est pas une adresse SIP. Écrivez par exemple sip:mairie@127.0.0.1:5060."
        )
    host, port = match["host"], int(match["port"] or DEFAULT_PORT)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, port))
        except OSError as error:
            raise UnreachableError(f"L'adresse « {host} » est introuvable.") from error
        return Place(host, port, str(probe.getsockname()[0]))


def check(place: Place, timeout_s: float = 1.0) -> None:
    """Ask for the capabilities of the other side; silence is accepted, a closed port is not.

    Raises:
        UnreachableError: nothing listens there.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(timeout_s)
        try:
            probe.connect((place.host, place.port))
            probe.send(_options(place, probe.getsockname()[1]))
            probe.recv(4096)
        except TimeoutError:
            return
        except OSError as error:
            raise UnreachableError(
                f"Personne ne répond à sip:{place.host}:{place.port}. "
                "Le callbot est-il démarré (« uv run callbot serve ») ?"
            ) from error


def _options(place: Place, port: int) -> bytes:
    token = uuid.uuid4().hex
    lines = (
        f"OPTIONS sip:{place.host}:{place.port} SIP/2.0",
        f"Via: SIP/2.0/UDP {place.local}:{port};branch=z9hG4bK{token}",
        "Max-Forwards: 70",
        f"From: <sip:essai@{place.local}>;tag={token[:8]}",
        f"To: <sip:{place.host}:{place.port}>",
        f"Call-ID: {token}@{place.local}",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:essai@{place.local}:{port}>",
        "Content-Length: 0",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")
