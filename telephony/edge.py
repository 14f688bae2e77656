"""The edge: a Kamailio in front of the line workers, with one public SIP port.

It knows the trusted peers, spreads calls over the workers by load, keeps floods and scanners out,
and says "busy" when all lines are taken. The workers' own answers stay the truth: when its count
says that all is full, it still asks each worker in turn.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Literal

from telephony.transfer import is_target

CHECK_TIMEOUT_S = 20
SHARED_MEMORY_MB = 32
PROCESS_MEMORY_MB = 4

SCANNERS = (
    "friendly-scanner|sipvicious|sipcli|sip-scan|sundayddr|iwar|sipsak|pplsip|VaxSIPUserAgent"
)

MODULE_FOLDERS = (
    "/usr/lib/x86_64-linux-gnu/kamailio/modules",
    "/usr/lib/aarch64-linux-gnu/kamailio/modules",
    "/usr/lib64/kamailio/modules",
    "/usr/lib/kamailio/modules",
    "/usr/local/lib64/kamailio/modules",
)


class EdgeError(Exception):
    """Kamailio is missing or refuses its configuration; the message is French."""


@dataclass(frozen=True)
class EdgeOptions:
    """Settings of the edge. Durations are seconds.

    ``workers`` are the SIP ports of the line workers on ``worker_host``. ``trusted`` are the
    addresses and CIDR blocks that may use the box at all. ``registrar`` is the ``host[:port]`` of
    the PBX where a worker registers through the edge. ``overflow`` is the SIP URI that gets the
    calls when all lines are taken, by relaying the INVITE or by a 302. ``calls_per_s`` are those of
    one source, ``worker_calls_per_s`` those that one worker is asked to take.
    """

    run_dir: Path
    workers: tuple[int, ...]
    addresses: tuple[str, ...] = ("127.0.0.1",)
    port: int = 5060
    advertised: str = ""
    worker_host: str = "127.0.0.1"
    lines_per_worker: int = 4
    trusted: tuple[str, ...] = ("127.0.0.0/8",)
    registrar: str = ""
    overflow: str = ""
    overflow_mode: Literal["relay", "redirect"] = "relay"
    retry_after_s: int = 30
    max_call_s: int = 3600
    max_message_bytes: int = 16_384
    calls_per_s: int = 50
    worker_calls_per_s: int = 24
    requests_per_s: int = 200
    stranger_answers: int = 3
    ban_s: int = 600
    worker_wait_ms: int = 1500
    verbosity: int = -1

    @property
    def config_file(self) -> Path:
        """Where :func:`write` puts the configuration."""
        return self.run_dir / "kamailio.cfg"

    @property
    def list_file(self) -> Path:
        """Where :func:`write` puts the list of workers."""
        return self.run_dir / "dispatcher.list"

    @property
    def pid_file(self) -> Path:
        """Where Kamailio notes its process."""
        return self.run_dir / "kamailio.pid"


def find_kamailio() -> str | None:
    """Return the path of the program, or None when the package is missing."""
    return shutil.which("kamailio") or shutil.which("kamailio", path="/usr/sbin:/usr/local/sbin")


def configuration(options: EdgeOptions) -> str:
    """Return the text of ``kamailio.cfg``.

    Raises:
        ValueError: an address, a block or the overflow URI is not one.
    """
    template = files("telephony").joinpath("kamailio.cfg.in").read_text("utf-8")
    listen = [_listen(options, address, way) for address in options.addresses for way in _WAYS]
    values = {
        "DEBUG": str(options.verbosity),
        "MODULES": modules_folder(),
        "LISTEN": "\n".join(listen),
        "PIKE_DENSITY": str(2 * options.requests_per_s),
        "BAN_S": str(options.ban_s),
        "LIST": str(options.list_file),
        "CALL_EXPIRE_S": str(options.max_call_s + 120),
        "ADDRESS": _bracketed(options.addresses[0]),
        "REGISTER": _register(options),
        "TRUSTED": _sources(options),
        "WORKER_SOURCE": _worker_source(options),
        "SCANNERS": SCANNERS,
        "STRANGER_ANSWERS": str(options.stranger_answers),
        "MAX_BYTES": str(options.max_message_bytes),
        "CALLS_PER_S": str(options.calls_per_s),
        "WORKER_CALLS_PER_S": str(options.worker_calls_per_s),
        "RETRY_S": str(options.retry_after_s),
        "WORKERS": str(len(options.workers)),
        "WORKER_WAIT_MS": str(options.worker_wait_ms),
        "OVERFLOW": _overflow(options),
    }
    return re.sub(r"@([A-Z_]+)@", lambda found: values[found[1]], template)


def dispatcher_list(options: EdgeOptions) -> str:
    """Return the workers twice: set 1 is chosen by load, set 2 in turn."""
    host = _bracketed(options.worker_host)
    by_load = [
        f"1 sip:{host}:{port} 0 0 duid=w{number};maxload={options.lines_per_worker}"
        for number, port in enumerate(options.workers, 1)
    ]
    in_turn = [f"2 sip:{host}:{port} 0" for port in options.workers]
    return "\n".join([*by_load, *in_turn, ""])


def write(options: EdgeOptions) -> Path:
    """Write both files; return the configuration's path."""
    options.run_dir.mkdir(parents=True, exist_ok=True)
    options.list_file.write_text(dispatcher_list(options), "utf-8")
    options.config_file.write_text(configuration(options), "utf-8")
    return options.config_file


