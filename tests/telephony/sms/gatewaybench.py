"""What tests of gateways share: a text, what is reported, free ports, secrets in files."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from telephony.sms.gateways.secretsource import SecretSource
from telephony.sms.model import Consent, Incoming, Report, Text, TextRequest, TextState

PORTS = (*range(21000, 21100), *range(21120, 21200))
PORTS_OF_A_RUN = 30
NUMBER = "+33612345678"

_reserved: deque[tuple[int, socket.socket]] = deque()


def a_text(
    text: str = "Mairie : votre dossier est prêt.",
    identifier: str = "0f8fad5bd9cb469fa16570867728950e",
    number: str = NUMBER,
    lifetime_s: float = 3600.0,
) -> Text:
    """Return a message that is due now."""
    now = datetime.now(UTC)
    consent = Consent(now, "oui")
    asked = TextRequest("appel/acte", number, text, "acte", "appel", consent)
    end = now + timedelta(seconds=lifetime_s)
    return Text(identifier, asked, TextState.SENDING, now, now, now, end)


def free_port() -> int:
    """Return a port that nobody listens on; it comes again only after many others."""
    if not _reserved:
        _reserve()
    for _ in range(len(_reserved)):
        _reserved.rotate(-1)
        port, _ = _reserved[0]
        with socket.socket() as probe:
            # As servers do: connections of an earlier test that linger are no hindrance.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise RuntimeError("no free port")


def _reserve() -> None:
    """Take ports that no other run of the tests takes while this one lasts."""
    for port in PORTS:
        mark = socket.socket(socket.AF_UNIX)
        try:
            mark.bind(f"\0callbot-test-port-{port}")
        except OSError:
            mark.close()
            continue
        _reserved.append((port, mark))
        if len(_reserved) == PORTS_OF_A_RUN:
            return


def secret(folder: Path, value: str, name: str = "cle") -> SecretSource:
    """Return a file with a secret that only its owner may read."""
    file = folder / name
    file.write_text(value, "utf-8")
    file.chmod(0o600)
    return SecretSource(file=file)


async def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


@dataclass
class News:
    """What gateways told."""

    reports: list[Report] = field(default_factory=list)
    incoming: list[Incoming] = field(default_factory=list)
    failing: int = 0
    """How many of the next reports cannot be kept."""

    async def report(self, report: Report) -> None:
        if self.failing:
            self.failing -= 1
            raise OSError("disk full")
        self.reports.append(report)

    async def arrived(self, incoming: Incoming) -> None:
        self.incoming.append(incoming)

    def states(self, identifier: str | None = None) -> list[str]:
        """Return the states told, of one message or of all."""
        return [r.state for r in self.reports if identifier in (None, r.id)]
