"""What a line worker is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Registration:
    """Account of an extension at the town's PBX (digest authentication).

    ``proxy`` is the ``sip:host:port`` through which the worker reaches the registrar (the edge,
    when there is one) and ``contact`` the ``sip:`` address where calls are to come in. Without
    ``register`` the account only serves to place calls.
    """

    registrar: str
    user: str
    password: str
    realm: str = "*"
    proxy: str = ""
    contact: str = ""
    expires_s: int = 300
    register: bool = True

    def __repr__(self) -> str:
        return f"Registration(registrar={self.registrar!r}, user={self.user!r})"


@dataclass(frozen=True)
class WorkerOptions:
    """Settings of one line worker. Durations are seconds.

    ``media_host`` is the address where RTP is received ("" lets the system choose per call);
    ``public_host`` is advertised instead of it behind a NAT. ``trusted`` are the addresses whose
    INVITEs are accepted. ``fallback`` is the SIP URI that gets the calls when the core is gone.

    ``lines`` callers are let in at once; of the four calls that the stack holds, the rest is kept
    for second legs. Those leave through ``outbound``, the ``sip:host:port`` of the edge, or
    directly. ``own_addresses`` are the ``host:port`` of the whole box, which no call may have as
    its target. A REFER with Replaces that nobody completed in ``refer_timeout_s`` is given up.

    A leg without RTP is lost after ``rtp_timeout_s``; staff in a talk already after
    ``staff_silence_s``, unless their telephone saves silence.
    """

    worker: int
    core_socket: Path
    host: str = "127.0.0.1"
    port: int = 5071
    tcp: bool = False
    lines: int = 4
    media_host: str = ""
    public_host: str = ""
    rtp_port: int = 10_000
    rtp_ports: int = 100
    trusted: tuple[str, ...] = ("127.0.0.0/8",)
    registration: Registration | None = None
    fallback: str = ""
    user_agent: str = "Callbot"
    answer_timeout_s: float = 20.0
    rtp_timeout_s: float = 20.0
    staff_silence_s: float = 8.0
    max_call_s: float = 3600.0
    session_expires_s: int = 1800
    session_min_s: int = 90
    core_grace_s: float = 5.0
    drain_timeout_s: float = 120.0
    retry_after_s: int = 30
    fallback_timeout_s: float = 30.0
    outbound: str = ""
    own_addresses: tuple[str, ...] = ()
    refer_timeout_s: float = 5.0


class Trust:
    """Which source addresses may call."""

    def __init__(self, networks: tuple[str, ...]) -> None:
        """Accept addresses and CIDR blocks; raises ValueError for anything else."""
        self._networks: list[Network] = [ip_network(text, strict=False) for text in networks]

    def accepts(self, source: str) -> bool:
        """Tell whether ``source`` (``address``, ``address:port`` or ``[v6]:port``) may call."""
        host = source
        if source.startswith("["):
            host = source[1:].partition("]")[0]
        elif source.count(":") == 1:
            host = source.partition(":")[0]
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._networks)
