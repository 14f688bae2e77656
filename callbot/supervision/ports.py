"""Are the ports free that the box is about to use? Asked before anything is started."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import psutil

Transport = Literal["UDP", "TCP"]

_KINDS = {"UDP": socket.SOCK_DGRAM, "TCP": socket.SOCK_STREAM}


@dataclass(frozen=True)
class PortUse:
    """One port that the box needs."""

    address: str
    port: int
    transport: Transport
    purpose: str
    """French, with article: "le téléphone"."""
    setting: str
    """Key of config/callbot.yml that names it."""


def busy_ports(uses: Iterable[PortUse]) -> list[str]:
    """Return one French sentence for each port that cannot be had."""
    return [sentence for use in uses if (sentence := _fault(use))]


def _fault(use: PortUse) -> str:
    family = socket.AF_INET6 if ipaddress.ip_address(use.address).version == 6 else socket.AF_INET
    with socket.socket(family, _KINDS[use.transport]) as probe:
        if use.transport == "TCP":
            # A listener still makes bind fail; connections that have just ended do not.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((use.address, use.port))
            if use.transport == "TCP":
                probe.listen(1)
        except OSError as error:
            return _sentence(use, error)
    return ""


def _sentence(use: PortUse, error: OSError) -> str:
    what = f"Le port {use.port} en {use.transport} ({use.purpose})"
    if error.errno == errno.EADDRINUSE:
        return (
            f"{what} est déjà pris{_holder(use)}. Arrêtez ce programme, ou changez "
            f"« {use.setting} » dans config/callbot.yml."
        )
    if error.errno == errno.EADDRNOTAVAIL:
        key = use.setting.rpartition(".")[0]
        return (
            f"L'adresse {use.address} ({use.purpose}) n'est pas celle de cette machine. Corrigez "
            f"« {key}.adresse » dans config/callbot.yml."
        )
    if error.errno == errno.EACCES:
        return (
            f"{what} est réservé à l'administrateur. Choisissez un port à partir de 1024 pour "
            f"« {use.setting} » dans config/callbot.yml."
        )
    return f"{what} ne peut pas être utilisé : {error.strerror}."


def _holder(use: PortUse) -> str:
    kind = _KINDS[use.transport]
    try:
        connections = psutil.net_connections(kind="inet")
    except (psutil.Error, OSError):
        return ""
    for connection in connections:
        if (
            connection.type == kind
            and connection.laddr
            and connection.laddr.port == use.port
            and (use.transport == "UDP" or connection.status == psutil.CONN_LISTEN)
            and connection.pid is not None
        ):
            return f" par « {_name(connection.pid)} » (processus {connection.pid})"
    return " par un autre programme"


def _name(pid: int) -> str:
    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return "?"
