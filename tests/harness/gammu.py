"""A real gammu-smsd with gammu's dummy phone: a folder that stands for the modem and its SIM."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

_CONFIG = """\
[gammu]
model = dummy
connection = none
device = {phone}

[smsd]
service = files
inboxpath = {folder}/entrants/
outboxpath = {folder}/sortants/
sentsmspath = {sent}/
errorsmspath = {folder}/erreurs/
inboxformat = unicode
transmitformat = auto
logfile = {log}
debuglevel = 1
checksecurity = 0
commtimeout = 1
receivefrequency = 1
statusfrequency = 0
sendtimeout = 5
"""
_MESSAGE = """\
[SMSBackup000]
PDU = Deliver
DateTime = 20261102T120000Z
State = UnRead
Number = "{number}"
NumberUnicode = {number_hex}
Name = ""
NameUnicode =
Text00 = {text_hex}
Coding = Unicode_No_Compression
Folder = 1
Length = {length}
Class = -1
ReplySMSC = False
RejectDuplicates = False
ReplaceMessage = 0
MessageReference = 0
"""


def installed() -> bool:
    """Tell whether gammu-smsd can be used here."""
    return shutil.which("gammu-smsd") is not None


class Spool:
    """The four folders, and SMSD over them while it is started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.outbox, self.sent = folder / "sortants", folder / "envoyes"
        self.errors, self.inbox = folder / "erreurs", folder / "entrants"
        self._phone = folder / "telephone"
        for each in (self.outbox, self.sent, self.errors, self.inbox):
            each.mkdir()
        for number in range(1, 6):
            (self._phone / "sms" / str(number)).mkdir(parents=True)
        (self._phone / "fs").mkdir()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, can_keep_sent: bool = True) -> None:
        """Start SMSD; one that cannot keep a sent message puts it with the errors."""
        config = self._folder / "smsdrc"
        sent = self.sent if can_keep_sent else self._folder / "perdu"
        sent.mkdir(exist_ok=True)
        config.write_text(
            _CONFIG.format(
                phone=self._phone, folder=self._folder, sent=sent, log=self._folder / "smsd.log"
            )
        )
        self._process = subprocess.Popen(
            ["gammu-smsd", "-c", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if not can_keep_sent:
            self._wait_until_ready()
            sent.rmdir()

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + 20
        while "Starting phone communication" not in self.log:
            if time.monotonic() > end:
                raise AssertionError(f"gammu-smsd did not start:\n{self.log}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End SMSD if it runs."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def arrives(self, number: str, text: str) -> None:
        """Let the modem receive a message."""
        encoded = text.encode("utf-16-be")
        file = self._phone / "sms" / "1" / "1"
        draft = file.with_name(".1")
        draft.write_text(
            _MESSAGE.format(
                number=number,
                number_hex=number.encode("utf-16-be").hex().upper(),
                text_hex=encoded.hex().upper(),
                length=len(encoded) // 2,
            ),
            "utf-8",
        )
        draft.rename(file)

    @property
    def log(self) -> str:
        """What SMSD said so far."""
        file = self._folder / "smsd.log"
        return file.read_text("utf-8", "replace") if file.exists() else ""