def command(options: EdgeOptions, config: Path) -> list[str]:
    """Return the command line that runs the edge in the foreground, logging to stderr.

    Raises:
        EdgeError: Kamailio is not installed.
    """
    program = find_kamailio()
    if program is None:
        raise EdgeError("Kamailio n'est pas installé (paquet Debian « kamailio »).")
    return [
        program,
        "-f",
        str(config),
        "-DD",
        "-E",
        "-m",
        str(SHARED_MEMORY_MB),
        "-M",
        str(PROCESS_MEMORY_MB),
        "-w",
        str(options.run_dir),
        "-Y",
        str(options.run_dir),
        "-P",
        str(options.pid_file),
    ]


def check(config: Path) -> None:
    """Let Kamailio parse its configuration.

    Raises:
        EdgeError: it is missing or refuses; the message ends with its own words.
    """
    program = find_kamailio()
    if program is None:
        raise EdgeError("Kamailio n'est pas installé (paquet Debian « kamailio »).")
    result = subprocess.run(
        [program, "-c", "-E", "-f", str(config)],
        capture_output=True,
        text=True,
        timeout=CHECK_TIMEOUT_S,
        check=False,
    )
    if result.returncode != 0:
        words = [
            line for line in result.stderr.splitlines() if "CRITICAL" in line or "ERROR" in line
        ]
        raise EdgeError(f"Kamailio refuse sa configuration {config} : {' '.join(words[:3])}")


def modules_folder() -> str:
    """Return the folder of Kamailio's modules on this machine (Debian's when not found)."""
    for folder in MODULE_FOLDERS:
        if Path(folder, "dispatcher.so").exists():
            return f"{folder}/"
    return f"{MODULE_FOLDERS[0]}/"


_WAYS = ("udp", "tcp")


def _listen(options: EdgeOptions, address: str, way: str) -> str:
    ip_address(address)
    advertised = f" advertise {options.advertised}:{options.port}" if options.advertised else ""
    return f"listen={way}:{_bracketed(address)}:{options.port}{advertised}"


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _sources(options: EdgeOptions) -> str:
    """Return the test of the source address: trusted peers, the registrar, the workers."""
    wanted = list(options.trusted)
    wanted.append(options.worker_host)
    host = options.registrar.rpartition(":")[0] or options.registrar
    with suppress(ValueError):  # a name is looked up by Kamailio, and must be trusted by address
        wanted.append(str(ip_address(host)))
    networks = dict.fromkeys(ip_network(text, strict=False) for text in wanted)
    return " || ".join(f"src_ip == {network}" for network in networks)


def _worker_source(options: EdgeOptions) -> str:
    ports = " || ".join(f"src_port == {port}" for port in options.workers)
    return f"src_ip == {options.worker_host} && ({ports})"


def _register(options: EdgeOptions) -> str:
    """Let a worker's REGISTER through to the registrar, and nothing else."""
    if not options.registrar:
        return ""
    host = options.registrar.rpartition(":")[0] or options.registrar
    if not re.fullmatch(r"[A-Za-z0-9.\-]+", host):
        raise ValueError(f"not a registrar: {options.registrar}")
    return (
        f'    if (is_method("REGISTER") && {_worker_source(options)} && $rd == "{host}") {{\n'
        "        loose_route();\n        t_relay();\n        exit;\n    }"
    )


def _overflow(options: EdgeOptions) -> str:
    retry = f'append_to_reply("Retry-After: {options.retry_after_s}\\r\\n");'
    refuse = (
        f"    {retry}\n"
        '    if ($var(code) == 503) t_reply("503", "No Line In Service");\n'
        '    else t_reply("486", "All Lines Busy");\n'
        "    exit;"
    )
    if not options.overflow:
        return refuse
    if not is_target(options.overflow) or not options.overflow.lower().startswith("sip:"):
        raise ValueError(f"not a SIP address: {options.overflow}")
    if options.overflow_mode == "redirect":
        return (
            f'    append_to_reply("Contact: <{options.overflow}>\\r\\n");\n'
            '    t_reply("302", "All Lines Busy");\n    exit;'
        )
    return f'    $ru = "{options.overflow}";\n    $du = $null;\n    t_relay();\n    exit;'
