"""The complete callbot, running on free ports from a copy of the configuration.

Models, voices, prompts and Rasa are those of the real ``var``; history, sockets, generated
configuration and what is published are its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from asr.client import RecognitionClient
from callbot import state, wavfile
from callbot.paths import Paths
from console.visits import COOKIE
from tests.harness import WAIT_S
from tests.paths import CONFIG, PROJECT
from tts.client import SpeechClient

START_S = 900.0
"""The very first start renders the common sentences."""
STOP_S = 30.0
SHARED = ("models", "voices", "prompts")
BLOCK = 600
FIRST_PORT, LAST_PORT = 25_000, 32_000
DEMO_DESK = "127.0.0.1:5070"
"""Where the demo town transfers to."""
PATIENCE_S = "2"
"""A busy machine may fall silent for a second inside a sentence that it speaks live."""
STAFFED = "cimetiere"
"""The one service with a queue and staff."""


@dataclass(frozen=True)
class Ports:
    """One block of free ports."""

    base: int

    @property
    def sip(self) -> int:
        return self.base

    @property
    def workers(self) -> int:
        return self.base + 1

    @property
    def console(self) -> int:
        return self.base + 10

    @property
    def rasa(self) -> int:
        return self.base + 11

    @property
    def desk(self) -> int:
        """Where the services' telephones are; its successor is theirs too."""
        return self.base + 20

    @property
    def caller(self) -> int:
        """For an independent caller; its successor is its too."""
        return self.base + 22

    @property
    def load(self) -> int:
        """For many callers at once."""
        return self.base + 24

    @property
    def control(self) -> int:
        """For the keys of a telephone."""
        return self.base + 26

    @property
    def rtp(self) -> int:
        return self.base + 100

    @property
    def desk_rtp(self) -> int:
        return self.base + 440

    @property
    def caller_rtp(self) -> int:
        return self.base + 480

    @property
    def load_rtp(self) -> int:
        return self.base + 520


def free_ports() -> tuple[Ports, socket.socket]:
    """Return a block whose fixed ports are all free, and its mark: nobody else gets the block
    before that is closed."""
    for base in range(FIRST_PORT, LAST_PORT, BLOCK):
        mark = socket.socket(socket.AF_UNIX)
        try:
            mark.bind(f"\0callbot-test-box-{base}")
        except OSError:
            mark.close()
            continue
        if all(_is_free(base + offset) for offset in (*range(12), *range(20, 27), 100, 440)):
            return Ports(base), mark
        mark.close()
    raise RuntimeError("no free block of ports")


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


