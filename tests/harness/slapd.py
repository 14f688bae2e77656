"""A real directory: OpenLDAP's slapd in a folder of its own, on 127.0.0.1."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from callbot.setup.debian import find_program
from tests.harness.certificates import Authority
from tests.telephony.sms.gatewaybench import free_port

BASE = "dc=mairie,dc=test"
SEARCHER = f"cn=callbot,{BASE}"
SEARCHER_PASSWORD = "le callbot cherche"
START_S = 120.0

_CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
TLSCertificateFile {folder}/{host}.pem
TLSCertificateKeyFile {folder}/{host}.key
{more}
database mdb
maxsize 16777216
suffix "{base}"
directory {folder}/data
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{searcher}" read by users read by * {anonymous}
"""


def installed() -> bool:
    """Tell whether a directory can be run here."""
    return all(find_program(name) for name in ("slapd", "slapadd", "openssl"))


@dataclass
class Slapd:
    """A directory that runs."""

    folder: Path
    port: int
    """Plain, and StartTLS."""
    tls_port: int
    authority: Path
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End it; what it holds is lost to whoever asks."""
        self.process.terminate()
        self.process.wait(60)


@contextmanager
def slapd(
    folder: Path, entries: str, *, host: str = "localhost", anonymous: str = "auth", more: str = ""
) -> Iterator[Slapd]:
    """Run a directory that holds ``entries`` (LDIF).

    ``host`` is who its certificate says it is, ``anonymous`` what somebody without a name may do
    (« auth », « read »); ``more`` goes into its configuration.
    """
    authority = Authority(folder)
    authority.server(host)
    (folder / "data").mkdir()
    config, ldif = folder / "slapd.conf", folder / "mairie.ldif"
    config.write_text(
        _CONFIG.format(
            folder=folder,
            host=host,
            base=BASE,
            searcher=SEARCHER,
            anonymous=anonymous,
            more=more,
        )
    )
    ldif.write_text(entries)
    subprocess.run(
        [find_program("slapadd") or "", "-f", str(config), "-l", str(ldif)],
        check=True,
        capture_output=True,
    )
    plain, tls = free_port(), free_port()
    urls = f"ldap://127.0.0.1:{plain}/ ldaps://127.0.0.1:{tls}/"
    with (folder / "slapd.log").open("wb") as log:
        process = subprocess.Popen(
            [find_program("slapd") or "", "-f", str(config), "-h", urls, "-d", "none"],
            stdout=log,
            stderr=log,
        )
    running = Slapd(folder, plain, tls, authority.file, process)
    try:
        _wait(running)
        yield running
    finally:
        if process.poll() is None:
            running.stop()


def _wait(running: Slapd) -> None:
    """Wait until it listens on both ports."""
    process, until = psutil.Process(running.process.pid), time.monotonic() + START_S
    while time.monotonic() < until:
        if running.process.poll() is not None:
            break
        heard = {one.laddr.port for one in process.net_connections("tcp") if one.status == "LISTEN"}
        if {running.port, running.tls_port} <= heard:
            return
        time.sleep(0.05)
    raise RuntimeError((running.folder / "slapd.log").read_text(errors="replace"))
