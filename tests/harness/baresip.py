"""baresip as a phone that is not ours: a staff member's telephone, or a caller from a WAV file."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.harness import WAIT_S

MODULES = Path("/usr/lib/baresip/modules")
_CONFIG = """\
poll_method epoll
call_local_timeout 60
call_max_calls 8
sip_listen 127.0.0.1:{port}
net_interface 127.0.0.1
module_path {modules}
module g711.so
module aufile.so
module sndfile.so
module aubridge.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
audio_source aufile,{says}
audio_player aubridge,null
audio_alert aubridge,null
audio_srate 8000
audio_channels 1
rtp_ports {rtp}-{rtp_end}
snd_path {folder}
"""


def installed() -> bool:
    """Tell whether baresip can be used here."""
    return shutil.which("baresip") is not None and MODULES.is_dir()


class Baresip:
    """One baresip process; ``with`` starts and ends it.

    It hangs up by itself when the WAV file that it says is over. What it hears is written to
    ``heard_files`` (8 kHz WAV, one a call). It also binds TCP ``port + 1``.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int,
        rtp: int,
        users: Sequence[str],
        says: Path,
        answers: bool = True,
        dial: str | None = None,
        quit_after_s: int = 300,
        control: int | None = None,
    ) -> None:
        """``control`` is a TCP port for :meth:`press`."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._log = folder / "baresip.log"
        self._command = ["baresip", "-f", str(folder), "-t", str(quit_after_s)]
        if dial is not None:
            self._command += ["-e", f"/dial {dial}"]
        mode = ";answermode=auto" if answers else ""
        self._control = control
        config = _CONFIG.format(
            port=port, modules=MODULES, says=says, rtp=rtp, rtp_end=rtp + 20, folder=folder
        )
        if control is not None:
            config += f"module_app ctrl_tcp.so\nctrl_tcp_listen 127.0.0.1:{control}\n"
        (folder / "config").write_text(config)
        (folder / "accounts").write_text(
            "".join(
                f"<sip:{user}@127.0.0.1:{port}>;regint=0;audio_codecs=PCMA{mode}\n"
                for user in users
            )
        )
        (folder / "contacts").touch()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Baresip:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        with suppress(PermissionError):  # a telephone does not wait for the machine it calls
            os.setpriority(os.PRIO_PROCESS, self._process.pid, -10)
        try:
            self.wait_for("baresip is ready")
        except AssertionError:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def press(self, digits: str) -> None:
        """Press keys in the call on the line of the only user."""
        assert self._control is not None
        order = json.dumps({"command": "sndcode", "params": digits}).encode()
        with socket.create_connection(("127.0.0.1", self._control), 5) as link:
            link.sendall(b"%d:%s," % (len(order), order))
            answer = link.recv(4096)
        assert b'"ok":true' in answer, answer

    def kill(self) -> None:
        """Let it vanish without a word."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @property
    def log(self) -> str:
        """Everything it said so far, without its progress line and colours."""
        text = self._log.read_text("utf-8", "replace") if self._log.exists() else ""
        return re.sub(r"\x1b\[[\d;]*m|\[\d+:\d+:\d+\] audio=[^\n\[]*\s*", "", text)

    @property
    def heard_files(self) -> list[Path]:
        """What it heard, oldest call first."""
        return sorted(self.folder.glob("dump-*-dec.wav"))

    def wait_for(self, text: str, seconds: float = WAIT_S) -> None:
        """Wait until its log holds ``text``."""
        end = time.monotonic() + seconds
        while text not in self.log:
            if time.monotonic() > end:
                raise AssertionError(f"baresip did not say {text!r}:\n{self.log}")
            time.sleep(0.1)

    def wait_for_exit_of_calls(self, seconds: float = WAIT_S) -> None:
        """Wait until a call has been ended."""
        end = time.monotonic() + seconds
        while " terminated (duration" not in self.log and "session closed" not in self.log:
            if time.monotonic() > end:
                raise AssertionError(f"baresip's call did not end:\n{self.log}")
            time.sleep(0.1)
