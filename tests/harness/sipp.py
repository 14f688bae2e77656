"""sipp as many callers at once, and raw datagrams that no phone would send."""

from __future__ import annotations

import csv
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.harness import WAIT_S

SCENARIOS = Path(__file__).with_name("scenarios")


def installed() -> bool:
    """Tell whether sipp can be used here."""
    return shutil.which("sipp") is not None


@dataclass(frozen=True)
class Outcome:
    """How a batch of calls ended."""

    good: int
    failed: int
    code: int
    errors: str


class Callers:
    """``calls`` simultaneous calls that last ``seconds``; ``with`` starts and ends them."""

    def __init__(
        self, folder: Path, *, target_port: int, port: int, rtp: int, calls: int, seconds: float
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._command = [
            "sipp",
            f"127.0.0.1:{target_port}",
            *("-sf", str(SCENARIOS / "caller.xml")),
            *("-i", "127.0.0.1", "-mi", "127.0.0.1"),
            *("-p", str(port), "-mp", str(rtp)),
            *("-m", str(calls), "-l", str(calls), "-r", "8", "-rp", "1000"),
            *("-d", str(int(seconds * 1000))),
            *("-timeout", f"{int(seconds) + 60}s", "-timeout_error"),
            *("-trace_stat", "-stf", str(folder / "stat.csv"), "-fd", "1"),
            *("-trace_err", "-error_file", str(folder / "errors.log")),
            "-nostdin",
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Callers:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def wait(self, seconds: float = 2 * WAIT_S) -> Outcome:
        """Wait for the end of all calls."""
        assert self._process is not None
        code = self._process.wait(seconds)
        with (self._folder / "stat.csv").open(newline="") as file:
            last = list(csv.DictReader(file, delimiter=";"))[-1]
        errors = self._folder / "errors.log"
        return Outcome(
            int(last["SuccessfulCall(C)"]),
            int(last["FailedCall(C)"]),
            code,
            errors.read_text("utf-8", "replace") if errors.exists() else "",
        )


def datagram(port: int, data: bytes, timeout_s: float = 2.0) -> bytes:
    """Send one UDP datagram to a SIP port and return the answer, b'' when none came."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        sender.settimeout(timeout_s)
        own = sender.getsockname()[1]
        sender.sendto(data.replace(b"[port]", str(own).encode()), ("127.0.0.1", port))
        try:
            return sender.recv(65535)
        except TimeoutError:
            return b""


def final_answer(port: int, invite: bytes, timeout_s: float = WAIT_S) -> int:
    """Send an INVITE and return the code of its final answer, 0 when none came."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        sender.settimeout(timeout_s)
        own = sender.getsockname()[1]
        request = invite.replace(b"[port]", str(own).encode())
        sender.sendto(request, ("127.0.0.1", port))
        try:
            while True:
                answer = sender.recv(65535)
                code = int(answer.split(b" ", 2)[1])
                if code >= 200:
                    sender.sendto(_ack(request, answer), ("127.0.0.1", port))
                    return code
        except TimeoutError:
            return 0


def _ack(request: bytes, answer: bytes) -> bytes:
    """Return the ACK of a refusal, which ends its retransmissions."""
    to = next(line for line in answer.split(b"\r\n") if line.lower().startswith(b"to:"))
    head = request.split(b"\r\n\r\n")[0].split(b"\r\n")
    kept = [line for line in head if not line.lower().startswith((b"content-", b"to:"))]
    lines = [line.replace(b"INVITE", b"ACK") for line in kept]
    return b"\r\n".join([*lines, to, b"Content-Length: 0"]) + b"\r\n\r\n"
