"""A real Kannel on loopback: bearerbox, smsbox, and fakesmsc as the operator with telephones."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote_to_bytes

FAKE_SMSC = Path("/usr/lib/kannel/test/fakesmsc")
USER, PASSWORD = "callbot", "motdepasse"

_CONFIG = """\
group = core
admin-port = {admin}
admin-password = {password}
admin-interface = 127.0.0.1
smsbox-port = {smsbox}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
log-file = "{folder}/bearerbox.log"
log-level = 0
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = fake
port = {operator}
host = 127.0.0.1
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {http}
sendsms-interface = 127.0.0.1
log-file = "{folder}/smsbox.log"
log-level = 0

group = sendsms-user
username = {user}
password = {password}
concatenation = true
max-messages = 10

group = sms-service
keyword = default
get-url = "{incoming}?numero=%p&texte=%b&charset=%C"
max-messages = 0
"""
_GOT = re.compile(r"Got message \d+: <(\S+) (\S+) (text|data|ucs-2|udh \S+ (?:data|ucs-2)) (.*)>$")


def installed() -> bool:
    """Tell whether Kannel can be used here."""
    return all(shutil.which(name, path="/usr/sbin:/usr/bin") for name in ("bearerbox", "smsbox"))


def operator_installed() -> bool:
    """Tell whether Kannel's own test operator is there."""
    return FAKE_SMSC.exists()


class Kannel:
    """bearerbox and smsbox; ``with`` starts and ends both, and the operators."""

    def __init__(self, folder: Path, ports: Callable[[], int], incoming: str) -> None:
        self._folder = folder
        self.http, self.operator, self._smsbox = ports(), ports(), ports()
        self._config = folder / "kannel.conf"
        self._config.write_text(
            _CONFIG.format(
                admin=ports(),
                smsbox=self._smsbox,
                operator=self.operator,
                http=self.http,
                folder=folder,
                user=USER,
                password=PASSWORD,
                incoming=incoming,
            )
        )
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        """Where messages are handed over."""
        return f"http://127.0.0.1:{self.http}/cgi-bin/sendsms"

    def __enter__(self) -> Kannel:
        try:
            self._start("bearerbox", ["/usr/sbin/bearerbox", str(self._config)])
            self._wait_for_port(self._smsbox)
            self._wait_for_port(self.operator)
            self.start_smsbox()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(list(self._running)):
            self.stop(name)

    def start_smsbox(self) -> None:
        """Start the part that takes messages."""
        self._start("smsbox", ["/usr/sbin/smsbox", str(self._config)])
        self._wait_for_port(self.http)

    def start_operator(self, *incoming: str) -> None:
        """Connect fakesmsc; it sends ``incoming`` once, such as ``+33… 38000 text STOP``."""
        count = ["-m", "1"] if incoming else ["-m", "0"]
        command = [str(FAKE_SMSC), "-H", "127.0.0.1", "-r", str(self.operator), "-i", "0.1"]
        self._start("fakesmsc", [*command, *count, *(incoming or ("1 2 text nop",))])

    def stop(self, name: str) -> None:
        """End one of the processes."""
        process = self._running.pop(name)
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def pid(self, name: str) -> int:
        """Return the process id of one of them."""
        return self._running[name].pid

    def has_unread_request(self) -> bool:
        """True when smsbox has been sent octets that it has not read."""
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            _, local, _, state, queues, *_ = line.split()
            unread = int(queues.split(":")[1], 16)
            if local.endswith(f":{self.http:04X}") and state == "01" and unread:
                return True
        return False

    @property
    def delivered(self) -> list[tuple[str, str, str]]:
        """Sender, recipient and text of what reached telephones, in order."""
        log = self._folder / "fakesmsc.log"
        lines = log.read_text("utf-8", "replace").splitlines() if log.exists() else []
        return [
            (match[1], match[2], _text(match[3], match[4]))
            for match in map(_GOT.search, lines)
            if match is not None
        ]

    def _start(self, name: str, command: list[str]) -> None:
        with (self._folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )

    def _wait_for_port(self, port: int) -> None:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError(f"Kannel does not listen on {port}")


def _text(kind: str, data: str) -> str:
    if kind == "text":
        return data
    octets = unquote_to_bytes(data.replace("+", " "))
    return octets.decode("utf-16-be" if kind.endswith("ucs-2") else "utf-8")
