"""What an outgoing call may carry, and which targets are this box itself. No SIP here."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address

from telephony.transfer import is_target

MAX_DISPLAY = 128
MAX_HEADERS = 16
MAX_VALUE_BYTES = 512
MAX_HEADERS_BYTES = 2048
"""Together with the rest, an INVITE must stay a datagram that every PBX takes."""

_HEADER_NAME = re.compile(r"X-[A-Za-z0-9][A-Za-z0-9\-]{0,60}|User-to-User", re.IGNORECASE)
_CALLER = re.compile(r"[A-Za-z0-9+*#._\-]{1,64}")
_HOST_PORT = re.compile(r"(sips?):(?:[^@]*@)?(\[[^\]]+\]|[^:;@]+)(?::(\d+))?(;.*)?", re.IGNORECASE)
_DEFAULT_PORTS = {"sip": 5060, "sips": 5061}

Address = IPv4Address | IPv6Address


def dial_error(target: str, caller: str, display: str, headers: Mapping[str, str]) -> str:
    """Return why this call cannot be placed, "" when it can."""
    if not is_target(target):
        return "impossible target"
    if caller and not _CALLER.fullmatch(caller):
        return "impossible caller"
    if len(display) > MAX_DISPLAY or not display.isprintable():
        return "impossible display name"
    return _headers_error(headers)


def _headers_error(headers: Mapping[str, str]) -> str:
    size = sum(len(name) + len(value.encode()) + 4 for name, value in headers.items())
    if len(headers) > MAX_HEADERS or size > MAX_HEADERS_BYTES:
        return "too many headers"
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            return f"impossible header {name!r}"
        if not value.isprintable() or len(value.encode()) > MAX_VALUE_BYTES:
            return f"impossible value of {name}"
    return ""


def identity(own_uri: str, caller: str, display: str) -> str:
    """Return the From of an outgoing call; ``own_uri`` is ``sip:user@host``."""
    user, _, host = own_uri.removeprefix("sip:").partition("@")
    address = f"<sip:{(caller or user).replace('#', '%23')}@{host}>"
    if not display:
        return address
    quoted = display.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" {address}'


def sip_target(target: str, pbx: str) -> str:
    """Return the SIP address for ``target``: a ``tel:`` number is dialled at the PBX.

    Raises:
        ValueError: a number, and there is no PBX.
    """
    if not target.lower().startswith("tel:"):
        return target
    if not pbx:
        raise ValueError("no PBX to dial a number at")
    number = re.sub(r"[.\-()]", "", target[4:].partition(";")[0]).replace("#", "%23")
    return f"sip:{number}@{pbx};user=phone"


class OwnAddresses:
    """The ``host:port`` of the edge and of the workers, where a call of ours would come back."""

    def __init__(self, addresses: Iterable[str]) -> None:
        """Take ``host:port`` or ``[v6]:port``; 0.0.0.0 and [::] stand for every local address."""
        self._own: set[tuple[str | Address, int]] = set()
        self._everywhere: set[int] = set()
        for text in addresses:
            host, _, port = text.rpartition(":")
            address = _address(host)
            if not isinstance(address, str) and address.is_unspecified:
                self._everywhere.add(int(port))
            else:
                self._own.add((address, int(port)))

    def include(self, uri: str) -> bool:
        """Tell whether a SIP address leads back to this box. Names are compared, not looked up."""
        found = _HOST_PORT.fullmatch(uri)
        if found is None:
            return False
        address = _address(found[2])
        port = int(found[3] or _DEFAULT_PORTS[found[1].lower()])
        if (address, port) in self._own:
            return True
        return port in self._everywhere and not isinstance(address, str) and _is_local(address)


def _address(host: str) -> str | Address:
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost":
        name = "127.0.0.1"
    try:
        return ip_address(name)
    except ValueError:
        return name


def _is_local(address: Address) -> bool:
    """Tell whether this machine owns the address: only then can a socket be bound to it."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True
