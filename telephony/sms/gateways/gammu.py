"""A GSM modem in the box, driven by gammu-smsd through its spool folders (FILES backend).

A message is a file whose name carries our id. SMSD takes it from the outbox and renames it into
the folder of sent messages or of errors: where the file lies is where the message stands.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from common import logs
from telephony.sms.gateway import Accepted, GatewayDownError, OnIncoming, OnReport
from telephony.sms.gateways.peers import checked, named, resident
from telephony.sms.model import Incoming, Report, ReportState, Text

_NAME = re.compile(
    r"OUT[A-Z]\d{8}_\d{6}_00_\+\d+_(?P<id>[A-Za-z0-9-]{1,40})\.(?P<expires>\d{1,11})\.txt"
)
_INCOMING = re.compile(r"IN\d{8}_\d{6}_\d+_(?P<number>[^_/]*)_(?P<part>\d+)\.txt")
_MAX_INCOMING_BYTES = 4096
_SETTLED_S = 1.0
"""SMSD writes an incoming file in place: one that has just changed may not be whole."""
_KEEP = timedelta(hours=48)
"""How long files of sent and failed messages stay: longer than any message may be in doubt."""


@dataclass(frozen=True)
class GammuSettings:
    """The folders of ``[smsd]`` in gammu-smsdrc, on one file system; durations in seconds."""

    name: str
    outbox: Path
    sent: Path
    errors: Path
    inbox: Path
    poll_s: float = 2.0
    stuck_after_s: float = 900.0
    """A message that waits longer in the outbox shows that SMSD or its modem is out of order."""


@dataclass
class GammuGateway:
    """Writes into the outbox, watches the other folders. It can always tell where a message is.

    A modem gives no delivery report through this backend: ``accepted`` is the last good news.
    """

    settings: GammuSettings
    on_report: OnReport
    on_incoming: OnIncoming
    _watch: asyncio.Task[None] | None = field(default=None, init=False)
    _told: set[str] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        self._log = logs.get(gateway=self.settings.name)

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def reports(self) -> bool:
        return False

    async def start(self) -> None:
        self._watch = asyncio.create_task(self._watch_folders())

    async def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None

    async def send(self, text: Text) -> Accepted:
        try:
            await asyncio.to_thread(self._put, checked(text), datetime.now(UTC))
        except OSError as error:
            raise GatewayDownError(
                f"{named(self.name)} : le dossier {self.settings.outbox} n'est pas utilisable "
                f"({error.strerror})."
            ) from error
        return Accepted(text.id)

    async def find(self, text: Text) -> Accepted | None:
        try:
            found = await asyncio.to_thread(self._find, text.id)
        except OSError as error:
            raise GatewayDownError(
                f"{named(self.name)} : ses dossiers sont illisibles ({error.strerror})."
            ) from error
        return Accepted(text.id) if found else None

    def _put(self, text: Text, now: datetime) -> None:
        """Write the file beside its place, then rename it there: SMSD never sees half a message.

        Raises:
            GatewayDownError: SMSD leaves its outbox as it is.
            OSError: the folder cannot be written.
        """
        self._refuse_if_stuck(now)
        file = self.settings.outbox / file_name(text, now)
        draft = file.with_name(f".{text.id}.brouillon")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o660)
            with os.fdopen(descriptor, "wb") as opened:
                # SMSD runs as a user of its own, in the group of the folder.
                with contextlib.suppress(PermissionError):
                    os.fchown(descriptor, -1, self.settings.outbox.stat().st_gid)
                os.fchmod(descriptor, 0o660)
                opened.write(b"\xfe\xff" + text.request.text.encode("utf-16-be", "replace"))
                opened.flush()
                os.fsync(descriptor)
            draft.rename(file)
        except OSError:
            draft.unlink(missing_ok=True)
            raise

    def _refuse_if_stuck(self, now: datetime) -> None:
        oldest = min(
            (file.stat().st_mtime for file, _ in _ours(self.settings.outbox)), default=None
        )
        if oldest is not None and now.timestamp() - oldest > self.settings.stuck_after_s:
            raise GatewayDownError(
                f"{named(self.name)} n'envoie plus : gammu-smsd ou son modem est à l'arrêt."
            )

    def _find(self, identifier: str) -> bool:
        # In the order in which SMSD moves a file: it cannot slip through.
        folders = (self.settings.outbox, self.settings.sent, self.settings.errors)
        return any(match["id"] == identifier for folder in folders for _, match in _ours(folder))

    async def _watch_folders(self) -> None:
        readable = True
        while True:
            try:
                await self._look()
            except asyncio.CancelledError:
                raise
            except OSError as error:
                if readable:
                    self._log.error("dossiers de gammu-smsd illisibles", error=error.strerror)
                readable = False
            except Exception as error:
                self._log.error("nouvelle de gammu-smsd non traitée", error=type(error).__name__)
            else:
                readable = True
            await asyncio.sleep(self.settings.poll_s)

    async def _look(self) -> None:
        """Tell what is new in the folders. What could not be told is told at the next look."""
        now = datetime.now(UTC)
        news: list[tuple[Path, ReportState, str]] = [
            (self.settings.sent, "accepted", ""),
            (self.settings.errors, "failed", "le modem n'a pas pu l'envoyer"),
        ]
        present: set[str] = set()
        for folder, state, error in news:
            files = await asyncio.to_thread(_listed, folder)
            present.update(file.name for file, _, _ in files)
            for file, identifier, _ in files:
                await self._tell(file, Report(self.name, state, now, identifier, identifier, error))
            await asyncio.to_thread(_clean, [file for file, _, _ in files], now)
        self._told &= present
        await self._expire(now)
        await self._take_in(now)

    async def _tell(self, file: Path, report: Report) -> None:
        if file.name not in self._told:
            await self.on_report(report)
            self._told.add(file.name)

    async def _expire(self, now: datetime) -> None:
        """Take back what SMSD has not sent in time."""
        for file, identifier, expires in await asyncio.to_thread(_listed, self.settings.outbox):
            if now.timestamp() < expires:
                continue
            with contextlib.suppress(FileNotFoundError):
                file.unlink()
                error = "resté trop longtemps en attente du modem"
                report = Report(self.name, "expired", now, identifier, identifier, error)
                await self.on_report(report)

    async def _take_in(self, now: datetime) -> None:
        for file in await asyncio.to_thread(_arrived, self.settings.inbox, now):
            match = _INCOMING.fullmatch(file.name)
            number = resident(match["number"]) if match else None
            # Only the first part of a long message may be a word such as STOP.
            if match and number and int(match["part"]) == 0:
                text = await asyncio.to_thread(_read_incoming, file)
                await self.on_incoming(Incoming(self.name, number, text, now))
            await asyncio.to_thread(file.unlink, missing_ok=True)


def file_name(text: Text, now: datetime) -> str:
    """Return the name under which SMSD takes the message, older ones first.

    It reads the number from it and ignores what follows: our id and when it is too late. It keeps
    a name in 100 octets, which ids and numbers that are ``checked`` leave room for.
    """
    return (
        f"OUTC{now:%Y%m%d_%H%M%S}_00_{text.request.number}_"
        f"{text.id}.{int(text.expires_at.timestamp())}.txt"
    )


def _ours(folder: Path) -> Iterable[tuple[Path, re.Match[str]]]:
    for file in sorted(folder.iterdir()):
        match = _NAME.fullmatch(file.name)
        if match is not None:
            yield file, match


def _listed(folder: Path) -> list[tuple[Path, str, int]]:
    """Return our files in a folder, with id and expiry (seconds since 1970)."""
    return [(file, match["id"], int(match["expires"])) for file, match in _ours(folder)]


def _clean(files: Iterable[Path], now: datetime) -> None:
    """Delete what is older than anybody asks for: numbers and texts of residents."""
    for file in files:
        with contextlib.suppress(FileNotFoundError):
            if now.timestamp() - file.stat().st_ctime > _KEEP.total_seconds():
                file.unlink()


def _arrived(folder: Path, now: datetime) -> list[Path]:
    return [
        file
        for file in sorted(folder.glob("IN*.txt"))
        if file.is_file() and now.timestamp() - file.stat().st_mtime > _SETTLED_S
    ]


def _read_incoming(file: Path) -> str:
    with file.open("rb") as opened:
        content = opened.read(_MAX_INCOMING_BYTES)
    if content.startswith(b"\xfe\xff"):
        # SMSD counts a text with accents too long, and writes what stands behind its end.
        return content[2:].decode("utf-16-be", "replace").partition("\0")[0]
    return content.decode("utf-8", "replace")