class Box:
    """One running callbot; ``with`` starts and stops it."""

    def __init__(self, texts: Sequence[Mapping[str, Any]] = ()) -> None:
        """``texts`` are the gateways of ``sms.yml``; without any, messages stay in the outbox."""
        self._texts = texts
        self.ports, self._mark = free_ports()
        # Short, because a Unix socket's path is limited to 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="callbot-"))
        self.paths = Paths(self.folder / "config", self.folder / "var")
        self._process: subprocess.Popen[bytes] | None = None
        self._log = self.folder / "serve.log"

    def __enter__(self) -> Box:
        try:
            self._prepare()
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "callbot.cli", "serve"],
                    cwd=PROJECT,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            self.wait_until_serving(START_S)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _stop(self) -> None:
        process = self._process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._mark.close()

    def _prepare(self) -> None:
        real = Paths.choose()
        shutil.copytree(CONFIG, self.paths.config)
        self.paths.var.mkdir()
        for name in SHARED:
            (real.var / name).mkdir(parents=True, exist_ok=True)
            (self.paths.var / name).symlink_to(real.var / name)
        self._learn_as(real)
        ports = self.ports
        self._edit(
            "callbot.yml",
            {
                "telephonie": {
                    "port": ports.sip,
                    "port_interne_debut": ports.workers,
                    "rtp_debut": ports.rtp,
                    "delai_arret": 1,
                    # A busy machine is no reason to end a test's call early.
                    "surcharge": False,
                },
                "rasa": {"port": ports.rasa},
                "console": {"port": ports.console},
            },
        )
        # Shorter waits only keep the tests short.
        self._edit("dialogue.yml", {"attentes": {"silence": 5, "transfert": 6}})
        for file in (self.paths.town / "services").glob("*.yml"):
            text = file.read_text("utf-8")
            file.write_text(text.replace(DEMO_DESK, f"127.0.0.1:{ports.desk}"), "utf-8")
        self._staff_one_service()
        self._edit("sms.yml", {"passerelles": [dict(gateway) for gateway in self._texts]})

    def _learn_as(self, real: Paths) -> None:
        """Take the trained model along: what a test publishes is this box's alone."""
        version = (real.rasa / "active").resolve()
        self.paths.rasa.mkdir()
        (self.paths.rasa / "venv").symlink_to(real.rasa / "venv")
        shutil.copytree(version, self.paths.rasa / "versions" / version.name)
        (self.paths.rasa / "active").symlink_to(f"versions/{version.name}")

    def _staff_one_service(self) -> None:
        """Give one service a queue with a member of staff; the others keep one telephone."""
        yaml = YAML()
        file = self.paths.config / "accueil.yml"
        tree = yaml.load(file.read_text("utf-8"))
        tree["agents"] = [
            {
                "id": "paul",
                "nom": "Paul Martin",
                "poste": f"sip:{STAFFED}@127.0.0.1:{self.ports.desk}",
                "services": [STAFFED],
                "presence": "disponible",
            }
        ]
        tree["files"]["pause_sans_reponse"] = 2
        # Residents are called back where an independent caller would be.
        tree["rappels"]["vers"] = f"sip:{{national}}@127.0.0.1:{self.ports.caller}"
        with file.open("w", encoding="utf-8") as out:
            yaml.dump(tree, out)

    def _edit(self, name: str, changes: Mapping[str, Mapping[str, Any] | list[Any]]) -> None:
        yaml = YAML()
        file = self.paths.config / name
        tree = yaml.load(file.read_text("utf-8"))
        for section, values in changes.items():
            if isinstance(values, list):
                tree[section] = values
            else:
                tree.setdefault(section, {}).update(values)
        with file.open("w", encoding="utf-8") as out:
            yaml.dump(tree, out)

    @property
    def environment(self) -> dict[str, str]:
        """Makes any ``callbot`` command talk to this box."""
        return {**os.environ, **self.paths.environment(), "OMP_NUM_THREADS": "1"}

    @property
    def log(self) -> str:
        """What the supervisor said."""
        return self._log.read_text("utf-8", "replace") if self._log.exists() else ""

    @property
    def uri(self) -> str:
        """Where to call."""
        return f"sip:mairie@127.0.0.1:{self.ports.sip}"

    @property
    def desk_users(self) -> list[str]:
        """Everybody who may be transferred to."""
        return sorted(file.stem for file in (self.paths.town / "services").glob("*.yml"))

    def wait_until_serving(self, seconds: float = 3 * WAIT_S) -> None:
        """Wait until all processes are ready and calls are taken."""
        end = time.monotonic() + seconds
        while not self.serving:
            if self._process is not None and self._process.poll() is not None:
                raise AssertionError(f"the callbot ended:\n{self.log[-6000:]}")
            if time.monotonic() > end:
                raise AssertionError(f"the callbot is not ready:\n{self.log[-6000:]}")
            time.sleep(0.3)

    @property
    def serving(self) -> bool:
        """True when every process is ready."""
        known = state.read(self.paths.state_file)
        return (
            known is not None
            and known.phase == "serving"
            and all(child.ready for child in known.children)
        )

    def pid(self, name: str) -> int:
        """Return the process id of a supervised process."""
        known = state.read(self.paths.state_file)
        assert known is not None
        pid = next(child.pid for child in known.children if child.name == name)
        assert pid is not None
        return pid

    def restarts(self, name: str) -> int:
        """Return how often a supervised process was started again."""
        return state.restarts(self.paths.state_file)[name]

    def wait_for_restart(self, name: str, before: int) -> None:
        """Wait until a supervised process has been started again more often than ``before``."""
        end = time.monotonic() + WAIT_S
        while self.restarts(name) <= before:
            assert time.monotonic() < end, f"{name} was not started again"
            time.sleep(0.2)

    def get(self, path: str, **query: str) -> Any:
        """Return one JSON answer of the console."""
        url = f"http://127.0.0.1:{self.ports.console}{path}"
        if query:
            url += "?" + urllib.parse.urlencode(query)
        with urllib.request.urlopen(url, timeout=WAIT_S) as answer:
            return json.load(answer)

    def page(self, path: str) -> str:
        """Return one page of the console."""
        url = f"http://127.0.0.1:{self.ports.console}{path}"
        with urllib.request.urlopen(url, timeout=WAIT_S) as answer:
            return str(answer.read().decode())

    def post(self, path: str, agent: str) -> str:
        """Do what a button of the reception page does; return what the agent is told."""
        host = f"http://127.0.0.1:{self.ports.console}"
        headers = {"Origin": host, "Cookie": f"{COOKIE}={agent}", "Accept": "application/json"}
        request = urllib.request.Request(f"{host}{path}", b"", headers)
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
            return str(json.load(answer)["message"])

    @property
    def active_calls(self) -> int:
        """Calls in progress."""
        return int(self.get("/healthz")["active_calls"])

    def wait_for_calls(self, count: int, seconds: float = WAIT_S) -> None:
        """Wait until exactly ``count`` calls are in progress."""
        end = time.monotonic() + seconds
        while (active := self.active_calls) != count:
            assert time.monotonic() < end, f"{active} calls instead of {count}"
            time.sleep(0.2)

    def newest_record(self, seconds: float = WAIT_S) -> dict[str, Any]:
        """Return the record of the newest call, once it is closed."""
        end = time.monotonic() + seconds
        while True:
            calls = self.get("/api/calls", limit="1")["calls"]
            if calls and calls[0]["ended_at"] is not None:
                record: dict[str, Any] = self.get(f"/api/calls/{calls[0]['id']}")
                return record
            assert time.monotonic() < end, f"no closed call: {calls}"
            time.sleep(0.2)

    def record(self, sip_call_id: str, seconds: float = WAIT_S) -> dict[str, Any]:
        """Return the record of one call, once it is closed."""
        end = time.monotonic() + seconds
        while True:
            calls = self.get("/api/calls", sip_call_id=sip_call_id)["calls"]
            if calls and calls[0]["ended_at"] is not None:
                record: dict[str, Any] = self.get(f"/api/calls/{calls[0]['id']}")
                return record
            assert time.monotonic() < end, f"call {sip_call_id} is not closed: {calls}"
            time.sleep(0.2)

    def command(
        self, *arguments: str, seconds: float = 5 * WAIT_S
    ) -> subprocess.CompletedProcess[str]:
        """Run one ``callbot`` command against this box."""
        return subprocess.run(
            [sys.executable, "-m", "callbot.cli", *arguments],
            cwd=PROJECT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def call(self, *arguments: str) -> dict[str, Any]:
        """Run ``callbot call … --json`` and return its report."""
        done = self.command("call", *arguments, "--silence", PATIENCE_S, "--json")
        assert done.stdout, f"{done.stderr}\n{self.log[-3000:]}"
        report: dict[str, Any] = json.loads(done.stdout)
        assert (done.returncode == 0) == (report["error"] is None), done.stderr
        return report

    async def say(self, text: str) -> bytes:
        """Return a sentence as PCM, spoken by the callbot's own voice."""
        client = SpeechClient(self.paths.tts_socket)
        try:
            await asyncio.wait_for(client.start(), WAIT_S)
            return (await client.speech(text, keep=False)).pcm
        finally:
            await client.close()

    async def recognise(self, pcm: bytes) -> str:
        """Return what is said in PCM."""
        client = RecognitionClient(self.paths.asr_socket)
        await client.start()
        try:
            await asyncio.wait_for(client.wait_ready(), WAIT_S)
            return (await client.recognise("test", pcm, time.monotonic())).text
        finally:
            await client.close()

    def recognise_file(self, path: Path) -> str:
        """Return what is said in a WAV file."""
        return asyncio.run(self.recognise(wavfile.read(path)))
